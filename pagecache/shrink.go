package pagecache

import (
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

// isolate removes folios of at least n pages from the tail of a list. An isolated folio is on no list, so what happens
// to it meanwhile is not undone by others; putBack returns it. The last folio may be large, so more than n pages can
// come: the counts of scanned pages are of pages, not of folios.
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
//
//	taken from the tail   A B C D         look at each: A freed, B kept, C freed, D promoted
//	afterwards            inactive: B at the head         active: D at the head
//
// Linux: shrink_inactive_list (mm/vmscan.c).
func (s *scan) shrinkInactive(t int, n uint64) uint64 {
	taken, pages := s.isolate(inactiveList(t), n)
	s.countScanned(t, pages)
	written := s.Events.Written
	got, dirty := s.examine(taken)
	s.countStolen(t, got)
	s.noteCost(t, s.Events.Written-written, pages-got)
	// All that was scanned was dirty: reclaim has caught up with writeback, and would find nothing to free until pages
	// are clean.
	if dirty > 0 && dirty == pages {
		s.cache.Writer.writeAll() // Linux wakes the flusher, and a control group waits for it
	}
	return got
}

// examine frees those of isolated inactive folios that it can, and puts the others back. It returns how many pages it
// freed, and how many of files were dirty. Folios go back only after all have been examined, in the order in which they
// were taken.
// Linux: shrink_folio_list, move_folios_to_lru (mm/vmscan.c).
func (s *scan) examine(taken []*phys.Frame) (got, dirty uint64) {
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
	return got, dirty
}

// countScanned counts pages that reclaim has looked at, by type and by who reclaims.
// Linux: pgscan_* of /proc/vmstat, shrink_inactive_list (mm/vmscan.c).
func (s *scan) countScanned(t int, pages uint64) {
	s.Events.Scanned[t] += pages
	*s.whose(&s.Events.ScannedKswapd, &s.Events.ScannedDirect) += pages
}

// countStolen counts pages that reclaim has freed, by type and by who reclaims.
// Linux: pgsteal_* of /proc/vmstat, shrink_inactive_list (mm/vmscan.c).
func (s *scan) countStolen(t int, pages uint64) {
	s.Events.Stolen[t] += pages
	*s.whose(&s.Events.StolenKswapd, &s.Events.StolenDirect) += pages
}

// whose is the counter of who reclaims: kswapd, or a program that needs a frame.
func (s *scan) whose(kswapd, direct *uint64) *uint64 {
	if s.kswapd {
		return kswapd
	}
	return direct
}

// promote activates a folio that cannot or should not be freed: on the inactive list each scan would examine it in
// vain. If the swap area is getting full, a folio in the swap cache gives its slot up, since the slot only saves a
// later write.
// Linux: the label activate_locked of shrink_folio_list (mm/vmscan.c).
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

// putBack puts an isolated folio back on the list that its flags name. A folio that was mlocked meanwhile goes to the
// unevictable list; one whose last reference was dropped meanwhile is on no list.
// Linux: move_folios_to_lru (mm/vmscan.c).
func (s *scan) putBack(f *phys.Frame) {
	switch {
	case f.Refs() == 0:
	case f.Has(phys.Mlocked) && !f.Has(phys.Unevictable):
		s.eachFrame(f, s.cache.LRU.Cull)
	default:
		s.cache.LRU.Restore(f)
	}
}

// eachFrame calls fn for every frame of a folio. A folio of private memory is one frame in the model.
func (s *scan) eachFrame(f *phys.Frame, fn func(*phys.Frame)) {
	if m, ok := f.Owner.(*Mapping); ok && f.Order() > 0 {
		m.EachOfFolio(f, fn)
		return
	}
	fn(f)
}

// noteCost is noteCost for the group that is scanned.
func (s *scan) noteCost(t int, io, rotated uint64) { s.Reclaim.noteCost(s.group, t, io, rotated) }

// noteCost adds what reclaim of a type of pages has cost: pages that were written, each as much as a batch of scanned
// ones, and pages that were scanned and put back. balance scans less of the type that costs more. When the costs exceed
// a quarter of the pages, both are halved, so that old costs fade. An example: 32 pages were scanned and 8 freed
// without writing: the cost is 24. If 8 of them were written to the swap area, it is 8*32 + 24 = 280.
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
