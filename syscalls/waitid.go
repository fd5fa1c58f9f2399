package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// idType is what the number given to waitid is of.
// Linux: P_ALL and others (include/uapi/linux/wait.h).
type idType uint32

const (
	idAll idType = iota
	idProcess
	idGroup
	idPidFD
)

// Why a process has ended, as waitid stores it in si_code.
// Linux: CLD_EXITED, CLD_KILLED (include/uapi/asm-generic/siginfo.h).
const (
	childExited = 1
	childKilled = 2
)

// waitidAt waits for the end of a child as wait4 does, and stores a siginfo_t that tells of it; zeros where no child
// has ended.
// Linux: sys_waitid, kernel_waitid_prepare (kernel/exit.c).
func (p *Process) waitidAt(kind idType, id int32, info vm.Addr, flags waitFlags, usage vm.Addr) error {
	p.enter(SysWaitid)
	w, err := p.wantedBy(kind, id, flags)
	if err != nil {
		return p.putInfoAfter(err, info)
	}
	child, err := p.wait(w)
	if err != nil {
		return p.putInfoAfter(err, info)
	}
	if child != nil {
		if err := p.putUsage(usage); err != nil {
			return err
		}
	}
	if w.again && child == nil {
		return p.putInfoAfter(p.refuse(syscall.EAGAIN, "the pidfd is nonblocking, and the child has not ended"), info)
	}
	return p.putInfo(info, child)
}

// wantedBy checks the arguments of waitid in Linux's order.
func (p *Process) wantedBy(kind idType, id int32, flags waitFlags) (w wanted, err error) {
	w.flags = flags
	switch {
	case flags&^waitidKnown != 0:
		return w, p.refuse(syscall.EINVAL, noWaitFlag)
	case flags&waitEvents == 0:
		return w, p.refuse(syscall.EINVAL, "none of WEXITED, WSTOPPED and WCONTINUED")
	case kind > idPidFD:
		return w, p.refuse(syscall.EINVAL, "no such type of number")
	case kind == idProcess && id <= 0, kind > idProcess && id < 0:
		return w, p.refuse(syscall.EINVAL, "no number of that type is negative, nor that of a process 0")
	case kind == idProcess:
		w.pid = int(id)
	case kind == idGroup:
		w.none = id != 0 && id != programsGroup
	case kind == idPidFD:
		target, err := p.openedBy(int(id))
		if err != nil {
			return w, err
		}
		w.pid = target.PID
		if nonblocking(p.fds.slots[id].file) && flags&waitNoHang == 0 {
			w.flags |= waitNoHang
			w.again = true
		}
	}
	return w, nil
}

// programsGroup is the process group that all processes are in: it has the number of the first.
const programsGroup = 1

// putInfoAfter is the error of a call, whose siginfo_t gets zeros all the same.
func (p *Process) putInfoAfter(err error, a vm.Addr) error {
	if _, waits := err.(*Waits); waits {
		return err
	}
	if e := p.putInfo(a, nil); e != nil {
		return e
	}
	return err
}

// putInfo stores the six numbers of a siginfo_t that waitid fills; zeros without a child.
func (p *Process) putInfo(a vm.Addr, child *Process) error {
	if a == 0 {
		return nil
	}
	var n [6]uint32 // si_signo, si_errno, si_code, si_pid, si_uid, si_status
	if child != nil {
		n = [6]uint32{childSignal, 0, childExited, uint32(child.PID), p.kernel.uid(), child.status() >> 8}
		if s := child.status(); s&0x7f != 0 {
			n[2], n[5] = childKilled, s&0x7f
		}
	}
	ok := a <= vm.TaskSize && p.follows(profile.ChecksFirstByte) || userRange(a, sizeofSigInfo)
	for i, off := range [...]vm.Addr{0, 4, 8, 16, 20, 24} {
		ok = ok && p.putNumber(a+off, binary.LittleEndian.AppendUint32(nil, n[i]))
	}
	if !ok {
		return p.refuse(syscall.EFAULT, "the siginfo_t cannot be stored there")
	}
	return nil
}

// sizeofSigInfo is the size of a siginfo_t.
// Linux: struct siginfo (include/uapi/asm-generic/siginfo.h).
const sizeofSigInfo = 128
