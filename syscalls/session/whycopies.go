package session

import (
	"fmt"
	"slices"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// pastCopies tells of the last private copy of page i of a file that is no more: what was stored to it went with it,
// and the file never got it. A step names the address of a copy and no file, so a machine that stands there is asked.
func (s *Session) pastCopies(path string, m *pagecache.Mapping, i vm.PageIndex) []Link {
	const most = 3 // each look runs the program again
	b := s.Branch()
	looks := 0
	for t := s.At(); t > 0 && looks < most; t-- {
		e := b.Event(t)
		if e.Kind != trace.CowBroken {
			continue
		}
		gone := s.clearedAfter(t, vm.Addr(e.Args[0]).Floor(), e.Args[2])
		if gone == 0 {
			continue
		}
		looks++
		if !s.showed(e, t, m.Number, i) {
			continue
		}
		chain := []Link{{0, fmt.Sprintf("process %d had a private copy of page %d: the area was MAP_PRIVATE, so what "+
			"it stored there never reached %s", e.PID, i, path)}}
		chain = append(chain, s.causes(t)...)
		return append(append(chain, Link{0, "the copy was dropped, with what was stored to it:"}), s.causes(gone)...)
	}
	return nil
}

// clearedAfter is the first step after t that cleared the entry of x while it held that frame; 0 for none.
func (s *Session) clearedAfter(t Moment, x vm.Addr, frame uint64) Moment {
	for t++; t <= s.At(); t++ {
		e := s.Branch().Event(t)
		if e.Kind == trace.EntryCleared && vm.Addr(e.Args[0]).Floor() == x && e.Args[1] == frame {
			return t
		}
	}
	return 0
}

// showed reports whether the address of step e, which is step t, showed page i of that inode at the time.
func (s *Session) showed(e trace.Event, t Moment, inode uint64, i vm.PageIndex) bool {
	then, err := s.standing(t)
	if err != nil {
		return false
	}
	defer then.Close()
	p, ok := then.Kernel().Process(e.PID)
	if !ok {
		return false
	}
	x := vm.Addr(e.Args[0]).Floor()
	a := p.Space.Find(x)
	if a == nil || pagecache.FileOf(a) == nil {
		return false
	}
	return pagecache.FileOf(a).Mapping.Number == inode && a.IndexOf(x) == i
}

// lastChange is the last step that changed the entry of x in process pid; 0 for none. Truncation, writeback and reclaim
// change entries of every process, and a step names the process that was at work: there the entry is compared before
// the step and after it.
func (s *Session) lastChange(pid int, x vm.Addr) Moment {
	const most = 4
	b := s.Branch()
	alone := s.last(func(e trace.Event) bool { return e.Kind == trace.ProcessForked }) == 0
	for t, looks := s.At(), 0; t > 0; t-- {
		e := b.Event(t)
		if !slices.Contains(entrySteps, e.Kind) || !touches(e, x) {
			continue
		}
		if alone || !ofAnyProcess[e.Kind] || looks == most {
			if e.PID == pid {
				return t
			}
			continue
		}
		looks++
		if s.changesEntry(pid, x, t) {
			return t
		}
	}
	return 0
}

// ofAnyProcess are the steps that may change another process's entry than that of the process at work.
var ofAnyProcess = map[trace.Kind]bool{trace.EntryCleared: true, trace.EntryProtected: true, trace.SwapOut: true}

// changesEntry reports whether the entry of x in process pid is another one after step t than before it. Some steps are
// told just before their work is done: the one after next has it.
func (s *Session) changesEntry(pid int, x vm.Addr, t Moment) bool {
	before := s.entryAt(pid, x, t-1)
	for after := t; after <= min(t+2, s.At()); after++ {
		if s.entryAt(pid, x, after) != before {
			return true
		}
	}
	return false
}

// entryAt is the page-table entry of x in a process at another moment; none where there is no such process.
func (s *Session) entryAt(pid int, x vm.Addr, t Moment) (e vm.PTE) {
	then, err := s.standing(t)
	if err != nil {
		return e
	}
	defer then.Close()
	if p, ok := then.Kernel().Process(pid); ok {
		e = p.Space.Entry(x)
	}
	return e
}
