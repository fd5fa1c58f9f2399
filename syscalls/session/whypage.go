package session

import (
	"fmt"
	"time"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// WhyPage is why page i of a file is as it is: dirty, cached, or not in memory; and which private copies of it there
// are.
func (s *Session) WhyPage(name string, i vm.PageIndex) ([]Link, error) {
	path, m, err := s.File(name)
	if err != nil {
		return nil, err
	}
	f := m.LookUp(i)
	of := func(kinds ...trace.Kind) func(trace.Event) bool {
		return func(e trace.Event) bool {
			for _, k := range kinds {
				if e.Kind == k && e.Args[0] == uint64(i) && e.Args[2] == m.Number {
					return true
				}
			}
			return false
		}
	}
	var chain []Link
	page := fmt.Sprintf("page %d of %s", i, path)
	switch {
	case f == nil:
		chain = s.whyAbsent(path, m, i)
	case m.InMemory():
		chain = append([]Link{{0, fmt.Sprintf("%s is in frame %#x, %s: memory is where it lives, so info dirty never "+
			"lists it",
			page, f.PFN(), inMemory(m))}}, s.storedBy(m, i)...)
		if s.Kernel().Disk == nil {
			chain = append(chain, Link{0, DiskHint})
		}
	case f.Has(phys.Dirty):
		chain = s.because(dirtyPage(page, i, f), "it was so when the program began", of(trace.PageDirtied))
		if n, ok := s.lastStore(m, i); ok && s.Branch().stmts[n].Begin >= s.dirtied(m, i) {
			chain = append(chain, s.storedBy(m, i)...)
		}
		chain = append(chain, s.lostBy(m, i)...)
		chain = append(chain, Link{0, "The disk gets it at msync, fsync or sync; without them " + s.flusherWrites(m)})
	default:
		chain = s.whyClean(page, m, i, f)
	}
	if f != nil {
		chain = append(append(chain, s.beyondEnd(m, i)...), s.keptPage(m, i)...)
	}
	copies := s.privateCopies(path, m, i)
	if copies == nil {
		copies = s.pastCopies(path, m, i)
	}
	return append(copies, chain...), nil
}

// dirtyPage is the state of page i of a file that is dirty. A folio is dirty as a whole: of a large one, the store may
// have been to another page.
func dirtyPage(page string, i vm.PageIndex, f *phys.Frame) string {
	n := vm.PageIndex(1) << f.Order()
	if n == 1 {
		return fmt.Sprintf("%s is dirty: frame %#x was written to, and has not been written back since", page, f.PFN())
	}
	first := i &^ (n - 1)
	return fmt.Sprintf("%s is dirty, in frame %#x: some page of its folio, pages %d to %d, was written to, and a "+
		"folio is dirty as a whole; it has not been written back since", page, f.PFN(), first, first+n-1)
}

// flusherWrites says when the flusher writes a dirty file.
func (s *Session) flusherWrites(m *pagecache.Mapping) string {
	w := s.Kernel().Cache.Writer
	at, ok := w.Due(m)
	if !ok {
		return "it stays dirty until more is dirty than the flusher waits for: its timer is off."
	}
	return fmt.Sprintf("the flusher, which looks every %v, writes it back once its file has been dirty for "+
		"%v: %v from now.",
		w.Interval, w.Expire,
		(at - s.Kernel().Clock.Now()).Duration().Round(time.Millisecond))
}

// inMemory is where a file is that no disk has.
func inMemory(m *pagecache.Mapping) string {
	if nameless(m) {
		return "in shared memory, which no path leads to"
	}
	return "on tmpfs"
}

// whyClean is why a page is in memory and clean: what wrote it back or brought it in, and what the disk holds of it.
func (s *Session) whyClean(page string, m *pagecache.Mapping, i vm.PageIndex, f *phys.Frame) []Link {
	last := func(kind trace.Kind) Moment {
		return s.last(func(e trace.Event) bool {
			return e.Kind == kind && e.Args[0] == uint64(i) && e.Args[2] == m.Number
		})
	}
	if chain := s.whyUnread(page, m, i, f); chain != nil {
		return chain
	}
	d := s.lookOnDisk(m, i, f)
	state := Link{0, fmt.Sprintf("%s is in memory, in frame %#x; %s", page, f.PFN(), d.clean())}
	written, added := last(trace.WritebackStarted), last(trace.CacheAdded)
	switch {
	case d.differs:
		return append([]Link{state}, s.lostBy(m, i)...)
	case written > added:
		return append([]Link{state, {0, "it has been written back:"}}, s.causes(written)...)
	case added > 0 && s.lostAt(m, i) > 0 && s.lostAt(m, i)+1 >= written: // the failure itself ends a writeback
		chain := append([]Link{state}, s.causes(added)...)
		return append(append(chain, Link{0, "what had been stored to it before was lost:"}), s.lostBy(m, i)...)
	case added > 0:
		return append([]Link{state}, s.causes(added)...)
	}
	return []Link{state, {0, "  it was so when the program began"}}
}

// because is a state with the chain of causes of the last step that fits; without one, with what else is to be said.
func (s *Session) because(state, otherwise string, fits func(trace.Event) bool) []Link {
	chain := []Link{{0, state}}
	if t := s.last(fits); t > 0 {
		return append(chain, s.causes(t)...)
	}
	return append(chain, Link{0, "  " + otherwise})
}

// privateCopies tells of every process that has a copy of the page of its own: what it stores there the file never
// gets.
func (s *Session) privateCopies(path string, m *pagecache.Mapping, i vm.PageIndex) (chain []Link) {
	m.Areas().Each(i, i, func(a *vm.Area, x vm.Addr, _ uint64) bool {
		f := a.Space().NormalFrame(a.Space().Entry(x))
		if f == nil || !f.Has(phys.Anon) {
			return true
		}
		pid := s.PIDOf(a.Space())
		chain = append(chain, Link{0, fmt.Sprintf(
			"process %d has a private copy of page %d at %v, in frame %#x: the area is MAP_PRIVATE, so its stores "+
				"never reach %s", pid, i, x, f.PFN(), path)})
		t := s.last(func(e trace.Event) bool {
			return e.Kind == trace.CowBroken && e.PID == pid && vm.Addr(e.Args[0]).Floor() == x
		})
		if t > 0 {
			chain = append(chain, s.causes(t)...)
		}
		return true
	})
	return chain
}

// PIDOf is the number of the process that has the space.
func (s *Session) PIDOf(space *vm.Space) int {
	for pid := 1; ; pid++ {
		p, ok := s.Kernel().Process(pid)
		if ok && p.Space == space {
			return pid
		}
		if pid > 1<<16 {
			return 0
		}
	}
}

// DirtiedAt is the step at which page i of a file became dirty, 0 where that was before the program began, and the
// statement that did it.
func (s *Session) DirtiedAt(m *pagecache.Mapping, i vm.PageIndex) (t Moment, statement string) {
	if t = s.dirtied(m, i); t == 0 {
		return 0, "before the program"
	}
	return t, s.statementText(s.Branch().StatementAt(t))
}

// dirtied is the last step at which page i of a file became dirty; 0 for none.
func (s *Session) dirtied(m *pagecache.Mapping, i vm.PageIndex) Moment {
	return s.last(func(e trace.Event) bool {
		return e.Kind == trace.PageDirtied && e.Args[0] == uint64(i) && e.Args[2] == m.Number
	})
}
