//go:build linux && amd64

package host

import "vmsim/syscalls"

// pidArgs are the arguments that are numbers of processes.
var pidArgs = map[syscalls.Number]int{syscalls.SysPrlimit64: 0, syscalls.SysPidfdOpen: 0,
	syscalls.SysProcessVmReadv: 0, syscalls.SysProcessVmWritev: 0}

// absent is a number that no process has: it is above the largest that there can be.
const absent = 1 << 30

// numbered replaces a program's number of a process by the kernel's, so that no program reaches a process that is not
// its own. 0 and negative numbers mean what they mean.
func (m *Machine) numbered(nr syscalls.Number, args *syscalls.Args) {
	i, ok := pidArgs[nr]
	n := int(int32(args[i]))
	switch {
	case !ok || n <= 0:
	case n < len(m.procs) && !m.procs[n].p.gone:
		args[i] = uint64(m.procs[n].p.tid)
	default:
		args[i] = absent
	}
}
