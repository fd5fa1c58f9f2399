package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vmsim/syscalls/compare"
	"vmsim/syscalls/host"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

var compareCommand = command{
	name: "compare", args: "WAY WAY… [FILE]", line: "read against mmap: calls, faults, copies, disk and time, side " +
		"by side",
	text: `Ways are read, mmap, sendfile and direct (O_DIRECT). FILE is a program that says what is wanted of a file,
by whichever way it does it: each of its accesses is done by each way, as whole pages. Without one it is
docs/examples/sequential.vms; there are random.vms, repeated.vms, written.vms and several.vms beside it.
Copies and requests to the disk are the model's; calls and faults are counted on this Linux too, where it can
be asked, and each way is timed there, the file dropped from the page cache and in it, five times.

Time in the model is virtual: the sum of what its steps cost, by a table that was measured once, and of what it
waits for a disk. It knows no processor's caches but for what was copied last, no other programs, and no first
time that code runs, so a few microseconds mean little. docs/time.md has both for some twenty workloads.`,
	examples: []string{"vmsim compare read mmap", "vmsim compare read mmap sendfile docs/examples/repeated.vms",
		"vmsim compare --model read mmap docs/examples/random.vms"},
	flags: []flagHelp{
		{"--model", "do not ask this Linux"},
		{"--counts", "count, but do not take the time on this Linux"},
		costsFlag,
		{"--times", "a table of the time that some twenty workloads take in the model and on this Linux"},
		{"--programs", "print the program of each way instead of running it"},
		{"--json", "a line of JSON for each way, on each machine"},
	},
	words: func() []string { return []string{"read", "mmap", "sendfile", "direct"} },
	run:   (*app).compare,
}

// comparison is the same work by several ways, on the model and on this kernel.
type comparison struct {
	work   *compare.Work
	costs  *model.Costs
	model  []*compare.Costs
	kernel []*compare.Costs // nil where it was not asked
	why    string           // it was not

	first, cached []times // of each way: with the file as the program has it, and in the page cache
}

// times are how long a way takes.
type times struct {
	virtual int64
	here    []time.Duration // of each run on this Linux, the shortest first; nil where it was not asked
}

// comparisonJSON prints a line for each way, on each machine.
func (a *app) comparisonJSON(c *comparison) {
	type line struct {
		*compare.Costs
		Runs   []time.Duration `json:"runs_ns,omitempty"`   // each run, the shortest first
		Cached []time.Duration `json:"cached_ns,omitempty"` // with the file in the page cache
	}
	lines := make([]line, 0, 2*len(c.model))
	for i, costs := range slices.Concat(c.model, c.kernel) {
		l := line{Costs: costs}
		k := i % len(c.model)
		l.Runs, l.Cached = c.first[k].here, c.cached[k].here
		if i < len(c.model) {
			l.Runs = []time.Duration{time.Duration(c.first[k].virtual)}
			l.Cached = []time.Duration{time.Duration(c.cached[k].virtual)}
		}
		lines = append(lines, l)
	}
	for _, l := range lines {
		_ = json.NewEncoder(a.out).Encode(l)
	}
}

func (a *app) compare(f *flags) int {
	if f.has("times") {
		return a.ownTimes(f)
	}
	ways, work, err := a.observed(f)
	if err != nil {
		return a.fail(err)
	}
	if f.has("programs") {
		return a.printPrograms(work, ways)
	}
	c := &comparison{work: work, costs: a.costs}
	if err := c.run(f, ways); err != nil {
		return a.fail(err)
	}
	if f.has("json") {
		a.comparisonJSON(c)
		return exitFine
	}
	a.printComparison(c)
	return exitFine
}

// ownTimes compares times in the model with times here, for workloads of its own.
func (a *app) ownTimes(f *flags) int {
	if len(f.rest) > 0 {
		return a.fail(&usageError{"--times has workloads and ways of its own", "vmsim compare --times"})
	}
	return a.timeTable()
}

// run measures each way on the model, and on the kernel where there is one and it is asked for.
func (c *comparison) run(f *flags, ways []compare.Way) error {
	var kernel *host.Machine
	var err error
	if f.has("model") {
		c.why = "it was not asked"
	} else if kernel, err = host.New(); err != nil {
		c.why = err.Error()
	} else {
		defer kernel.Close()
	}
	if err := c.measure(ways, kernel); err != nil {
		return err
	}
	timed := kernel
	if f.has("counts") || c.why != "" {
		timed = nil
	}
	return c.time(ways, timed)
}

// observed runs the program on the model once and returns the ways to compare and the work that they do.
func (a *app) observed(f *flags) ([]compare.Way, *compare.Work, error) {
	ways, file, err := compareArgs(f.rest)
	if err != nil {
		return nil, nil, err
	}
	prog, err := a.program(file)
	if err != nil {
		return nil, nil, err
	}
	work, err := compare.Observe(prog)
	if err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return ways, work, err
}

// printPrograms prints what each way runs.
func (a *app) printPrograms(w *compare.Work, ways []compare.Way) int {
	for _, way := range ways {
		prog, err := w.Program(way)
		if err != nil {
			return a.fail(err)
		}
		fmt.Fprintf(a.out, "# %s\n%s\n", prog.Name, prog)
	}
	return exitFine
}

// compareArgs are the ways, and the program, which may be left out.
func compareArgs(words []string) (ways []compare.Way, file string, err error) {
	file = "docs/examples/sequential.vms"
	for i, word := range words {
		way, err := compare.ParseWay(word)
		switch {
		case err == nil && slices.Contains(ways, way):
			return nil, "", &usageError{"compare does " + word + " once, beside another way", "vmsim compare read mmap"}
		case err == nil:
			ways = append(ways, way)
		case i == len(words)-1 && (strings.ContainsAny(word, "./") || word == "-" || word == theSession):
			file = word
		default:
			return nil, "", &usageError{err.Error(), "vmsim compare read mmap"}
		}
	}
	if len(ways) < 2 {
		return nil, "", &usageError{"compare wants two ways to compare, or more",
			strings.TrimSpace("vmsim compare read mmap " + strings.TrimSuffix(file, theSession))}
	}
	return ways, file, nil
}

// measure runs each way on the model and, unless c.why says why not, on this kernel.
func (c *comparison) measure(ways []compare.Way, kernel *host.Machine) error {
	for _, way := range ways {
		prog, err := c.work.Program(way)
		if err != nil {
			return err
		}
		m := model.New()
		m.Costs = c.costs
		costs, err := compare.Measure(way, prog, m)
		if err != nil {
			return err
		}
		if c.model = append(c.model, costs); c.why == "" {
			c.measureKernel(way, prog, kernel)
		}
	}
	return nil
}

// measureKernel adds a way's costs on this Linux; where it cannot be measured, none is shown, and why not.
func (c *comparison) measureKernel(way compare.Way, prog *script.Program, kernel *host.Machine) {
	costs, err := compare.Measure(way, prog, kernel)
	if err != nil {
		c.why, c.kernel = err.Error(), nil
		return
	}
	c.kernel = append(c.kernel, costs)
}

// time adds how long each way takes, with the file as it is and with the file in the page cache. On this Linux it is
// the time of whole runs without a stop, several of each; a nil kernel is not asked.
func (c *comparison) time(ways []compare.Way, kernel *host.Machine) error {
	for _, way := range ways {
		prog, err := c.work.Program(way)
		if err != nil {
			return err
		}
		for cached, prog := range map[bool]*script.Program{false: prog, true: compare.Cached(prog)} {
			t, err := timesOf(prog, c.costs, kernel)
			if err != nil {
				return err
			}
			if cached {
				c.cached = append(c.cached, t)
			} else {
				c.first = append(c.first, t)
			}
		}
	}
	return nil
}

// timesOf is how long a program takes in the model, and on the kernel where there is one.
func timesOf(prog *script.Program, costs *model.Costs, kernel *host.Machine) (t times, err error) {
	if t.virtual, err = compare.VirtualTime(prog, costs); err != nil || kernel == nil {
		return t, err
	}
	t.here, err = timesHere(kernel, prog, timedRuns)
	return t, err
}

// compareRows are the quantities that are compared, in order; those that a real kernel counts as well come twice.
var compareRows = []struct {
	name   string
	kernel bool
	value  func(*compare.Cost) uint64
}{
	{"system calls", true, func(c *compare.Cost) uint64 { return c.Calls }},
	{"minor faults", true, func(c *compare.Cost) uint64 { return c.Minor }},
	{"major faults", true, func(c *compare.Cost) uint64 { return c.Major }},
	{"copied to the user", false, copied("to-user")},
	{"copied from the user", false, copied("from-user")},
	{"copied in the kernel", false, copied("in-kernel")},
	{"copied on write", false, copied("cow")},
	{"zeroed", false, copied("zero")},
	{"DMA in", false, copied("dma-in")},
	{"DMA out", false, copied("dma-out")},
	{"requests to the disk", false, func(c *compare.Cost) uint64 { return c.Requests }},
}

func copied(word string) func(*compare.Cost) uint64 {
	return func(c *compare.Cost) uint64 { return c.Copies[word] }
}

func (a *app) printComparison(c *comparison) {
	w := c.work
	fmt.Fprintf(a.out, "%s of %s (%s) by %s, done in %s:\n\n",
		plural.Count(len(w.Wants), "access", "accesses"), w.File.Path, plural.Bytes(w.File.Size),
		plural.Count(w.Procs, "process", "processes"), plural.Count(len(c.model), "way", "ways"))
	fmt.Fprintf(a.out, "%-24s", "")
	for _, m := range c.model {
		fmt.Fprintf(a.out, "%14s", m.Way)
	}
	fmt.Fprintln(a.out)
	for _, row := range compareRows {
		a.compareRow(row.name, c.model, row.value)
		if row.kernel && c.kernel != nil {
			a.compareRow("  on this Linux", c.kernel, row.value)
		}
	}
	a.compareTimes(c, "time, in the model", c.first)
	if w.File.Cold {
		a.compareTimes(c, "time, the file cached", c.cached)
	}
	fmt.Fprintf(a.out, "\nStep by step:\n")
	for _, m := range c.model {
		a.compareSteps(m, inOneUnit(c.longestStep()))
	}
	if w.Left > 0 {
		fmt.Fprintf(a.err, "%s of other files left out.\n", plural.Count(w.Left, "access", "accesses"))
	}
	if c.why != "" {
		fmt.Fprintf(a.err, "This Linux is not beside it: %s.\n", c.why)
	}

}

// longest is the longest of the times of whole runs, in nanoseconds, and longestStep of those of steps.
func (c *comparison) longest() (most int64) {
	for _, t := range slices.Concat(c.first, c.cached) {
		most = max(most, t.virtual)
		for _, d := range t.here {
			most = max(most, d.Nanoseconds())
		}
	}
	return most
}

func (c *comparison) longestStep() (most int64) {
	for _, m := range c.model {
		for i := range m.Steps {
			most = max(most, m.Steps[i].Nanos)
		}
	}
	return most
}

// compareTimes is the time of each way, in the model and on this Linux.
func (a *app) compareTimes(c *comparison, name string, all []times) {
	row := func(name string, value func(times) string) {
		fmt.Fprintf(a.out, "%-24s", name)
		for _, t := range all {
			fmt.Fprintf(a.out, "%14s", value(t))
		}
		fmt.Fprintln(a.out)
	}
	text := inOneUnit(c.longest())
	row(name, func(t times) string { return text(t.virtual) })
	if len(all) == 0 || all[0].here == nil {
		return
	}
	row("  on this Linux, median", func(t times) string { return text(t.here[len(t.here)/2].Nanoseconds()) })
	row("  from", func(t times) string { return text(t.here[0].Nanoseconds()) })
	row("  to", func(t times) string { return text(t.here[len(t.here)-1].Nanoseconds()) })
}

// compareRow is one quantity by each way, in total.
func (a *app) compareRow(name string, all []*compare.Costs, value func(*compare.Cost) uint64) {
	fmt.Fprintf(a.out, "%-24s", name)
	for _, c := range all {
		if n := value(&c.Total); n != 0 {
			fmt.Fprintf(a.out, "%14d", n)
		} else {
			fmt.Fprintf(a.out, "%14s", "-")
		}
	}
	fmt.Fprintln(a.out)
}

// compareSteps is what each step of a way took.
func (a *app) compareSteps(c *compare.Costs, text func(nanos int64) string) {
	fmt.Fprintf(a.out, "%-20s%8s%8s%8s%12s%12s%12s\n", c.Way, "calls", "minor", "major", "to user", "DMA", "time")
	for i := range c.Steps {
		s := &c.Steps[i]
		fmt.Fprintf(a.out, "  %-18s%8d%8d%8d%12d%12d%12s\n", s.Step, s.Calls, s.Minor, s.Major, s.Copies["to-user"],
			s.Copies["dma-in"]+s.Copies["dma-out"], text(s.Nanos))
	}
}
