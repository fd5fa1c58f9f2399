package prompt

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// view is a way to look at the machine.
type view struct {
	name string
	args string
	line string
	show func(p *Prompt, rest string) (*sheet, error)
}

var views []view

// The functions of the table print the table, so it is filled in at the start.
func init() {
	views = slices.Concat(processViews, cacheViews, eventViews)
	slices.SortFunc(views, func(a, b view) int { return strings.Compare(a.name, b.name) })
}

func viewNames() []string {
	names := make([]string, len(views))
	for i, v := range views {
		names[i] = v.name
	}
	return names
}

// stopWords are what people call the list of stops.
var stopWords = []string{"stops", "break", "breaks", "breakpoints", "watch", "watchpoints"}

// viewNamed is the view that a word names: in full, or by a beginning that no other has.
func viewNamed(word string) (*view, error) {
	var found []*view
	for i := range views {
		if views[i].name == word {
			return &views[i], nil
		}
		if word != "" && strings.HasPrefix(views[i].name, word) {
			found = append(found, &views[i])
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return nil, noView(word, len(found) == 0)
}

// noView says that a word names no view, or several unless none is true, and what may be meant.
func noView(word string, none bool) error {
	if slices.Contains(stopWords, word) {
		return wrong("breaks", "breaks lists the stops that are set: %q is no view", word)
	}
	if near := script.Nearest(word, viewNames()); near != "" && none {
		return wrong("info "+near, "there is no view %q; did you mean %s?", word, near)
	}
	if c, ok := named(word); ok {
		return wrong(c.name, "%q is no view, but a command", word)
	}
	return wrong("info maps", "%q is no view; there are %s", word, strings.Join(viewNames(), ", "))
}

// info prints a view: info maps, info copies -c for what changed since it was last shown, --json for a program to read.
func (p *Prompt) info(rest string) error {
	words := strings.Fields(rest)
	asJSON, changed := p.json, false
	words = slices.DeleteFunc(words, func(w string) bool {
		asJSON = asJSON || w == "--json"
		changed = changed || w == "-c"
		return w == "--json" || w == "-c"
	})
	if len(words) == 0 {
		for _, v := range views {
			fmt.Fprintf(p.out, "  info %-20s %s\n", strings.TrimSpace(v.name+" "+v.args), v.line)
		}
		return nil
	}
	v, err := viewNamed(words[0])
	if err != nil {
		return err
	}
	arg := strings.Join(words[1:], " ")
	s, err := v.show(p, arg)
	if err != nil {
		return err
	}
	if asJSON {
		return p.encode(s.object(v.name))
	}
	p.showLines(v.name+" "+arg, s.lines(), changed)
	return nil
}

// showLines prints a view, or only what changed since the same view was shown last.
func (p *Prompt) showLines(key string, now []string, changed bool) {
	before, seen := p.shown[key]
	p.shown[key] = now
	switch {
	case !changed:
		fmt.Fprint(p.out, strings.Join(append(now, ""), "\n"))
	case seen:
		p.printChanges(before, now)
	default:
		fmt.Fprintln(p.out, "(shown for the first time)")
		p.printChanges(nil, now)
	}
}

// printChanges prints what has changed in a view.
func (p *Prompt) printChanges(before, now []string) {
	same := true
	for _, l := range before {
		if !slices.Contains(now, l) {
			fmt.Fprintln(p.out, "- "+l)
			same = false
		}
	}
	for _, l := range now {
		if !slices.Contains(before, l) {
			fmt.Fprintln(p.out, "+ "+l)
			same = false
		}
	}
	if same {
		fmt.Fprintln(p.out, "Nothing changed in it.")
	}
}

// Lines is a view as text, for a screen that shows several.
func (p *Prompt) Lines(name, arg string) []string {
	v, err := viewNamed(name)
	if err != nil {
		return []string{err.Error()}
	}
	s, err := v.show(p, arg)
	if err != nil {
		return []string{err.Error()}
	}
	return s.lines()
}

// process is the process that a view is about: the one that is named, or that of the last step.
func (p *Prompt) process(rest string) (*syscalls.Process, error) {
	pid := p.pid()
	if rest != "" && rest != "self" {
		v, err := p.value(rest)
		if err != nil {
			return nil, err
		}
		pid = int(v)
	}
	if proc, ok := p.Session.Kernel().Process(pid); ok {
		return proc, nil
	}
	return nil, wrong("info procs", "there is no process %d", pid)
}

var processViews = []view{
	{"maps", "[PID]", "the areas, as /proc/PID/maps prints them", procView("maps")},
	{"smaps", "[PID]", "the areas with what is resident of each, as /proc/PID/smaps", procView("smaps")},
	{"status", "[PID]", "the memory lines of /proc/PID/status", procView("status")},
	{"pt", "[PID]", "the page table: each entry with its flags and what it shows", (*Prompt).viewTable},
	{"tlb", "[PID]", "the translations that the processor remembers", (*Prompt).viewTLB},
	{"procs", "", "the processes: areas, resident pages, faults", (*Prompt).viewProcs},
	{"rmap", "[FILE:N|PFN]", "who maps a page: the way from a frame back to the processes", (*Prompt).viewRmap},
}

// maxRows bounds a table whose rows are pages.
const maxRows = 200

func (p *Prompt) viewTable(rest string) (*sheet, error) {
	proc, err := p.process(rest)
	if err != nil {
		return nil, err
	}
	s := &sheet{cols: []string{"page", "entry", "shows"}}
	total := 0
	proc.Space.Table().Each(0, vm.TaskSize.Page(), func(n vm.VPN, e vm.PTE) {
		if total++; total <= maxRows {
			s.row(hex(n.Addr()), e.String(), p.shows(proc, n.Addr(), e))
		}
	})
	leaves, all := proc.Space.Table().Tables()
	if total > maxRows {
		s.note("… %s", plural.Count(total-maxRows, "more entry", "more entries"))
	}
	s.note("%s in %s of the lowest level; %s with those above", plural.Count(total, "entry", "entries"),
		plural.Count(leaves, "table", "tables"), plural.Count(all+1, "table", "tables"))
	return s, nil
}

// shows is what an entry leads to.
func (p *Prompt) shows(proc *syscalls.Process, x vm.Addr, e vm.PTE) string {
	switch {
	case e.Swapped():
		return fmt.Sprintf("swap entry %d", uint64(e.SwapEntry()))
	case !e.Present():
		return ""
	case e.PFN() == p.Session.Kernel().Memory.Zero().PFN():
		return "the frame of zeros"
	}
	f := proc.Space.NormalFrame(e)
	if f == nil {
		return fmt.Sprintf("frame %#x", uint64(e.PFN()))
	}
	return p.frameText(f)
}

// frameText is a frame: its number, and whose page it holds.
func (p *Prompt) frameText(f *phys.Frame) string {
	if f.Has(phys.Anon) {
		return fmt.Sprintf("frame %#x, private", uint64(f.PFN()))
	}
	if f.Owner == nil {
		return fmt.Sprintf("frame %#x", uint64(f.PFN()))
	}
	return fmt.Sprintf("frame %#x, page %d of %s", uint64(f.PFN()), f.Index, ownerName(f))
}

// ownerName is what the views call whose page a frame holds.
func ownerName(f *phys.Frame) string {
	if m, ok := f.Owner.(*pagecache.Mapping); ok {
		return session.FileName(m)
	}
	return f.Owner.FrameOwner()
}

func (p *Prompt) viewTLB(rest string) (*sheet, error) {
	proc, err := p.process(rest)
	if err != nil {
		return nil, err
	}
	s := &sheet{cols: []string{"page", "frame", "allows"}}
	proc.CPU.EachTranslation(func(n vm.VPN, pfn phys.PFN, can string) { s.row(hex(n.Addr()), hex(pfn), can) })
	s.note("%s", plural.Count(len(s.rows), "translation", "translations"))
	return s, nil
}

func (p *Prompt) viewProcs(string) (*sheet, error) {
	s := &sheet{cols: []string{"pid", "areas", "pages", "file", "anon", "shmem", "swap", "minflt", "majflt"}}
	p.Session.Kernel().Processes(func(q *syscalls.Process) {
		st := &q.Space.Stats
		minor, major := q.Faults()
		s.row(q.PID, q.Space.Count(), st.Total, st.RSS[vm.RSSFile], st.RSS[vm.RSSAnon], st.RSS[vm.RSSShmem],
			st.RSS[vm.RSSSwap], minor, major)
	})
	return s, nil
}

func (p *Prompt) viewRmap(rest string) (*sheet, error) {
	s := &sheet{cols: []string{"frame", "page", "pid", "address", "entry"}}
	if rest == "" {
		p.Session.Kernel().Memory.EachUsed(func(f *phys.Frame) {
			if f.Maps() > 0 && len(s.rows) < maxRows {
				p.rmapRows(s, f)
			}
		})
		s.note("Each row is an entry that shows the frame. A frame of a file is found through the file's areas, a " +
			"private one through its anon_vma.")
		return s, nil
	}
	f, err := p.frameNamed(rest)
	if err != nil {
		return nil, err
	}
	p.rmapRows(s, f)
	s.note("frame %#x is in %s, and has %s", uint64(f.PFN()), plural.Count(f.Maps(), "entry", "entries"),
		plural.Count(f.Refs(), "reference", "references"))
	return s, nil
}

// frameNamed reads FILE:N or the number of a frame.
func (p *Prompt) frameNamed(text string) (*phys.Frame, error) {
	if strings.Contains(text, ":") {
		path, m, i, err := p.Session.ParsePage(text)
		if err != nil {
			return nil, err
		}
		if f := m.LookUp(i); f != nil {
			return f, nil
		}
		return nil, wrong("info pagecache", "page %d of %s is not in memory", i, path)
	}
	v, err := p.value(text)
	if err != nil {
		return nil, err
	}
	if f, ok := p.Session.Kernel().Memory.FrameAt(phys.PFN(v)); ok && f.Refs() > 0 {
		return f, nil
	}
	return nil, wrong("info rmap", "frame %#x is not in use", v)
}

// rmapRows adds a row for each entry that shows a frame.
func (p *Prompt) rmapRows(s *sheet, f *phys.Frame) {
	var areas *vm.AreaSet
	switch o := f.Owner.(type) {
	case interface{ Areas() *vm.AreaSet }:
		areas = o.Areas()
	default:
		return
	}
	page := fmt.Sprintf("%s:%d", ownerName(f), f.Index)
	if f.Has(phys.Anon) {
		page = "private"
	}
	i := vm.PageIndex(f.Index)
	areas.Each(i, i, func(a *vm.Area, x vm.Addr, _ uint64) bool {
		if e := a.Space().Entry(x); e.Present() && e.PFN() == f.PFN() {
			s.row(hex(f.PFN()), page, p.Session.PIDOf(a.Space()), hex(x), e.String())
		}
		return true
	})
}
