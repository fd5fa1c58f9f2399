package model

import (
	"errors"
	"fmt"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Machine is the model as a run.Machine.
type Machine struct {
	Kernel *syscalls.Kernel
	// Profile is the Linux that the model answers as, whatever .machine kernel= says; nil where that, or nothing, says
	// it.
	Profile *profile.Profile
	// Policies makes what decides in Linux's place, anew for each kernel; nil for Linux.
	Policies func() syscalls.Policies
	// Future is which pages the program will use, for .machine reclaim=opt. Nil is not known yet.
	Future []pagecache.Page
	// Costs is how long things take; nil for the defaults.
	Costs *Costs
	// Others is how many active pages of files the real machine has beside it: see pagecache.Reclaim.
	Others uint64

	ample  bool                        // memory is not short, whatever the program says of it
	layout script.Layout               // of process 1
	madeUp map[*pagecache.Mapping]bool // files of layouts whose content is not given

	stub  vm.Addr // the instructions of a puppet, where the layout is one's
	watch *watch  // nil while no more is wanted than a Caller shows
	start account // where the program's own counts begin
	poked bool    // the harness is at work
}

// Poked reports whether the steps that are being taken are the harness's: it looks at the process's memory, or puts a
// path or a buffer there, as a debugger would.
func (m *Machine) Poked() bool { return m.poked }

// New makes a machine that Setup has still to set up.
func New() *Machine { return &Machine{} }

// Setup makes the kernel, its files and the first process.
func (m *Machine) Setup(c run.Config) error {
	cfg, err := m.configure(c.Settings)
	if err != nil {
		return err
	}
	m.Kernel, m.watch, m.madeUp = syscalls.New(cfg), nil, map[*pagecache.Mapping]bool{}
	m.Kernel.Cache.Reclaim.Others = m.Others
	for _, s := range c.Settings {
		if err := m.turnKnob(s); err != nil {
			return err
		}
	}
	for _, f := range c.Files {
		if err := m.AddFile(f); err != nil {
			return err
		}
	}
	if c.Layout == nil {
		c.Layout = LayoutOn(cfg.Profile)
	}
	return m.begin(*c.Layout)
}

// begin starts the first process, with the layout of a program; what is counted begins with it.
func (m *Machine) begin(l script.Layout) error {
	m.layout = l
	err := m.exec(m.Kernel.Spawn(), l)
	m.Kernel.StartLimit()
	m.start = newAccount(m.Kernel)
	return err
}

// configure is what .machine asks for, with the machine's own profile, costs and policies.
func (m *Machine) configure(settings []script.Setting) (syscalls.Config, error) {
	cfg := syscalls.Config{Profile: m.Profile}
	for _, s := range settings {
		if s.Name == "kernel" && m.Profile != nil {
			continue
		}
		if err := applySetting(&cfg, s); err != nil {
			return cfg, err
		}
	}
	if m.Costs != nil {
		cfg.Costs = &m.Costs.Costs
		if cfg.Disk.Name == "" || cfg.Disk.Name == m.Costs.Disk.Name {
			cfg.Disk = m.Costs.Disk
		}
	}
	if m.Policies != nil {
		cfg.Policies = m.Policies()
	}
	m.usePolicy(&cfg, settings)
	if m.ample {
		cfg.RAM, cfg.MemoryLimit, cfg.MemoryHigh = 0, 0, 0
	}
	if err := cfg.Check(); err != nil {
		return cfg, fmt.Errorf(".machine: %w", err)
	}
	return cfg, nil
}

// Exec puts a new image in the place of a process's old one.
func (m *Machine) Exec(pid int, l script.Layout) error {
	p, ok := m.Kernel.Process(pid)
	if !ok {
		return fmt.Errorf("there is no process %d", pid)
	}
	return m.exec(p, l)
}

func (m *Machine) exec(p *syscalls.Process, l script.Layout) error {
	areas := make([]binfmt.Area, len(l.Areas))
	for i, a := range l.Areas {
		areas[i] = binfmt.Area{
			Start: a.Start, End: a.End, Offset: a.Offset, Name: a.Name, Flags: permFlags(a.Perm), Cached: imagePages,
		}
		if err := m.makeUp(a.Name); err != nil {
			return fmt.Errorf("the layout's files: %w", err)
		}
	}
	if err := p.Exec(areas, l.Brk, l.Present); err != nil {
		return err
	}
	if l.Mmap != 0 {
		p.Space.Layout.MmapBase = l.Mmap
	}
	m.stub = stubText(l)
	m.runStub(p)
	return nil
}

// stubText is where the instructions of a puppet are; 0 for a layout of an ordinary program.
func stubText(l script.Layout) vm.Addr {
	for _, a := range l.Areas {
		if a.Name == "/stub" && a.Perm == "r-xp" {
			return a.Start
		}
	}
	return 0
}

// runStub has a puppet run its first instruction, which no statement pays for.
func (m *Machine) runStub(p *syscalls.Process) {
	text := m.textOf(p)
	if text == 0 {
		return
	}
	defer m.aside()()
	defer p.Running()()
	minor, major := p.CPU.Minor, p.CPU.Major
	_ = p.CPU.Touch(text, vm.Fetch)
	p.CPU.Minor, p.CPU.Major = minor, major
}

// textOf is where the instructions of a process are that is a puppet; 0 where it is none.
func (m *Machine) textOf(p *syscalls.Process) vm.Addr {
	if at := p.Space.Layout.Entry; at != 0 {
		return at.Floor()
	}
	return m.stub
}

func permFlags(perm string) (f vm.Flags) {
	for i, b := range []struct {
		letter byte
		flag   vm.Flags
	}{{'r', vm.Read}, {'w', vm.Write}, {'x', vm.Exec}, {'s', vm.MayShare | vm.Shared}} {
		if i < len(perm) && perm[i] == b.letter {
			f |= b.flag
		}
	}
	return f
}

// AddFile puts a file on the file system. That is no doing of the program's.
func (m *Machine) AddFile(f script.FileSpec) error {
	defer m.aside()()
	return m.Kernel.AddFile(syscalls.FileSpec{
		Path: f.Path, Size: f.Size, Content: f.ReadAt, Cold: f.Cold, Cached: f.Cached, Folios: f.Folios,
		RootOwned: f.RootOwned, Exec: f.Exec,
	})
}

// Counters fills out with the counters of /proc/vmstat by those names.
func (m *Machine) Counters(names []string, out []uint64) error {
	return m.Kernel.Proc.Counters(names, out)
}

// HasFile reports whether a file or a directory has that path.
func (m *Machine) HasFile(path string) bool { return m.Kernel.HasPath(path) }

// MakeDir makes a directory and those above it.
func (m *Machine) MakeDir(path string) error { return m.Kernel.MakeDir(path) }

// Process is the process of that number.
func (m *Machine) Process(pid int) (syscalls.Caller, bool) {
	p, ok := m.Kernel.Process(pid)
	if !ok {
		return nil, false
	}
	return modelCaller{p, m}, true
}

// TakeKilled ends what the OOM killer has chosen.
func (m *Machine) TakeKilled() []syscalls.Killed { return m.Kernel.TakeKilled() }

// Check recomputes the kernel's invariants.
func (m *Machine) Check() error { return m.Kernel.Check() }

// Implements reports whether the model has the call.
func (m *Machine) Implements(nr syscalls.Number) bool { return syscalls.Implements(nr) }

// Restrict takes capabilities from the programs.
func (m *Machine) Restrict(c syscalls.Capabilities) { m.Kernel.Restrict(c) }

// modelCaller is a process of the model that can do an access of which only the kind is known.
type modelCaller struct {
	*syscalls.Process
	model *Machine
}

// Call performs a system call. Then the processor takes the instruction after it, which costs a fault where the call
// has dropped the page of code, unless it has ended the process. A child that the call makes does so too, but no
// statement pays for that.
func (c modelCaller) Call(nr syscalls.Number, a syscalls.Args) (uint64, error) {
	ret, err := c.Process.Call(nr, a)
	if err == nil && (nr == syscalls.SysFork || nr == syscalls.SysVfork || nr == syscalls.SysClone) {
		if child, ok := c.model.Kernel.Process(int(ret)); ok {
			c.model.runStub(child)
		}
	}
	if _, lives := c.model.Kernel.Process(c.PID); lives && c.model.textOf(c.Process) != 0 {
		next := vm.Addr(binfmt.StubAfterCall)
		if err == nil && nr == syscalls.SysExecve {
			next = binfmt.StubEntry
		}
		_ = c.CPU.Touch(c.model.textOf(c.Process)+next, vm.Fetch)
		if err == nil && nr == syscalls.SysExecve {
			err = c.isStub()
		}
	}
	return ret, err
}

// isStub is an error where the program that execve has started is another one than those of .file elf=. It looks at the
// frame itself: a debugger's look would count as a use of the page.
func (c modelCaller) isStub() error {
	text, at := make([]byte, vm.PageSize), c.model.textOf(c.Process)
	if frame, _, _ := c.Process.CPU.Shown(at); frame != nil {
		frame.Read(0, text)
	} else if err := c.Peek(at, text); err != nil {
		return err
	}
	if binfmt.IsStub(text) {
		return nil
	}
	return errors.New("what the program does is not known: it is none that a line .file PATH SIZE elf=... has made")
}

// Executed is the number of the process after execve, and where its memory for arguments is.
func (c modelCaller) Executed() (pid int, scratch vm.Addr) {
	return c.PID, c.model.textOf(c.Process) + binfmt.StubScratch - binfmt.StubText
}

// Peek copies memory out as a debugger does. What that takes is not of the program's doing.
func (c modelCaller) Peek(a vm.Addr, buf []byte) error {
	defer c.model.aside()()
	return c.Process.Peek(a, buf)
}

// Poke copies buf into memory as a debugger does.
func (c modelCaller) Poke(a vm.Addr, buf []byte) error {
	defer c.model.aside()()
	return c.Process.Poke(a, buf)
}

// ChooseRemap says what an mremap would answer. Asking is no step of the program's.
func (c modelCaller) ChooseRemap(addr vm.Addr, old, new uint64, f syscalls.RemapFlags, to vm.Addr) (vm.Addr, error) {
	defer c.model.aside()()
	return c.Process.ChooseRemap(addr, old, new, f, to)
}

// Touch does such an access; one of the kernel's raises no signal.
func (c modelCaller) Touch(a vm.Addr, kind script.TouchKind) error {
	switch kind {
	case script.TouchWrite:
		return c.Process.Touch(a, vm.Store)
	case script.TouchFetch:
		return c.Process.Touch(a, vm.Fetch)
	case script.TouchKernelWrite:
		_ = c.CPU.Touch(a, vm.Store)
		return nil
	case script.TouchKernelRead:
		_ = c.CPU.Touch(a, vm.Load)
		return nil
	}
	return c.Process.Touch(a, vm.Load)
}

// ColdInMemory reports whether d makes a file that is to be cold on a file system that keeps all its files in memory.
func ColdInMemory(d *script.Directive, k *syscalls.Kernel) bool {
	if d.File == nil || !d.File.Cold {
		return false
	}
	m := k.FileAt(d.File.Path)
	return m != nil && m.InMemory()
}
