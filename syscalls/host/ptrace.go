//go:build linux && amd64

package host

import (
	"syscall"
	"unsafe"
)

// What package syscall does not name.
const (
	ptraceOExitKill  = 0x100000
	ptraceGetSigInfo = 0x4202
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

func ptrace(request, pid int, addr, data uintptr) error {
	_, _, e := syscall.RawSyscall6(syscall.SYS_PTRACE, uintptr(request), uintptr(pid), addr, data, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

func setRegs(pid int, r *syscall.PtraceRegs) error {
	return ptrace(syscall.PTRACE_SETREGS, pid, 0, uintptr(unsafe.Pointer(r)))
}

func getRegs(pid int, r *syscall.PtraceRegs) error {
	return ptrace(syscall.PTRACE_GETREGS, pid, 0, uintptr(unsafe.Pointer(r)))
}

func getSigInfo(pid int, s *sigInfo) error {
	return ptrace(ptraceGetSigInfo, pid, 0, uintptr(unsafe.Pointer(s)))
}

func cont(pid int) error { return ptrace(syscall.PTRACE_CONT, pid, 0, 0) }

func step(pid int) error { return ptrace(syscall.PTRACE_SINGLESTEP, pid, 0, 0) }

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
