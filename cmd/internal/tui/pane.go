package tui

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// pane is one part of the screen.
type pane struct {
	title  string
	lines  []string
	before []string // before the last motion
	at     int      // the line that should be seen; -1 for the first that changed
}

// The panes. The key of each shows it whole.
const (
	program = iota
	areas
	table
	other // the page table of a second process
	cache
	copies
	disks
	numPanes
)

// layout are the panes that the screen has, in pairs from left to right. The tables of two processes are beside each
// other, since that is how copy-on-write is seen; the disk is behind its key then.
func (s *Screen) layout() [3][2]int {
	if s.panes[other].title == "" {
		return [3][2]int{{program, areas}, {table, cache}, {copies, disks}}
	}
	return [3][2]int{{program, areas}, {table, other}, {copies, cache}}
}

// look fills the panes with what is there now.
func (s *Screen) look() {
	for i, fill := range [numPanes]func(*Screen) (string, []string, int){
		(*Screen).programPane, (*Screen).areasPane, (*Screen).tablePane, (*Screen).otherPane, (*Screen).cachePane,
		(*Screen).copiesPane, (*Screen).disksPane,
	} {
		p := &s.panes[i]
		p.before = p.lines
		p.title, p.lines, p.at = fill(s)
	}
}

func (s *Screen) programPane() (string, []string, int) {
	ss := s.prompt.Session
	ops := ss.Branch().Ops()
	var lines []string
	for i := range ops {
		head, _, _ := strings.Cut(ops[i].Head(), "\n")
		sign := " "
		switch {
		case i < ss.Done():
			sign = "-"
		case i == ss.Done():
			sign = ">"
		}
		lines = append(lines, fmt.Sprintf("%s%3d %s", sign, i+1, head))
	}
	title := "program"
	if ss.Inside() {
		title = fmt.Sprintf("program, inside statement %d", ss.Done()+1)
	}
	return title, append(lines, ""), ss.Done()
}

// process is the process of the last step, or else the first that lives.
func (s *Screen) process() (p *syscalls.Process) {
	k := s.prompt.Session.Kernel()
	if p, ok := k.Process(k.Log.PID); ok {
		return p
	}
	k.Processes(func(q *syscalls.Process) {
		if p == nil {
			p = q
		}
	})
	return p
}

// pair are the processes whose page tables are shown: that of the last step and another that lives, the older one
// first. The second is nil where there is one process only.
func (s *Screen) pair() (first, second *syscalls.Process) {
	first = s.process()
	if first == nil {
		return nil, nil
	}
	s.prompt.Session.Kernel().Processes(func(q *syscalls.Process) {
		if second == nil && q != first {
			second = q
		}
	})
	if second != nil && second.PID < first.PID {
		first, second = second, first
	}
	return first, second
}

// short is a path without its folders.
func short(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func (s *Screen) areasPane() (string, []string, int) {
	p := s.process()
	if p == nil {
		return "areas", []string{"no process is left"}, 0
	}
	var lines []string
	for a := p.Space.First(); a != nil; a = a.Next() {
		name := short(p.Space.NameOf(a))
		if a.Backing != nil && a.Index > 0 {
			name += fmt.Sprintf("@%d", a.Index)
		}
		lines = append(lines, fmt.Sprintf("%012x %5d %s %s", uint64(a.Start), a.Pages(), a.Flags.Permissions(), name))
	}
	return fmt.Sprintf("areas of process %d", p.PID), lines, -1
}

func (s *Screen) tablePane() (string, []string, int) {
	p, second := s.pair()
	if p == nil {
		return "page table", nil, 0
	}
	lines := entries(p)
	if second != nil {
		return tableTitle(p), lines, -1
	}
	return "page table", lines, -1
}

func (s *Screen) otherPane() (string, []string, int) {
	_, p := s.pair()
	if p == nil {
		return "", nil, 0
	}
	lines := entries(p)
	return tableTitle(p), lines, -1
}

func tableTitle(p *syscalls.Process) string {
	return fmt.Sprintf("page table, process %d", p.PID)
}

// entries are the entries of a page table: the page, the flags, the frame, whose page it holds.
func entries(p *syscalls.Process) (lines []string) {
	p.Space.Table().Each(0, vm.TaskSize.Page(), func(n vm.VPN, e vm.PTE) {
		shows := ""
		if f := p.Space.NormalFrame(e); f != nil && f.Owner != nil && !f.Has(phys.Anon) {
			shows = fmt.Sprintf("%s:%d", short(f.Owner.FrameOwner()), f.Index)
		} else if f != nil {
			shows = "private"
		}
		what := e.String()
		if e.Present() {
			what = fmt.Sprintf("%-8v %#x", e, uint64(e.PFN()))
		}
		lines = append(lines, fmt.Sprintf("%012x %s %s", uint64(n.Addr()), what, shows))
	})
	return lines
}

func (s *Screen) cachePane() (string, []string, int) {
	k := s.prompt.Session.Kernel()
	var lines []string
	s.prompt.Session.EachFile(func(path string, m *pagecache.Mapping) {
		m.EachPage(0, ^vm.PageIndex(0), func(i vm.PageIndex, f *phys.Frame) {
			flags := strings.ReplaceAll(k.Proc.PageFlagsOf(f).Letters(), "_", "")
			lines = append(lines, fmt.Sprintf("%s:%d %#x %s", short(path), i, uint64(f.PFN()), flags))
		})
	})
	return fmt.Sprintf("page cache, %d dirty", k.Cache.Writer.Dirty()), lines, -1
}

func (s *Screen) copiesPane() (string, []string, int) {
	var n [trace.NumKinds]uint64
	for _, e := range s.prompt.Session.Branch().Events(0, s.prompt.Session.At()) {
		n[e.Kind] += e.Bytes
	}
	return "bytes moved", []string{
		fmt.Sprintf("to user %9d  from user %8d", n[trace.CopyToUser], n[trace.CopyFromUser]),
		fmt.Sprintf("cow     %9d  zeroed    %8d", n[trace.CopyCow], n[trace.CopyZero]),
		fmt.Sprintf("DMA in  %9d  DMA out   %8d", n[trace.DMAIn], n[trace.DMAOut]),
	}, 0
}

func (s *Screen) disksPane() (string, []string, int) {
	ss := s.prompt.Session
	var lines []string
	requests := 0
	for _, e := range ss.Branch().Events(0, ss.At()) {
		if e.Kind == trace.IoSubmitted {
			requests++
			lines = append(lines,
				fmt.Sprintf("t=%d %s block %d, %d of them", e.Seq, session.FormatArg(trace.ArgDirection, e.Args[2]),
					e.Args[0], e.Args[1]))
		}
	}
	slices.Reverse(lines)
	ss.EachFile(func(path string, m *pagecache.Mapping) {
		for _, e := range m.Extents() {
			first, last := session.ExtentPages(e)
			lines = append(lines, fmt.Sprintf("%s pages %d-%d %s", short(path), first, last, session.TellExtent(e)))
		}
	})
	return "disk: " + plural.Count(requests, "request", "requests"), lines, 0
}
