package model

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/procfs"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// counter is a name that .expect knows and that takes no arguments.
type counter struct {
	fields []string // what may follow a dot; nil for nothing
	help   string
	value  func(m *Machine, p *syscalls.Process, field string) uint64
}

// counters are what .expect can ask of the model, besides the names of /proc/vmstat.
var counters = map[string]counter{
	"minflt": {nil, "minor faults of the process",
		func(_ *Machine, p *syscalls.Process, _ string) uint64 { return p.CPU.Minor }},
	"majflt": {nil, "major faults of the process",
		func(_ *Machine, p *syscalls.Process, _ string) uint64 { return p.CPU.Major }},
	"pid": {nil, "the number of the process: that of the step, where a stop asks",
		func(_ *Machine, p *syscalls.Process, _ string) uint64 { return uint64(p.PID) }},
	"areas": {nil, "areas of the process", func(_ *Machine, p *syscalls.Process,
		_ string) uint64 {
		return uint64(p.Space.Count())
	}},
	"rss": {rssFields, "resident pages of the process",
		func(_ *Machine, p *syscalls.Process, f string) uint64 { return resident(p, f) }},
	"calls": {nil, "system calls so far", func(m *Machine, _ *syscalls.Process,
		_ string) uint64 {
		return m.counted().Counts[trace.SyscallEnter]
	}},
	"copies": {copyFields, "bytes moved so far", func(m *Machine, _ *syscalls.Process,
		f string) uint64 {
		return copies(m.counted(), f)
	}},
	"time": {nil, "nanoseconds of virtual time so far", func(m *Machine, _ *syscalls.Process, _ string) uint64 {
		return uint64(m.Kernel.Clock.Now() - m.start.time)
	}},
}

var (
	copyFields = []string{"cpu", "dma", "to_user", "from_user", "cow", "zero", "dma_in", "dma_out"}
	rssFields  = []string{"", "anon", "file", "shmem", "swap"}
	pteFields  = []string{"present", "write", "dirty", "young", "exec", "swap", "guard", "zero", "none"}
	pageFields = append([]string{"cached", "mapped"}, procfs.PageFlagNames()...)
)

// Value is what a query asks for.
func (m *Machine) Value(pid int, q run.Query) (uint64, error) {
	p, ok := m.Kernel.Process(pid)
	if !ok {
		return 0, fmt.Errorf("there is no process %d", pid)
	}
	if c, ok := counters[q.Name]; ok {
		if len(q.Args) > 0 {
			return 0, fmt.Errorf("%s takes no arguments", q.Name)
		}
		if err := checkField(q, c.fields); err != nil {
			return 0, err
		}
		return c.value(m, p, q.Field), nil
	}
	switch q.Name {
	case "pte":
		return pteValue(m.Kernel, p, q)
	case "page":
		return pageValue(m.Kernel, p, q)
	}
	if v, ok := m.Kernel.Proc.Counter(q.Name); ok && q.Field == "" && q.Args == nil {
		return v, nil
	}
	if near := script.Nearest(q.Name, CounterNames()); near != "" {
		return 0, unknownName("counter", q.Name, []string{near})
	}
	return 0, fmt.Errorf("unknown counter %q, and no name that a line before this one binds\nThere are %s, "+
		"pte(p).dirty, page(fd, 0).dirty and the counters of /proc/vmstat",
		q.Name, strings.Join(slices.Sorted(maps.Keys(counters)), ", "))
}

// checkField holds the word after the dot against those that the name has.
func checkField(q run.Query, fields []string) error {
	if slices.Contains(fields, q.Field) || fields == nil && q.Field == "" {
		return nil
	}
	if q.Field == "" {
		return fmt.Errorf("%s needs one of .%s", q.Name, strings.Join(fields, ", ."))
	}
	if fields == nil {
		return fmt.Errorf("%s is a counter without parts: nothing follows it after a dot", q.Name)
	}
	return unknownName(q.Name+" field", q.Field, fields)
}

func unknownName(what, name string, known []string) error {
	if near := script.Nearest(name, known); near != "" {
		return fmt.Errorf("unknown %s %q; did you mean %s?", what, name, near)
	}
	if len(known) > 20 {
		known = append(slices.Clone(known[:20]), "…")
	}
	return fmt.Errorf("unknown %s %q (there are %s)", what, name, strings.Trim(strings.Join(known, ", "), ", "))
}

// CounterHelp is what a name of .expect means.
func CounterHelp(name string) string {
	switch name {
	case "pte":
		return "pte(ADDR)." + strings.Join(pteFields, ", .")
	case "page":
		return `page("/data/a", N).` + strings.Join(pageFields, ", .")
	}
	c := counters[name]
	if len(c.fields) > 1 {
		return c.help + ": " + name + "." +
			strings.Join(slices.DeleteFunc(slices.Clone(c.fields), func(f string) bool { return f == "" }), ", .")
	}
	return c.help
}

// CounterHas reports whether a name of .expect that takes no arguments has a part of that name, as copies has zero.
func CounterHas(name, field string) bool {
	return field != "" && slices.Contains(counters[name].fields, field)
}

// CounterNames are the names that .expect knows: the model's own and those of /proc/vmstat.
func CounterNames() (names []string) {
	for name := range counters {
		names = append(names, name)
	}
	names = append(names, "pte", "page")
	slices.Sort(names)
	return append(names, procfs.CounterNames()...)
}

func resident(p *syscalls.Process, field string) uint64 {
	st := &p.Space.Stats
	switch field {
	case "anon":
		return st.RSS[vm.RSSAnon]
	case "file":
		return st.RSS[vm.RSSFile]
	case "shmem":
		return st.RSS[vm.RSSShmem]
	case "swap":
		return st.RSS[vm.RSSSwap]
	}
	return st.Resident()
}

// copies are the bytes that were moved: by kind, by the processor (zeroing left out) or by the device.
func copies(t trace.Tally, field string) (n uint64) {
	trace.EachCopy(func(k trace.Kind, name string) {
		device := k == trace.DMAIn || k == trace.DMAOut
		if strings.ReplaceAll(name, "-", "_") == field || field == "dma" && device ||
			field == "cpu" && !device && k != trace.CopyZero {
			n += t.Bytes[k]
		}
	})
	return n
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// pteValue answers pte(ADDR).FIELD.
func pteValue(k *syscalls.Kernel, p *syscalls.Process, q run.Query) (uint64, error) {
	if len(q.Args) != 1 || q.Args[0].Path != "" {
		return 0, errors.New("pte wants an address: pte(p + PAGE).dirty")
	}
	if err := checkField(q, pteFields); err != nil {
		return 0, err
	}
	e := p.Space.Entry(vm.Addr(q.Args[0].Number))
	return truth(entryHas(k, e, q.Field)), nil
}

// entryHas reports what a field of a page-table entry says; every field is a yes or a no.
func entryHas(k *syscalls.Kernel, e vm.PTE, field string) bool {
	switch field {
	case "present":
		return e.Present()
	case "write":
		return e.Present() && e.Writable()
	case "dirty":
		return e.Present() && e.Dirty()
	case "young":
		return e.Present() && e.Young()
	case "exec":
		return e.Allows(vm.Fetch)
	case "swap":
		return e.Swapped()
	case "guard":
		return e.Guard()
	case "zero":
		return e.Present() && e.PFN() == k.Memory.Zero().PFN()
	}
	return e.None()
}

// pageValue answers page(FILE, N).FIELD; FILE is a path or a descriptor.
func pageValue(k *syscalls.Kernel, p *syscalls.Process, q run.Query) (uint64, error) {
	if len(q.Args) != 2 || q.Args[1].Path != "" {
		return 0,
			errors.New(`page wants a file and a page of it: page("/data/a", 0).dirty, ` +
				`or a descriptor in place of the path`)
	}
	if err := checkField(q, pageFields); err != nil {
		return 0, err
	}
	var m *pagecache.Mapping
	if path := q.Args[0].Path; path != "" {
		m = k.FileAt(path)
	} else {
		m = p.FileOf(int(q.Args[0].Number))
	}
	if m == nil {
		return 0, errors.New("page: there is no such file")
	}
	f := m.LookUp(vm.PageIndex(q.Args[1].Number))
	switch {
	case f == nil:
		return 0, nil
	case q.Field == "cached":
		return 1, nil
	case q.Field == "mapped":
		return uint64(f.Maps()), nil
	}
	flag, _ := procfs.PageFlagNamed(q.Field)
	return truth(k.Proc.PageFlagsOf(f).Told()&flag != 0), nil
}
