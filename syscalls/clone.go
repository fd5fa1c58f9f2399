package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/vm"
)

// CloneFlags say what a child shares with its parent.
// Linux: CLONE_* (include/uapi/linux/sched.h).
type CloneFlags uint64

// The flags. The lowest byte of clone's argument is the signal that the parent gets when the child ends.
const (
	CloneVM            CloneFlags = 0x100 // the address space
	CloneFS            CloneFlags = 0x200
	CloneFiles         CloneFlags = 0x400
	CloneSigHand       CloneFlags = 0x800
	ClonePidFD         CloneFlags = 0x1000
	CloneVfork         CloneFlags = 0x4000 // the parent waits
	CloneParent        CloneFlags = 0x8000 // the child's parent is the caller's
	CloneThread        CloneFlags = 0x10000
	CloneNewNS         CloneFlags = 0x20000
	CloneParentSetTID  CloneFlags = 0x100000
	CloneChildClearTID CloneFlags = 0x200000
	CloneDetached      CloneFlags = 0x400000
	CloneChildSetTID   CloneFlags = 0x1000000
	CloneNewUser       CloneFlags = 0x10000000
	CloneNewPID        CloneFlags = 0x20000000

	// cloneOutside are flags outside the model: namespaces, pidfds.
	cloneOutside = ClonePidFD | CloneNewNS | CloneNewUser | CloneNewPID |
		0x80 | 0x2000000 | 0x4000000 | 0x8000000 | 0x40000000
)

// Clone makes a child that shares with the caller what the flags say, and has its stack pointer at stack, where that is
// not 0. What is outside the model is ENOSYS, once Linux's
// own checks have passed.
// Linux: sys_clone (kernel/fork.c).
func (p *Process) Clone(f CloneFlags, stack vm.Addr, t Tids) (*Process, error) {
	p.enter(SysClone)
	if err := p.checkClone(f); err != nil {
		return nil, err
	}
	child, err := p.clone(f)
	if err == nil {
		if stack != 0 {
			child.sp = stack
		}
		p.tellNumber(child, f, t)
	}
	return child, err
}

// checkClone refuses flags that contradict each other.
// Linux: copy_process (kernel/fork.c).
func (p *Process) checkClone(f CloneFlags) error {
	both := func(a CloneFlags) bool { return f&a == a }
	switch {
	case both(CloneNewNS | CloneFS), both(CloneNewUser | CloneFS):
		return p.refuse(syscall.EINVAL, "a root directory cannot be shared between namespaces")
	case both(CloneThread) && !both(CloneSigHand):
		return p.refuse(syscall.EINVAL, "CLONE_THREAD without CLONE_SIGHAND")
	case both(CloneSigHand) && !both(CloneVM):
		return p.refuse(syscall.EINVAL, "CLONE_SIGHAND without CLONE_VM")
	case both(CloneThread) && f&(CloneNewUser|CloneNewPID) != 0:
		return p.refuse(syscall.EINVAL, "a thread cannot be in a namespace of its own")
	case both(ClonePidFD | CloneDetached), both(ClonePidFD | CloneParentSetTID):
		return p.refuse(syscall.EINVAL, "CLONE_PIDFD with a flag that contradicts it")
	case f&cloneOutside != 0:
		return p.refuse(syscall.ENOSYS, "the model has no namespaces, and no descriptors of processes from here")
	}
	return nil
}

// Tids are the addresses to which a child's number is stored for child and parent, and cleared when it exits.
// Linux: parent_tid and child_tid of struct kernel_clone_args (include/linux/sched/task.h).
type Tids struct{ Parent, Child vm.Addr }

// tellNumber stores the child's number where the flags say. It ignores errors.
func (p *Process) tellNumber(child *Process, f CloneFlags, t Tids) {
	number := binary.LittleEndian.AppendUint32(nil, uint32(child.PID))
	if f&CloneParentSetTID != 0 {
		p.putNumber(t.Parent, number)
	}
	if f&CloneChildClearTID != 0 {
		child.clearTID = t.Child
	}
	if f&CloneChildSetTID != 0 {
		child.putNumber(t.Child, number)
	}
}
