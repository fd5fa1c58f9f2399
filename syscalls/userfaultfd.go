package syscalls

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// What the model has of userfaultfd: areas that are registered in all three modes, and pages that a program fills
// in them. A fault that waits until another thread has handled it stops the program, since one statement runs after
// the other: with UFFD_FEATURE_SIGBUS the access gets a signal instead, and with UFFD_FEATURE_WP_ASYNC the kernel
// itself ends the write protection. Left out are events of fork, mremap and munmap, and huge pages.

// userfaultFlags are the flags of userfaultfd.
// Linux: UFFD_USER_MODE_ONLY (include/uapi/linux/userfaultfd.h).
const (
	userModeOnly   = 1
	userfaultFlags = OpenCloseExec | OpenNonblock | userModeOnly
)

// Userfaultfd makes a descriptor by which the program handles faults of its own.
// Linux: sys_userfaultfd (fs/userfaultfd.c).
func (p *Process) Userfaultfd(flags OpenFlags) (int, error) {
	p.enter(SysUserfaultfd)
	if err := p.mayHandleFaults(flags); err != nil {
		return 0, err
	}
	fd, err := p.free(0)
	if err != nil {
		return 0, err
	}
	u := &vm.Userfaults{Space: p.Space, UserOnly: flags&userModeOnly != 0}
	f := p.kernel.Cache.NewUserfault(u, func() { releaseUserfaults(u) })
	f.Flags = uint64(flags & OpenNonblock)
	f.By = p.creds
	p.install(f, fd, inheritanceOf(flags))
	return fd, nil
}

// mayHandleFaults refuses flags that are unknown, and faults of the kernel's own to those who may not handle them.
// Linux: userfaultfd_syscall_allowed, new_userfaultfd (fs/userfaultfd.c).
func (p *Process) mayHandleFaults(flags OpenFlags) error {
	known := userfaultFlags
	if !p.follows(profile.UserModeOnly) {
		known &^= userModeOnly
	}
	switch {
	case flags&known&userModeOnly == 0 && !p.kernel.capable(CapPtrace) && !p.kernel.anyUserfaults:
		return p.refuse(syscall.EPERM,
			"faults of the kernel's own need a capability, which UFFD_USER_MODE_ONLY does without")
	case flags&^known != 0:
		return p.refuse(syscall.EINVAL, "no such flag")
	}
	return nil
}

// releaseUserfaults takes the handler from all areas that have it.
// Linux: userfaultfd_release_all (mm/userfaultfd.c).
func releaseUserfaults(u *vm.Userfaults) {
	for a := u.Space.First(); a != nil; a = a.Next() {
		if a.Handler != u {
			continue
		}
		if b, err := u.Space.Release(a); err == nil {
			a = b
		}
	}
}

// readUserfaults is a read from a userfaultfd: no fault ever waits there.
// Linux: userfaultfd_read_iter (fs/userfaultfd.c).
func (p *Process) readUserfaults(f *pagecache.File, n uint64, flags TransferFlags) (uint64, error) {
	const message = 32 // Linux: struct uffd_msg (include/uapi/linux/userfaultfd.h)
	switch {
	case !f.Userfaults().Ready:
		return 0, p.refuse(syscall.EINVAL, noUserfaultAPI)
	case n < message:
		return 0, p.refuse(syscall.EINVAL, "a message has 32 bytes")
	case !nonblocking(f) && flags&TransferNoWait == 0:
		return 0, p.wouldWait("a fault has to be handled")
	}
	return 0, p.refuse(syscall.EAGAIN, "no fault waits to be handled")
}

const noUserfaultAPI = "UFFDIO_API has to come first"

// ioctlUserfaults is ioctl on a userfaultfd.
// Linux: userfaultfd_ioctl (fs/userfaultfd.c).
func (p *Process) ioctlUserfaults(u *vm.Userfaults, r Request, a vm.Addr) error {
	if r == RequestUserfaultAPI {
		return p.userfaultAPI(u, a)
	}
	if !u.Ready {
		return p.refuse(syscall.EINVAL, noUserfaultAPI)
	}
	switch {
	case r == RequestRegister:
		return p.registerUserfaults(u, a)
	case r == RequestUnregister:
		return p.unregisterUserfaults(u, a)
	case r == RequestWake:
		_, err := p.rangeOf(a, 2)
		return err
	case r == RequestWriteProtect:
		return p.protectWrites(u, a)
	case r == RequestMove && p.follows(profile.MovedPages):
		return p.fillByMove(u, a)
	case r == RequestCopy, r == RequestZeroPage, r == RequestContinue && p.follows(profile.MinorUserfaults),
		r == RequestPoison && p.follows(profile.PoisonedPages):
		return p.fillRange(u, r, a)
	}
	return p.refuse(syscall.EINVAL, "a userfaultfd knows no such request")
}

// words reads a structure of n 64-bit numbers at a.
func (p *Process) words(a vm.Addr, n int) (w [5]uint64, err error) {
	var b [40]byte
	if !p.copyIn(a, b[:8*n]) {
		return w, p.refuse(syscall.EFAULT, "the structure is not readable")
	}
	for i := range n {
		w[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return w, nil
}

// rangeOf reads a structure of n numbers, of which the first two are a range of memory, and checks that.
func (p *Process) rangeOf(a vm.Addr, n int) (w [5]uint64, err error) {
	if w, err = p.words(a, n); err != nil {
		return w, err
	}
	return w, p.checkGiven(w[0], w[1])
}

// checkGiven checks a range that has to begin at a page.
// Linux: validate_range (fs/userfaultfd.c).
func (p *Process) checkGiven(start, n uint64) error {
	if !vm.Addr(start).Aligned() {
		return p.refuse(syscall.EINVAL, "the range does not begin at a page")
	}
	return p.checkUnaligned(start, n)
}

// checkSource checks where UFFDIO_COPY copies from.
// Linux: userfaultfd_copy (fs/userfaultfd.c).
func (p *Process) checkSource(start, n uint64) error {
	switch {
	case p.follows(profile.SourceChecked):
		return p.checkUnaligned(start, n)
	case start+n <= start:
		return p.refuse(syscall.EINVAL, "the source wraps around")
	}
	return nil
}

// checkUnaligned checks a range that may begin anywhere.
// Linux: validate_unaligned_range (fs/userfaultfd.c).
func (p *Process) checkUnaligned(start, n uint64) error {
	least, _ := p.kernel.lowest()
	switch {
	case n&vm.PageMask != 0:
		return p.refuse(syscall.EINVAL, "the length is not a multiple of the page size")
	case n == 0:
		return p.refuse(syscall.EINVAL, "the length is 0")
	case start < uint64(least) && !p.follows(profile.LowUserfaults):
		return p.refuse(syscall.EINVAL, "the range begins below vm.mmap_min_addr")
	case start >= uint64(vm.TaskSize), n > uint64(vm.TaskSize)-start:
		return p.refuse(syscall.EINVAL, "the range lies outside the address space")
	}
	return nil
}

// gone reports whether all processes have left the address space of a userfaultfd.
// Linux: mmget_not_zero (include/linux/sched/mm.h), the other way round.
func (k *Kernel) gone(s *vm.Space) bool {
	gone := true
	k.Processes(func(p *Process) { gone = gone && p.Space != s })
	return gone
}

// faultWaits is nil, or the error for a fault of what the process has just done that waits to be handled.
func (p *Process) faultWaits() error {
	w := p.kernel.handler.Waits
	if w == nil {
		return nil
	}
	p.kernel.handler.Waits = nil
	return &Waits{p.PID, fmt.Sprintf("another thread has handled the fault at %v by its userfaultfd", w.Addr),
		"Ask UFFDIO_API for UFFD_FEATURE_SIGBUS to get a signal instead, which a handler may answer (on SIGBUS ...)"}
}
