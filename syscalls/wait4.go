package syscalls

import (
	"encoding/binary"
	"math"
	"slices"
	"syscall"

	"vmsim/vm"
)

// waitFlags are for which children a process waits, and how.
// Linux: W* (include/uapi/linux/wait.h).
type waitFlags uint32

const (
	waitNoHang    waitFlags = 1
	waitStopped   waitFlags = 2
	waitExited    waitFlags = 4
	waitContinued waitFlags = 8
	waitNoWait    waitFlags = 0x01000000
	waitNoThread  waitFlags = 0x20000000
	waitAll       waitFlags = 0x40000000
	waitClone     waitFlags = 0x80000000

	waitEither  = waitNoHang | waitNoThread | waitAll | waitClone // what wait4 and waitid know alike
	waitEvents  = waitExited | waitStopped | waitContinued
	waitKnown   = waitEither | waitStopped | waitContinued
	waitidKnown = waitEither | waitEvents | waitNoWait
)

const noWaitFlag = "no such flag"

// wanted is which children a process waits for.
// Linux: struct wait_opts (kernel/exit.h).
type wanted struct {
	pid   int  // its number; 0 for any
	none  bool // a process group that no process is in
	again bool // EAGAIN where none has ended: a nonblocking pidfd
	flags waitFlags
}

// wait4At waits for the end of a child and releases it. Of the resources that the child has used, zeros are stored.
// Linux: sys_wait4 (kernel/exit.c).
func (p *Process) wait4At(pid int32, status vm.Addr, flags waitFlags, usage vm.Addr) (uint64, error) {
	p.enter(SysWait4)
	switch {
	case flags&^waitKnown != 0:
		return 0, p.refuse(syscall.EINVAL, noWaitFlag)
	case pid == math.MinInt32:
		return 0, p.refuse(syscall.ESRCH, "no process group has that number")
	}
	child, err := p.wait(wanted{pid: max(0, int(pid)), none: pid < -1, flags: flags | waitExited})
	if child == nil {
		return 0, err
	}
	if status != 0 && !p.putNumber(status, binary.LittleEndian.AppendUint32(nil, child.status())) {
		return 0, p.refuse(syscall.EFAULT, "the status cannot be stored there")
	}
	if err := p.putUsage(usage); err != nil {
		return 0, err
	}
	return uint64(child.PID), nil
}

// putUsage stores what a child has used.
func (p *Process) putUsage(a vm.Addr) error {
	if a != 0 && !p.copyOut(a, make([]byte, sizeofUsage)) {
		return p.refuse(syscall.EFAULT, "the usage cannot be stored there")
	}
	return nil
}

// sizeofUsage is the size of struct rusage.
// Linux: struct rusage (include/uapi/linux/resource.h).
const sizeofUsage = 144

// wait finds a child that has ended, and releases it; it is nil where none has, with WNOHANG.
// Linux: do_wait (kernel/exit.c).
func (p *Process) wait(w wanted) (*Process, error) {
	child, any := p.endedChild(w)
	switch {
	case !any:
		return nil, p.refuse(syscall.ECHILD, "no such child is left to wait for")
	case child == nil && w.flags&waitNoHang != 0:
		return nil, nil
	case child == nil:
		return nil, p.wouldWait("one of its children ends")
	case w.flags&waitNoWait == 0:
		child.release()
	}
	return child, nil
}

// endedChild is the first child that has ended and that w means, of those of the caller, then of the other threads;
// any says that it means one at all.
// Linux: __do_wait, wait_consider_task (kernel/exit.c).
func (p *Process) endedChild(w wanted) (child *Process, any bool) {
	for _, t := range p.others(w.flags) {
		for _, c := range t.children {
			if !w.means(c) {
				continue
			}
			switch ended := len(c.Threads()) == 0; {
			case ended && w.flags&waitExited != 0:
				return c, true
			case !ended:
				any = true
			}
		}
	}
	return nil, any
}

// others are the threads whose children count: the caller, then those after it, then those before it.
func (p *Process) others(flags waitFlags) []*Process {
	if flags&waitNoThread != 0 {
		return []*Process{p}
	}
	i := slices.Index(p.group.tasks, p)
	return append(slices.Clone(p.group.tasks[i:]), p.group.tasks[:i]...)
}

// means reports whether w means the child. All processes are in one process group.
// Linux: eligible_child (kernel/exit.c).
func (w wanted) means(c *Process) bool {
	if w.none || w.pid != 0 && w.pid != c.PID {
		return false
	}
	return w.flags&waitAll != 0 || (c.endSignal != childSignal) == (w.flags&waitClone != 0)
}
