package main

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/trace"
)

var demoCommand = command{
	name: "demo", line: "a 60-second tour: the 12 steps from mmap() to the first byte, and read() beside it",
	examples: []string{"vmsim demo"},
	run:      (*app).demo,
}

const demoPages = 32

// demoSetup is the machine of the tour: a file of 128 KiB on a disk, not in memory.
const demoSetup = `.machine fs=ext4 disk=nvme
.file /data/a 131072 cold
.file /data/b 131072 cold
`

// tour is a run of the demo: the machine, and the steps of the statement that ran last.
type tour struct {
	a      *app
	model  *script.Model
	parser *script.Parser
	runner *script.Runner
	events []trace.Event
}

func (a *app) newTour() (*tour, error) {
	prog, err := script.Parse("demo", demoSetup)
	if err != nil {
		return nil, err
	}
	t := &tour{a: a, model: script.NewModel(), parser: script.NewParser("demo")}
	if t.runner, err = script.NewRunner(prog, t.model, script.Options{Show: script.Maps | script.Faults}); err != nil {
		return nil, err
	}
	for t.runner.Next() {
	}
	t.model.Kernel.Log.Observe(func(e trace.Event) { t.events = append(t.events, e) })
	return t, t.runner.Err()
}

// do runs one statement and keeps its steps.
func (t *tour) do(text string) *script.Result {
	t.events = t.events[:0]
	op, err := t.parser.Line(text)
	if err != nil {
		panic(err)
	}
	r, err := t.runner.Do(op)
	if err != nil {
		panic(err)
	}
	return r
}

// first is the first step of kind k in the last statement.
func (t *tour) first(k trace.Kind) trace.Event {
	for _, e := range t.events {
		if e.Kind == k {
			return e
		}
	}
	return trace.Event{}
}

func (t *tour) count(k trace.Kind) (n int) {
	for _, e := range t.events {
		if e.Kind == k {
			n++
		}
	}
	return n
}

// say prints one of the twelve steps; popular, where it is not empty, is what is often said instead.
func (t *tour) say(n int, what, popular string) {
	fmt.Fprintf(t.a.out, "%3d  %s\n", n, what)
	if popular != "" {
		fmt.Fprintf(t.a.out, "       often told: %s\n", popular)
	}
}

func (a *app) demo(f *flags) int {
	if len(f.rest) != 0 {
		return a.fail(&usageError{"demo takes no arguments", "vmsim demo"})
	}
	t, err := a.newTour()
	if err != nil {
		return a.fail(err)
	}
	fmt.Fprintf(a.out, "A file of %d pages lies on a disk; nothing of it is in memory. We map it and load\nits first byte. Every line below happened just now, in the model of Linux 6.18.\n\n", demoPages)
	before := takeTally(t.model.Kernel.Log)
	t.tellMmap()
	t.tellLoad()
	mapped := takeTally(t.model.Kernel.Log).since(before)
	t.tellStore()
	t.tellRead(mapped)
	return exitFine
}

// tellMmap is steps 1 to 8: the call itself.
func (t *tour) tellMmap() {
	t.do(`fd = openat(AT_FDCWD, "/data/a", O_RDWR)`)
	call := fmt.Sprintf("p = mmap(NULL, %d, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)", demoPages*vm.PageSize)
	r := t.do(call)
	fmt.Fprintf(t.a.out, "%s\n", call)
	gap, area, file := t.first(trace.GapSearch), t.first(trace.AreaNew), t.first(trace.FileMmap)
	t.say(1, "mmap is called. The descriptor is looked at first of all (see 5).", "")
	t.say(2, fmt.Sprintf("A free range is searched, from the top down: %#x.", gap.Args[0]), "user space searches it")
	t.say(3, fmt.Sprintf("An area is made: %#x-%#x rw-s.", area.Args[0], area.Args[1]), "")
	t.say(4, fmt.Sprintf("It goes into the tree of areas, as number %d.", t.first(trace.AreaInserted).Args[2]), "into a list")
	t.say(5, fmt.Sprintf("The descriptor led to the open file of inode %d.", t.first(trace.DescriptorFound).Args[1]), "")
	t.say(6, fmt.Sprintf("The file's own mmap operation was called for inode %d.", file.Args[2]), "")
	t.say(7, fmt.Sprintf("Disk blocks looked up by now: %d. That waits until a page is missing.", t.count(trace.BlockMapped)),
		"the inode gives the physical disk address now")
	p, _ := t.model.Kernel.Process(1)
	t.say(8, fmt.Sprintf("The range is tied to the file. Entries set: %d; file pages resident: %d.",
		t.count(trace.EntrySet), p.Space.Stats.RSS[vm.RSSFile]),
		"remap_pfn_range builds the page tables (only drivers use it)")
	fmt.Fprintf(t.a.out, "     = %#x\n\n", r.Value)
}

// tellLoad is steps 9 to 12: the first access.
func (t *tour) tellLoad() {
	r := t.do("p[0]")
	fmt.Fprintf(t.a.out, "p[0]\n")
	t.say(9, fmt.Sprintf("The access faults: no entry for %#x.", t.first(trace.Faulted).Args[0]), "")
	t.say(10, "The page cache is asked for page 0 of the file, and does not have it.", "mmap bypasses the page cache")
	ahead, block := t.first(trace.ReadaheadPlanned), t.first(trace.BlockMapped)
	t.say(11, fmt.Sprintf("Pages %d to %d are read ahead: page 0 is at disk block %d, %d request.",
		ahead.Args[0], ahead.Args[0]+ahead.Args[1]-1, block.Args[1], t.count(trace.IoSubmitted)),
		"the swap cache is searched first (only private pages are there)")
	t.say(12, fmt.Sprintf("%d entries are set at once; the load runs again: %#02x. 1 %s fault.", t.count(trace.EntrySet),
		r.Elems[0].Value, map[bool]string{true: "major", false: "minor"}[r.Elems[0].Major == 1 || r.Major == 1]), "")
}

// tellStore is what becomes of a write.
func (t *tour) tellStore() {
	t.do("p[0] = 'x'")
	fmt.Fprintf(t.a.out, "\np[0] = 'x'           the first store faults again: page 0 becomes dirty (minor fault)\n")
	t.do("p[1] = 'y'")
	fmt.Fprintf(t.a.out, "p[1] = 'y'           no fault, no call, no copy: %d steps\n", t.count(trace.Faulted))
	t.do("msync(p, 4096, MS_SYNC)")
	fmt.Fprintf(t.a.out, "msync(p, 4096, MS_SYNC)\n                     page 0 goes to disk block %d; its entry is write-protected again,\n                     so that the next store is seen. Without msync: after some 30 s.\n\n",
		t.first(trace.DMAOut).Args[1])
}

// tellRead does with read() what the mapping did, and compares.
func (t *tour) tellRead(mapped tally) {
	t.do(`g = openat(AT_FDCWD, "/data/b", O_RDONLY)`)
	before := takeTally(t.model.Kernel.Log)
	t.do("pread64(g, scratch, 4096, 0)")
	read := takeTally(t.model.Kernel.Log).since(before)
	fmt.Fprintf(t.a.out, "The same with read(): page 0 of a file just as cold\n%s\n%s\n%s\n\n", copyHeader(), copyRow("mmap + 1 load", mapped), copyRow("pread64 4096", read))
	fmt.Fprint(t.a.out, `Both went through the page cache, and the device moved the same pages. read()
then copied 4096 bytes to the user; the mapping shows the page cache's own frame.

Type next:   vmsim claims               seventeen popular claims, tried
             vmsim run docs/examples/cow.vms
             vmsim                      a prompt: type mmap(...) yourself
`)
}

// The demo's machine must be one that the kernel package knows.
var _ = syscalls.Config{}
