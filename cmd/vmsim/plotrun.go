package main

import (
	"fmt"
	"strings"

	"vmsim/cmd/internal/chart"
	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/session"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// microsecond is the unit of the pictures' time.
const microsecond = 1000

// runOut runs a program to its end; look is called before the first statement and after each.
func (a *app) runOut(file string, look func(s *session.Session, at float64)) (*session.Session, error) {
	prog, err := a.program(file)
	if err != nil {
		return nil, err
	}
	s, err := session.New(prog, a.costs)
	if err != nil {
		return nil, err
	}
	began := s.Kernel().Clock.Now()
	for {
		if look != nil {
			look(s, float64(s.Kernel().Clock.Now()-began)/microsecond)
		}
		if s.AtEnd() {
			return s, nil
		}
		if _, err := s.Next(); err != nil {
			s.Close()
			return nil, err
		}
	}
}

// plotFaults is where and when the page faults were. The addresses of a process lie far apart; what is shown is which
// page it is of those that faulted.
func (a *app) plotFaults(file string) (c chart.Chart, err error) {
	s, err := a.runOut(file, nil)
	if err != nil {
		return c, err
	}
	defer s.Close()
	events := s.Branch().Events(0, s.Branch().End())
	order := map[uint64]float64{}
	kinds := []trace.Kind{trace.FaultMinor, trace.FaultMajor, trace.SignalRaised}
	curves := make([]chart.Curve, len(kinds))
	for i, name := range []string{"minor", "major", "signal"} {
		curves[i] = chart.Curve{Name: name, Drawing: chart.Dots}
	}
	ranks(events, kinds, order)
	for _, e := range events {
		for i, k := range kinds {
			if e.Kind == k {
				curves[i].Points = append(curves[i].Points,
					chart.Point{X: float64(e.Seq), Y: order[uint64(vm.Addr(e.Args[0]).Floor())]})
			}
		}
	}
	return chart.Chart{
		Title: "page faults of " + short(file), X: "step", Y: "page, by address, of those that faulted",
		Scale: chart.Linear, Curves: some(curves),
	}, nil
}

// ranks numbers the pages that faulted, in the order of their addresses.
func ranks(events []trace.Event, kinds []trace.Kind, order map[uint64]float64) {
	for _, e := range events {
		for _, k := range kinds {
			if e.Kind == k {
				order[uint64(vm.Addr(e.Args[0]).Floor())] = 0
			}
		}
	}
	for i, x := range sortedKeys(order) {
		order[x] = float64(i + 1)
	}
}

// plotResident is what the processes have in memory: resident, and their part of it where they share.
func (a *app) plotResident(file string) (c chart.Chart, err error) {
	resident, shares := map[int]*chart.Curve{}, map[int]*chart.Curve{}
	var curves []*chart.Curve
	s, err := a.runOut(file, func(s *session.Session, at float64) {
		s.Kernel().Processes(func(p *syscalls.Process) {
			if resident[p.PID] == nil {
				resident[p.PID] = &chart.Curve{Name: fmt.Sprintf("process %d, resident", p.PID)}
				shares[p.PID] = &chart.Curve{Name: fmt.Sprintf("process %d, its share", p.PID)}
				curves = append(curves, resident[p.PID], shares[p.PID])
			}
			rss, pss := sizes(p)
			resident[p.PID].Points = append(resident[p.PID].Points, chart.Point{X: at, Y: rss})
			shares[p.PID].Points = append(shares[p.PID].Points, chart.Point{X: at, Y: pss})
		})
	})
	if err != nil {
		return c, err
	}
	s.Close()
	return residentChart(file, curves), nil
}

func residentChart(file string, curves []*chart.Curve) chart.Chart {
	c := chart.Chart{Title: "memory of " + short(file), X: "microseconds", Y: "pages", Scale: chart.Linear}
	for _, curve := range curves {
		c.Curves = append(c.Curves, *curve)
	}
	return c
}

// sizes are a process's pages: those that are resident, and its share of them, where a page that n entries show counts
// 1/n.
func sizes(p *syscalls.Process) (resident, share float64) {
	p.Space.Table().Each(0, vm.TaskSize.Page(), func(_ vm.VPN, e vm.PTE) {
		if f := p.Space.NormalFrame(e); f != nil && f.Maps() > 0 {
			resident++
			share += 1 / float64(f.Maps())
		}
	})
	return resident, share
}

// plotDirty is what waits for the disk, against the thresholds. Those that lie far above are in the title alone.
func (a *app) plotDirty(file string) (c chart.Chart, err error) {
	curves := []chart.Curve{
		{Name: "dirty"}, {Name: "under writeback"}, {Name: "the flusher is woken"}, {Name: "writers have to wait"},
	}
	top := 1.0
	s, err := a.runOut(file, func(s *session.Session, at float64) {
		w := s.Kernel().Cache.Writer
		background, limit := w.Thresholds()
		dirty, waiting := float64(w.Dirty()), underWriteback(s.Kernel())
		top = max(top, dirty, waiting)
		for i, v := range []float64{dirty, waiting, float64(background), float64(limit)} {
			curves[i].Points = append(curves[i].Points, chart.Point{X: at, Y: v})
		}
	})
	if err != nil {
		return c, err
	}
	defer s.Close()
	background, limit := s.Kernel().Cache.Writer.Thresholds()
	for len(curves) > 2 && curves[len(curves)-1].Points[0].Y > 4*top {
		curves = curves[:len(curves)-1]
	}
	return chart.Chart{
		Title: fmt.Sprintf("pages of %s that the disk does not have yet (thresholds %d and %d)", short(file),
			background, limit),
		X: "microseconds", Y: "pages", Scale: chart.Linear, Curves: curves,
	}, nil
}

// underWriteback is how many pages are being written.
func underWriteback(k *syscalls.Kernel) (pages float64) {
	k.Cache.Each(func(m *pagecache.Mapping) {
		m.EachPage(0, ^vm.PageIndex(0), func(_ vm.PageIndex, f *phys.Frame) {
			if f.Has(phys.Writeback) {
				pages++
			}
		})
	})
	return pages
}

// plotReadahead is how many pages the disk has read, and how many of them were used.
func (a *app) plotReadahead(file string) (c chart.Chart, err error) {
	s, err := a.runOut(file, nil)
	if err != nil {
		return c, err
	}
	defer s.Close()
	read, used := chart.Curve{Name: "read from the disk"}, chart.Curve{Name: "mapped or copied since"}
	fresh := map[uint64]bool{} // frames that were read and not used yet
	n, m := 0.0, 0.0
	for _, e := range s.Branch().Events(0, s.Branch().End()) {
		switch e.Kind {
		case trace.DMAIn:
			fresh[e.Args[1]] = true
			n += float64(e.Bytes) / vm.PageSize
		case trace.CopyToUser, trace.CopyKernel:
			m += float64(taken(fresh, e.Args[0]))
		case trace.EntrySet:
			m += float64(taken(fresh, e.Args[1]))
		}
		if k := len(read.Points) - 1; k < 0 || read.Points[k].Y != n || used.Points[k].Y != m ||
			e.Kind == trace.StatementDone {
			read.Points = append(read.Points, chart.Point{X: float64(e.Seq), Y: n})
			used.Points = append(used.Points, chart.Point{X: float64(e.Seq), Y: m})
		}
	}
	return chart.Chart{
		Title: "reading ahead in " + short(file), X: "step", Y: "pages", Scale: chart.Linear,
		Curves: []chart.Curve{read, used},
	}, nil
}

// taken is 1 where the frame was fresh, which it is not any more.
func taken(fresh map[uint64]bool, frame uint64) int {
	if !fresh[frame] {
		return 0
	}
	delete(fresh, frame)
	return 1
}

// some are the curves that have a point.
func some(curves []chart.Curve) (out []chart.Curve) {
	for _, c := range curves {
		if len(c.Points) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// short is a path without its folders.
func short(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
