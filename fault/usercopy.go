package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// CopyOut copies bytes from the kernel to the user's address a, faulting as a store does; it returns how many got
// there. A short count makes the caller's system call return what it has done, or EFAULT where that is nothing.
// Linux: copy_to_user (arch/x86/lib/copy_user_64.S).
func (c *CPU) CopyOut(a vm.Addr, buf []byte) int {
	for done := 0; done < len(buf); {
		f, at, n := c.piece(a+vm.Addr(done), len(buf)-done, vm.Store)
		if f == nil {
			return done
		}
		c.Space.Memory.Write(f, at, buf[done:done+n])
		done += n
	}
	return len(buf)
}

// CopyIn copies bytes from the user's address a to the kernel, faulting as a load does; it returns how many came.
// Linux: copy_from_user (arch/x86/lib/copy_user_64.S).
func (c *CPU) CopyIn(a vm.Addr, buf []byte) int {
	for done := 0; done < len(buf); {
		f, at, n := c.piece(a+vm.Addr(done), len(buf)-done, vm.Load)
		if f == nil {
			return done
		}
		f.Read(at, buf[done:done+n])
		done += n
	}
	return len(buf)
}

// piece is the part of n bytes at address a that lies in a's page: its frame, where in the frame it starts and how many
// bytes it has. The frame is nil for a bad access. A copy is done page by page, since neighbouring pages may be any two
// frames.
func (c *CPU) piece(a vm.Addr, n int, k vm.Access) (f *phys.Frame, at, length int) {
	at = int(a.Offset())
	return c.frameFor(a, k), at, min(n, vm.PageSize-at)
}

// frameFor is the frame behind an address: from the TLB if it knows the page and allows the access, else by a walk of
// the page table, with a fault where that fails. It is nil for a bad access.
func (c *CPU) frameFor(a vm.Addr, k vm.Access) *phys.Frame {
	s := &c.tlb[a.Page()%tlbSlots]
	if s.page != a.Page()+1 || !s.lets(k) {
		if c.reach(a, k, s, spaceLock) != nil {
			return nil
		}
	}
	return s.frame
}

// CopyInNoFault is CopyIn with page faults disabled: it stops at the first page that would fault. Writers call it with
// a page of the file locked: a fault on that very page would deadlock. They fault the page in
// beforehand and, if it is not there any more, start again.
// Linux: copy_from_user_inatomic with page faults disabled (include/linux/uaccess.h).
func (c *CPU) CopyInNoFault(a vm.Addr, buf []byte) int {
	for done := 0; done < len(buf); {
		x := a + vm.Addr(done)
		if x >= vm.TaskSize {
			return done
		}
		e := c.Space.Entry(x)
		if !e.Allows(vm.Load) || c.barred(x, vm.Load) {
			stepFaulted(c.Space.Log, x, vm.Load, faultBits(e, keepLocks)|c.keyBit(x, vm.Load, e))
			return done
		}
		// A copy by the kernel goes through the MMU, which sets the bit; here the table is read directly.
		if !e.Young() {
			c.Space.SetEntry(x, e|vm.PteAccessed)
		}
		n := min(len(buf)-done, vm.PageSize-int(x.Offset()))
		c.Space.Memory.Frame(e.PFN()).Read(int(x.Offset()), buf[done:done+n])
		done += n
	}
	return len(buf)
}

// FaultIn reads a byte of each page of the n bytes at a to fault them in; it returns how many bytes could not be
// reached. A range that starts at address 0 is never reached, mapped or not: the kernel's loop over the pages ends at
// address 0. It makes CopyInNoFault likely to succeed, but does not guarantee it: reclaim may take the page again
// between the two.
// Linux: fault_in_readable (mm/gup.c).
func (c *CPU) FaultIn(a vm.Addr, n int) int {
	if a == 0 {
		return n
	}
	for done := 0; done < n; {
		x := a + vm.Addr(done)
		if c.frameFor(x, vm.Load) == nil {
			return n - done
		}
		done += vm.PageSize - int(x.Offset())
	}
	return 0
}

// Scribble stores n bytes at a that are undetermined, faulting as a store does; ok is false where not all of them can
// be stored.
func (c *CPU) Scribble(a vm.Addr, n int) (ok bool) {
	for done := 0; done < n; {
		f, at, length := c.piece(a+vm.Addr(done), n-done, vm.Store)
		if f == nil {
			return false
		}
		for i := range length {
			c.Space.Memory.SetCell(f, at+i, phys.Cell{Undetermined: true})
		}
		done += length
	}
	return true
}

// Scribbled reports whether all of n bytes are undetermined still.
func (c *CPU) Scribbled(a vm.Addr, n int) bool {
	for done := 0; done < n; {
		f, at, length := c.piece(a+vm.Addr(done), n-done, vm.Load)
		if f == nil {
			return false
		}
		for i := range length {
			if !c.Space.Memory.Cell(f, at+i).Undetermined {
				return false
			}
		}
		done += length
	}
	return true
}
