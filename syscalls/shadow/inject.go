//go:build linux && amd64

package shadow

import (
	"syscall"

	"golang.org/x/sys/unix"

	"vmsim/vm"
)

// topOfMappings asks where the mappings of a process begin that has none yet: it maps a page and unmaps it again. The
// thread has stopped at the beginning of a call, and is there again afterwards; 0 where it could not be asked.
func topOfMappings(tid int) uint64 {
	var was syscall.PtraceRegs
	if syscall.PtraceGetRegs(tid, &was) != nil {
		return 0
	}
	const private = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_NORESERVE
	at, ok := inject(tid, was, unix.SYS_MMAP, 0, vm.PageSize, unix.PROT_NONE, private, ^uint64(0))
	if !ok {
		return 0
	}
	if _, ok := inject(tid, was, unix.SYS_MUNMAP, at, vm.PageSize); !ok {
		return 0
	}
	return at + vm.PageSize
}

// inject lets a thread that has stopped at the beginning of a call make another one first. The instruction of its own
// call serves for both, so no page is touched for it. ok is false where the call has failed, or the thread was killed.
func inject(tid int, was syscall.PtraceRegs, nr uint64, args ...uint64) (ret uint64, ok bool) {
	const instruction = 2 // bytes of syscall
	now := was
	now.Orig_rax = nr
	for i, at := range []*uint64{&now.Rdi, &now.Rsi, &now.Rdx, &now.R10, &now.R8, &now.R9} {
		if *at = 0; i < len(args) {
			*at = args[i]
		}
	}
	if syscall.PtraceSetRegs(tid, &now) != nil || !nextCallStop(tid) || syscall.PtraceGetRegs(tid, &now) != nil {
		return 0, false
	}
	ret = now.Rax
	again := was
	again.Rip, again.Rax = was.Rip-instruction, was.Orig_rax
	if syscall.PtraceSetRegs(tid, &again) != nil || !nextCallStop(tid) {
		return 0, false
	}
	const leastErrno = ^uint64(4094)
	return ret, ret < leastErrno
}

// nextCallStop lets a thread run to its next stop at a call. A signal that comes before is sent again.
func nextCallStop(tid int) bool {
	var late []syscall.Signal
	for {
		goOn(tid, 0)
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(tid, &status, unix.WALL, nil); err != nil || !status.Stopped() {
			return false
		}
		if status.StopSignal() == callStop {
			break
		}
		late = append(late, status.StopSignal())
	}
	for _, s := range late {
		_ = syscall.Kill(tid, s)
	}
	return true
}
