//go:build linux && amd64

package host

import (
	"syscall"
	"unsafe"
)

// sigaction is the kernel's struct.
type sigaction struct {
	handler, flags, restorer, mask uint64
}

const saNoCldStop = 1

// quietChildren stops the SIGCHLD that each stop of a puppet would send to this process. Go's handler for it stays; it
// learns of ends as before, only no more of stops, for which no handler waits here.
func quietChildren() {
	var a sigaction
	if _, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGCHLD), 0,
		uintptr(unsafe.Pointer(&a)), 8, 0, 0); e != 0 {
		return
	}
	a.flags |= saNoCldStop
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGCHLD), uintptr(unsafe.Pointer(&a)), 0, 8, 0, 0)
}
