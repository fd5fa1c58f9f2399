//go:build linux && amd64

package host

import (
	"bytes"
	"strconv"
	"syscall"

	"vmsim/syscalls"
	"vmsim/vm"
)

// keepsAreas are the calls that leave the areas of a process as they are. Any other may have changed them, even where
// it failed: what was done before the error stays done.
var keepsAreas = map[syscalls.Number]bool{
	syscalls.SysRead: true, syscalls.SysPread64: true, syscalls.SysReadv: true, syscalls.SysPreadv: true,
	syscalls.SysWrite: true, syscalls.SysPwrite64: true, syscalls.SysWritev: true, syscalls.SysPwritev: true,
	syscalls.SysPreadv2: true, syscalls.SysPwritev2: true, syscalls.SysLseek: true, syscalls.SysClose: true,
	syscalls.SysOpen: true, syscalls.SysOpenat: true, syscalls.SysCreat: true, syscalls.SysDup: true,
	syscalls.SysDup2: true,
	syscalls.SysDup3: true, syscalls.SysFsync: true, syscalls.SysFdatasync: true, syscalls.SysSync: true,
	syscalls.SysSyncfs: true, syscalls.SysSyncFileRange: true, syscalls.SysMsync: true, syscalls.SysMincore: true,
	syscalls.SysFtruncate: true, syscalls.SysTruncate: true, syscalls.SysFallocate: true, syscalls.SysFadvise64: true,
	syscalls.SysReadahead: true, syscalls.SysFstat: true, syscalls.SysStatx: true, syscalls.SysCachestat: true,
	syscalls.SysGetpid: true, syscalls.SysSigaltstack: true,
	syscalls.SysSetrlimit: true, syscalls.SysGetrlimit: true, syscalls.SysPrlimit64: true,
	syscalls.SysPersonality: true, syscalls.SysFcntl: true, syscalls.SysAccess: true, syscalls.SysFaccessat: true,
	syscalls.SysFaccessat2: true, syscalls.SysReadlink: true, syscalls.SysReadlinkat: true, syscalls.SysGetcwd: true,
	syscalls.SysChdir: true, syscalls.SysFchdir: true, syscalls.SysMkdir: true, syscalls.SysMkdirat: true,
	syscalls.SysRmdir: true, syscalls.SysLink: true, syscalls.SysLinkat: true, syscalls.SysSymlink: true,
	syscalls.SysSymlinkat: true, syscalls.SysChmod: true, syscalls.SysFchmod: true, syscalls.SysFchmodat: true,
}

// renames are the calls after which mapped files may be called otherwise.
var renames = map[syscalls.Number]bool{syscalls.SysUnlink: true, syscalls.SysUnlinkat: true, syscalls.SysRename: true,
	syscalls.SysRenameat: true, syscalls.SysRenameat2: true}

// What this file has to know of arguments.
const (
	mapGrowsDown = 0x100
	rlimitStack  = 3
)

// efault is what a call leaves in rax that has met memory it cannot use.
const efault = ^uint64(uint64(syscall.EFAULT) - 1)

// afterCall notes what the call may have changed in the text of maps; before is how many faults there were before it.
func (c *Process) afterCall(nr syscalls.Number, args syscalls.Args, before [2]int64) {
	if changesMore[nr] || standard(nr, args) {
		c.spoilt = true
		c.m.procs[1].spoilt = c.m.procs[1].spoilt || nr == syscalls.SysShmget // the segments are all processes'
	}
	switch {
	case nr == syscalls.SysMmap && args[3]&mapGrowsDown != 0,
		// a piece of the stack grows where it is then
		nr == syscalls.SysMremap && c.stack[0] <= vm.Addr(args[0]) && vm.Addr(args[0]) < c.stack[1]:
		c.grows = true
		if c.m.sharing {
			c.m.allGrow()
		}
	case nr == syscalls.SysSetrlimit && args[0] == rlimitStack, nr == syscalls.SysPrlimit64 && args[1] == rlimitStack:
		c.m.allGrow() // the limit may be that of another process, and no stack stays within its reach
	}
	c.m.handing = c.m.handing || nr == syscalls.SysUserfaultfd
	switch {
	case renames[nr], c.m.handing:
		c.m.allChanged() // mapped files have other names now, in every process, or areas are registered
	// a fault inside a call, a failed one too, may grow a stack
	case !keepsAreas[nr] || c.p.faults() != before || c.grows || c.p.regs.Rax == efault:
		c.changed()
	}
}

// afterAccess is for an access that faulted or was refused: it may have made the stack grow.
func (c *Process) afterAccess(a vm.Addr) {
	if c.grows || a < c.stack[1] && a >= c.stack[0] {
		c.changed()
	}
}

// allGrow says that any fault of any process may make an area grow.
func (m *Machine) allGrow() {
	for _, c := range m.procs {
		if c != nil {
			c.grows = true
		}
	}
}

// changed says that the process's areas may be others now.
func (c *Process) changed() {
	if c.m.sharing {
		c.m.allChanged()
		return
	}
	c.version++
}

// stackReach is how far below its area the stack may grow: the limit of 8 MiB, and room to spare.
const stackReach = 9 << 20

// stackLine is the range that the stack may cover, from the line of maps that holds the byte at i.
func stackLine(text []byte, i int) (reach [2]vm.Addr) {
	line := text[bytes.LastIndexByte(text[:i], '\n')+1 : i]
	from, rest, _ := bytes.Cut(line, []byte("-"))
	to, _, _ := bytes.Cut(rest, []byte(" "))
	a, _ := strconv.ParseUint(string(from), 16, 64)
	b, _ := strconv.ParseUint(string(to), 16, 64)
	return [2]vm.Addr{vm.Addr(a) - stackReach, vm.Addr(b)}
}

// standard reports whether the call may close one of the standard descriptors, put another in its place, or change its
// flags: execve keeps them as they are.
func standard(nr syscalls.Number, args syscalls.Args) bool {
	fd := args[0]
	switch nr {
	case syscalls.SysDup2, syscalls.SysDup3:
		fd = args[1]
	case syscalls.SysClose, syscalls.SysFcntl:
	default:
		return false
	}
	return uint32(fd) <= 2
}
