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

// LockPages notes at the frames that area a shows in [start, end) that it is locked now, or not any more.
// Linux: mlock_vma_pages_range (mm/mlock.c).
func (s *Space) LockPages(a *Area, start, end Addr) {
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
