//go:build linux && amd64

package shadow

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"vmsim/syscalls"
	"vmsim/vm"
)

// A program may give up rights, and the model's programs have them all the time. A call that the kernel has refused for
// want of a right is not given to the model, so what comes after it is held as ever.

// rightsCalls are the calls by which a program gives up rights.
var rightsCalls = map[uint64]bool{
	unix.SYS_SETUID: true, unix.SYS_SETREUID: true, unix.SYS_SETRESUID: true, unix.SYS_SETFSUID: true,
	unix.SYS_CAPSET: true,
}

// forbidden reports whether the kernel has refused the call of a tracee because that lacks a right, and keeps that as a
// difference.
func (w *witness) forbidden(x *tracee, nr syscalls.Number) bool {
	if !x.proc.fewer {
		return false
	}
	s := statusOf(x.tid)
	if !s.refused(&x.call, nr, lockLimit(x.tid)) {
		return false
	}
	w.report.Left++
	answer := fmt.Sprintf("%#x", x.call.ret)
	if x.call.err != 0 {
		answer = x.call.err.Error()
	}
	w.differs("result", w.statement(x, nr, nil).Head(), answer, "not asked", fewerRights)
	return true
}

// rights are what the kernel shows of the rights of a thread, and of what it counts against a limit, in bytes.
type rights struct {
	has          syscalls.Capabilities
	locked, size uint64
}

// statusOf reads them from /proc/PID/status.
func statusOf(tid int) (s rights) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		f := strings.Fields(value)
		if len(f) == 0 {
			continue
		}
		switch name {
		case "CapEff":
			n, _ := strconv.ParseUint(f[0], 16, 64)
			s.has = syscalls.Capabilities(n)
		case "VmLck":
			n, _ := strconv.ParseUint(f[0], 10, 64)
			s.locked = n << 10
		case "VmSize":
			n, _ := strconv.ParseUint(f[0], 10, 64)
			s.size = n << 10
		}
	}
	return s
}

// lockLimit is how much a process may lock without the right to lock more.
func lockLimit(tid int) uint64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", tid))
	_, rest, _ := strings.Cut(string(text), "Max locked memory")
	f := strings.Fields(rest)
	if len(f) == 0 {
		return vm.Infinity
	}
	n, err := strconv.ParseUint(f[0], 10, 64)
	if err != nil {
		return vm.Infinity
	}
	return n
}

// lacks reports whether all of some capabilities are missing.
func (s rights) lacks(c syscalls.Capabilities) bool { return s.has&c == 0 }

// refused reports whether a call was refused for a right that is missing: the error is the one for that, and what the
// right allows is what was asked for.
func (s rights) refused(c *call, nr syscalls.Number, limit uint64) bool {
	a := c.args
	switch nr {
	case syscalls.SysMlock, syscalls.SysMlock2:
		return s.mayNotLock(c.err, syscall.ENOMEM, limit, s.locked+vm.PageAlign(a[1]+a[0]%vm.PageSize))
	case syscalls.SysMlockall:
		return s.mayNotLock(c.err, syscall.ENOMEM, limit, s.size)
	case syscalls.SysMmap:
		low := a[3]&(unix.MAP_FIXED|unix.MAP_FIXED_NOREPLACE) != 0 && a[0] < uint64(vm.MmapMinAddr)
		return low && c.err == syscall.EPERM && s.lacks(syscalls.CapRawIO) ||
			s.mayNotLock(c.err, syscall.EAGAIN, limit, s.locked+vm.PageAlign(a[1]))
	case syscalls.SysMremap:
		return a[2] > a[1] && c.err == syscall.EAGAIN &&
			s.mayNotLock(c.err, syscall.EAGAIN, limit, s.locked+vm.PageAlign(a[2])-vm.PageAlign(a[1]))
	case syscalls.SysBrk:
		return c.ret < a[0] && s.locked > 0 &&
			s.mayNotLock(syscall.ENOMEM, syscall.ENOMEM, limit, s.locked+a[0]-c.ret)
	case syscalls.SysPrctl:
		return a[0] == unix.PR_SET_MEMORY_MERGE && c.err == syscall.EPERM && s.lacks(syscalls.CapResource)
	case syscalls.SysProcessMadvise:
		return c.err == syscall.EPERM && s.lacks(syscalls.CapNice|syscalls.CapPtrace)
	case syscalls.SysShmget, syscalls.SysShmat:
		return c.err == syscall.EACCES && s.lacks(syscalls.CapIPCOwner)
	case syscalls.SysShmctl:
		return c.err == syscall.EPERM && s.lacks(syscalls.CapSysAdmin)
	}
	return false
}

// mayNotLock reports whether a call that locks memory was refused since more would be locked than the limit allows,
// with the error for that, or since nothing may be locked at all, which is EPERM.
func (s rights) mayNotLock(got, beyond syscall.Errno, limit, locked uint64) bool {
	return s.lacks(syscalls.CapIPCLock) && (got == beyond && locked > limit || got == syscall.EPERM && limit == 0)
}
