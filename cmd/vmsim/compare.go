package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"vmsim/cmd/internal/words"
	"vmsim/syscalls/compare"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script/model"
)

var compareCommand = command{
	name: "compare", args: "WAY WAY… [FILE]", line: "read against mmap: calls, faults, copies, disk and time, side " +
		"by side",
	text: `Ways are read, mmap, sendfile and direct (O_DIRECT). FILE is a program that says what is wanted of a file,
by whichever way it does it: each of its accesses is done by each way, as whole pages. Without one it is
docs/examples/sequential.vms; there are random.vms, repeated.vms, written.vms and several.vms beside it.
Copies, requests to the disk and time are the model's; calls and faults are counted on this Linux too, where
it can be asked.`,
	examples: []string{"vmsim compare read mmap", "vmsim compare read mmap sendfile docs/examples/repeated.vms",
		"vmsim compare --model read mmap docs/examples/random.vms"},
	flags: []flagHelp{
		{"--model", "do not ask this Linux"},
		{"--programs", "print the program of each way instead of running it"},
		{"--json", "a line of JSON for each way, on each machine"},
	},
	run: (*app).compare,
}

// comparison is the same work by several ways, on the model and on this kernel.
type comparison struct {
	work   *compare.Work
	model  []*compare.Costs
	kernel []*compare.Costs // nil where it was not asked
	why    string           // it was not
}

func (a *app) compare(f *flags) int {
	ways, file, err := compareArgs(f.rest)
	if err != nil {
		return a.fail(err)
	}
	prog, err := a.program(file)
	if err != nil {
		return a.fail(err)
	}
	work, err := compare.Observe(prog)
	if err != nil {
		return a.fail(fmt.Errorf("%s: %w", file, err))
	}
	if f.has("programs") {
		return a.printPrograms(work, ways)
	}
	c := &comparison{work: work}
	var kernel *host.Machine
	if f.has("model") {
		c.why = "it was not asked"
	} else if kernel, err = host.New(); err != nil {
		c.why = err.Error()
	} else {
		defer kernel.Close()
	}
	if err := c.measure(ways, kernel); err != nil {
		return a.fail(err)
	}
	if f.has("json") {
		for _, costs := range append(c.model, c.kernel...) {
			_ = json.NewEncoder(a.out).Encode(costs)
		}
		return exitFine
	}
	a.printComparison(c)
	return exitFine
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
		case err == nil:
			ways = append(ways, way)
		case i == len(words)-1 && (strings.ContainsAny(word, "./") || word == "-"):
			file = word
		default:
			return nil, "", &usageError{err.Error(), "vmsim compare read mmap"}
		}
	}
	if len(ways) == 0 || len(ways) > 4 {
		return nil, "", &usageError{"compare wants two ways to compare", "vmsim compare read mmap " + file}
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
		costs, err := compare.Measure(way, prog, model.New())
		if err != nil {
			return err
		}
		c.model = append(c.model, costs)
		if c.why != "" {
			continue
		}
		if costs, err = compare.Measure(way, prog, kernel); err != nil {
			c.why, c.kernel = err.Error(), nil
			continue
		}
		c.kernel = append(c.kernel, costs)
	}
	return nil
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
	fmt.Fprintf(a.out, "%d accesses of %s (%d bytes) by %s, done in %s:\n\n",
		len(w.Wants), w.File.Path, w.File.Size, words.Count(w.Procs, "process", "processes"), words.Count(len(c.model),
			"way", "ways"))
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
	fmt.Fprintf(a.out, "%-24s", "time, in the model")
	for _, m := range c.model {
		fmt.Fprintf(a.out, "%14s", micros(m.Total.Nanos))
	}
	fmt.Fprintf(a.out, "\n\nStep by step:\n")
	for _, m := range c.model {
		a.compareSteps(m)
	}
	if w.Left > 0 {
		fmt.Fprintf(a.err, "%d accesses of other files are left out.\n", w.Left)
	}
	if c.why != "" {
		fmt.Fprintf(a.err, "This Linux is not beside it: %s.\n", c.why)
	}

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
func (a *app) compareSteps(c *compare.Costs) {
	fmt.Fprintf(a.out, "%-20s%8s%8s%8s%12s%12s%12s\n", c.Way, "calls", "minor", "major", "to user", "DMA", "time")
	for i := range c.Steps {
		s := &c.Steps[i]
		fmt.Fprintf(a.out, "  %-18s%8d%8d%8d%12d%12d%12s\n", s.Step, s.Calls, s.Minor, s.Major, s.Copies["to-user"],
			s.Copies["dma-in"]+s.Copies["dma-out"], micros(s.Nanos))
	}
}

// plural is a number with its noun.
