package syscalls

import (
	"slices"
	"syscall"

	"vmsim/fault"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// pagesPinned is how many pages of the other process one step pins and copies.
// Linux: PVM_MAX_USER_PAGES (mm/process_vm_access.c).
const pagesPinned = 1024

// ProcessVMReadv copies memory of process pid, described by the rn buffers at remote, to the ln buffers at local: one
// copy, where a pipe takes two. It returns how many bytes it has copied.
// Linux: sys_process_vm_readv (mm/process_vm_access.c).
func (p *Process) ProcessVMReadv(pid int, local vm.Addr, ln uint32, remote vm.Addr, rn, flags uint64) (uint64, error) {
	p.enter(SysProcessVmReadv)
	return p.transferRemote(pid, local, ln, remote, rn, flags, vm.Load)
}

// ProcessVMWritev copies the ln buffers at local to memory of process pid, described by the rn buffers at remote.
// Linux: sys_process_vm_writev (mm/process_vm_access.c).
func (p *Process) ProcessVMWritev(pid int, local vm.Addr, ln uint32, remote vm.Addr, rn, flags uint64) (uint64, error) {
	p.enter(SysProcessVmWritev)
	return p.transferRemote(pid, local, ln, remote, rn, flags, vm.Store)
}

// transferRemote checks the arguments in Linux's order, and copies.
// Linux: process_vm_rw (mm/process_vm_access.c).
func (p *Process) transferRemote(pid int, local vm.Addr, ln uint32, remote vm.Addr, rn, flags uint64,
	k vm.Access) (uint64, error) {
	if flags != 0 {
		return 0, p.refuse(syscall.EINVAL, "the call has no flags")
	}
	v, total, err := p.importVector(local, ln)
	if err != nil || total == 0 {
		return 0, err
	}
	ranges, err := p.segmentsAt(remote, rn)
	if err != nil {
		return 0, err
	}
	if !slices.ContainsFunc(ranges, func(s segment) bool { return s.n > 0 }) {
		return 0, nil
	}
	target, ok := p.kernel.Process(pid)
	if !ok {
		return 0, p.refuse(syscall.ESRCH, "no process has that number")
	}
	defer p.kernel.using(target.Space)()
	t := remoteTransfer{p: p, space: target.Space, local: v, left: total, access: k}
	for _, s := range ranges {
		if t.left == 0 || err != nil {
			break
		}
		err = t.segment(s)
	}
	if t.done > 0 {
		return t.done, nil
	}
	return 0, err
}

// remoteTransfer is a copy between the caller's buffers and another address space.
type remoteTransfer struct {
	p          *Process
	space      *vm.Space
	local      *vector
	done, left uint64    // bytes of the local buffers
	access     vm.Access // of the other space: a load or a store
}

// segment copies one buffer of the other space: it pins as many pages as one step may, then copies them.
// Linux: process_vm_rw_single_vec (mm/process_vm_access.c).
func (t *remoteTransfer) segment(s segment) error {
	if s.n == 0 {
		return nil
	}
	memory := t.p.kernel.Memory
	pages := (uint64(s.base)+s.n-1)>>vm.PageShift - uint64(s.base)>>vm.PageShift + 1 // wraps at the end, as Linux's
	for at, off := s.base.Floor(), int(s.base.Offset()); pages > 0 && t.left > 0; {
		frames := t.p.CPU.PinRemote(nil, t.space, at, int(min(pages, pagesPinned)), t.access)
		if len(frames) == 0 {
			return t.p.refuseFor(syscall.EFAULT,
				cause{t.space.Find(at) == nil, "nothing is mapped there in the other process"}, cause{true,
					"the area of the other process does not allow the access"})
		}
		n := min(s.n, uint64(len(frames))<<vm.PageShift-uint64(off))
		ok := t.frames(frames, off, n)
		for _, f := range frames {
			if t.access == vm.Store && !f.Has(phys.Dirty) {
				fault.MarkDirty(f)
			}
			memory.Put(f)
		}
		if !ok {
			return t.p.refuse(syscall.EFAULT, "a buffer cannot be accessed")
		}
		s.n -= n
		pages -= uint64(len(frames))
		at, off = at+vm.Addr(len(frames))<<vm.PageShift, 0
	}
	return nil
}

// frames copies n bytes, from off of the first frame on; ok is false where a buffer of the caller's ends it.
// Linux: process_vm_rw_pages (mm/process_vm_access.c).
func (t *remoteTransfer) frames(frames []*phys.Frame, off int, n uint64) (ok bool) {
	move := t.p.kernel.Cache.CopyFrameOut
	if t.access == vm.Store {
		move = t.p.kernel.Cache.CopyFrameIn
	}
	for _, f := range frames {
		want := int(min(n, uint64(vm.PageSize-off), t.left))
		if want == 0 {
			break
		}
		got := move(t.local, f, off, vm.Addr(t.done), want)
		t.done += uint64(got)
		t.left -= uint64(got)
		if got < want {
			return false
		}
		n, off = n-uint64(want), 0
	}
	return true
}
