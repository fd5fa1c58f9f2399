package session

import (
	"slices"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// keptPage tells of the last time that a page of a file was to leave memory and stayed.
func (s *Session) keptPage(m *pagecache.Mapping, i vm.PageIndex) []Link {
	added := s.last(func(e trace.Event) bool {
		return e.Kind == trace.CacheAdded && e.Args[0] == uint64(i) && e.Args[2] == m.Number
	})
	t := s.last(func(e trace.Event) bool {
		return e.Kind == trace.PageKept && e.Args[0] == uint64(i) && e.Args[2] == m.Number
	})
	if t == 0 || t < added {
		return nil
	}
	return append([]Link{{0, "it was to leave memory since then, and stayed:"}}, s.causes(t)...)
}

// whyKept is what became of the page of x where MADV_FREE gave it up, or reclaim was to take it.
func (s *Session) whyKept(p *syscalls.Process, x vm.Addr) (chain []Link) {
	e := p.Space.Entry(x)
	f := p.Space.NormalFrame(e)
	if f == nil {
		return nil
	}
	freed := s.lastAt(p.PID, x, trace.LazyFreed)
	if lazy := f.Has(phys.Anon) && !f.Has(phys.SwapBacked); lazy && freed > 0 {
		text := "MADV_FREE has given its bytes up: reclaim may drop it, and a load may find zeros then"
		if e.Dirty() || f.Has(phys.Dirty) {
			text = "MADV_FREE gave its bytes up, but it has been stored to since: reclaim keeps it"
		}
		chain = append(chain, Link{freed, text})
	}
	if !f.Has(phys.Anon) || freed < s.lastAt(p.PID, x, trace.EntrySet) {
		freed = 0
	}
	if freed > 0 && f.Has(phys.SwapBacked) {
		chain = append(chain, Link{freed, "MADV_FREE gave its bytes up, but it was stored to after that: its bytes " +
			"count again"})
	}
	if t := s.lastAt(p.PID, x, trace.EntryKept); t > 0 && s.Branch().Event(t).Args[1] == uint64(f.PFN()) {
		chain = append(append(chain, Link{0, "it was to leave memory, and stayed:"}), s.causes(t)...)
	}
	return chain
}

// lazily tells of MADV_FREE where that was why the page of x could be given up at step t.
func (s *Session) lazily(pid int, x vm.Addr, t Moment) []Link {
	b := s.Branch()
	for y := t; y > 0 && b.StatementAt(y) == b.StatementAt(t); y-- {
		if e := b.Event(y); e.Kind != trace.LazyDropped || vm.Addr(e.Args[0]).Floor() != x {
			continue
		}
		freed := s.lastAt(pid, x, trace.LazyFreed)
		return []Link{{y, s.Tell(b.Event(y))}, {freed, "given up in  " + s.statementText(b.StatementAt(freed))}}
	}
	return nil
}

// lastAt is the last step of a kind about the page of x in a process; 0 for none.
func (s *Session) lastAt(pid int, x vm.Addr, kind trace.Kind) Moment {
	return s.last(func(e trace.Event) bool { return e.Kind == kind && e.PID == pid && vm.Addr(e.Args[0]).Floor() == x })
}

// whyZeros tells what took the page that a fault found to be zeros, where there had been one.
func (s *Session) whyZeros(first, end Moment) []Link {
	b := s.Branch()
	zeros := slices.ContainsFunc(b.Events(first-1, end), func(e trace.Event) bool { return e.Kind == trace.AnonFault })
	if !zeros {
		return nil
	}
	f := b.Event(first)
	x := vm.Addr(f.Args[0]).Floor()
	for t := first - 1; t > 0; t-- {
		if e := b.Event(t); e.PID == f.PID {
			if chain, took := s.tookPage(t, e, x); took {
				return chain
			}
		}
	}
	return s.wiped(f.PID, x)
}

// tookPage says how step t took the page of x away, if it did: a new area was made over it, it moved, or it was given
// up.
func (s *Session) tookPage(t Moment, e trace.Event, x vm.Addr) (chain []Link, took bool) {
	switch e.Kind {
	case trace.AreaNew:
		if e.Args[0] <= uint64(x) && uint64(x) < e.Args[1] {
			return s.wiped(e.PID, x), true
		}
	case trace.EntryMoved:
		if vm.Addr(e.Args[0]).Floor() == x {
			return append([]Link{{0, "Its page had been there, and moved away:"}}, s.causes(t)...), true
		}
	case trace.EntryCleared, trace.LazyDropped:
		if vm.Addr(e.Args[0]).Floor() == x {
			chain := append([]Link{{0, "Its page had been there, and was given up:"}}, s.causes(t)...)
			return append(chain, s.lazily(e.PID, x, t)...), true
		}
	}
	return nil, false
}

// lostCopy tells what took the private copy of a file's page that a process had, where a fault from step first to step
// end finds the file's page again.
func (s *Session) lostCopy(first, end Moment) []Link {
	b := s.Branch()
	ofFile := func(e trace.Event) bool { return e.Kind == trace.FileFault }
	if !slices.ContainsFunc(b.Events(first-1, end), ofFile) {
		return nil
	}
	f := b.Event(first)
	x := vm.Addr(f.Args[0]).Floor()
	copied := s.lastBefore(first, func(e trace.Event) bool {
		return e.Kind == trace.CowBroken && e.PID == f.PID && vm.Addr(e.Args[0]).Floor() == x
	})
	if copied == 0 {
		return nil
	}
	dropped := b.droppedAfter(copied, first, f.PID, x)
	if dropped == 0 {
		return nil
	}
	return append([]Link{{0, "The process had a private copy of the page, with what it had stored; it was dropped:"}},
		s.causes(dropped)...)
}

// droppedAfter is the step that took the copy of the page of x from the process, or 0. A new area at x begins without
// the copy, so that no step before it counts.
func (b *Branch) droppedAfter(copied, before Moment, pid int, x vm.Addr) (dropped Moment) {
	for t := copied + 1; t < before; t++ {
		switch e := b.Event(t); e.Kind {
		case trace.EntryCleared:
			if vm.Addr(e.Args[0]).Floor() == x && e.Args[1] == b.Event(copied).Args[2] {
				dropped = t
			}
		case trace.AreaNew:
			if e.PID == pid && e.Args[0] <= uint64(x) && uint64(x) < e.Args[1] {
				return 0
			}
		}
	}
	return dropped
}

// wiped tells that a process was born with an area whose pages its parent kept to itself.
func (s *Session) wiped(pid int, x vm.Addr) []Link {
	p, ok := s.Kernel().Process(pid)
	if !ok {
		return nil
	}
	if a := p.Space.Find(x); a == nil || !a.Flags.Has(vm.WipeOnFork) {
		return nil
	}
	for t := s.At(); t > 0; t-- {
		if e := s.Branch().Event(t); e.Kind == trace.ProcessForked && e.Args[0] == uint64(pid) {
			return append([]Link{{0, "Fork gave the child this area without its pages: MADV_WIPEONFORK."}},
				s.causes(t)...)
		}
	}
	return nil
}
