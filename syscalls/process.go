package syscalls

import (
	"syscall"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Process is a program that runs: its address space, its processor and its open files.
// Linux: struct task_struct (include/linux/sched.h).
type Process struct {
	PID   int // 1, 2, 3, … in the order of birth
	Space *vm.Space
	CPU   *fault.CPU

	counts      vm.TaskCounts
	kernel      *Kernel
	parent      *Process
	fds         *descriptors
	fs          *whereabouts
	creds       *credentials
	group       *threadGroup
	exited      bool
	dying       bool    // the OOM killer has chosen it; it ends when it returns to its program
	scoreAdjust int     // /proc/PID/oom_score_adj
	sp          vm.Addr // the stack pointer
	alternate   alternateStack
	blocked     signalSet
	actions     signalActions
	frames      []signalFrame // of handlers that have not returned
	clearTID    vm.Addr       // where its number goes at its end, as others that share its memory see it; 0 for nowhere
	endStatus   uint32        // as wait4 gives it
	endSignal   uint8         // what its parent gets at its end
	sent        int           // the signal that its call has sent to it; 0 for none
	released    bool          // a parent has waited for it, or there was none to do so
	children    []*Process
	waits       *Process // the child that it has called vfork for
	waiter      *Process // who has called vfork for it, and waits
	personality Personality
	limits      *limits
	mm          *memory            // what goes with Space
	opened      *pagecache.Mapping // what descriptors that mean the process are opened on; nil for none yet
}

// Spawn starts a process with an empty address space.
func (k *Kernel) Spawn() *Process {
	usual := vm.DefaultLimits()
	usual.MaxMapCount = k.maxMapCount
	usual.MayLockAll = k.capable(CapIPCLock)
	usual.MmapMin, usual.OwnMin = k.lowest()
	p := &Process{PID: len(k.procs), kernel: k, limits: newLimits(usual, k.config.Limits),
		mm: newMemory(k.config.Profile), personality: AddrNoRandomize, actions: signalActions{}}
	p.group = &threadGroup{tasks: []*Process{p}}
	p.Space = k.newSpace(p.limits)
	p.CPU = fault.NewCPU(p.Space, k.handler)
	p.CPU.Rights = newRights(k.config.Profile)
	p.openStandard()
	p.fs, p.creds = &whereabouts{k.files.root}, new(credentials)
	k.procs = append(k.procs, p)
	return p
}

// newSpace is an empty address space of the machine.
func (k *Kernel) newSpace(l *limits) *vm.Space {
	s := vm.NewSpace(k.Log, k.LRU, k.Commit, &l.vm)
	s.Profile = k.config.Profile
	k.config.Policies.ofSpace(s)
	if !s.Profile.Has(profile.ProcessorsCount) {
		s.Stats.KeepBack()
	}
	s.Swap = k.swap
	return s
}

// run makes p the process that runs: steps are logged for it, and in an address space that it shares its limits count.
// Linux: context_switch (kernel/sched/core.c).
func (p *Process) run() {
	if p.kernel.current != p {
		if before := p.kernel.current; before != nil {
			before.Space.Stats.Run(nil)
		}
		p.Space.Stats.Run(&p.counts)
		p.kernel.current = p
		p.kernel.Log.PID = p.PID
		p.Space.Limits = &p.limits.vm
	}
}

// Running makes p the process that runs in its address space until the function is called, and of no other.
func (p *Process) Running() (done func()) {
	stats := &p.Space.Stats
	before := stats.Run(&p.counts)
	return func() { stats.Run(before) }
}

// enter begins every call: it logs the step and finishes what earlier calls have left to do.
func (p *Process) enter(nr Number) {
	p.run()
	p.sent = 0
	p.kernel.Cache.Begin()
	stepSyscallEnter(p.kernel.Log, nr)
}

// refuse logs which check refused, for people, and is the errno.
func (p *Process) refuse(e syscall.Errno, why string) error {
	stepRefused(p.kernel.Log, e, why)
	return e
}

// Kernel is the machine that the process runs on.
func (p *Process) Kernel() *Kernel { return p.kernel }

// Load reads a byte as an instruction would. The error is a *fault.Signal.
func (p *Process) Load(a vm.Addr) (byte, error) {
	p.run()
	b, err := p.CPU.Load(a)
	if err != nil {
		return 0, p.signalled(err)
	}
	return b, nil
}

// Store writes a byte as an instruction would. The error is a *fault.Signal.
func (p *Process) Store(a vm.Addr, b byte) error {
	p.run()
	if err := p.CPU.Store(a, b); err != nil {
		return p.signalled(err)
	}
	return nil
}

// Touch performs an access of kind k without any data. The error is a *fault.Signal.
func (p *Process) Touch(a vm.Addr, k vm.Access) error {
	p.run()
	if err := p.CPU.Touch(a, k); err != nil {
		return p.signalled(err)
	}
	return nil
}

func (p *Process) signalled(err error) error {
	if waits := p.faultWaits(); waits != nil {
		return waits
	}
	s := err.(*fault.Signal)
	return p.force(s)
}

// Peek copies memory out as a debugger does. The error is EIO.
func (p *Process) Peek(a vm.Addr, buf []byte) error {
	return p.borrow(a, len(buf), vm.Load, func(e vm.PTE, off, from, n int) {
		p.kernel.Memory.Frame(e.PFN()).Read(off, buf[from:from+n])
	})
}

// Poke copies buf into memory as a debugger does. The error is EIO.
func (p *Process) Poke(a vm.Addr, buf []byte) error {
	return p.borrow(a, len(buf), vm.Store, func(e vm.PTE, off, from, n int) {
		f := p.kernel.Memory.Frame(e.PFN())
		p.kernel.Memory.Write(f, off, buf[from:from+n])
		fault.MarkDirty(f)
	})
}

// borrow accesses n bytes at a as a debugger does, page by page. It first finishes what the program's last statement
// has queued.
// Linux: mem_rw (fs/proc/base.c).
func (p *Process) borrow(a vm.Addr, n int, k vm.Access, fn func(e vm.PTE, off, from, n int)) error {
	p.kernel.LRU.Drain()
	defer p.kernel.using(p.Space)()
	for done := 0; done < n; {
		x := a + vm.Addr(done)
		e, err := p.CPU.Borrow(x, k)
		if waits := p.faultWaits(); waits != nil {
			return waits
		}
		if err != nil {
			return err
		}
		step := min(n-done, vm.PageSize-int(x.Offset()), vm.PageSize-done%vm.PageSize)
		fn(e, int(x.Offset()), done, step)
		done += step
	}
	return nil
}

// MapsVersion changes whenever the text of Maps may have changed.
func (p *Process) MapsVersion() uint64 { return p.Space.Version() }

// Faults is how many minor and major faults the process has taken.
func (p *Process) Faults() (minor, major uint64) { return p.CPU.Minor, p.CPU.Major }
