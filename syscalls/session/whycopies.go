package session

import (
	"fmt"
	"slices"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// pastCopies tells of the last private copy of page i of a file that is no more: what was stored to it went with it,
// and the file never got it. A step names the address of a copy and no file, so a machine at that step is asked.
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
	b := s.Branch()
	alone := s.last(func(e trace.Event) bool { return e.Kind == trace.ProcessForked }) == 0
	var own Moment
	var unsure []Moment // from the last one back
	for t := s.At(); t > 0 && own == 0; t-- {
		e := b.Event(t)
		switch {
		case !slices.Contains(entrySteps, e.Kind) || !touches(e, x):
		case !alone && ofAnyProcess[e.Kind]:
			unsure = append(unsure, t)
		case e.PID == pid:
			own = t
		}
	}
	if t := s.lastThatChanged(pid, x, unsure); t > 0 {
		return t
	}
	return own
}

// ofAnyProcess are the steps that may change another process's entry than that of the process at work.
var ofAnyProcess = map[trace.Kind]bool{trace.EntryCleared: true, trace.EntryProtected: true, trace.SwapOut: true}

// afterStep is how many steps after its own a change may be done: some steps are logged just before their work.
const afterStep = 2

// lastThatChanged is the first of some steps, from the last one back, after which the entry of x in process pid is
// another one than before it; 0 for none. The program runs once more, to the last of them.
func (s *Session) lastThatChanged(pid int, x vm.Addr, steps []Moment) Moment {
	if len(steps) == 0 {
		return 0
	}
	m, err := newMachine(s.Branch())
	if err != nil {
		return 0
	}
	defer m.discard()
	var found, at Moment
	entries := map[Moment]vm.PTE{}
	for _, t := range slices.Backward(steps) {
		end := min(t+afterStep, s.At())
		for at = max(at, t-1); at <= end; at++ {
			if err := m.run(at, nil); err != nil {
				return 0
			}
			entries[at] = m.entry(pid, x)
		}
		for after := t; after <= end; after++ {
			if entries[after] != entries[t-1] {
				found = t
			}
		}
	}
	return found
}

// entry is the page-table entry of x in a process; none where there is no such process.
func (m *machine) entry(pid int, x vm.Addr) (e vm.PTE) {
	if p, ok := m.model.Kernel.Process(pid); ok {
		e = p.Space.Entry(x)
	}
	return e
}
