//go:build linux && amd64

package host

import (
	"bytes"
	"fmt"
	"syscall"

	"vmsim/fault"
	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Process is a puppet as a program's process. It is a syscalls.Caller, a script.Toucher and a script.MapsVersioner.
type Process struct {
	m       *Machine
	p       *puppet
	number  int // 1, 2, … in the order of birth
	text    string
	textAt  uint64 // the version that text is of; 0 for none
	version uint64
	grows   bool       // it has, or may have, an area besides the stack that grows at an access
	stack   [2]vm.Addr // from where to where the stack may reach
	born    born
	parent  *Process // the first thread of who has to wait for it; nil where that is this process
	// unwaited says that it has ended, and that its parent has still to wait for it.
	unwaited bool
	// group is the threads that it belongs to; countFrom is what of its thread's faults was before its own began.
	group     *threadGroup
	countFrom [2]int64
	spoilt    bool // it has changed what execve keeps
	memory    int  // processes that share their memory have the same one
}

// Call performs system call nr. The result of fork, vfork and clone is the child's number here, that of getpid too.
func (c *Process) Call(nr syscalls.Number, args syscalls.Args) (ret uint64, err error) {
	c.m.thread.do(func() {
		ret, err = c.call(nr, args)
		c.m.settle()
	})
	return ret, err
}

func (c *Process) call(nr syscalls.Number, args syscalls.Args) (uint64, error) {
	p := c.p
	if p.inFork {
		return 0, fmt.Errorf("process %d waits in vfork until its child has ended", c.number)
	}
	c.m.paths.inward(c, nr, &args)
	c.m.numbered(nr, &args)
	c.m.beforeStatement()
	c.m.seen.others.calls(nr)
	before := p.faults()
	if nr == syscalls.SysSwapon {
		if err := c.m.swapFiles.begin(c.m); err != nil {
			return 0, ours(err)
		}
	}
	p.loadCall(nr, args)
	if c.group != nil && (nr == syscalls.SysExit || nr == syscalls.SysExitGroup) {
		err := c.exit(nr)
		c.m.afterStatement()
		return 0, ours(err)
	}
	if nr == syscalls.SysExecve {
		ret, err := c.execve()
		c.m.afterStatement()
		if c.p.regs.Rax != 0 {
			c.afterCall(nr, args, before) // it has failed, and may have made a stack grow
		}
		return ret, err
	}
	s, err := p.run(cont)
	c.m.afterStatement()
	if err == nil && s.event != 0 {
		// clone may share memory, whatever event it is reported as: then the areas of one change with those of the
		// other.
		c.m.sharing = c.m.sharing || nr == syscalls.SysClone
		shares := syscalls.CloneFlags(0)
		if nr == syscalls.SysClone {
			shares = syscalls.CloneFlags(args[0])
		}
		number, err := c.forked(s.event, shares)
		return number, ours(err)
	}
	if err == nil && s.exited {
		return 0, ours(c.ended(nr))
	}
	if err == nil {
		err = c.arrived(s, binfmt.StubSyscall+2)
	}
	if err != nil {
		return 0, ours(err)
	}
	c.afterCall(nr, args, before)
	return c.answer(nr)
}

// loadCall puts a call into the registers, before the instruction that performs it.
func (p *puppet) loadCall(nr syscalls.Number, args syscalls.Args) {
	p.sent = 0
	p.regs = p.base
	p.regs.Rax = uint64(nr)
	p.regs.Rdi, p.regs.Rsi, p.regs.Rdx = args[0], args[1], args[2]
	p.regs.R10, p.regs.R8, p.regs.R9 = args[3], args[4], args[5]
	p.regs.Rip, p.regs.Orig_rax = uint64(p.at(binfmt.StubSyscall)), ^uint64(0)
}

// ours is an error of the harness: an errno in it is no answer to the program.
func ours(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("host: %v", err)
}

// arrived checks that the stop is the breakpoint after the instruction.
func (c *Process) arrived(s stop, at vm.Addr) error {
	if s.signal == syscall.SIGTRAP {
		return getRegs(c.p.tid, &c.p.regs)
	}
	var info sigInfo
	_ = getSigInfo(c.p.tid, &info)
	return fmt.Errorf("process %d got %v (code %d, address %#x) where it should have reached its breakpoint at %v: "+
		"is its code still mapped?",
		c.number, s.signal, info.Code, info.Addr, c.p.at(at))
}

// answer is rax.
func (c *Process) answer(nr syscalls.Number) (uint64, error) {
	rax := c.p.regs.Rax
	if rax > ^uint64(4095) {
		if rax == efault && waits[nr] {
			c.findWaited()
		}
		return 0, syscall.Errno(-rax)
	}
	switch first := c.first(); {
	case nr == syscalls.SysWait4 && rax != 0:
		return c.waitedFor(int(rax), 0)
	case nr == syscalls.SysWaitid:
		return rax, c.childInfo()
	case nr == syscalls.SysGetpid && int(rax) == first.p.tid:
		return uint64(first.number), nil
	}
	return rax, nil
}

// ended is the end of the process, which it may have asked for.
func (c *Process) ended(nr syscalls.Number) error {
	c.p.close()
	if nr != syscalls.SysExit && nr != syscalls.SysExitGroup {
		if c.p.owner != nil && c.p.killed() {
			return nil // TakeKilled tells of it
		}
		return c.p.died()
	}
	c.p.dropOwner()
	if c.m.handing {
		c.m.allChanged()
	}
	c.m.processEnded(c)
	return c.m.childEnded(c)
}

// Load reads one byte as an instruction of the program would.
func (c *Process) Load(a vm.Addr) (b byte, err error) {
	c.m.thread.do(func() {
		before := c.p.faults()
		if err = c.access(binfmt.StubLoad, binfmt.StubLoad+2, a, 0); err == nil {
			b = byte(c.p.regs.Rax)
		}
		c.settle(before, err)
	})
	return b, err
}

// Store writes one byte as an instruction of the program would.
func (c *Process) Store(a vm.Addr, b byte) (err error) {
	c.m.thread.do(func() {
		before := c.p.faults()
		err = c.access(binfmt.StubStore, binfmt.StubStore+3, a, b)
		c.settle(before, err)
	})
	return err
}

// settle settles what an access has left: where it has not faulted, the kernel knows nothing of it.
func (c *Process) settle(before [2]int64, err error) {
	if err != nil || c.p.faults() != before {
		c.m.settle()
	}
}

// Touch does an access of which only the kind is known. The kernel's own are done as the process's.
func (c *Process) Touch(a vm.Addr, kind script.TouchKind) (err error) {
	c.m.thread.do(func() {
		switch kind {
		case script.TouchWrite, script.TouchKernelWrite:
			err = c.access(binfmt.StubOr, binfmt.StubOr+3, a, 0)
		case script.TouchFetch:
			err = c.fetch(a)
		default:
			err = c.access(binfmt.StubLoad, binfmt.StubLoad+2, a, 0)
		}
		c.m.settle()
	})
	if _, isSignal := err.(*fault.Signal); isSignal && kind >= script.TouchKernelRead {
		return nil // a call answers EFAULT instead
	}
	return err
}

// access runs a load or store. Its signal is the error.
func (c *Process) access(code, after, a vm.Addr, b byte) error {
	p := c.p
	if p.inFork {
		return fmt.Errorf("process %d waits in vfork until its child has ended", c.number)
	}
	c.m.beforeStatement()
	before := p.faults()
	p.regs = p.base
	p.regs.Rdi, p.regs.Rsi = uint64(a), uint64(b)
	s, err := p.toBreakpoint(code)
	c.m.afterStatement()
	if err != nil {
		if p.owner != nil && p.gone && p.killed() {
			return &fault.Signal{Number: fault.SIGKILL, Addr: a} // TakeKilled tells of it
		}
		return err
	}
	sig, err := c.signalOf(s)
	if sig != nil || p.faults() != before {
		c.afterAccess(a)
	}
	if sig != nil {
		if sig.Number == fault.SIGSEGV && sig.Addr == p.at(code).Floor() && a != sig.Addr {
			return c.arrived(s, after)
		}
		return sig
	}
	if err == nil && code == binfmt.StubLoad {
		err = c.arrived(s, after)
	}
	return err
}

// fetch lets the processor take one instruction at a. All registers are zero, so that the instruction there does no
// harm, whatever it is: what it touches lies at address 0, where nothing is mapped.
func (c *Process) fetch(a vm.Addr) error {
	p := c.p
	c.m.beforeStatement()
	before := p.faults()
	p.regs = p.base
	r := &p.regs
	r.Rax, r.Rbx, r.Rcx, r.Rdx, r.Rsi, r.Rdi, r.Rbp, r.Rsp = ^uint64(0), 0, 0, 0, 0, 0, 0, 0
	r.R8, r.R9, r.R10, r.R11, r.R12, r.R13, r.R14, r.R15 = 0, 0, 0, 0, 0, 0, 0, 0
	r.Rip, r.Orig_rax = uint64(a), ^uint64(0)
	s, err := p.run(step)
	c.m.afterStatement()
	if err == nil && s.exited {
		err = p.died()
	}
	if err != nil {
		return err
	}
	sig, err := c.signalOf(s)
	if sig != nil || p.faults() != before {
		c.afterAccess(a)
	}
	if sig != nil && sig.Addr == a {
		return sig
	}
	return err
}

// signalOf is the signal of a bad access, nil where the stop is another.
func (c *Process) signalOf(s stop) (*fault.Signal, error) {
	if s.signal != syscall.SIGSEGV && s.signal != syscall.SIGBUS {
		return nil, nil
	}
	var info sigInfo
	if err := getSigInfo(c.p.tid, &info); err != nil {
		return nil, err
	}
	return &fault.Signal{Number: fault.SignalNumber(info.Signo), Code: fault.SignalCode(info.Code),
		Addr: vm.Addr(info.Addr)}, nil
}

// Peek copies memory out as a debugger does.
func (c *Process) Peek(a vm.Addr, buf []byte) error { return c.debug(syscall.Pread, a, buf) }

// Poke copies buf into memory as a debugger does; a read-only area does not stop it.
func (c *Process) Poke(a vm.Addr, buf []byte) error { return c.debug(syscall.Pwrite, a, buf) }

// debug moves bytes as a debugger does. What the disk is asked for that is no doing of the program's.
func (c *Process) debug(move func(int, []byte, int64) (int, error), a vm.Addr, buf []byte) error {
	defer c.m.aside()()
	for len(buf) > 0 {
		n, err := move(c.p.mem, buf, int64(a))
		if err != nil {
			return err
		}
		if n == 0 {
			return syscall.EIO
		}
		c.m.settle()
		a, buf = a+vm.Addr(n), buf[n:]
	}
	return nil
}

// Maps is the text of /proc/PID/maps.
func (c *Process) Maps() string {
	if c.textAt == c.version && c.textAt != 0 {
		return c.text
	}
	buf := c.m.buf[:0]
	for {
		if cap(buf)-len(buf) < 8192 {
			buf = append(make([]byte, 0, 2*cap(buf)+65536), buf...)
		}
		n, err := syscall.Pread(c.p.maps, buf[len(buf):cap(buf)], int64(len(buf)))
		if n <= 0 || err != nil {
			break
		}
		buf = buf[:len(buf)+n]
	}
	c.m.buf = buf
	c.text, c.textAt = c.m.paths.outward(buf), c.version
	if i := bytes.Index(buf, []byte("[stack]")); i >= 0 {
		c.stack = stackLine(buf, i)
	}
	return c.text
}

// MapsVersion changes whenever Maps may have.
func (c *Process) MapsVersion() uint64 { return c.version }

// Faults is how many minor and major faults the process has taken since its birth.
func (c *Process) Faults() (minor, major uint64) {
	if c.group != nil {
		c.m.thread.do(func() {
			if now, err := c.p.taskFaults(); err == nil {
				minor, major = uint64(now[0]-c.countFrom[0]), uint64(now[1]-c.countFrom[1])
			}
		})
		return minor, major
	}
	return uint64(c.p.usage.Minflt - c.p.born[0]), uint64(c.p.usage.Majflt - c.p.born[1])
}

func (p *puppet) faults() [2]int64 { return [2]int64{p.usage.Minflt, p.usage.Majflt} }
