package vm

import (
	"vmsim/vm/phys"
)

// InstallGuards drops the pages of [start, end) of area a and makes every access there a signal. A guard is a marker in
// the page table and no area of its own: a thousand guard pages cost no area, and mprotect, which would split the area,
// is not needed.
// Linux: madvise_guard_install (mm/madvise.c).
func (s *Space) InstallGuards(a *Area, start, end Addr) {
	occupied := false
	s.table.Each(start.Page(), end.Page(), func(_ VPN, e PTE) { occupied = occupied || !e.Guard() })
	if occupied {
		s.zapInPart(a, start, end, zapOptions{})
	}
	for n := start.Page(); n < end.Page(); n++ {
		if !s.table.Lookup(n).Guard() {
			s.table.set(n, GuardMarker)
			stepGuardSet(s.Log, n.Addr())
		}
	}
	s.flush(start.Page(), end.Page())
}

// RemoveGuards makes guard pages of [start, end) ordinary, untouched ones. The pages that were dropped when the guards
// were installed do not come back: what follows is a fault on a missing page.
// Linux: madvise_guard_remove (mm/madvise.c).
func (s *Space) RemoveGuards(start, end Addr) {
	s.table.Each(start.Page(), end.Page(), func(n VPN, e PTE) {
		if e.Guard() {
			s.table.set(n, 0)
		}
	})
	s.flush(start.Page(), end.Page())
}

// Free allows reclaim to drop the private pages of [start, end) without writing them to swap: it marks them clean and
// old, and frees at once only what is in the swap area. A store makes a page dirty again, and reclaim keeps it then.
// The bytes stay in place until memory is short. A program that stores to the page before that has its page back, with
// the rest of the bytes as they were; a load before that may see the old bytes or zeros.
// Linux: madvise_free_pte_range (mm/madvise.c).
func (s *Space) Free(a *Area, start, end Addr) {
	s.LRU.Drain()
	s.Stats.notePeak()
	s.table.Each(start.Page(), end.Page(), func(n VPN, e PTE) {
		if e.Swapped() || e.Poisoned() {
			s.zapEntry(n, e, zapOptions{area: a})
			return
		}
		f := s.NormalFrame(e)
		if f == nil {
			return
		}
		if f.Flags&(phys.SwapCached|phys.Dirty) != 0 && f.Maps() != 1 || f.Has(phys.SwapCached) && !s.Swap.Forget(f) {
			return
		}
		f.Clear(phys.Dirty)
		s.LRU.LazyFree(f)
		stepLazyFreed(s.Log, n.Addr(), f.PFN(), "MADV_FREE gives its bytes up until it is stored to")
		s.table.set(n, e&^(PteAccessed|PteDirty))
	})
	s.flush(start.Page(), end.Page())
}

// Age makes the pages of [start, end) look unused: it clears their accessed bits and deactivates them.
// Linux: madvise_cold (mm/madvise.c).
func (s *Space) Age(start, end Addr) {
	s.eachOwn(start, end, func(n VPN, e PTE, f *phys.Frame) {
		s.LRU.Deactivate(f)
		s.table.set(n, e&^PteAccessed)
	})
	s.flush(start.Page(), end.Page())
}

// Isolate makes the frames of [start, end) that only this space maps look unused to reclaim. Their entries keep the
// accessed bit.
// Linux: madvise_cold_or_pageout_pte_range (mm/madvise.c).
func (s *Space) Isolate(start, end Addr) {
	s.eachOwn(start, end, func(_ VPN, _ PTE, f *phys.Frame) { s.LRU.Isolate(f) })
}

// eachOwn calls fn for the entries of [start, end) whose frames no other entry maps: advice about a page that others
// share is not this process's to give. It drains the batches first, as a frame that still waits in one is on no list
// that it could be moved from.
func (s *Space) eachOwn(start, end Addr, fn func(VPN, PTE, *phys.Frame)) {
	s.LRU.Drain()
	s.table.Each(start.Page(), end.Page(), func(n VPN, e PTE) {
		if f := s.NormalFrame(e); f != nil && f.Maps() == 1 {
			fn(n, e, f)
		}
	})
}
