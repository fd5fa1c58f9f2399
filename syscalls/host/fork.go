//go:build linux && amd64

package host

import (
	"syscall"

	"vmsim/syscalls"
)

// forked follows a fork, vfork or clone that has just made a child. The child runs to its own breakpoint before its
// fault counts begin: what it takes to come to life (its code page is not copied) is not the program's doing.
func (c *Process) forked(event int, shares syscalls.CloneFlags) (uint64, error) {
	tid, err := eventMessage(c.p.tid)
	if err != nil {
		return 0, err
	}
	child := &Process{m: c.m, number: len(c.m.procs), version: 1, grows: c.grows, stack: c.stack,
		born: born{from: c, event: event}, memory: c.memory}
	if !shared(event, shares) {
		child.memory = c.m.newMemory()
	}
	child.p = &puppet{w: c.p.w, tid: tid, mem: -1, maps: -1, waits: c.p.waits, moved: c.p.moved}
	child.parent = c.first()
	if shares&syscalls.CloneParent != 0 {
		child.parent = c.first().parent
	}
	c.m.procs = append(c.m.procs, child)
	if _, err := child.p.await(); err != nil { // it stops at its first instruction
		return 0, err
	}
	if err := c.pass(event); err != nil {
		return 0, err
	}
	s, err := child.p.resume(cont)
	if err == nil && s.exited {
		err = child.p.died()
	}
	if err == nil {
		err = child.p.settle()
	}
	if err == nil && shares&syscalls.CloneThread != 0 {
		err = c.joined(child)
	}
	if err == nil && c.p.owner != nil && !shared(event, shares) {
		err = c.m.limits.divide(child.p)
	}
	c.m.gather(tid, child.p.tid) // the one that the child's memory belongs to, where that is not itself, and the child
	return uint64(child.number), err
}

// pass lets the parent go on to its breakpoint. After vfork it gets there only when the child has ended.
func (c *Process) pass(event int) error {
	switch event {
	case syscall.PTRACE_EVENT_VFORK:
		c.p.inFork, c.m.sharing = true, true
		return cont(c.p.tid)
	case syscall.PTRACE_EVENT_CLONE:
		c.m.sharing = true // it may share its memory: then the areas of one change with those of the other
	}
	s, err := c.p.resume(cont)
	if err == nil && s.exited {
		err = c.p.died()
	}
	return err
}

// shared reports whether a new process has its parent's memory.
func shared(event int, shares syscalls.CloneFlags) bool {
	return event == syscall.PTRACE_EVENT_VFORK || shares&syscalls.CloneVM != 0
}

// newMemory is the number of memory that no process of the program has had.
func (m *Machine) newMemory() int {
	m.memories++
	return m.memories
}

// born is how a process came to be.
type born struct {
	from  *Process
	event int
}

// childEnded lets a parent go on that has waited in vfork. A first thread ends twice, once before the others and once
// with the last of them: the parent may wait for another child by then.
func (m *Machine) childEnded(c *Process) error {
	parent, event := c.born.from, c.born.event
	c.born.event = 0
	if parent == nil || event != syscall.PTRACE_EVENT_VFORK || !parent.p.inFork {
		return nil
	}
	parent.p.inFork = false
	s, err := parent.p.await()
	if err == nil && s.exited {
		err = parent.p.died()
	}
	return err
}
