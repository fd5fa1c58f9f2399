//go:build linux && amd64

package host

import (
	"fmt"
	"syscall"
	"unsafe"
)

// What package syscall does not name.
const (
	ptraceOExitKill  = 0x100000
	ptraceGetSigInfo = 0x4202
	ptraceGetSigMask = 0x420a
	ptraceSetSigMask = 0x420b
	waitAll          = 0x40000000 // __WALL: children of clone too

	addrNoRandomize = 0x0040000
)

// followed are the options a puppet is held with: its children are caught at birth, and all die with the tracer.
const followed = ptraceOExitKill | syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK |
	syscall.PTRACE_O_TRACECLONE

// sigInfo is the part of siginfo_t that a bad access fills.
type sigInfo struct {
	Signo, Errno, Code int32
	_                  int32
	Addr               uint64
	_                  [104]byte
}

// ptrace makes a request whose data is a number.
func ptrace(request, pid int, data uintptr) error {
	return failed(syscall.RawSyscall6(syscall.SYS_PTRACE, uintptr(request), uintptr(pid), 0, data, 0, 0))
}

// ptraceData makes a request that reads or fills data. The pointer becomes a number in the call itself: any Go function
// in between may move the stack, and the kernel would fill the old one.
func ptraceData(request, pid int, data unsafe.Pointer) error {
	return failed(syscall.RawSyscall6(syscall.SYS_PTRACE, uintptr(request), uintptr(pid), 0, uintptr(data), 0, 0))
}

func failed(_, _ uintptr, e syscall.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

// eventMessage is what the kernel says about the event that a puppet has stopped by: the number of a new process.
func eventMessage(pid int) (int, error) {
	var message uint64
	if err := ptraceData(syscall.PTRACE_GETEVENTMSG, pid, unsafe.Pointer(&message)); err != nil {
		return 0, fmt.Errorf("PTRACE_GETEVENTMSG: %w", err)
	}
	return int(message), nil
}

func setRegs(pid int, r *syscall.PtraceRegs) error {
	return ptraceData(syscall.PTRACE_SETREGS, pid, unsafe.Pointer(r))
}

func getRegs(pid int, r *syscall.PtraceRegs) error {
	return ptraceData(syscall.PTRACE_GETREGS, pid, unsafe.Pointer(r))
}

func getSigInfo(pid int, s *sigInfo) error {
	return ptraceData(ptraceGetSigInfo, pid, unsafe.Pointer(s))
}

func cont(pid int) error { return ptrace(syscall.PTRACE_CONT, pid, 0) }

func step(pid int) error { return ptrace(syscall.PTRACE_SINGLESTEP, pid, 0) }

// wait waits until pid stops or ends. The usage has its fault counts as of now: the kernel adds them up on the way,
// which is far cheaper than reading /proc/PID/stat.
func wait(pid int, ws *syscall.WaitStatus, usage *syscall.Rusage) error {
	for {
		_, err := syscall.Wait4(pid, ws, waitAll, usage)
		if err != syscall.EINTR {
			return err
		}
	}
}

// blockChildren blocks SIGCHLD as expectChildren does, but of a puppet that has stopped anywhere.
func (p *puppet) blockChildren() error {
	const size = 8
	var mask uint64
	for _, request := range [...]uintptr{ptraceGetSigMask, ptraceSetSigMask} {
		if err := failed(syscall.RawSyscall6(syscall.SYS_PTRACE, request, uintptr(p.tid), size,
			uintptr(unsafe.Pointer(&mask)), 0, 0)); err != nil {
			return err
		}
		mask |= 1 << (syscall.SIGCHLD - 1)
	}
	return nil
}
