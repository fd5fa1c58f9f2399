package session

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/procfs"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// Section is one part of a machine's state, as lines of text that can be compared.
type Section struct {
	Name  string
	Lines []string
}

// State is what a machine looks like at one moment: areas, entries, page cache, disk, counters.
type State []Section

// StateAt is the state of a branch at any moment of it that is known.
func (s *Session) StateAt(b *Branch, t Moment) (State, error) {
	if t > b.End() {
		return nil, fmt.Errorf("branch %d ends at t=%d", b.ID, b.End())
	}
	m, err := newMachine(b)
	if err != nil {
		return nil, err
	}
	defer m.discard()
	if err := m.run(t, nil); err != nil {
		return nil, err
	}
	return m.state(), nil
}

func (m *machine) state() State {
	k := m.model.Kernel
	areas, entries := Section{Name: "areas"}, Section{Name: "entries"}
	k.Processes(func(p *syscalls.Process) {
		for a := p.Space.First(); a != nil; a = a.Next() {
			areas.add("[%d] %s %s", p.PID, a, p.Space.NameOf(a))
		}
		p.Space.Table().Each(0, vm.TaskSize.Page(), func(n vm.VPN, e vm.PTE) {
			entries.add("[%d] %v %s", p.PID, n.Addr(), tellEntry(e))
		})
	})
	cache, disk := m.fileState()
	return State{areas, entries, cache, disk, m.counters()}
}

// fileState are the pages of all files, and where the files lie on the disk.
func (m *machine) fileState() (cache, disk Section) {
	k := m.model.Kernel
	cache, disk = Section{Name: "page cache"}, Section{Name: "disk"}
	eachFile(k, func(path string, f *pagecache.Mapping) {
		f.EachPage(0, ^vm.PageIndex(0), func(i vm.PageIndex, fr *phys.Frame) {
			cache.add("%s page %d frame %#x %v", path, i, uint64(fr.PFN()), k.Proc.PageFlagsOf(fr))
		})
		disk.add("%s %s", path, plural.Bytes(f.Size()))
		for _, e := range f.Extents() {
			first, last := ExtentPages(e)
			disk.add("%s pages %d-%d %v", path, first, last, TellExtent(e))
		}
	})
	return cache, disk
}

func (s *Section) add(format string, args ...any) {
	s.Lines = append(s.Lines, fmt.Sprintf(format, args...))
}

// counters are what has been counted: faults of each process, bytes by kind, the kernel's own.
func (m *machine) counters() Section {
	k := m.model.Kernel
	c := Section{Name: "counters"}
	k.Processes(func(p *syscalls.Process) {
		minor, major := p.Faults()
		c.add("[%d] minflt %d", p.PID, minor)
		c.add("[%d] majflt %d", p.PID, major)
	})
	var bytes [trace.NumKinds]uint64
	for _, e := range m.branch.Events(0, m.at) {
		bytes[e.Kind] += e.Bytes
	}
	trace.EachCopy(func(kind trace.Kind, name string) { c.add("bytes %s %d", name, bytes[kind]) })
	for _, name := range procfs.CounterNames() {
		if v, ok := k.Proc.Counter(name); ok {
			c.add("%s %d", name, v)
		}
	}
	c.add("virtual time %v", k.Clock.Now().Duration())
	return c
}

// WithoutFrames is the state without the numbers of frames: two machines hand them out in an order of their own.
func (s State) WithoutFrames() (out State) {
	for _, section := range s {
		bare := Section{Name: section.Name}
		for _, l := range section.Lines {
			bare.Lines = append(bare.Lines, withoutFrames(l))
		}
		out = append(out, bare)
	}
	return out
}

func withoutFrames(line string) string {
	for {
		before, after, found := strings.Cut(line, " frame 0x")
		if !found {
			return line
		}
		line = before + strings.TrimLeft(after, "0123456789abcdef")
	}
}

// Difference is what one section has in one state and not in another.
type Difference struct {
	Name        string
	Gone, Added []string
}

// Diff is what differs between two states, section by section; sections that are equal are left out.
func Diff(a, b State) (out []Difference) {
	for i := range a {
		d := Difference{Name: a[i].Name, Gone: minus(a[i].Lines, b[i].Lines), Added: minus(b[i].Lines, a[i].Lines)}
		if len(d.Gone)+len(d.Added) > 0 {
			out = append(out, d)
		}
	}
	return out
}

// minus are the lines of a that b has not, each as often as a has it more.
func minus(a, b []string) (out []string) {
	if slices.Equal(a, b) {
		return nil
	}
	n := map[string]int{}
	for _, l := range b {
		n[l]++
	}
	for _, l := range a {
		if n[l]--; n[l] < 0 {
			out = append(out, l)
		}
	}
	return out
}
