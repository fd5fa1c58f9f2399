//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/vm"
)

// A handler's frame is stored by the kernel itself, on the puppet's own stack: the puppet gets the signal, and is held
// where its handler would begin. There it makes the handler's call, and rt_sigreturn after it.

// lowerStack moves a new program's stack pointer to the start of the page that it is in, as a program does that calls
// functions: what the kernel puts above it depends on release and processor.
func (p *puppet) lowerStack() { p.base.Rsp = uint64(vm.Addr(p.base.Rsp).Floor()) }

// StackPointer is where the process's stack ends.
func (c *Process) StackPointer() vm.Addr { return vm.Addr(c.p.base.Rsp) }

// SetStackPointer moves the stack pointer, as an instruction would.
func (c *Process) SetStackPointer(sp vm.Addr) error {
	c.p.base.Rsp = uint64(sp)
	return nil
}

// actions are where the puppet has what rt_sigaction reads.
var actions = [...]vm.Addr{syscalls.DefaultAction: binfmt.StubDefault, syscalls.Handler: binfmt.StubAction,
	syscalls.HandlerOnStack: binfmt.StubActionOnStack}

// SetAction gives the process the action that it takes at a signal.
func (c *Process) SetAction(n fault.SignalNumber, a syscalls.SignalAction) (err error) {
	action := c.p.at(actions[a])
	c.m.thread.do(func() {
		defer c.m.aside()()
		var rax uint64
		if rax, err = c.p.ask(syscall.SYS_RT_SIGACTION, uint64(n), uint64(action), 0, 8); err == nil && rax != 0 {
			err = ours(syscall.Errno(-rax))
		}
	})
	return err
}

// Deliver lets the kernel deliver the signal that the process has stopped by.
func (c *Process) Deliver(s fault.Signal) (ended bool, err error) {
	c.m.thread.do(func() {
		ended, err = c.deliver(syscall.Signal(s.Number))
		c.m.settle()
	})
	return ended, err
}

func (c *Process) deliver(number syscall.Signal) (ended bool, err error) {
	p := c.p
	if err := p.leaveNoCore(); err != nil {
		return false, ours(err)
	}
	c.spoilt = true // execve keeps what is blocked, and in the handler the signal is
	p.regs = p.base
	// It returns to a breakpoint.
	p.regs.Rip, p.regs.Orig_rax = uint64(p.at(binfmt.StubAfterCall)), ^uint64(0)
	// The handler is a breakpoint too, but where execve has moved the program. There a step stops before the handler's
	// first instruction; it reads one of the process, as a debugger does, which makes its page one that is used.
	how := syscall.PTRACE_CONT
	if p.moved != 0 {
		how = syscall.PTRACE_SINGLESTEP
	}
	return c.cross(func(tid int) error { return ptrace(how, tid, uintptr(number)) })
}

// ReturnFromHandler performs rt_sigreturn.
func (c *Process) ReturnFromHandler() (ended bool, err error) {
	c.m.thread.do(func() {
		const addressSize = 8 // the handler's last instruction takes the address off that it returns to
		p := c.p
		p.regs = p.base
		p.regs.Rsp += addressSize
		p.regs.Rax = syscall.SYS_RT_SIGRETURN
		p.regs.Rip, p.regs.Orig_rax = uint64(p.at(binfmt.StubSyscall)), ^uint64(0)
		if ended, err = c.cross(cont); err == nil && !ended && p.regs.Rip != uint64(p.at(binfmt.StubAfterCall))+1 {
			err = errors.New("host: the handler has overwritten its own frame")
		}
		var lost *fault.Signal
		if errors.As(err, &lost) { // what is blocked now is what lay there
			if e := p.blockChildren(); e != nil {
				err = ours(e)
			}
		}
		c.m.settle()
	})
	return ended, err
}

// cross takes the puppet to or from its handler; how lets it go on. The error is a *fault.Signal where it stops by one.
func (c *Process) cross(how func(tid int) error) (ended bool, err error) {
	p := c.p
	if err := setRegs(p.tid, &p.regs); err != nil {
		return false, ours(err)
	}
	c.m.beforeStatement()
	if err := how(p.tid); err != nil {
		return false, ours(err)
	}
	s, err := c.awaitEnd()
	for err == nil && !s.exited && s.signal == syscall.SIGCHLD { // a frame that is lost has blocked nothing
		if err = errors.Join(p.blockChildren(), cont(p.tid)); err == nil {
			s, err = c.awaitEnd()
		}
	}
	c.m.afterStatement()
	if err != nil {
		return false, ours(err)
	}
	c.changed()
	if s.exited {
		return true, ours(c.diedOfFrame())
	}
	if err := getRegs(p.tid, &p.regs); err != nil {
		return false, ours(err)
	}
	p.base.Rsp = p.regs.Rsp
	switch sig, err := c.signalOf(s); {
	case err != nil:
		return false, ours(err)
	case sig != nil:
		return false, sig
	case s.signal != syscall.SIGTRAP:
		return false, fmt.Errorf("host: process %d stopped by %v at a handler", c.number, s.signal)
	}
	return false, nil
}

// awaitEnd waits for a stop that may be the end of the process with all its threads: that of the first one is known
// only when the others have been waited for.
func (c *Process) awaitEnd() (stop, error) {
	if len(c.group.alive(c)) == 0 {
		return c.p.await()
	}
	c.p.w.begin(c.p.tid)
	defer c.p.w.end()
	for !c.p.tryWait(c.p.tid) {
		for _, t := range c.group.alive(c) {
			t.p.reap()
		}
		runtime.Gosched()
	}
	return c.p.stopped(), nil
}

// diedOfFrame is the end of a process that SIGSEGV has ended, since its handler's frame could not be stored or read.
func (c *Process) diedOfFrame() error {
	if !c.p.status.Signaled() || c.p.status.Signal() != syscall.SIGSEGV {
		return c.p.died()
	}
	await := c.coreEnds(syscall.SIGSEGV)
	c.p.close()
	c.p.dropOwner()
	if err := c.awaitEnds(c.group.alive(c), true); err != nil {
		return err
	}
	if err := c.m.childEnded(c); err != nil {
		return err
	}
	return await()
}
