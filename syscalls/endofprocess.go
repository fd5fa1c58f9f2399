package syscalls

import (
	"slices"

	"vmsim/vm/profile"
)

// childSignal is the signal that a parent gets at the end of a child that fork has made: SIGCHLD.
const childSignal = 17

// born gives a child its parent: who has made it, or with CLONE_PARENT its parent's. A thread has none of its own.
// Linux: copy_process (kernel/fork.c).
func (child *Process) born(p *Process, f CloneFlags) {
	if f&CloneThread != 0 {
		return
	}
	child.parent, child.endSignal = p, uint8(f)
	if f&CloneParent != 0 {
		child.parent, child.endSignal = p.group.first().parent, p.group.first().endSignal
	}
	if child.parent != nil {
		child.parent.children = append(child.parent.children, child)
	}
}

// endsWith notes the code that a process or thread ends with.
func (p *Process) endsWith(code uint64) { p.endStatus = uint32(uint8(code)) << 8 }

// EndBySignal ends the process with all its threads, as the default action of a signal does.
// Linux: get_signal, do_group_exit (kernel/signal.c, kernel/exit.c).
func (p *Process) EndBySignal(number int) error {
	p.run()
	ending := []*Process{p}
	if number != signalPipe && // all others of the model write a core
		!p.kernel.config.Profile.Has(profile.CoreEndsOne) {
		ending = append(ending, p.sharers()...)
	}
	for _, q := range ending {
		q.endedBySignal(uint32(number))
		q.endThreads()
		q.end()
	}
	return nil
}

// sharers are the other processes that have the memory of p, one task of each.
// Linux: zap_threads (fs/coredump.c), until 5.16.
func (p *Process) sharers() (out []*Process) {
	for _, q := range p.kernel.procs[1:] {
		if !q.exited && q.mm == p.mm && q.group != p.group &&
			!slices.ContainsFunc(out, func(o *Process) bool { return o.group == q.group }) {
			out = append(out, q)
		}
	}
	return out
}

func (p *Process) endedBySignal(number uint32) {
	if p.group.endedBy == nil {
		p.endStatus, p.group.endedBy = number, p
	}
}

// status is what wait4 says of a process that has ended: how exit_group or a signal has ended it, or the code of its
// last thread's exit; until 6.0 that of its first thread's.
// Linux: wait_task_zombie (kernel/exit.c).
func (p *Process) status() uint32 {
	if by := p.group.endedBy; by != nil {
		return by.endStatus
	}
	return p.endStatus
}

// zombie reports whether the task has ended, and its number is still taken: it is the first of threads that live, or no
// parent has waited for it.
// Linux: EXIT_ZOMBIE (include/linux/sched.h).
func (p *Process) zombie() bool { return p.exited && p == p.group.first() && !p.released }

// release ends a child that has been waited for.
// Linux: release_task (kernel/exit.c).
func (p *Process) release() {
	p.released = true
	if p.parent == nil {
		return
	}
	p.parent.children = slices.DeleteFunc(p.parent.children, func(c *Process) bool { return c == p })
}

// reparentChildren gives the children of a task that ends to another thread of its process. With the last thread they
// become init's, which waits for all that have ended.
// Linux: forget_original_parent (kernel/exit.c).
func (p *Process) reparentChildren() {
	parent := p.newParent()
	for _, c := range p.children {
		c.parent = parent
		switch {
		case parent != nil:
			parent.children = append(parent.children, c)
		case len(c.Threads()) == 0:
			c.released = true
		}
	}
	p.children = nil
}

// newParent is the first thread of the process that lives; nil for none.
func (p *Process) newParent() *Process {
	if i := slices.IndexFunc(p.group.tasks, func(t *Process) bool { return !t.exited }); i >= 0 {
		return p.group.tasks[i]
	}
	return nil
}
