package pagecache

import (
	"fmt"

	"vmsim/disk"
	"vmsim/vm/phys"
)

// The disk of the model would have to copy every page that is written to it, only for the case of a power cut or a
// later read. Instead it shares the frame's bytes until they are about to change:
//
//	written       the block refers to the frame's bytes; the frame has the flag Lent
//	a store       phys.Memory calls recalled: the device copies the bytes, and the frame is no longer lent
//	freed         the same
//
// Nothing that a program can see depends on it.
// Linux: none.

// loan is the block of a disk that shares a frame's bytes. A page that was written back is write-protected, so the next
// store to it faults; until then the disk needs no copy of its own.
type loan struct {
	device *disk.Device
	block  disk.Block
}

// lend notes that a device may share a frame's bytes for a block instead of copying them.
func (c *Cache) lend(f *phys.Frame, d *disk.Device, b disk.Block) {
	if f.Data() == nil {
		return
	}
	l := loan{d, b}
	if f.Has(phys.Lent) {
		if c.loans[f.PFN()] == l {
			return
		}
		c.Memory.Recall(f)
	}
	f.Set(phys.Lent)
	c.loans[f.PFN()] = l
}

// recalled makes the device that shares a frame's bytes copy them. Memory calls it before the frame changes.
func (c *Cache) recalled(f *phys.Frame) {
	l := c.loans[f.PFN()]
	delete(c.loans, f.PFN())
	l.device.Settle(l.block, f.Data())
}

// checkLoans recomputes which devices share which frames. A frame that is lent and not listed would change on the disk
// when a program stores to it.
func (c *Cache) checkLoans() (err error) {
	lent, held := 0, map[*disk.Device]int{}
	c.Memory.EachUsed(func(f *phys.Frame) {
		if !f.Has(phys.Lent) {
			return
		}
		lent++
		l, ok := c.loans[f.PFN()]
		switch {
		case !ok:
			err = fmt.Errorf("pagecache: no disk relies on %v", f)
		case l.device.Holds(l.block, f.Data()):
			held[l.device]++
		}
	})
	for d, n := range held {
		if m := d.Borrowed(); n != m {
			err = fmt.Errorf("pagecache: a disk relies on %d pages, %d are lent to it", m, n)
		}
	}
	if err == nil && lent != len(c.loans) {
		err = fmt.Errorf("pagecache: %d frames are lent, %d are listed", lent, len(c.loans))
	}
	return err
}
