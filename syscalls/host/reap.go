//go:build linux && amd64

package host

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"unsafe"

	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// A child that has ended stays until its parent waits for it, as in any program. Those whose parent ends too become
// this process's own, whatever process 1 of the machine does with such children, and are waited for here.

// adoptOrphans makes this process the one that children without a parent go to.
// Linux: PR_SET_CHILD_SUBREAPER (include/uapi/linux/prctl.h).
func adoptOrphans() { _, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0) }

const prSetChildSubreaper = 36

// first is the thread with the process's number.
func (c *Process) first() *Process {
	if c.group == nil {
		return c
	}
	return c.group.tasks[0]
}

// stays reports whether the number of a process that has ended is still taken.
func (c *Process) stays() bool { return c.unwaited || c.p.zombie }

// processEnded takes note of the end of a whole process: its parent may wait for it, and nothing waits for its own
// children any more.
func (m *Machine) processEnded(c *Process) {
	first := c.first()
	first.unwaited = first.parent != nil && first.p.waits
	for _, d := range m.procs {
		if d == nil || d.parent != first {
			continue
		}
		if d.parent = nil; d.unwaited {
			d.reap()
		}
	}
}

// reap waits for the end of a child that has become this process's own.
func (c *Process) reap() {
	c.unwaited = false
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(c.p.tid, &status, waitAll|syscall.WNOHANG, nil)
		if err != syscall.EINTR {
			return
		}
	}
}

// reapAll waits for the ends of the processes that have been killed, or had ended before.
func (m *Machine) reapAll() {
	for _, c := range m.procs {
		if c != nil && c.first() == c && c.p.waits {
			c.reap()
		}
	}
}

// waitForAll lets a puppet wait for all children that it has had.
func (p *puppet) waitForAll() error {
	for p.waits {
		rax, err := p.ask(syscall.SYS_WAIT4, ^uint64(0), 0, waitAll|syscall.WNOHANG, 0)
		if err != nil {
			return err
		}
		if int64(rax) <= 0 {
			break
		}
	}
	return nil
}

// waitedFor is the program's number of the process that c has waited for. With WNOWAIT it can be waited for again.
func (c *Process) waitedFor(tid int, flags uint64) (uint64, error) {
	for n, child := range c.m.procs {
		if child == nil || !child.unwaited || child.p.tid != tid {
			continue
		}
		if flags&waitNoWait == 0 {
			c.took(child)
		}
		return uint64(n), nil
	}
	return 0, fmt.Errorf("the kernel has given the number %d, which no process of the program has", tid)
}

// took takes note that c has waited for a child. What the kernel tells of c's faults has the child's in it from now on.
// Linux: RUSAGE_BOTH (kernel/sys.c).
func (c *Process) took(child *Process) {
	child.unwaited = false
	c.p.born[0] += child.p.usage.Minflt
	c.p.born[1] += child.p.usage.Majflt
}

const waitNoWait = 0x1000000

// childInfo puts the program's number of the child, and the one that every ordinary user has in the model, into the
// siginfo_t that waitid has stored.
func (c *Process) childInfo() error {
	info, flags := vm.Addr(c.p.regs.Rdx), c.p.regs.R10
	var b [8]byte
	if info == 0 {
		c.findWaited()
		return nil
	}
	if err := c.loads(info+sigInfoPID, b[:]); err != nil {
		return err
	}
	tid := int(binary.LittleEndian.Uint32(b[:]))
	if tid == 0 {
		return nil // no child has ended
	}
	n, err := c.waitedFor(tid, flags)
	if err != nil {
		return ours(err)
	}
	binary.LittleEndian.PutUint32(b[:], uint32(n))
	if binary.LittleEndian.Uint32(b[4:]) != 0 {
		binary.LittleEndian.PutUint32(b[4:], syscalls.OrdinaryUser)
	}
	return c.stores(info+sigInfoPID, b[:])
}

// loads reads memory that the kernel has just stored to, by instructions of the process itself: a debugger's access
// would mark the pages as used.
func (c *Process) loads(a vm.Addr, b []byte) error {
	for i := range b {
		if err := c.instruction(binfmt.StubLoad, binfmt.StubLoad+2, a+vm.Addr(i), 0); err != nil {
			return err
		}
		b[i] = byte(c.p.regs.Rax)
	}
	return nil
}

// stores is loads the other way.
func (c *Process) stores(a vm.Addr, b []byte) error {
	for i, x := range b {
		if err := c.instruction(binfmt.StubStore, binfmt.StubStore+3, a+vm.Addr(i), x); err != nil {
			return err
		}
	}
	return nil
}

// instruction runs a load or store that cannot fault.
func (c *Process) instruction(code, after, a vm.Addr, b byte) error {
	p := c.p
	p.regs = p.base
	p.regs.Rdi, p.regs.Rsi = uint64(a), uint64(b)
	s, err := p.toBreakpoint(code)
	if err != nil {
		return err
	}
	return c.arrived(s, after)
}

// sigInfoPID is where the number of the child is in a siginfo_t; its user follows.
const sigInfoPID = 16

// findWaited finds out which child a call has waited for that does not say so: its number is free.
func (c *Process) findWaited() {
	for _, child := range c.m.procs {
		if child != nil && child.unwaited && syscall.Kill(child.p.tid, 0) == syscall.ESRCH {
			c.took(child)
		}
	}
}

// TakeSignal is the signal that the process's last call has sent to it; 0 for none.
func (c *Process) TakeSignal() int {
	number := c.p.sent
	c.p.sent = 0
	return int(number)
}

// EndBySignal lets the default action of a signal end the process with all its threads. No core is written.
func (c *Process) EndBySignal(number int) (err error) {
	c.m.thread.do(func() { err = ours(c.endBySignal(number)) })
	return err
}

func (c *Process) endBySignal(number int) error {
	if err := c.p.leaveNoCore(); err != nil {
		return err
	}
	await := c.coreEnds(syscall.Signal(number))
	// It is stopped by the signal of its breakpoint, whose place this one takes.
	if err := ptrace(syscall.PTRACE_CONT, c.p.tid, uintptr(number)); err != nil {
		return fmt.Errorf("ending process %d by signal %d: %w", c.number, number, err)
	}
	defer c.p.dropOwner()
	if err := c.awaitEnds(append([]*Process{c}, c.group.alive(c)...), true); err != nil {
		return err
	}
	return await()
}

// coreEnds finds the other processes that the signal will end when it ends c: where a core dump ends all that share the
// memory, though none is written. await waits for their ends after that of c.
func (c *Process) coreEnds(s syscall.Signal) (await func() error) {
	var ending []*Process
	for _, d := range c.m.procs[1:] {
		if s != syscall.SIGPIPE && !Profile().Has(profile.CoreEndsOne) && !d.p.gone && d.memory == c.memory &&
			d.first() != c.first() {
			d.p.inFork = false // who waits in vfork ends too
			ending = append(ending, d)
		}
	}
	return func() error {
		for _, d := range ending {
			if d.p.gone {
				continue // it has ended with another thread of its process
			}
			if err := d.awaitEnds(append([]*Process{d}, d.group.alive(d)...), true); err != nil {
				return err
			}
			d.first().p.dropOwner()
		}
		return nil
	}
}

// leaveNoCore makes sure that the puppet writes no core, where the limit that it has from this process allows one.
func (p *puppet) leaveNoCore() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil || limit.Cur == 0 {
		return err
	}
	limit = syscall.Rlimit{}
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.tid), syscall.RLIMIT_CORE,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0); e != 0 {
		return fmt.Errorf("a core would be written, and its limit cannot be changed: %w", e)
	}
	return nil
}
