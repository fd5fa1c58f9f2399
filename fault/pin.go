package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Pin returns the frames of the n bytes at a for a DMA transfer, each with a reference, up to the first page that
// cannot be faulted in, with the offset of a in the first frame and the number of bytes covered. It walks the page
// table in software, as get_user_pages does, and faults in what is missing. It grows no stack since 6.5. A device
// writes to physical addresses, without the page table, so a frame must neither move nor be replaced by a copy while it
// is pinned. That is why a private page has to be exclusive before it is pinned: the next store of this process would
// otherwise get a copy, and the device would go on with the old frame.
// Linux: pin_user_pages_fast (mm/gup.c).
func (c *CPU) Pin(a vm.Addr, n int, k vm.Access) (frames []*phys.Frame, off, got int) {
	end := (a + vm.Addr(n) + vm.PageMask).Floor()
	if end > vm.TaskSize || end < a {
		return nil, 0, 0
	}
	x := a.Floor()
	for ; x < end; x += vm.PageSize {
		// The first loop is the fast path: it reads the table without any lock and stops at the first page that needs
		// work. The second takes the lock of the space for all that is left.
		f := c.atHand(x, k)
		if f == nil {
			break
		}
		f.Hold() // before the next page, whose fault may reclaim
		frames = append(frames, f)
	}
	for ; x < end; x += vm.PageSize {
		f := c.pinFaulting(c.Space, x, k, alone)
		if f == nil {
			break
		}
		f.Hold() // before the next page, whose fault may reclaim
		frames = append(frames, f)
	}
	off = int(a.Offset())
	return frames, off, max(0, min(n, len(frames)*vm.PageSize-off))
}

// PinRemote appends the frames of up to n pages from page a of a space on, which may be another process's, each with a
// reference, up to the first that cannot be faulted in. The faults count for the process that asks, and protection keys
// do not.
// Linux: pin_user_pages_remote (mm/gup.c).
func (c *CPU) PinRemote(frames []*phys.Frame, s *vm.Space, a vm.Addr, n int, k vm.Access) []*phys.Frame {
	for ; n > 0; n, a = n-1, a+vm.PageSize {
		f := c.pinFaulting(s, a, k, remote)
		if f == nil {
			break
		}
		f.Hold() // before the next page, whose fault may reclaim
		frames = append(frames, f)
	}
	return frames
}

// Borrowed is the frames of the pages that n bytes at a lie in, each with a reference, up to the first that cannot be
// had, for one that reads them later. Unlike a pin that leaves pages alone that others may have, too: who stores to one
// first gets a copy, and the reader goes on with the old one.
// Linux: get_user_pages_fast without FOLL_PIN (mm/gup.c).
func (c *CPU) Borrowed(a vm.Addr, n int) (frames []*phys.Frame) {
	end := (a + vm.Addr(n) + vm.PageMask).Floor()
	if end > vm.TaskSize || end < a {
		return nil
	}
	for x, fast := a.Floor(), true; x < end; x += vm.PageSize {
		e, f := c.Space.Entry(x), (*phys.Frame)(nil)
		if fast = fast && e.Allows(vm.Load) && e&vm.PteSpecial == 0 && !c.barred(x, vm.Load); fast {
			f = c.Space.Memory.Frame(e.PFN())
			f.HugeHead().Set(phys.Referenced)
		} else {
			f = c.pinFaulting(c.Space, x, vm.Load, shared)
		}
		if f == nil {
			break
		}
		f.Hold() // before the next page, whose fault may reclaim
		frames = append(frames, f)
	}
	return frames
}

// sharing says whether what is looked up for a load may be another process's, too.
type sharing uint8

const (
	alone sharing = iota
	shared
	remote // alone, by a process that need not be the space's own
)

// atHand is the frame of a page that needs no fault and no look-up of its area. PteSpecial entries have no frame that
// can be referenced, such as the zero page.
// Linux: gup_fast_pte_range (mm/gup.c).
func (c *CPU) atHand(x vm.Addr, k vm.Access) *phys.Frame {
	e := c.Space.Entry(x)
	if !e.Allows(k) || e&vm.PteSpecial != 0 || c.barred(x, k) {
		return nil
	}
	f := c.Space.Memory.Frame(e.PFN())
	if k != vm.Store && c.sharesCopy(f, e) {
		return nil
	}
	f.HugeHead().Set(phys.Referenced)
	return f
}

// pinFaulting is the frame of a page that may have to be faulted in.
// Linux: __get_user_pages (mm/gup.c).
func (c *CPU) pinFaulting(s *vm.Space, x vm.Addr, k vm.Access, whose sharing) *phys.Frame {
	a := s.Find(x)
	if a == nil && !s.Profile.Has(profile.PinsGrowNothing) {
		a = grown(s, x)
	}
	// FOLL_FORCE is not used here: what the program itself may not do, a pin for it may not do.
	if a == nil || a.Flags.Any(vm.IO|vm.PFNMap) || !permits(a, k) || whose != remote && c.keyForbids(a, k) {
		return nil
	}
	for tries := 0; tries < maxTries; tries++ {
		e := s.Entry(x)
		f := s.NormalFrame(e)
		if e.Present() && whose != shared && k != vm.Store && f != nil && c.sharesCopy(f, e) {
			if c.Handler.unshare(s, a, x, e) != nil {
				return nil
			}
			c.count(minorFault, x)
			continue
		}
		if e.Present() && (k != vm.Store || e.Writable()) {
			c.used(e, k)
			return s.Memory.Frame(e.PFN())
		}
		// The frame is looked up again after each fault, as it may not be there any more.
		how, err := c.Handler.handle(s, a, x, k, tryAgain)
		if err != nil {
			return nil
		}
		c.count(how, x)
	}
	panic("fault.Pin: the page at " + x.String() + " does not come")
}

// grown is the stack above x, once it has grown down to x; nil where it cannot.
// Linux: find_extend_vma (mm/mmap.c), until 6.5.
func grown(s *vm.Space, x vm.Addr) *vm.Area {
	a := s.FindAfter(x)
	if a == nil || s.GrowDown(a, x) != nil {
		return nil
	}
	return a
}

// sharesCopy reports whether the frame of an entry is a private copy that other processes may share: a pin needs one
// that is exclusive to this process.
// Linux: gup_must_unshare (mm/internal.h).
func (c *CPU) sharesCopy(f *phys.Frame, e vm.PTE) bool {
	f = f.HugeHead()
	return !e.Writable() && f.Has(phys.Anon) && !f.Has(phys.Exclusive)
}

// Shown is the frame that a is mapped to, with the offset of a in it and the number of bytes that follow; the frame is
// nil if a is not mapped.
// Linux: none.
func (c *CPU) Shown(a vm.Addr) (frame *phys.Frame, off, n int) {
	off = int(a.Offset())
	if a < vm.TaskSize {
		if e := c.Space.Entry(a); e.Present() {
			frame = c.Space.Memory.Frame(e.PFN())
		}
	}
	return frame, off, vm.PageSize - off
}

// Reach faults a in for the kernel's own access of kind k, and reports whether it succeeded.
// Linux: get_user, put_user (arch/x86/include/asm/uaccess.h).
func (c *CPU) Reach(a vm.Addr, k vm.Access) bool { return c.frameFor(a, k) != nil }

// Buffer is all n bytes: a range of consecutive addresses is one buffer.
// Linux: struct iov_iter of type ITER_UBUF (include/linux/uio.h).
func (c *CPU) Buffer(_ vm.Addr, n int) int { return n }
