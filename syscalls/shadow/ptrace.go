//go:build linux && amd64

package shadow

import (
	"encoding/binary"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// followed are the options that all tracees are held with: children are caught at birth, stops at calls differ from
// those at signals, and all die with the tracer.
const followed = unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACEFORK |
	unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACEEXIT

// What package unix does not name.
const (
	ptraceGetSyscallInfo = 0x420e
	infoEntry            = 1
	infoExit             = 2
	archX86_64           = 0xc000003e
	callStop             = syscall.SIGTRAP | 0x80
)

// call is a system call of a tracee.
type call struct {
	nr   uint64
	args [6]uint64
	ret  uint64
	err  syscall.Errno // 0 where it has succeeded
}

// callInfo is struct ptrace_syscall_info.
type callInfo struct {
	op     uint8
	_      [3]uint8
	arch   uint32
	ip, sp uint64
	words  [8]uint64
}

// info is what the call stop of a tracee is about.
func info(tid int) (c callInfo, err error) {
	_, _, e := syscall.RawSyscall6(syscall.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(tid), unsafe.Sizeof(c),
		uintptr(unsafe.Pointer(&c)), 0, 0)
	if e != 0 {
		return c, e
	}
	return c, nil
}

// goOn lets a tracee run to its next stop; signal is delivered to it, 0 for none. The error is ESRCH for one that has
// been killed meanwhile: its end is reported by wait.
func goOn(tid int, signal syscall.Signal) {
	_, _, _ = syscall.RawSyscall6(syscall.SYS_PTRACE, syscall.PTRACE_SYSCALL, uintptr(tid), 0, uintptr(signal), 0, 0)
}

// badAccess is the part of siginfo_t that a bad access fills.
type badAccess struct {
	signo, errno, code, _ int32
	addr                  uint64
	_                     [104]byte
}

// signalInfo is what the kernel says of the signal that a tracee has stopped for. ok is false in a group stop.
func signalInfo(tid int) (s badAccess, ok bool) {
	_, _, e := syscall.RawSyscall6(syscall.SYS_PTRACE, unix.PTRACE_GETSIGINFO, uintptr(tid), 0,
		uintptr(unsafe.Pointer(&s)), 0, 0)
	return s, e == 0
}

// readMemory reads a tracee's memory. That is done after a call has used the bytes, so it brings in no page.
func readMemory(pid int, addr uint64, buf []byte) int {
	if len(buf) == 0 {
		return 0
	}
	local := []unix.Iovec{{Base: &buf[0]}}
	local[0].SetLen(len(buf))
	n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: uintptr(addr), Len: len(buf)}}, 0)
	if err != nil {
		return 0
	}
	return n
}

// maxPath is the longest path with its zero.
const maxPath = 4096

// readString reads a string of a tracee's, at most to the end of a path.
func readString(pid int, addr uint64) (string, bool) {
	buf := make([]byte, 0, 256)
	for len(buf) < maxPath {
		n := 256 - int(addr+uint64(len(buf)))&255 // never across a page that may not be there
		part := make([]byte, n)
		got := readMemory(pid, addr+uint64(len(buf)), part)
		for i, b := range part[:got] {
			if b == 0 {
				return string(append(buf, part[:i]...)), true
			}
		}
		if buf = append(buf, part[:got]...); got < n {
			break
		}
	}
	return "", false
}

// readWords reads 64-bit words of a tracee's.
func readWords(pid int, addr uint64, n int) ([]uint64, bool) {
	buf := make([]byte, 8*n)
	if readMemory(pid, addr, buf) != len(buf) {
		return nil, false
	}
	out := make([]uint64, n)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(buf[8*i:])
	}
	return out, true
}
