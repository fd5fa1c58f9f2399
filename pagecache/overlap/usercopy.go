package overlap

import (
	"slices"

	"vmsim/vm/phys"
)

const (
	stepMost  = 64 // bytes that a processor moves at a time, at most
	wordBytes = 8
	longCopy  = 64 // from here on a processor without ERMS aligns the destination
)

// Copy is one run of the copy routine between a program's memory and the page cache. The zero value is a copy of
// nothing.
//
//	source   0 .. 99     destination  40 .. 139      of one frame
//
// Byte 60 of the source is the destination of byte 20, 40 bytes before: within 64 bytes. If the store has changed it,
// its value depends on the processor.
// Linux: a call of copy_user_generic (arch/x86/include/asm/uaccess_64.h).
type Copy struct {
	memory *phys.Memory
	length int // the length that the routine was called with
	done   int

	was   [stepMost]phys.Cell // the old values of the bytes that were stored last, by their number
	runs  []run               // where they lie
	heads [wordBytes]transfer // the first bytes
}

// run is a sequence of bytes that were stored one after the other.
type run struct {
	frame         *phys.Frame
	off, n, first int // first is the number of the first of them
}

// transfer is where a byte came from and where it went.
type transfer struct {
	from, to *phys.Frame
	off, at  int
}

// Begin readies c for a copy of length bytes.
func (c *Copy) Begin(m *phys.Memory, length int) {
	*c = Copy{memory: m, length: length, runs: c.runs[:0]}
}

// Done is how many bytes were copied.
func (c *Copy) Done() int { return c.done }

// Over reports whether the copy is complete.
func (c *Copy) Over() bool { return c.done == c.length }

// Move copies n bytes of frame from at off to frame to at at, the lowest first. A byte is marked if its source was
// stored to within the last 63 bytes of this copy, and the store has changed it: a processor that moves 64 bytes at a
// time would have loaded the old value.
func (c *Copy) Move(to *phys.Frame, at int, from *phys.Frame, off, n int) {
	for i := range n {
		next := c.memory.Cell(from, off+i)
		if j, ok := c.stored(from, off+i); ok && c.was[j%stepMost] != next {
			next.Undetermined = true
		}
		c.note(to, at+i, c.done)
		c.memory.SetCell(to, at+i, next)
		c.count(to, at+i, from, off+i, 1)
	}
}

// Write copies n bytes as Move does, from buf, whose own memory is never a destination.
func (c *Copy) Write(to *phys.Frame, at int, from *phys.Frame, off int, buf []byte) {
	n := len(buf)
	if from == to || c.StoredTo(from) {
		c.Move(to, at, from, off, n)
		return
	}
	if to.Maps() > 0 { // it may be a source later in this copy
		for i := max(0, n-stepMost); i < n; i++ {
			c.note(to, at+i, c.done+i)
		}
	}
	c.memory.Write(to, at, buf)
	c.Moved(to, at, from, off, n)
}

// Moved notes that n bytes were copied by other means, without overlap; to is nil for memory of the kernel's own.
func (c *Copy) Moved(to *phys.Frame, at int, from *phys.Frame, off, n int) {
	if to != nil && c.memory.HasUndetermined() {
		c.memory.CarryMask(to, at, from, off, n)
	}
	c.count(to, at, from, off, n)
}

// count takes note of where n bytes came from and went to.
func (c *Copy) count(to *phys.Frame, at int, from *phys.Frame, off, n int) {
	head := c.done < wordBytes
	for i := 0; i < n && c.done+i < wordBytes; i++ {
		c.heads[c.done+i] = transfer{from, to, off + i, at + i}
	}
	if c.done += n; head && c.done >= wordBytes && c.length >= longCopy {
		c.copyHeadAgain()
	}
}

// stored is the number of the byte of this copy that was stored at off of a frame, if one step can hold it and the next
// byte.
func (c *Copy) stored(f *phys.Frame, off int) (number int, ok bool) {
	for i := len(c.runs) - 1; i >= 0; i-- {
		r := &c.runs[i]
		if number = r.first + off - r.off; r.frame == f && off >= r.off && off < r.off+r.n && c.done-number < stepMost {
			return number, true
		}
	}
	return 0, false
}

// StoredTo reports whether some of the last bytes were stored to the frame.
func (c *Copy) StoredTo(f *phys.Frame) bool {
	return slices.ContainsFunc(c.runs, func(r run) bool { return r.frame == f && c.done-r.first-r.n < stepMost })
}

// note keeps the value that the byte of that number is about to replace, and its place. was is a ring of the last 64
// old values, indexed by the number of the byte modulo 64.
func (c *Copy) note(f *phys.Frame, off, number int) {
	c.was[number%stepMost] = c.memory.Cell(f, off)
	if n := len(c.runs); n > 0 && c.runs[n-1].continuesAt(f, off, number) {
		c.runs[n-1].n++
		return
	}
	c.runs = slices.DeleteFunc(c.runs, func(r run) bool { return number-r.first-r.n >= stepMost })
	c.runs = append(c.runs, run{f, off, 1, number})
}

// continuesAt reports whether a byte continues the run.
func (r *run) continuesAt(f *phys.Frame, off, number int) bool {
	return r.frame == f && r.off+r.n == off && r.first+r.n == number
}

// copyHeadAgain notes the effect of copying bytes of the first word twice, once the destination is aligned. With a
// destination at offset 3, the first word goes to bytes 3 to 10, and the copy goes on at byte 8, the next multiple of
// 8: bytes 8 to 10 are copied twice.
func (c *Copy) copyHeadAgain() {
	aligned := wordBytes - c.heads[0].at%wordBytes
	for i, h := range c.heads {
		for _, later := range c.heads[i+1:] {
			if i >= aligned && later.to == h.from && later.at == h.off &&
				c.memory.Cell(h.from, h.off) != c.memory.Cell(h.to, h.at) {
				c.memory.SetCell(h.to, h.at, phys.Cell{Byte: h.to.Byte(uint64(h.at)), Undetermined: true})
			}
		}
	}
}
