//go:build linux && amd64

package shadow

import (
	"fmt"
	"maps"

	"golang.org/x/sys/unix"

	"vmsim/syscalls/script"
)

// born is a call that has made a child.
func (w *witness) born(x, child *tracee) error {
	flags, args := cloneArgs(x)
	name := "clone"
	switch x.call.nr {
	case unix.SYS_FORK:
		name, args = "fork", nil
	case unix.SYS_VFORK:
		name, args = "vfork", nil
	}
	c := &script.Call{Name: name}
	for _, a := range args {
		c.Args = append(c.Args, script.Arg{X: num(a)})
	}
	res, _, err := w.do(&script.Op{PID: x.number, Do: c})
	if err != nil {
		return err
	}
	if res.Errno != 0 {
		return fmt.Errorf("the model cannot make a child by %s: %v", c, res.Errno)
	}
	child.number = int(res.Value) // the next statement reuses res
	if err := w.late(x); err != nil {
		return err
	}
	w.numbers[child.tid] = child.number
	if flags&unix.CLONE_THREAD != 0 {
		w.report.Threads++
		child.proc = x.proc
		x.proc.threads++
		x.proc.many = true
		return nil
	}
	w.report.Processes++
	child.proc = &process{tgid: child.tid, number: child.number, threads: 1, fds: x.proc.fds, huge: x.proc.huge,
		raced: x.raced, text: x.proc.text, fewer: x.proc.fewer, scratch: x.proc.scratch,
		mappers: maps.Clone(x.proc.mappers)}
	if flags&unix.CLONE_FILES == 0 {
		child.proc.fds = x.proc.fds.copy()
	}
	return nil
}

// unmodelled are flags of clone that say nothing about memory and that the model does not have.
const unmodelled = unix.CLONE_PIDFD | unix.CLONE_NEWNS | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWTIME |
	unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET | unix.CLONE_CLEAR_SIGHAND |
	unix.CLONE_INTO_CGROUP

// cloneArgs are the flags of the call that has made a child, and its arguments as clone has them.
func cloneArgs(x *tracee) (flags uint64, args []uint64) {
	a := x.call.args
	switch x.call.nr {
	case unix.SYS_CLONE:
		return a[0], []uint64{a[0] &^ unmodelled, a[1], a[2], a[3], a[4]}
	case unix.SYS_CLONE3:
		// flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
		s, ok := readWords(x.tid, a[0], 8)
		if !ok {
			return 0, []uint64{0}
		}
		return s[0], []uint64{s[0]&^unmodelled | s[4], s[5], s[3], s[2], s[7]}
	case unix.SYS_VFORK:
		return unix.CLONE_VM | unix.CLONE_VFORK, nil
	}
	return 0, nil
}
