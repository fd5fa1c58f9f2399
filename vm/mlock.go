package vm

import (
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// lockable reports whether mlock means anything for the area's pages: the kernel's own areas are never locked.
func (a *Area) lockable() bool { return a.Flags&(Locked|Special) == Locked }

// lockFrame notes that a locked area shows frame f. Folios of several pages are left out: they are locked only where an
// area shows all of them.
// Linux: mlock_vma_folio (mm/internal.h).
func (s *Space) lockFrame(f *phys.Frame) {
	if f.Order() > 0 {
		return
	}
	s.LRU.Mlock(f)
	s.Log.Step(trace.FrameLocked, uint64(f.PFN()), 0, 0)
}

func (s *Space) unlockFrame(f *phys.Frame) {
	if f.Order() > 0 {
		return
	}
	s.LRU.Munlock(f)
	s.Log.Step(trace.FrameUnlocked, uint64(f.PFN()), 0, 0)
}

// lockPages notes at the frames that area a shows in [start, end) that it is locked now, or not any more.
// Linux: mlock_vma_pages_range (mm/mlock.c).
func (s *Space) lockPages(a *Area, start, end Addr) {
	s.LRU.Drain()
	s.table.Each(start.Page(), end.Page(), func(_ VPN, e PTE) {
		switch f := s.NormalFrame(e); {
		case f == nil:
		case a.Flags.Has(Locked):
			s.lockFrame(f)
		default:
			s.unlockFrame(f)
		}
	})
	s.LRU.Drain()
}

// Lock gives the areas of [start, end) the lock flags f: Locked, with LockOnFault or without, or 0. Pages that are
// there are locked; the others are for the caller to fault in. The error is ENOMEM for a range with a hole.
// Linux: apply_vma_lock_flags (mm/mlock.c).
func (s *Space) Lock(start, end Addr, f Flags) error {
	return s.Walk(start, end, StopAtHole, func(a *Area, start, end Addr) error {
		_, err := s.lockArea(a, start, end, f)
		return err
	})
}

// LockAll gives all areas the lock flags f, as far as they can be split or merged.
// Linux: apply_mlockall_flags (mm/mlock.c).
func (s *Space) LockAll(f Flags) {
	for a := s.first; a != nil; a = a.next {
		if b, err := s.lockArea(a, a.Start, a.End, f); err == nil {
			a = b
		}
	}
}

// lockArea gives [start, end) of one area the lock flags f, and returns the area that then covers the range.
// Linux: mlock_fixup (mm/mlock.c).
func (s *Space) lockArea(a *Area, start, end Addr, f Flags) (*Area, error) {
	old := a.Flags
	want := old&^LockedMask | f
	if want == old || old.Any(Special|HugeTLB|Droppable) {
		return a, nil
	}
	b, err := s.modify(a, start, end, want, a.Label)
	if err != nil {
		return nil, err
	}
	pages := uint64(end-start) >> PageShift
	switch {
	case !want.Has(Locked):
		s.Stats.Locked -= pages
	case !old.Has(Locked):
		s.Stats.Locked += pages
	}
	s.SetFlags(b, want)
	if (want^old)&Locked != 0 {
		s.lockPages(b, start, end)
	}
	return b, nil
}

// LockedWithin is how many pages of [start, end) lie in locked areas.
// Linux: count_mm_mlocked_page_nr (mm/mlock.c).
func (s *Space) LockedWithin(start, end Addr) (pages uint64) {
	for a := s.FindIn(start, end); a != nil && a.Start < end; a = a.next {
		if a.Flags.Has(Locked) {
			pages += uint64(min(end, a.End)-max(start, a.Start)) >> PageShift
		}
	}
	return pages
}
