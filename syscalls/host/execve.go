//go:build linux && amd64

package host

import (
	"fmt"
	"runtime"
	"syscall"

	"vmsim/syscalls/binfmt"
	"vmsim/vm"
)

// execve performs the call that is in the registers. The new program is a puppet as well, at another address perhaps.
// What it takes to fetch its first instruction is part of the call.
func (c *Process) execve() (uint64, error) {
	p := c.p
	if err := p.leaveNoCore(); err != nil {
		return 0, ours(err)
	}
	if err := setRegs(p.tid, &p.regs); err != nil {
		return 0, ours(err)
	}
	if err := cont(p.tid); err != nil {
		return 0, ours(err)
	}
	s, err := c.awaitExec()
	if err == nil && s.signal == syscall.SIGSEGV { // the new program does not fit
		if err = ptrace(syscall.PTRACE_CONT, p.tid, uintptr(s.signal)); err == nil {
			s, err = p.await()
		}
	}
	switch {
	case err != nil:
		return 0, ours(err)
	case s.exited:
		return 0, ours(c.diedLate())
	}
	if err := c.arrived(s, binfmt.StubAfterCall); err != nil {
		return 0, ours(err)
	}
	if p.regs.Rax != 0 {
		return 0, syscall.Errno(-p.regs.Rax)
	}
	return 0, ours(c.started())
}

// started goes on with the new program, from its first instruction to its breakpoint.
func (c *Process) started() error {
	p := c.p
	p.moved = vm.Addr(p.regs.Rip) - imageCode
	if err := c.m.childEnded(c); err != nil { // it has left its parent's memory
		return err
	}
	s, err := p.resume(cont)
	switch {
	case err != nil:
		return err
	case s.exited:
		return p.died()
	}
	if err := getRegs(p.tid, &p.base); err != nil {
		return err
	}
	if p.base.Rip != uint64(p.at(binfmt.StubEntry))+1 {
		return fmt.Errorf("process %d has a program that is no puppet", c.number)
	}
	p.lowerStack()
	c.spoilt, c.grows, c.stack = true, false, [2]vm.Addr{}
	c.memory = c.m.newMemory()
	c.version++
	return p.open()
}

// diedLate is the end of a process whose new program does not fit.
func (c *Process) diedLate() error {
	c.p.close()
	c.m.processEnded(c)
	return c.m.childEnded(c)
}

// awaitExec waits for the end of an execve. Where it succeeds, the other threads of the process end first, and each has
// to be waited for; the thread that has called it gets the number of the process.
// Linux: de_thread (fs/exec.c).
func (c *Process) awaitExec() (stop, error) {
	first := c.first()
	if first == c && len(c.group.alive(c)) == 0 {
		return c.p.await()
	}
	c.p.w.begin(c.p.tid)
	defer c.p.w.end()
	for {
		if c.p.tryWait(c.p.tid) {
			break
		}
		if first != c && c.p.tryWait(first.p.tid) {
			c.leads(first)
			break
		}
		for _, t := range c.group.alive(c) {
			if t != first && t.p.reap() {
				c.group.freed()
			}
		}
		runtime.Gosched()
	}
	return c.p.stopped(), nil
}

// freed notes that no thread waits in vfork any more: all are killed, but the one that calls execve.
func (g *threadGroup) freed() {
	for _, t := range g.tasks {
		t.p.inFork = false
	}
}

// tryWait takes what there is to say of a task.
func (p *puppet) tryWait(tid int) bool {
	n, err := syscall.Wait4(tid, &p.status, waitAll|syscall.WNOHANG, &p.usage)
	return err == nil && n == tid
}

// reap ends what there is of a thread that has ended; it reports whether it has.
func (p *puppet) reap() bool {
	if !p.tryWait(p.tid) {
		return false
	}
	p.gone = true
	p.close()
	return true
}

// leads makes a thread the process, after its execve.
func (c *Process) leads(first *Process) {
	c.p.tid, first.p.tid = first.p.tid, 0
	first.p.gone, first.p.zombie = true, false
	first.p.close()
	c.group.freed()
	m := c.m
	m.procs[c.number], m.procs[first.number] = first, c
	c.number, first.number = first.number, c.number
	c.parent, first.parent = first.parent, nil
	c.born = first.born // who waits in vfork for the process goes on
	for _, d := range m.procs {
		if d != nil && d.parent == first {
			d.parent = c
		}
	}
	c.group.tasks = []*Process{c}
}

// Executed is the number of the process after execve, and where its memory for arguments is.
func (c *Process) Executed() (pid int, scratch vm.Addr) { return c.number, c.p.scratch() }
