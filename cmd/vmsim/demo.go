package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"

	"vmsim/vm"
	"vmsim/vm/trace"
)

var demoCommand = command{
	name: "demo", args: "[NAME]",
	line: "a 60-second tour: the 12 steps from mmap() to the first byte, and read() beside it",
	text: `Each line is made from the log of a run that happens when you type this; nothing is written down
beforehand. A line "popular:" is what is often said of the step, where Linux 6.18 does something else.`,
	examples: []string{"vmsim demo", "vmsim demo --list", "vmsim demo cow", "vmsim demo --json"},
	flags: []flagHelp{
		{"--list", "the demonstrations that there are, each a minute"},
		{"--json", "a line of JSON for each step"},
		{"--ask", "ask before each part is shown, and keep the score"},
	},
	words: demoNames,
	run:   (*app).demo,
}

const (
	demoPages = 32
	demoBytes = demoPages * vm.PageSize
)

// demoSetup is the machine of the tour: files of 128 KiB on a disk, not in memory, and a buffer for read() that is.
const demoSetup = `.machine fs=ext4 disk=nvme
.file /data/a 131072 cold
.file /data/b 131072 cold
.file /data/c 131072 cold
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
b = openat(AT_FDCWD, "/data/b", O_RDWR)
c = openat(AT_FDCWD, "/data/c", O_RDWR)
buffer = mmap(NULL, 131072, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)
`

// demoStep is one numbered step of the tour.
type demoStep struct {
	Number int    `json:"step"`
	Text   string `json:"text"`
	Told   string `json:"popularAccount,omitempty"` // what is often said instead
}

// demoScene is a statement and the steps that it shows.
type demoScene struct {
	Statement string     `json:"statement"`
	Answer    string     `json:"answer"`
	Steps     []demoStep `json:"steps,omitempty"`
}

// demoMmap is the tour of the twelve steps.
func (a *app) demoMmap(f *flags) int {
	t, err := newTour("demo", demoSetup)
	if err != nil {
		return a.fail(err)
	}
	log := t.model.Kernel.Log
	start := log.Tally()
	scenes := []demoScene{demoCall(t)}
	mapped := log.Tally()
	scenes = append(scenes, demoLoad(t))
	loaded := log.Tally()
	scenes = append(scenes, demoStores(t)...)
	counted := []trace.Tally{mapped.Since(start), loaded.Since(mapped), log.Tally().Since(loaded)}
	rows := demoRows(t)
	if f.has("json") {
		return a.demoJSON(scenes, rows)
	}
	fmt.Fprintf(a.out,
		"A file of %d pages lies on a disk; nothing of it is in memory. We map it and\nload one byte. All of this "+
			"was measured just now, in a model of Linux 6.18.\nA line \"popular:\" is what popular accounts say, "+
			"where Linux does something else.\n", demoPages)
	right, in := 0, bufio.NewReader(a.in)
	for i, s := range scenes {
		if f.has("ask") && i < len(counted) && a.askDemo(in, i, counted[i]) {
			right++
		}
		if i == 2 {
			fmt.Fprintln(a.out)
		}
		s.print(a)
	}
	if f.has("ask") {
		fmt.Fprintf(a.out, "\n%d of %d right.\n", right, len(counted))
	}
	printDemoRows(a, rows)
	return exitFine
}

func (s demoScene) print(a *app) {
	if len(s.Steps) == 0 {
		for line := range strings.Lines(s.Answer + "\n") {
			fmt.Fprintf(a.out, "%-24s %s", s.Statement, line)
			s.Statement = ""
		}
		return
	}
	fmt.Fprintf(a.out, "\n%s%s\n", s.Statement, s.Answer)
	for _, step := range s.Steps {
		fmt.Fprintf(a.out, " %2d  %s\n", step.Number, step.Text)
		if step.Told != "" {
			fmt.Fprintf(a.out, "       popular: %s\n", step.Told)
		}
	}
}

// demoCall is steps 1 to 8: the call itself.
func demoCall(t *tour) demoScene {
	s := t.do(fmt.Sprintf("p = mmap(NULL, %d, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)", demoBytes))
	file, gap := s.first(trace.DescriptorFound), s.first(trace.GapSearch)
	area, tree := s.first(trace.AreaNew), s.first(trace.AreaInserted)
	blocks := s.count(trace.BlockMapped) + s.count(trace.IoSubmitted)
	return demoScene{s.text, fmt.Sprintf(" = %#x", s.value), []demoStep{
		{1, fmt.Sprintf("The process makes system call %d; all that follows is the kernel's work.",
			s.first(trace.SyscallEnter).Args[0]),
			"steps 1 to 4 happen in user space"},
		{2, fmt.Sprintf("A free range of %d bytes is searched, top down: %#x.", gap.Args[1], gap.Args[0]), ""},
		{3, fmt.Sprintf("An area is made: %#x-%#x, shared, read and write.", area.Args[0], area.Args[1]), ""},
		{4, fmt.Sprintf("It goes into the tree of areas, as one of %d.", tree.Args[2]), "a linked list of areas"},
		{5, fmt.Sprintf("The descriptor led to inode %d, %s a range was searched.", file.Args[1], order(file, gap)),
			"after the area is in place"},
		{6, fmt.Sprintf("The file's own mmap operation is called (%d); it says who handles faults.",
			s.count(trace.FileMmap)), ""},
		{7, fmt.Sprintf("Disk blocks looked up: %d. That waits until a page is missing.", blocks),
			"the inode gives the physical disk address now"},
		{8, fmt.Sprintf("Page-table entries set: %d; frames taken for the file: %d. The call is done.",
			s.count(trace.EntrySet), s.count(trace.CacheAdded)),
			"remap_pfn_range fills the page table; but only drivers call that"},
	}}
}

// order says whether step a came before step b.
func order(a, b trace.Event) string {
	if a.Seq < b.Seq {
		return "before"
	}
	return "after"
}

// demoLoad is steps 9 to 12: the first access.
func demoLoad(t *tour) demoScene {
	s := t.do("p[0]")
	ahead, block := s.first(trace.ReadaheadPlanned), s.first(trace.BlockMapped)
	return demoScene{s.text, fmt.Sprintf(" == %#02x", s.value), []demoStep{
		{9, fmt.Sprintf("The load faults: the page table has no entry for %#x.", s.first(trace.Faulted).Args[0]), ""},
		{10, fmt.Sprintf("The page cache is asked for page %d of the file: %d time, not there.",
			s.first(trace.CacheMiss).Args[0], s.count(trace.CacheMiss)), "mmap bypasses the page cache"},
		{11, fmt.Sprintf("Pages %d to %d are read at once: %d request, from disk block %d on,\n     %d bytes by DMA "+
			"into the page cache, %d bytes copied by the CPU.\n     Looks into the swap cache: %d.",
			ahead.Args[0], ahead.Args[0]+ahead.Args[1]-1, s.count(trace.IoSubmitted), block.Args[1],
			s.tally.Bytes[trace.DMAIn],
			copiedByCPU(s.tally), s.count(trace.SwapCacheLook)),
			"the swap cache is searched, then nopage reads the page"},
		{12, fmt.Sprintf("Entries set: %d. The load runs again: %d major, %d minor faults.",
			s.count(trace.EntrySet), s.count(trace.FaultMajor), s.count(trace.FaultMinor)), ""},
	}}
}

// copiedByCPU is what the processor copied; zeroing is no copy, and the device is not the processor.
func copiedByCPU(t trace.Tally) uint64 {
	return t.Bytes[trace.CopyToUser] + t.Bytes[trace.CopyFromUser] + t.Bytes[trace.CopyCow]
}

// demoStores is what becomes of a write.
func demoStores(t *tour) []demoScene {
	first, second := t.do("p[0] = 'x'"), t.do("p[1] = 'y'")
	sync := t.do("msync(p, PAGE, MS_SYNC)")
	return []demoScene{
		{first.text,
			fmt.Sprintf("%d minor fault: the kernel learns that page %d is dirty", first.count(trace.FaultMinor),
				first.first(trace.PageDirtied).Args[0]), nil},
		{second.text,
			fmt.Sprintf("%d faults, %d calls, %d bytes copied", second.count(trace.Faulted),
				second.count(trace.SyscallEnter), copiedByCPU(second.tally)), nil},
		{sync.text,
			fmt.Sprintf("page %d goes to disk block %d: %d bytes; its entry is\nwrite-protected again, so that the "+
				"next store is seen.\nWithout msync the flusher does it, some 30 s later.",
				sync.first(trace.WritebackStarted).Args[0], sync.first(trace.BlockMapped).Args[1],
				sync.tally.Bytes[trace.DMAOut]), nil},
	}
}

// demoRow is one way of reading the whole file.
type demoRow struct {
	name string
	seen
}

// demoRows reads two cold files whole, page by page: one through a mapping, one with read().
func demoRows(t *tour) []demoRow {
	mapped := t.do(fmt.Sprintf("q = mmap(NULL, %d, PROT_READ, MAP_SHARED, b, 0)",
		demoBytes)).plus(*t.do(fmt.Sprintf("q[0..%d step PAGE]", demoBytes)))
	var small seen
	for i := range demoPages {
		small = small.plus(*t.do(fmt.Sprintf("pread64(c, buffer, PAGE, %d*PAGE)", i)))
	}
	again := t.do(fmt.Sprintf("pread64(c, buffer, %d, 0)", demoBytes))
	return []demoRow{
		{fmt.Sprintf("mmap, %d loads", demoPages), mapped}, {fmt.Sprintf("%d preads, 4096", demoPages), small},
		{"1 pread, again", *again},
	}
}

func printDemoRows(a *app, rows []demoRow) {
	fmt.Fprintf(a.out, "\nread() beside it: two more files, just as cold, a byte of each page wanted\n%s\n",
		copyHeader(""))
	for _, r := range rows {
		fmt.Fprintln(a.out, copyRow(r.name, r.tally))
	}
	fmt.Fprintf(a.out, "%s\n", workHeader(""))
	for _, r := range rows {
		fmt.Fprintln(a.out, workRow(r.name, r.seen))
	}
	fmt.Fprint(a.out, `
Both go through the page cache, and the device moves the same bytes. read() then
copies each byte to the user; a mapping shows the page cache's own frames.

Type next:
  vmsim claims                          popular claims about mmap, tried
  vmsim run docs/examples/cow.vms       a program of calls, loads and stores
  vmsim                                 a prompt: type mmap(...) yourself
`)
}

// demoJSON is the tour for programs: a line for each scene, then a line for each row.
func (a *app) demoJSON(scenes []demoScene, rows []demoRow) int {
	enc := json.NewEncoder(a.out)
	for _, s := range scenes {
		if err := enc.Encode(s); err != nil {
			return a.fail(err)
		}
	}
	for _, r := range rows {
		if err := enc.Encode(measured(r.name, r.seen)); err != nil {
			return a.fail(err)
		}
	}
	return exitFine
}
