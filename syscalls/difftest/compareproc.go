package difftest

import (
	"fmt"
	"strings"

	"vmsim/syscalls"
	"vmsim/syscalls/procfs"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// views are the kinds that are read from /proc.
const views = Smaps | Pagemap | KPageFlags

// viewsApart is after how many statements of a program that is being made /proc is looked at again. Looking costs more
// than the statements do, and what differs still does a few statements on; the statement to blame is found by running
// the program once more.
const viewsApart = 4

// viewed compares what /proc shows of a process.
func (p *Pair) viewed(pid int) (out []Difference, err error) {
	if p.kinds&views == 0 || pid == 0 {
		return nil, nil
	}
	k, m := viewer(p.kernel.m, pid), viewer(p.model.m, pid)
	if k == nil || m == nil {
		return nil, nil
	}
	if p.kinds&Smaps != 0 {
		if n, ok := p.kernel.m.(processors); ok && n.Processors() > mostExact {
			k, m = withoutPeak{k}, withoutPeak{m}
		}
		d, err := smapsDiffer(k, m)
		if err != nil || len(d) > 0 {
			return d, err
		}
	}
	if p.kinds&(Pagemap|KPageFlags) != 0 {
		return p.pagesDiffer(pid, k, m)
	}
	return nil, nil
}

// viewer is a process that can be looked at; nil where there is none.
func viewer(m run.Machine, pid int) syscalls.Viewer {
	c, ok := m.Process(pid)
	if !ok {
		return nil
	}
	v, _ := c.(syscalls.Viewer)
	return v
}

// nameToRss is how far behind its name the resident pages of an area are in smaps.
const nameToRss = 160

// sharedResident reports whether pages of the area of that name are resident, which all processes of the machine share.
func sharedResident(smaps, name string) bool {
	_, rest, found := strings.Cut(smaps, name)
	return found && !strings.Contains(rest[:min(len(rest), nameToRss)], "Rss:                   0 kB")
}

// smapsDiffer compares the files that add up pages, line by line; the first difference is enough.
func smapsDiffer(k, m syscalls.Viewer) ([]Difference, error) {
	shared := false // with every other process of the machine
	for _, name := range []string{"smaps", "status", "statm", "smaps_rollup"} {
		if name == "smaps_rollup" && shared {
			continue
		}
		want, got, err := procFiles(k, m, name)
		if err != nil {
			return nil, err
		}
		if name == "smaps" {
			shared = sharedResident(want, "[vdso]") || sharedResident(want, "[vvar]")
		}
		if want == got {
			continue
		}
		if d, differ := lineDiffer(name, want, got); differ {
			return []Difference{d}, nil
		}
	}
	return nil, nil
}

// procFiles are both sides' texts of a file below /proc/PID.
func procFiles(k, m syscalls.Viewer, name string) (want, got string, err error) {
	if want, err = k.ProcFile(name); err == nil {
		got, err = m.ProcFile(name)
	}
	return want, got, err
}

// lineDiffer finds the first line in which two texts of a file differ, with the area that it is of.
func lineDiffer(name, want, got string) (Difference, bool) {
	above := "" // the line of maps that the area's lines begin with
	for want != "" || got != "" {
		var a, b string
		a, want, _ = strings.Cut(want, "\n")
		b, got, _ = strings.Cut(got, "\n")
		head := name == "smaps" && heads(a)
		if head {
			above = a
		}
		if a == b {
			continue
		}
		area := ""
		if above != "" {
			area = firstLine(above) + ": "
		}
		if head {
			a, b = unnamedFile.ReplaceAllString(firstLine(a), ""), unnamedFile.ReplaceAllString(firstLine(b), "")
		}
		if a != b && !unsure(area, a) {
			return Difference{Kind: Smaps, What: name, Want: area + a, Got: b}, true
		}
	}
	return Difference{}, false
}

// heads reports whether a line of smaps is the one of maps that an area begins with: the others begin with a capital.
func heads(line string) bool {
	if line == "" || line[0] > 'f' || line[0] >= 'A' && line[0] <= 'Z' {
		return false
	}
	head := strings.Fields(line)
	return len(head) >= 5 && strings.Contains(head[0], "-")
}

func firstLine(text string) string {
	if l := run.MapLines(text + "\n"); len(l) > 0 {
		return l[0]
	}
	return ""
}

// unsure reports whether a line may rightly differ.
func unsure(area, line string) bool {
	switch {
	case strings.HasPrefix(line, "Referenced:") && (area == "" || ofStack(area)):
		// Reading the command line of a process, as ps does for all, uses the page of its stack where that is.
		return true
	case strings.HasSuffix(area, "[vdso]: "), strings.HasSuffix(area, "[vvar]: "):
		// Its pages are shared with every process of the machine.
		return !strings.HasPrefix(line, "Rss:") && !strings.HasPrefix(line, "VmFlags:")
	}
	return false
}

// stackEnd is in the line of maps of an area that ends where the stack does.
var stackEnd = fmt.Sprintf("-%x ", uint64(vm.TaskSize))

// ofStack reports whether a line of maps, before ": ", is of the area with the arguments of a process.
func ofStack(area string) bool {
	return strings.HasSuffix(area, "[stack]: ") || strings.Contains(area, stackEnd)
}

// pagesDiffer compares the entries and the frames of the process's areas.
func (p *Pair) pagesDiffer(pid int, k, m syscalls.Viewer) ([]Difference, error) {
	c, _ := p.kernel.m.Process(pid)
	for line := range strings.Lines(c.Maps()) {
		s, ok := parseSpan(line)
		if !ok || strings.HasPrefix(s.name, "[v") {
			continue
		}
		if d, err := p.spanDiffers(s, k, m); d != nil || err != nil {
			return d, err
		}
	}
	return nil, nil
}

// mostPages is how many pages of an area are looked at.
const mostPages = 1024

// comparable is an entry of pagemap less what differs from one machine to the next: frames, and places of swap areas
// except in a program that has all of them to itself and keeps to one processor.
func (p *Pair) comparable(e procfs.PagemapEntry) procfs.PagemapEntry {
	if p.ownSwap && e&procfs.PagemapSwap != 0 {
		return e
	}
	return e.WithoutFrame()
}

// shownPlace is which place of a swap area an entry shows, for people.
func shownPlace(e procfs.PagemapEntry) string {
	if e&procfs.PagemapSwap == 0 || e == e.WithoutFrame() {
		return ""
	}
	area, place := e.Place()
	return fmt.Sprintf(" (place %d of area %d)", place, area)
}

func (p *Pair) spanDiffers(s span, k, m syscalls.Viewer) ([]Difference, error) {
	n := min(s.pages(), mostPages)
	first := s.start.Page()
	if p.entries == nil {
		p.entries = new([2][mostPages]procfs.PagemapEntry)
	}
	want, got := p.entries[0][:n], p.entries[1][:n]
	if err := k.Pagemap(first, want); err != nil {
		return nil, err
	}
	if err := m.Pagemap(first, got); err != nil {
		return nil, err
	}
	for i := range n {
		if w, g := p.comparable(want[i]), p.comparable(got[i]); w != g {
			at := (first + vm.VPN(i)).Addr()
			return []Difference{{Kind: Pagemap, What: "pagemap", Want: fmt.Sprintf("%v %v%s", at, w, shownPlace(w)),
				Got: g.String() + shownPlace(g)}}, nil
		}
	}
	if p.kinds&KPageFlags == 0 {
		return nil, nil
	}
	return p.flagsDiffer(s, n, k, m)
}
