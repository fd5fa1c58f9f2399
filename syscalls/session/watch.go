package session

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// watch is a piece of state that is looked at after every step.
type watch struct {
	look func(m *machine) sample
	tell func(m *machine, x sample) string
	last sample // as of the step before
	told string // last, for people
}

// sample is a piece of state, small enough to be compared after every step.
type sample struct{ a, b, c uint64 }

// Watch reads what to watch: page FILE:N, pte ADDR, frame PFN, byte ADDR or counter NAME, each with "if COND" after it.
func (s *Session) Watch(text string) (*Stop, error) {
	st := &Stop{What: "watch " + text}
	what, cond, has := strings.Cut(text, " if ")
	if has {
		var err error
		if st.If, err = s.Condition(cond); err != nil {
			return nil, err
		}
	}
	kind, arg, _ := strings.Cut(strings.TrimSpace(what), " ")
	var err error
	st.watch, err = s.watchOf(kind, arg)
	if err != nil {
		return nil, err
	}
	st.watch.begin(s.live)
	return s.addStop(st), nil
}

// watchOf is a watch of the thing that kind names.
func (s *Session) watchOf(kind, arg string) (*watch, error) {
	switch kind {
	case "page":
		return s.watchPage(strings.TrimSpace(arg))
	case "pte":
		return s.watchEntry(arg)
	case "byte":
		return s.watchByte(arg)
	case "frame":
		return s.watchFrame(arg)
	case "counter":
		return s.watchCounter(arg)
	}
	if kind == "" {
		return nil, fmt.Errorf("watch wants page FILE:N, pte ADDR, byte ADDR, frame PFN or counter NAME")
	}
	return nil, unknown("thing to watch", kind, []string{"page", "pte", "byte", "frame", "counter"})
}

// begin notes how things are.
func (w *watch) begin(m *machine) {
	w.last = w.look(m)
	w.told = w.tell(m, w.last)
}

// changed reports whether the state is another one than after the step before.
func (w *watch) changed(m *machine) (old string, yes bool) {
	now := w.look(m)
	if now == w.last {
		return "", false
	}
	old = w.told
	w.last, w.told = now, w.tell(m, now)
	return old, true
}

// ParsePage reads FILE:N.
func (s *Session) ParsePage(text string) (path string, m *pagecache.Mapping, i vm.PageIndex, err error) {
	name, number, ok := strings.Cut(text, ":")
	if j := strings.LastIndexByte(text, ':'); ok {
		name, number = text[:j], text[j+1:]
	}
	n, err := strconv.ParseUint(number, 0, 64)
	if !ok || err != nil {
		err = fmt.Errorf("a page of a file is FILE:N, as a:0")
		if text != "" {
			err = fmt.Errorf("%w; not %q", err, text)
		}
		return "", nil, 0, err
	}
	path, m, err = s.File(name)
	return path, m, vm.PageIndex(n), err
}

func (s *Session) watchPage(arg string) (*watch, error) {
	path, file, i, err := s.ParsePage(arg)
	if err != nil {
		return nil, err
	}
	return &watch{
		look: func(m *machine) sample {
			return sampleOf(m.pageOf(path, file.Number, i))
		},
		tell: tellFrame,
	}, nil
}

// pageOf is page i of a file, by its name or else by its inode number; nil where it is not in memory.
func (m *machine) pageOf(name string, ino uint64, i vm.PageIndex) (f *phys.Frame) {
	if file := m.model.Kernel.FileAt(name); file != nil {
		return file.LookUp(i)
	}
	m.model.Kernel.Cache.Each(func(file *pagecache.Mapping) {
		if file.Number == ino {
			f = file.LookUp(i)
		}
	})
	return f
}

// sampleOf is what there is to say of a frame: number, flags, how many entries map it.
func sampleOf(f *phys.Frame) sample {
	if f == nil {
		return sample{}
	}
	return sample{uint64(f.PFN()), uint64(f.Flags), uint64(f.Maps())}
}

func tellFrame(m *machine, x sample) string {
	if x == (sample{}) {
		return "not in memory"
	}
	f := m.model.Kernel.Memory.Frame(phys.PFN(x.a))
	return fmt.Sprintf("frame %#x %v, mapped %s", x.a, m.model.Kernel.Proc.PageFlagsOf(f),
		plural.Count(x.c, "time", "times"))
}

func (s *Session) watchEntry(arg string) (*watch, error) {
	look := func(m *machine, pid int, at vm.Addr) sample {
		if p, ok := m.model.Kernel.Process(pid); ok {
			return sample{a: uint64(p.Space.Entry(at))}
		}
		return sample{}
	}
	return s.watchAddress(arg, look, func(x sample) string { return tellEntry(vm.PTE(x.a)) })
}

// watchAddress watches what look finds at an address of the process of the prompt.
func (s *Session) watchAddress(arg string, look func(m *machine, pid int, at vm.Addr) sample,
	tell func(sample) string) (*watch, error) {
	x, err := s.Eval(arg)
	if err != nil {
		return nil, err
	}
	pid := s.live.pid()
	return &watch{
		look: func(m *machine) sample { return look(m, pid, vm.Addr(x)) },
		tell: func(_ *machine, x sample) string { return tell(x) },
	}, nil
}

// tellEntry is an entry of a page table: its flags, and the frame or the place in the swap area.
func tellEntry(e vm.PTE) string {
	switch {
	case e.Present():
		return fmt.Sprintf("%v frame %#x", e, uint64(e.PFN()))
	case e.Swapped():
		return fmt.Sprintf("swap entry %d", uint64(e.SwapEntry()))
	}
	return e.String()
}

func (s *Session) watchByte(arg string) (*watch, error) {
	look := func(m *machine, pid int, at vm.Addr) sample {
		if c, ok := m.peek(pid, at); ok {
			return sample{1, uint64(c.Byte), 0}
		}
		return sample{}
	}
	return s.watchAddress(arg, look, func(x sample) string {
		if x.a == 0 {
			return "not in memory"
		}
		return fmt.Sprintf("0x%02x", x.b)
	})
}

func (s *Session) watchFrame(arg string) (*watch, error) {
	n, err := s.Eval(arg)
	if err != nil {
		return nil, err
	}
	if n >= s.Kernel().Memory.Total() {
		return nil, fmt.Errorf("the machine has no frame %#x", n)
	}
	return &watch{
		look: func(m *machine) (x sample) {
			if f, ok := m.model.Kernel.Memory.FrameAt(phys.PFN(n)); ok && f.Refs() > 0 {
				x = sampleOf(f)
			}
			return x
		},
		tell: tellFrameOrFree,
	}, nil
}

// tellFrameOrFree is a frame for people.
func tellFrameOrFree(m *machine, x sample) string {
	if x == (sample{}) {
		return "free"
	}
	return tellFrame(m, x)
}

func (s *Session) watchCounter(arg string) (*watch, error) {
	c, err := s.Condition(arg)
	if err != nil {
		return nil, err
	}
	if len(c.conds) != 1 || c.conds[0].Op != "" {
		return nil, fmt.Errorf("one counter is wanted: watch counter majflt")
	}
	return &watch{
		look: func(m *machine) sample {
			v, _, _ := m.runner.Cond(m.pid(), script.Cond{X: c.conds[0].X})
			return sample{a: v}
		},
		tell: func(_ *machine, x sample) string { return fmt.Sprint(x.a) },
	}, nil
}
