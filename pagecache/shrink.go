package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

// fate is what happens to a folio that reclaim has examined.
// Linux: enum folio_references and the labels of shrink_folio_list (mm/vmscan.c).
type fate uint8

const (
	freed    fate = iota
	kept          // it returns to the head of the inactive list
	promoted      // it becomes active
)

// isolate removes folios of at least n pages from the tail of a list. An isolated folio is on no list, so what happens
// to it meanwhile is not undone by others; putBack returns it.
// Linux: isolate_lru_folios (mm/vmscan.c).
func (s *scan) isolate(list lru.List, n uint64) (taken []*phys.Frame, pages uint64) {
	s.cache.LRU.Drain()
	for pages < n {
		f := s.cache.LRU.TakeOldest(s.group, list)
		if f == nil {
			break
		}
		taken = append(taken, f)
		pages += uint64(1) << f.Order()
	}
	return taken, pages
}

// shrinkInactive scans the oldest inactive pages of a type and frees what it can; it returns how many pages it freed.
// Linux takes the folios off the list 32 at a time, since their handling needs no lock of the list. What could not be
// freed goes back to the head of its list, so reclaim examines all others before it sees that folio again.
// Linux: shrink_inactive_list, shrink_folio_list, move_folios_to_lru (mm/vmscan.c).
func (s *scan) shrinkInactive(t int, n uint64) (got uint64) {
	taken, pages := s.isolate(inactiveList(t), n)
	s.countScanned(t, pages)
	dirty, written := uint64(0), s.Events.Written
	var left []*phys.Frame
	for _, f := range taken {
		size := uint64(1) << f.Order()
		s.scanned += size
		if f.Has(phys.Dirty) && !f.Has(phys.Anon) {
			dirty += size
		}
		switch s.look(f) {
		case freed:
			got += size
			continue
		case promoted:
			s.promote(f)
		}
		left = append(left, f)
	}
	for _, f := range left {
		s.putBack(f)
	}
	s.countStolen(t, got)
	s.noteCost(t, s.Events.Written-written, pages-got)
	if dirty > 0 && dirty == pages {
		s.cache.Writer.writeAll() // Linux wakes the flusher, and a control group waits for it
	}
	return got
}

// countScanned counts pages that were looked at, as pgscan_* in /proc/vmstat does: by type, and by who scans.
func (s *scan) countScanned(t int, pages uint64) {
	e := &s.Events
	e.Scanned[t] += pages
	if s.kswapd {
		e.ScannedKswapd += pages
	} else {
		e.ScannedDirect += pages
	}
}

// countStolen counts pages that were reclaimed, as pgsteal_* does.
func (s *scan) countStolen(t int, pages uint64) {
	e := &s.Events
	e.Stolen[t] += pages
	if s.kswapd {
		e.StolenKswapd += pages
	} else {
		e.StolenDirect += pages
	}
}

// promote activates a folio that cannot or should not be freed. If the swap area is getting full, a folio in the swap
// cache releases its swap entry. On the inactive list such a folio would be examined in vain at each round.
func (s *scan) promote(f *phys.Frame) {
	if f.Has(phys.SwapCached) && (s.swap.full() || f.Has(phys.Mlocked)) {
		s.swap.Forget(f)
	}
	if !f.Has(phys.Mlocked) {
		s.eachFrame(f, func(x *phys.Frame) {
			x.Set(phys.Active)
			s.cache.LRU.Events.Activated++
		})
	}
}

// putBack puts an isolated folio back on the list that its flags name.
func (s *scan) putBack(f *phys.Frame) {
	switch {
	case f.Refs() == 0:
	case f.Has(phys.Mlocked) && !f.Has(phys.Unevictable):
		s.eachFrame(f, s.cache.LRU.Cull)
	default:
		s.cache.LRU.Restore(f)
	}
}

// eachFrame calls fn for every frame of a folio.
func (s *scan) eachFrame(f *phys.Frame, fn func(*phys.Frame)) {
	if m, ok := f.Owner.(*Mapping); ok && f.Order() > 0 {
		m.EachOfFolio(f, fn)
		return
	}
	fn(f)
}

// noteCost adds up the cost of reclaiming a type: pages that were written, and pages that were scanned in vain. Old
// costs decay. Cost is what reclaim has lost: pages that it wrote, or scanned for nothing. The kind of pages that costs
// more is scanned less.
// Linux: lru_note_cost_unlock_irq (mm/swap.c).
func (s *scan) noteCost(t int, io, rotated uint64) { s.Reclaim.noteCost(s.group, t, io, rotated) }

// noteCost adds what reclaim of a type of pages has cost: I/O and pages that were put back. The next scan takes less of
// the dearer type. Old costs fade by halving.
// Linux: lru_note_cost (mm/swap.c).
func (r *Reclaim) noteCost(g lru.Group, t int, io, rotated uint64) {
	cost := io*reclaimBatch + rotated
	if cost == 0 {
		return
	}
	sum := uint64(0)
	for _, list := range []lru.List{lru.InactiveAnon, lru.ActiveAnon, lru.InactiveFile, lru.ActiveFile} {
		sum += r.known(g, list)
	}
	c := &r.groups[g].cost
	if c[t] += cost; c[anonPages]+c[filePages] > sum/4 {
		c[anonPages] /= 2
		c[filePages] /= 2
	}
}

// shrinkActive makes the oldest active pages of a type inactive. Recently used pages of code stay active. An active
// page is not examined for use here, except code: it has to be used again while it is inactive to come back. So the
// length of the inactive list is the time that a page gets to show that it is in use.
// Linux: shrink_active_list (mm/vmscan.c).
func (s *scan) shrinkActive(t int, n uint64) {
	taken, pages := s.isolate(activeList(t), n)
	s.Events.Refilled += pages
	var stay, leave []*phys.Frame
	rotated := uint64(0)
	for _, f := range taken {
		if f.Has(phys.Mlocked) {
			s.putBack(f)
			continue
		}
		if s.uses(f).code && t == filePages && !f.Has(phys.SwapBacked) {
			rotated += uint64(1) << f.Order()
			stay = append(stay, f)
			continue
		}
		s.eachFrame(f, func(x *phys.Frame) {
			x.Clear(phys.Active)
			x.Set(phys.Workingset)
		})
		s.cache.LRU.Events.Deactivated += uint64(1) << f.Order()
		leave = append(leave, f)
	}
	for _, f := range stay {
		s.cache.LRU.Restore(f)
	}
	for _, f := range leave {
		s.cache.LRU.Restore(f)
	}
	s.noteCost(t, 0, rotated)
}

// uses is how a folio was used through page tables since reclaim last examined it.
type uses struct {
	areas  int  // with an entry whose accessed bit was set
	code   bool // one of them is executable
	locked bool // an mlocked area maps all of it
}

// uses reads and clears the accessed bits of the folio's entries. An area counts once, however many pages of a large
// folio it has used. Each entry has an accessed bit of its own. Reading it clears it, so the next round sees only what
// was used since.
// Linux: folio_referenced (mm/rmap.c).
func (s *scan) uses(f *phys.Frame) (u uses) {
	s.eachArea(f, func(a *vm.Area, at []vm.Addr) bool {
		if a.Flags.Has(vm.Locked) {
			if u.locked = len(at) == 1<<f.Order(); u.locked {
				s.cache.LRU.Mlock(f) // where that was missed, as with a page from the swap area
			}
			return !u.locked
		}
		if !a.CountsUse() {
			return true
		}
		used := false
		for _, x := range at {
			used = a.Space().ForgetUse(x) || used
		}
		if s.forgetYoung(f) || used {
			u.areas++
			u.code = u.code || a.Flags.Has(vm.Exec)
		}
		return true
	})
	return u
}

// forgetYoung clears the remaining accessed bits.
// Linux: folio_test_clear_young (include/linux/page_idle.h).
func (s *scan) forgetYoung(f *phys.Frame) (young bool) {
	s.eachFrame(f, func(x *phys.Frame) {
		young = young || x.Has(phys.Young)
		x.Clear(phys.Young)
	})
	return young
}

// eachEntry calls fn for every page-table entry that maps a page of the folio.
func (s *scan) eachEntry(f *phys.Frame, fn func(a *vm.Area, x vm.Addr)) {
	s.eachArea(f, func(a *vm.Area, at []vm.Addr) bool {
		for _, x := range at {
			fn(a, x)
		}
		return true
	})
}

// eachArea walks the reverse map: it calls fn for every area with entries that map pages of the folio, with the
// addresses of these, until fn returns false. Only entries that show the folio count: an area that could show a page
// may have a private copy, or nothing.
// Linux: rmap_walk (mm/rmap.c).
func (s *scan) eachArea(f *phys.Frame, fn func(a *vm.Area, at []vm.Addr) bool) {
	var areas *vm.AreaSet
	switch o := f.Owner.(type) {
	case *Mapping:
		areas = &o.areas
	case *vm.AnonVMA:
		areas = o.Areas()
	default:
		return
	}
	first := vm.PageIndex(f.Index)
	areas.Each(first, first+1<<f.Order()-1, func(a *vm.Area, from vm.Addr, pages uint64) bool {
		at := s.at[:0]
		for i := range pages {
			x := from + vm.Addr(i<<vm.PageShift)
			space := a.Space()
			if g := space.NormalFrame(space.Entry(x)); g != nil && g.Owner == f.Owner &&
				(g == f || f.Order() > 0 && g.Order() == f.Order()) {
				at = append(at, x)
			}
		}
		s.at = at
		return len(at) == 0 || fn(a, at)
	})
}

// look decides the fate of an inactive folio, and frees it if it is to be freed. The order of the tests is that of
// shrink_folio_list: locked pages are passed over before anything is learned about them.
// Linux: shrink_folio_list (mm/vmscan.c).
func (s *scan) look(f *phys.Frame) fate {
	if f.Has(phys.Mlocked) || f.Has(phys.Unevictable) {
		return promoted
	}
	m, ofFile := f.Owner.(*Mapping)
	if f.Has(phys.Locked) || ofFile && m.folioOf(vm.PageIndex(f.Index), f).inFlight() {
		return kept
	}
	what, cleanOnly := s.judge(f)
	switch {
	case what != freed:
		return what
	case ofFile && m.pages.Get(vm.PageIndex(f.Index)) != f:
		return kept // the file has lost it, and a pipe still holds it
	case f.Has(phys.Anon) && f.Has(phys.SwapBacked), !ofFile && f.Has(phys.SwapCached):
		return s.lookAnon(f)
	case f.Has(phys.Anon):
		return s.lookLazy(f)
	case !ofFile:
		return promoted
	case m.InMemory():
		return s.lookShared(m, f)
	}
	return s.lookFile(m.folioOf(vm.PageIndex(f.Index), f), cleanOnly)
}

// judge decides by how a folio was used. It frees a folio that no entry has used since the last round. One that was
// used through an entry gets another round; it becomes active if it was used in the last round as well, if several
// areas have used it, or if it is code. A page of a file that was used once is not worth keeping: streaming reads use
// each page once. The flag Referenced remembers the first use, and the second promotes.
// Linux: folio_check_references (mm/vmscan.c).
func (s *scan) judge(f *phys.Frame) (what fate, cleanOnly bool) {
	u := s.uses(f)
	if u.locked {
		return promoted, false
	}
	before := f.Has(phys.Referenced)
	s.eachFrame(f, func(x *phys.Frame) { x.Clear(phys.Referenced) })
	files := !f.Has(phys.SwapBacked)
	if u.areas == 0 {
		return freed, before && files
	}
	s.eachFrame(f, func(x *phys.Frame) { x.Set(phys.Referenced) })
	if before || u.areas > 1 || u.code && files {
		return promoted, false
	}
	return kept, false
}

// lookAnon writes a private page to the swap area and frees it. The entries refer to the swap area before the write
// begins, and keep the content reachable: a fault meanwhile finds the page in the swap cache.
func (s *scan) lookAnon(f *phys.Frame) fate {
	e, ok := s.swap.at[f.PFN()], true
	if !f.Has(phys.SwapCached) {
		if e, ok = s.swap.place(f); !ok {
			return promoted
		}
		f.Set(phys.Dirty)
	}
	s.eachEntry(f, func(a *vm.Area, x vm.Addr) {
		if a.Space().Entry(x).Dirty() {
			f.Set(phys.Dirty)
		}
		a.Space().SwapOut(x, f, e)
	})
	if f.Maps() > 0 {
		return promoted
	}
	if f.Has(phys.Dirty) {
		if f.Refs() > 1 || s.swap.writeOut(e, f) != nil {
			return kept
		}
		f.Clear(phys.Dirty)
		s.Events.Written++
	}
	if f.Refs() > 1 {
		return kept
	}
	why, frame := s.reason(f), f.PFN()
	s.swap.leave(f, s.shadow(f))
	stepPageSwapped(s.cache.Log, frame, e, why)
	return freed
}

// lookShared unmaps a page of a file in memory, writes it to the swap area and frees it. A clean page has never been
// written to and is all zeros: it is freed at once.
// Linux: shmem_writeout (mm/shmem.c).
func (s *scan) lookShared(m *Mapping, f *phys.Frame) fate {
	i := vm.PageIndex(f.Index)
	if f.Maps() > 0 && !s.unmap(m.folioOf(i, f)) {
		return promoted
	}
	if f.Refs() > 1 {
		return kept
	}
	why, frame := s.reason(f), f.PFN()
	if !f.Has(phys.Dirty) {
		stepPageEvicted(s.cache.Log, i, frame, m.Number, why)
		m.remove(i, f)
		return freed
	}
	e, ok := m.toSwap(i, f)
	if !ok {
		return promoted
	}
	s.Events.Written++
	if f.Has(phys.Dirty) {
		return kept
	}
	s.swap.leave(f, s.shadow(f))
	stepPageSwapped(s.cache.Log, frame, e, why)
	return freed
}

// lookLazy frees a page after MADV_FREE, unless it was stored to since. Such a page has no swap entry and needs none:
// its content may be lost by agreement.
func (s *scan) lookLazy(f *phys.Frame) fate {
	dirty, droppable := f.Has(phys.Dirty), true
	s.eachEntry(f, func(a *vm.Area, x vm.Addr) {
		dirty = dirty || a.Space().Entry(x).Dirty()
		droppable = droppable && a.Flags.Has(vm.Droppable)
	})
	if f.Refs() > f.Maps() {
		return kept
	}
	if dirty && !droppable {
		f.Set(phys.SwapBacked | phys.Dirty)
		return promoted
	}
	f.Hold()
	s.eachEntry(f, func(a *vm.Area, x vm.Addr) {
		stepLazyDropped(s.cache.Log, x, f.PFN(), "MADV_FREE gave it up, and nothing was stored to it since")
		a.Space().Evict(a, x)
	})
	s.cache.LRU.Events.LazyDropped++
	s.cache.Memory.Put(f)
	return freed
}

// lookFile unmaps a folio of a file on a disk and, if it is clean, drops it from the cache. A dirty folio is left to
// the flusher, and is freed after it has been written. Reclaim leaves writing to the flusher, which writes in the order
// of the file. Only kswapd writes such a page itself, and only after it has met it before.
func (s *scan) lookFile(f folio, cleanOnly bool) fate {
	why := s.reason(f.head)
	if f.has(writeback) { // it goes when the disk has it
		f.set(readaheadMark)
		return promoted
	}
	if f.mapped() && !s.unmap(f) {
		return promoted
	}
	if f.has(dirty) {
		again := f.has(readaheadMark)
		if !s.kswapd || !again {
			f.set(readaheadMark)
			s.Events.Deferred += uint64(f.pages())
			return promoted
		}
		if cleanOnly {
			return kept
		}
		_ = f.m.WriteBack(f.first, f.next()-1)
		s.Events.Written += uint64(f.pages())
		if f.has(dirty) {
			return kept
		}
	}
	if f.busy() || !f.m.ops.release(f) {
		return kept
	}
	shadow := s.shadow(f.head)
	m, first, last := f.m, f.first, f.next()-1
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		stepPageEvicted(s.cache.Log, i, x.PFN(), m.Number, why)
		m.remove(i, x)
	})
	m.keepShadow(first, last, shadow)
	return freed
}

// unmap clears the page-table entries of a folio. It is false if a locked area maps a part of it; then the entries of
// the areas after that one stay as well. An mlocked area may have been missed by the lists: the page then stays, and is
// put on the unevictable list.
// Linux: try_to_unmap_one (mm/rmap.c).
func (s *scan) unmap(f folio) bool {
	locked, at := false, []shown(nil)
	s.eachArea(f.head, func(a *vm.Area, pages []vm.Addr) bool {
		if locked = a.Flags.Has(vm.Locked); !locked {
			for _, x := range pages {
				at = append(at, shown{a, x, x + vm.PageSize})
			}
		}
		return !locked
	})
	if !locked {
		f.unmap()
		return true
	}
	for _, x := range at {
		x.area.Space().Evict(x.area, x.from)
	}
	return false
}

// reason is why, for people, a page was chosen.
func (s *scan) reason(f *phys.Frame) string {
	switch {
	case s.chosen:
		return s.chosenBecause()
	case f.Has(phys.Workingset):
		return "it came to the end of its inactive list, where it was put when it had been active but not used again"
	case f.Has(phys.Anon):
		return "it came to the end of the inactive list of private pages without having been used"
	}
	return "it came to the end of the inactive list of files' pages without having been used a second time"
}
