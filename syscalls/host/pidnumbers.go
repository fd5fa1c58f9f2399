//go:build linux && amd64

package host

import "vmsim/syscalls"

// pidArgs are the arguments that are numbers of processes.
var pidArgs = map[syscalls.Number]int{syscalls.SysPrlimit64: 0, syscalls.SysPidfdOpen: 0,
	syscalls.SysProcessVmReadv: 0, syscalls.SysProcessVmWritev: 0,
	syscalls.SysWait4: 0, syscalls.SysWaitid: 1}

// waits are the calls whose argument may be the number of a process that has ended.
var waits = map[syscalls.Number]bool{syscalls.SysWait4: true, syscalls.SysWaitid: true}

// What the number that waitid takes is of: a process group (P_PGID), or a descriptor (P_PIDFD).
const (
	idGroup = 2
	idPidFD = 3
)

// absent is a number that no process has: it is above the largest that there can be.
const absent = 1 << 30

// numbered replaces a program's number of a process by the kernel's, so that no program reaches a process that is not
// its own. 0 and negative numbers mean what they mean.
func (m *Machine) numbered(nr syscalls.Number, args *syscalls.Args) {
	i, ok := pidArgs[nr]
	n := int(int32(args[i]))
	switch {
	case !ok || n <= 0, nr == syscalls.SysWaitid && args[0] == idPidFD:
	case nr == syscalls.SysWaitid && args[0] == idGroup && n == 1: // the group stays when its first process has ended
		args[i] = uint64(m.procs[1].p.tid)
	case n < len(m.procs) && (!m.procs[n].p.gone || waits[nr] && m.procs[n].stays()):
		args[i] = uint64(m.procs[n].p.tid)
	default:
		args[i] = absent
	}
}
