package prompt

import (
	"fmt"
	"strconv"
	"strings"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/phys"
)

var walkCommands = []command{
	{
		name: "walk", group: "Look", args: "ADDR",
		line:    "the way from an address to the disk block, as the processor and the kernel go it",
		example: "walk p", shows: "area rw-s", run: (*Prompt).walk, words: nameWords,
	},
	{
		name: "x", group: "Look", args: "[/N] ADDR", line: "N bytes of memory, without touching it: no fault is taken",
		example: "x/16 p", shows: "--", run: (*Prompt).examine, words: nameWords,
	},
}

func nameWords(p *Prompt, _ []string) []string { return p.Session.Names() }

func (p *Prompt) walk(rest string) error {
	v, err := p.value(rest)
	if err != nil {
		return err
	}
	proc, err := p.process("")
	if err != nil {
		return err
	}
	s := p.walkSheet(proc, strings.TrimSpace(rest), vm.Addr(v))
	if p.json {
		return p.encode(s.object("walk"))
	}
	for _, l := range s.lines() {
		fmt.Fprintln(p.out, l)
	}
	return nil
}

// tableNames are the levels of the page table, the highest first.
var tableNames = [...]string{"pgd", "pud", "pmd", "pte"}

func (p *Prompt) walkSheet(proc *syscalls.Process, text string, x vm.Addr) *sheet {
	s := &sheet{cols: []string{"table", "bits", "index"}}
	for i, name := range tableNames {
		low := 39 - 9*i
		s.row(name, fmt.Sprintf("%d-%d", low+8, low), uint64(x)>>low&511)
	}
	s.row("byte", "11-0", x.Offset())
	s.note("%s", p.chainText(proc, text, x))
	return s
}

// chainText is the chain that no kernel shows: address, area, entry, frame, page of a file, disk block.
func (p *Prompt) chainText(proc *syscalls.Process, text string, x vm.Addr) string {
	links := []string{text}
	a := proc.Space.Find(x)
	if a == nil {
		return text + " → no area: a load or store here is a SIGSEGV"
	}
	links = append(links, "area "+areaText(a, x))
	e := proc.Space.Entry(x)
	links = append(links, p.entryLinks(x, e)...)
	file := pagecache.FileOf(a)
	f := proc.Space.NormalFrame(e)
	if f != nil && f.Has(phys.Anon) {
		links = append(links, "a private page: no file, no disk")
	} else if file != nil {
		links = append(links, p.filePageText(file.Mapping, a.IndexOf(x))...)
	}
	return strings.Join(links, " → ")
}

// entryLinks says what the entry of an address is, and where it leads.
func (p *Prompt) entryLinks(x vm.Addr, e vm.PTE) (links []string) {
	if e.None() {
		links = append(links, fmt.Sprintf("PTE[%d] none: the next access faults", x.Page()&511))
	} else {
		links = append(links, fmt.Sprintf("PTE[%d] %v", x.Page()&511, e))
	}
	if e.Swapped() {
		links = append(links, fmt.Sprintf("swap entry %d", uint64(e.SwapEntry())))
	}
	switch {
	case e.Present() && e.PFN() == p.Session.Kernel().Memory.Zero().PFN():
		links = append(links, "the frame of zeros, which all share")
	case e.Present():
		links = append(links, fmt.Sprintf("frame %#x", uint64(e.PFN())))
	}
	return links
}

func areaText(a *vm.Area, x vm.Addr) string {
	text := a.Flags.Permissions()
	if a.Backing == nil {
		return text + " anonymous"
	}
	name := a.Backing.Name()
	return fmt.Sprintf("%s %s@%#x", text, name[strings.LastIndexByte(name, '/')+1:], a.IndexOf(x).FileOffset())
}

// filePageText is a page of a file with its state, and where it lies on the disk.
func (p *Prompt) filePageText(m *pagecache.Mapping, i vm.PageIndex) []string {
	name := session.ShortName(session.FileName(m))
	links := []string{fmt.Sprintf("%s page %d (%s)", name, i, p.pageState(m, i))}
	for _, e := range m.Extents() {
		first, last := session.ExtentPages(e)
		if uint64(i) < first || uint64(i) > last {
			continue
		}
		if e.State == disk.Delayed {
			return append(links, "no disk block yet")
		}
		return append(links, fmt.Sprintf("disk block %d", uint64(e.Place.Block())+uint64(i)-first))
	}
	return links
}

// pageState says how page i of a file is, in a word or two.
func (p *Prompt) pageState(m *pagecache.Mapping, i vm.PageIndex) string {
	state := "not in memory"
	if f := m.LookUp(i); f != nil {
		state = "clean"
		if m.InMemory() {
			state = "tmpfs"
		} else if f.Has(phys.Dirty) {
			t, _ := p.Session.DirtiedAt(m, i)
			state = fmt.Sprintf("dirty since t=%d", t)
		}
	}
	return state
}

// maxExamined bounds x.
const maxExamined = 4096

func (p *Prompt) examine(rest string) error {
	n, rest, err := examined(rest)
	if err != nil {
		return err
	}
	if words := strings.Fields(rest); len(words) == 2 {
		if _, err := strconv.Atoi(words[1]); err == nil {
			return wrong("x/"+words[1]+" "+words[0], "the number of bytes follows x/; did you mean x/%s %s?",
				words[1], words[0])
		}
	}
	v, err := p.value(rest)
	if err != nil {
		return err
	}
	for at := 0; at < n; at += 16 {
		p.dumpLine(vm.Addr(v)+vm.Addr(at), min(16, n-at))
	}
	return nil
}

// examined reads the number of bytes to show, as in x/16, which may be left out.
func examined(rest string) (n int, more string, err error) {
	n = 16
	if strings.HasPrefix(rest, "/") {
		number, more := cutWord(rest[1:])
		if n, err = strconv.Atoi(strings.TrimRight(number, "xbc")); err != nil || n < 1 || n > maxExamined {
			return 0, "", wrong("x/16 p", "x wants a number of bytes up to %d, not %q", maxExamined, number)
		}
		rest = more
	}
	return n, rest, nil
}

// dumpLine prints up to 16 bytes; -- is one that is not in memory, ?? one that is undetermined.
func (p *Prompt) dumpLine(x vm.Addr, n int) {
	hexes, text := "", ""
	for i := range n {
		c, ok := p.Session.Peek(p.pid(), x+vm.Addr(i))
		switch b := c.Byte; {
		case !ok:
			hexes, text = hexes+" --", text+" "
		case c.Undetermined:
			hexes, text = hexes+" ??", text+"?"
		case b >= ' ' && b < 0x7f:
			hexes, text = hexes+fmt.Sprintf(" %02x", b), text+string(rune(b))
		default:
			hexes, text = hexes+fmt.Sprintf(" %02x", b), text+"."
		}
	}
	fmt.Fprintf(p.out, "%v:%-48s %s\n", x, hexes, strings.TrimRight(text, " "))
}
