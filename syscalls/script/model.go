package script

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Model is the model as a Machine.
type Model struct {
	Kernel *syscalls.Kernel
	// Profile is the Linux that the model answers as, whatever .machine kernel= says; nil where that, or nothing, says it.
	Profile *profile.Profile

	layout Layout // of process 1

	stub  vm.Addr // the instructions of a puppet, where the layout is one's
	watch *watch  // nil while nobody wants to see more than a Caller shows
	start account // where the program's own counts begin
	poked bool    // the harness is at work
}

// Poked reports whether the steps that are being taken are the harness's: it looks at the process's memory, or puts a path
// or a buffer there, as a debugger would.
func (m *Model) Poked() bool { return m.poked }

// NewModel makes a machine that Setup has still to set up.
func NewModel() *Model { return &Model{} }

// Setup makes the kernel, its files and the first process.
func (m *Model) Setup(c Config) error {
	cfg := syscalls.Config{Profile: m.Profile}
	for _, s := range c.Settings {
		if s.Name == "kernel" && m.Profile != nil {
			continue
		}
		if err := applySetting(&cfg, s); err != nil {
			return err
		}
	}
	m.Kernel, m.watch = syscalls.New(cfg), nil
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
	p := m.Kernel.Spawn()
	if c.Layout == nil {
		c.Layout = LayoutOn(cfg.Profile)
	}
	m.layout = *c.Layout
	err := m.exec(p, m.layout)
	m.start = newAccount(m.Kernel)
	return err
}

// Exec puts a new image in the place of a process's old one.
func (m *Model) Exec(pid int, l Layout) error {
	p, ok := m.Kernel.Process(pid)
	if !ok {
		return fmt.Errorf("there is no process %d", pid)
	}
	return m.exec(p, l)
}

func (m *Model) exec(p *syscalls.Process, l Layout) error {
	areas := make([]syscalls.LayoutArea, len(l.Areas))
	for i, a := range l.Areas {
		areas[i] = syscalls.LayoutArea{
			Start: a.Start, End: a.End, Offset: a.Offset, Name: a.Name, Flags: permFlags(a.Perm),
		}
	}
	p.Exec(areas, l.Brk, l.Present)
	if l.Mmap != 0 {
		p.Space.Layout.MmapBase = l.Mmap
	}
	m.stub = stubText(l)
	m.runStub(p)
	return nil
}

// stubText is where the instructions of a puppet are; 0 for a layout of an ordinary program.
func stubText(l Layout) vm.Addr {
	for _, a := range l.Areas {
		if a.Name == "/stub" && a.Perm == "r-xp" {
			return a.Start
		}
	}
	return 0
}

// StubAfterCall is where in a puppet's text the instruction is that follows its system call.
const StubAfterCall = 0x12

// runStub has a puppet run its first instruction, which no statement pays for.
func (m *Model) runStub(p *syscalls.Process) {
	if m.stub == 0 {
		return
	}
	defer m.aside()()
	minor, major := p.CPU.Minor, p.CPU.Major
	_ = p.CPU.Touch(m.stub, vm.Fetch)
	p.CPU.Minor, p.CPU.Major = minor, major
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
func (m *Model) AddFile(f FileSpec) error {
	defer m.aside()()
	return m.Kernel.AddFile(syscalls.FileSpec{
		Path: f.Path, Size: f.Size, Content: f.content, Cold: f.Cold, Cached: f.Cached, RootOwned: f.RootOwned,
	})
}

// Counters fills out with the counters of /proc/vmstat by those names.
func (m *Model) Counters(names []string, out []uint64) error { return m.Kernel.Counters(names, out) }

// HasFile reports whether a file or a directory has that path.
func (m *Model) HasFile(path string) bool { return m.Kernel.HasPath(path) }

// MakeDir makes a directory and those above it.
func (m *Model) MakeDir(path string) { m.Kernel.MakeDir(path) }

// Process is the process of that number.
func (m *Model) Process(pid int) (syscalls.Caller, bool) {
	p, ok := m.Kernel.Process(pid)
	if !ok {
		return nil, false
	}
	return modelCaller{p, m}, true
}

// Check recomputes the kernel's invariants.
func (m *Model) Check() error { return m.Kernel.Check() }

// Implements reports whether the model has the call.
func (m *Model) Implements(nr syscalls.Number) bool { return syscalls.Implements(nr) }

// Restrict takes capabilities from the programs.
func (m *Model) Restrict(c syscalls.Capabilities) { m.Kernel.Restrict(c) }

// modelCaller is a process of the model that can do an access of which only the kind is known.
type modelCaller struct {
	*syscalls.Process
	model *Model
}

// Call performs a system call. Then the processor takes the instruction after it, which costs a fault where the call has
// dropped the page of code. A child that the call makes does so too, but no statement pays for that.
func (c modelCaller) Call(nr syscalls.Number, a syscalls.Args) (uint64, error) {
	ret, err := c.Process.Call(nr, a)
	if err == nil && (nr == syscalls.SysFork || nr == syscalls.SysVfork || nr == syscalls.SysClone) {
		if child, ok := c.model.Kernel.Process(int(ret)); ok {
			c.model.runStub(child)
		}
	}
	if c.model.stub != 0 {
		_ = c.CPU.Touch(c.model.stub+StubAfterCall, vm.Fetch)
	}
	return ret, err
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
func (c modelCaller) Touch(a vm.Addr, kind TouchKind) error {
	switch kind {
	case TouchWrite:
		return c.Process.Touch(a, vm.Store)
	case TouchFetch:
		return c.Process.Touch(a, vm.Fetch)
	case TouchKernelWrite:
		_ = c.CPU.Touch(a, vm.Store)
		return nil
	case TouchKernelRead:
		_ = c.CPU.Touch(a, vm.Load)
		return nil
	}
	return c.Process.Touch(a, vm.Load)
}

// content fills buf with the file's bytes from off on: those of its section, or the pattern of language.md.
func (f FileSpec) content(off int64, buf []byte) {
	for i := range buf {
		at := off + int64(i)
		switch {
		case f.Content != nil && at < int64(len(f.Content)):
			buf[i] = f.Content[at]
		case f.Content != nil:
			buf[i] = 0
		case f.Fill != nil:
			buf[i] = *f.Fill
		default:
			buf[i] = byte(17*(at/4096) + at)
		}
	}
}

// DefaultLayout is LayoutOn the default profile.
func DefaultLayout() *Layout { return LayoutOn(nil) }

// LayoutOn is that of a static program with address randomisation off.
func LayoutOn(which *profile.Profile) *Layout {
	l := &Layout{Brk: 0x503000, Areas: []Area{
		{0x400000, 0x401000, "r--p", 0, "/stub"},
		{0x401000, 0x402000, "r-xp", 0x1000, "/stub"},
		{0x402000, 0x403000, "rw-p", 0x2000, "/stub"},
		{0x403000, 0x503000, "rw-p", 0, ""},
	}}
	if which.Has(profile.ClockArea) {
		l.Areas = append(l.Areas, Area{0x7ffff7ff7000, 0x7ffff7ffb000, "r--p", 0, "[vvar]"},
			Area{0x7ffff7ffb000, 0x7ffff7ffd000, "r--p", 0, "[vvar_vclock]"})
	} else {
		l.Areas = append(l.Areas, Area{0x7ffff7ff9000, 0x7ffff7ffd000, "r--p", 0, "[vvar]"})
	}
	l.Areas = append(l.Areas, Area{0x7ffff7ffd000, 0x7ffff7fff000, "r-xp", 0, "[vdso]"},
		Area{0x7ffffffde000, 0x7ffffffff000, "rw-p", 0, "[stack]"})
	return l
}

// Bytes is the whole content of the file.
func (f FileSpec) Bytes() []byte {
	b := make([]byte, f.Size)
	f.content(0, b)
	return b
}

// ColdInMemory reports whether d makes a file that is to be cold on a file system that keeps all its files in memory.
func (d *Directive) ColdInMemory(k *syscalls.Kernel) bool {
	if d.File == nil || !d.File.Cold {
		return false
	}
	m := k.FileAt(d.File.Path)
	return m != nil && m.Shmem()
}
