package vm

import (
	"vmsim/vm/phys"
)

// lockable reports whether mlock may lock the area's pages: special areas are never locked.
func (a *Area) lockable() bool { return a.Flags&(Locked|Special) == Locked }

// LockFolio notes that one fault has mapped all pages of the large folio of frame f in area a. A locked area mlocks a
// large folio only then.
// Linux: folio_add_file_rmap_ptes (mm/rmap.c).
func (s *Space) LockFolio(a *Area, f *phys.Frame) {
	if a.lockable() && f.Order() > 0 {
		s.lockFrame(f)
	}
}

// lockFrame notes that a locked area shows frame f, and all of its folio. The frame counts the locked areas that map
// it; it is evictable again when none is left.
// Linux: mlock_vma_folio (mm/internal.h).
func (s *Space) lockFrame(f *phys.Frame) {
	s.LRU.Mlock(f)
	stepFrameLocked(s.Log, f.PFN())
}

// unlockFrame notes that a locked area no longer maps frame f, and so no longer all of its folio.
// Linux: munlock_vma_folio (mm/internal.h).
func (s *Space) unlockFrame(f *phys.Frame) {
	s.LRU.Munlock(f)
	stepFrameUnlocked(s.Log, f.PFN())
}

// lockPages mlocks or munlocks the frames that area a maps in [start, end). It mlocks a large folio only if the range
// maps all of it. Batched changes of the lists are applied before and after, as Linux does, so that the counters of
// mlock in /proc/vmstat move in this call.
// Linux: mlock_vma_pages_range, allow_mlock_munlock (mm/mlock.c).
func (s *Space) lockPages(a *Area, start, end Addr) {
	s.LRU.Drain()
	var run folioRun
	s.table.Each(start.Page(), end.Page(), func(n VPN, e PTE) {
		f := s.NormalFrame(e)
		if f == nil {
			return
		}
		run.add(n, f, e)
		switch {
		case a.Flags.Has(Locked) && run.length == 1<<f.Order():
			s.lockFrame(f)
		case !a.Flags.Has(Locked) && run.length == 1:
			s.unlockFrame(f)
		}
	})
	s.LRU.Drain()
}

// Lock gives the areas of [start, end) the lock flags f: Locked, with LockOnFault or without, or 0. Pages that are
// there are locked; the others are for the caller to fault in. The error is ENOMEM for a range with a hole. Locking
// changes areas and pages that are present; making the others present is populate's task, after the locks are dropped.
// Linux: apply_vma_lock_flags (mm/mlock.c).
func (s *Space) Lock(start, end Addr, f Flags) error {
	return s.Walk(start, end, StopAtHole, func(a *Area, start, end Addr) error {
		_, err := s.lockArea(a, start, end, f)
		return err
	})
}

// LockAll gives all areas the lock flags f, and ignores errors of single areas.
// Linux: apply_mlockall_flags (mm/mlock.c).
func (s *Space) LockAll(f Flags) {
	for a := s.first; a != nil; a = a.next {
		if b, err := s.lockArea(a, a.Start, a.End, f); err == nil {
			a = b
		}
	}
}

// lockArea gives [start, end) of one area the lock flags f, and returns the area that then covers the range. Special
// areas keep their flags and count as done: what they show is never reclaimed.
// Linux: mlock_fixup (mm/mlock.c).
func (s *Space) lockArea(a *Area, start, end Addr, f Flags) (*Area, error) {
	old := a.Flags
	want := old&^LockedMask | f
	if want == old || old.Any(Special|HugeTLB|Droppable) {
		return a, nil
	}
	b, err := s.modify(a, start, end, attributes{want, a.Label(), a.Handler})
	if err != nil {
		return nil, err
	}
	s.Stats.countLocked(old, want, uint64(end-start)>>PageShift)
	s.SetFlags(b, want)
	if (want^old)&Locked != 0 {
		s.lockPages(b, start, end)
	}
	return b, nil
}

// countLocked counts pages whose area changes from old to want, one of which is locked.
func (st *Stats) countLocked(old, want Flags, pages uint64) {
	switch {
	case !want.Has(Locked):
		st.Locked -= pages
	case !old.Has(Locked):
		st.Locked += pages
	}
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
