package pagecache

import (
	"slices"

	"vmsim/vm/phys"
)

// A page can be copied onto itself: who writes to a file what a mapping of the file shows, or reads a file into it, has
// one frame at both ends, at two addresses. The kernel copies from the lowest byte up, and the processor does not see
// that the addresses are of one frame: it loads some bytes, then stores them. So where the bytes go up, it loads again
// what it has stored before, but not what it stores together with it:
//
//	before           a b c d e f g h      4 bytes from 0 to 2
//	byte by byte     a b a b a b g h
//	two at a time    a b a b a b g h
//	four at a time   a b a b c d g h
//
// How many go together is the processor's affair: one with FSRM, or ERMS from 64 bytes on, runs rep movsb, whose
// microcode moves up to 64 at a time as it likes; others move words of 8, and what is left over byte by byte. We store
// what one byte at a time leaves, and mark the bytes for which larger steps leave something else. Such a byte comes
// from a place that one of the 63 bytes before it was stored to, and that held something else until then.
//
// A processor without ERMS copies the first 8 of 64 or more bytes as one word and goes on at the next multiple of 8 of
// the destination, so that up to 7 bytes are copied twice. Where bytes go down by less than 8, the second time finds
// them changed.
//
// Linux: copy_user_generic (arch/x86/include/asm/uaccess_64.h), rep_movs_alternative (arch/x86/lib/copy_user_64.S).

const (
	stepMost  = 64 // bytes that a processor moves at a time, at most
	wordBytes = 8
	longCopy  = 64 // from here on a processor without ERMS aligns the destination
)

// copying is one run of the copy routine.
type copying struct {
	memory *phys.Memory
	length int // what the routine was asked for
	done   int

	was   [stepMost]phys.Cell // what the last bytes that were stored have replaced, by their number
	runs  []run               // where they lie
	heads [wordBytes]transfer // the first bytes
}

// run is a row of bytes that were stored one after the other.
type run struct {
	frame         *phys.Frame
	off, n, first int // first is the number of the first of them
}

// transfer is where a byte came from and where it went.
type transfer struct {
	from, to *phys.Frame
	off, at  int
}

// begin readies c for a copy of length bytes.
func (c *copying) begin(m *phys.Memory, length int) {
	*c = copying{memory: m, length: length, runs: c.runs[:0]}
}

// over reports whether all has been copied.
func (c *copying) over() bool { return c.done == c.length }

// move copies n bytes of frame from at off to frame to at at, the lowest first.
func (c *copying) move(to *phys.Frame, at int, from *phys.Frame, off, n int) {
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

// write copies n bytes as move does; they are in buf, since what they are copied from may not be copied onto.
func (c *copying) write(to *phys.Frame, at int, from *phys.Frame, off int, buf []byte) {
	n := len(buf)
	if from == to || c.storedTo(from) {
		c.move(to, at, from, off, n)
		return
	}
	if to.Maps() > 0 { // it may be a source further on
		for i := max(0, n-stepMost); i < n; i++ {
			c.note(to, at+i, c.done+i)
		}
	}
	c.memory.Write(to, at, buf)
	c.moved(to, at, from, off, n)
}

// moved notes that n bytes have been copied by other means, which were not copied onto themselves.
func (c *copying) moved(to *phys.Frame, at int, from *phys.Frame, off, n int) {
	if c.memory.HasUndetermined() {
		c.memory.CarryMask(to, at, from, off, n)
	}
	c.count(to, at, from, off, n)
}

// count takes note of where n bytes came from and went to.
func (c *copying) count(to *phys.Frame, at int, from *phys.Frame, off, n int) {
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
func (c *copying) stored(f *phys.Frame, off int) (number int, ok bool) {
	for i := len(c.runs) - 1; i >= 0; i-- {
		r := &c.runs[i]
		if number = r.first + off - r.off; r.frame == f && off >= r.off && off < r.off+r.n && c.done-number < stepMost {
			return number, true
		}
	}
	return 0, false
}

// storedTo reports whether some of the last bytes were stored to the frame.
func (c *copying) storedTo(f *phys.Frame) bool {
	return slices.ContainsFunc(c.runs, func(r run) bool { return r.frame == f && c.done-r.first-r.n < stepMost })
}

// note keeps what the byte of that number is about to replace, and where.
func (c *copying) note(f *phys.Frame, off, number int) {
	c.was[number%stepMost] = c.memory.Cell(f, off)
	if n := len(c.runs); n > 0 && c.runs[n-1].goesOnAt(f, off, number) {
		c.runs[n-1].n++
		return
	}
	c.runs = slices.DeleteFunc(c.runs, func(r run) bool { return number-r.first-r.n >= stepMost })
	c.runs = append(c.runs, run{f, off, 1, number})
}

// goesOnAt reports whether a byte is the next of the run.
func (r *run) goesOnAt(f *phys.Frame, off, number int) bool {
	return r.frame == f && r.off+r.n == off && r.first+r.n == number
}

// copyHeadAgain notes what becomes of the first word where it is copied a second time from where the destination is
// aligned.
func (c *copying) copyHeadAgain() {
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
