package overlap

import "vmsim/vm/phys"

// image is the memory of one copy: what each byte of it reads and writes, as places in cells. Source and destination
// may share cells: an overlap is a cell that is in both from and to. So a way of copying is a function on numbers, and
// needs to know nothing of frames.
type image struct {
	cells    []phys.Cell
	from, to []int
	low      [2]int8 // the lowest byte of the address of the source and of the destination
}

// way is how a processor copies an image.
type way func(*image)

// ways are those of known kernels and processors; the model stores the result of the first.
var ways = [...]way{(*image).copyBytes, (*image).copyWords, (*image).copyBlocks}

// step loads n bytes from i on, then stores them.
func (g *image) step(i, n int) { g.steps(i, i, n) }

// steps loads n bytes from i on and n from j on, then stores both. That both are loaded before either is stored is what
// a processor does that has them in registers.
func (g *image) steps(i, j, n int) {
	var first, second [32]phys.Cell
	for k := range n {
		first[k], second[k] = g.cells[g.from[i+k]], g.cells[g.from[j+k]]
	}
	for k := range n {
		g.cells[g.to[i+k]] = first[k]
	}
	for k := range n {
		g.cells[g.to[j+k]] = second[k]
	}
}

// copyBytes is rep movsb within the kernel: a byte that was stored is loaded again by the next step.
func (g *image) copyBytes() {
	for i := range g.from {
		g.step(i, 1)
	}
}

// copyWords copies as a processor without fsrm does: whole words, then the bytes that are left.
func (g *image) copyWords() {
	i := 0
	for ; i+wordBytes <= len(g.from); i += wordBytes {
		g.step(i, wordBytes)
	}
	for ; i < len(g.from); i++ {
		g.step(i, 1)
	}
}

// copyBlocks is the way without string instructions: blocks of four words, then what is left in two pieces of 16, 8, 4,
// 2 or 1 bytes, one from its start and one from its end, which may overlap. It begins at the end if the lowest byte of
// the source's address is less than that of the destination's, both taken as signed numbers. The direction is no matter
// of overlap, which memcpy does not allow: a load whose address agrees in its low bits with that of an earlier store
// may wait for it, and going backwards avoids that.
func (g *image) copyBlocks() {
	const block = 32
	n := len(g.from)
	rest, at := n%block, n-n%block
	switch {
	case n >= block && g.low[0] < g.low[1]:
		for i := n - block; i >= 0; i -= block {
			g.step(i, block)
		}
		at = 0
	default:
		for i := 0; i+block <= n; i += block {
			g.step(i, block)
		}
	}
	for size := block / 2; size > 0; size /= 2 {
		if rest >= size {
			g.steps(at, at+rest-size, size)
			return
		}
	}
}

// Within copies n bytes of a frame from off on to offset pos of a file, within the kernel. at is the frame of the file
// that has an offset, and where in it. One of those frames is the source. Bytes that depend on the processor become
// undetermined. Nearly all ways agree on nearly all bytes: only those on which two differ are marked.
// Linux: memcpy (arch/x86/lib/memcpy_64.S).
func Within(memory *phys.Memory, from *phys.Frame, off, n int, pos int64, at func(pos int64) (*phys.Frame, int)) {
	g := image{low: [2]int8{int8(off), int8(pos)}}
	for i := range n {
		g.cells = append(g.cells, memory.Cell(from, off+i))
		g.from = append(g.from, i)
	}
	for i := range int64(n) {
		f, place := at(pos + i)
		if f == from && place >= off && place < off+n {
			g.to = append(g.to, place-off)
			continue
		}
		g.to = append(g.to, len(g.cells))
		g.cells = append(g.cells, memory.Cell(f, place))
	}
	left := g.after(ways[0])
	for _, w := range ways[1:] {
		for i, c := range g.after(w) {
			left[i].Undetermined = left[i].Undetermined || c != left[i]
		}
	}
	for i, to := range g.to {
		f, place := at(pos + int64(i))
		memory.SetCell(f, place, left[to])
	}
}

// after is the content of the cells after a way of copying; the image itself stays as it is.
func (g *image) after(w way) []phys.Cell {
	c := *g
	c.cells = append([]phys.Cell(nil), g.cells...)
	w(&c)
	return c.cells
}
