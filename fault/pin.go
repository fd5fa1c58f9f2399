package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Pin is the frame that shows a, faulted in for an access of kind k, with where in it a lies and how much of it
// follows: what a device is given that moves bytes itself. The frame is nil where none is free.
// Linux: pin_user_pages_fast (mm/gup.c).
func (c *CPU) Pin(a vm.Addr, k vm.Access) (frame *phys.Frame, off, n int) {
	if a >= vm.TaskSize {
		return nil, 0, 0
	}
	off = int(a.Offset())
	return c.frameFor(a, k), off, vm.PageSize - off
}

// Shown is what Pin gives, but without a fault: the frame is nil where none is at hand.
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

// Reach faults a in for an access of kind k of the kernel's own, and reports whether it is at hand then.
// Linux: get_user, put_user (arch/x86/include/asm/uaccess.h).
func (c *CPU) Reach(a vm.Addr, k vm.Access) bool { return c.frameFor(a, k) != nil }

// Buffer is all n bytes: addresses that follow one another are one buffer.
// Linux: struct iov_iter of type ITER_UBUF (include/linux/uio.h).
func (c *CPU) Buffer(_ vm.Addr, n int) int { return n }
