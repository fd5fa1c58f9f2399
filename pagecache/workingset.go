package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

// A page that reclaim evicts leaves a shadow in its slot: the number of pages of its group that had been activated or
// evicted until then. When the page is read again, the increase of that count is the refault distance: with that many
// more pages of memory, the page would not have been evicted.
//
//	evicted: aged 100                 back: aged 130
//	   │                                 │
//	   └── 30 pages were activated or evicted: the refault distance
//
// If the distance is at most the size of the active list, the page could have stayed in place of active pages: it is
// activated at once, and reclaim begins to deactivate the others.
// Linux: mm/workingset.c.

// shadow is what an evicted page leaves in its slot; the zero value is none. aged is in pages. Linux packs group, node
// and age into one word and so loses low bits on large machines; the model has none so large.
// Linux: pack_shadow (mm/workingset.c).
type shadow struct {
	aged       uint64
	group      lru.Group
	workingset bool // it was active before
	there      bool
	order      uint8 // of a file's page: the pages of a large folio have one shadow, until a part of them is back
}

// covers is the first and the last page that have the shadow of page i.
// Linux: xas_get_order (lib/xarray.c).
func (x shadow) covers(i vm.PageIndex) (first, last vm.PageIndex) {
	n := vm.PageIndex(1)<<x.order - 1
	return i &^ n, i | n
}

// shadow is the shadow of a folio that is evicted now.
// Linux: workingset_eviction (mm/workingset.c).
func (s *scan) shadow(f *phys.Frame) shadow { return s.shadowOf(f, s.group) }

// shadowOf is shadow for reclaim from a group; MADV_PAGEOUT reclaims from none in particular.
func (r *Reclaim) shadowOf(f *phys.Frame, g lru.Group) shadow {
	x := shadow{aged: r.cache.LRU.Aged(g), group: g, workingset: f.Has(phys.Workingset), there: true}
	// The count in the shadow is that before this eviction, so the distance includes the page itself.
	r.cache.LRU.Age(f)
	return x
}

// shadowTail reports whether page i belongs to the shadow of a large folio, and is not the first page of that.
// Linux: xa_is_sibling (include/linux/xarray.h).
func (m *Mapping) shadowTail(i vm.PageIndex) bool {
	x, ok := m.shadows[i]
	first, _ := x.covers(i)
	return ok && x.order < shadowLevel && i != first
}

// shadowLevel is how many bits of a page index a level of the tree decides that has a file's pages.
// Linux: XA_CHUNK_SHIFT (include/linux/xarray.h).
const shadowLevel = 6

// keepShadow stores a shadow for pages.
func (m *Mapping) keepShadow(first, last vm.PageIndex, x shadow) {
	if m.shadows == nil {
		m.shadows = map[vm.PageIndex]shadow{}
	}
	x.order = uint8(log2(uint64(last-first) + 1))
	for i := first; i <= last; i++ {
		m.shadows[i] = x
	}
}

// splitShadow leaves page i a shadow of an order at most. The pages beside it get smaller ones too, by levels of the
// tree that has a file's pages.
// Linux: __filemap_add_folio (mm/filemap.c), xas_try_split_min_order (lib/xarray.c).
func (m *Mapping) splitShadow(i vm.PageIndex, order uint8) {
	for x := m.shadows[i]; x.order > order; {
		first, last := x.covers(i)
		if down := x.order % shadowLevel; down > 0 {
			x.order -= down
		} else {
			x.order--
		}
		x.order = max(x.order, order)
		for j := first; j <= last; j++ {
			if y, ok := m.shadows[j]; ok {
				y.order = x.order
				m.shadows[j] = y
			}
		}
	}
}

// takeShadow returns the shadow of pages from first to last and removes it.
// Linux: __filemap_add_folio (mm/filemap.c).
func (m *Mapping) takeShadow(first, last vm.PageIndex) (x shadow) {
	if len(m.shadows) == 0 {
		return shadow{}
	}
	m.splitShadow(first, uint8(log2(uint64(last-first)+1)))
	for i := first; i <= last; i++ {
		if y, ok := m.shadows[i]; ok {
			x = y
			delete(m.shadows, i)
		}
	}
	return x
}

// invalidateShadows forgets the shadows whose pages are all from first to last. A shadow of a large folio that reaches
// beyond the range stays: it is one entry of the tree, and cannot lose a part.
// Linux: find_lock_entries (mm/filemap.c), clear_shadow_entries (mm/truncate.c).
func (m *Mapping) invalidateShadows(first, last vm.PageIndex) {
	for i, x := range m.shadows {
		if from, to := x.covers(i); from >= first && to <= last {
			delete(m.shadows, i)
		}
	}
}

// forgetShadows forgets the shadows of pages from first to last: the pages were truncated. A page that is written there
// later is a new page, and no refault.
// Linux: truncate_folio_batch_exceptionals (mm/truncate.c).
func (m *Mapping) forgetShadows(first, last vm.PageIndex) {
	if len(m.shadows) == 0 {
		return
	}
	for i := range m.shadows {
		if i >= first && i <= last {
			delete(m.shadows, i)
		}
	}
}

// refault returns the flags of a folio whose pages left a shadow: Active if the refault distance is short. The
// comparison with the active pages asks: if they had given up their frames, would the page have stayed? It left behind
// an inactive list of some length, and with distance more frames it would still be there. If there are so many active
// pages, making them inactive would have given it these frames. It does not prove that the active ones are used less;
// so the page starts as active, and both have to show their use from now on.
//
//	inactive 100, active 400     distance  80: activated, since 80 <= 400
//	                             distance 900: inactive, since not even all active frames would have been enough
//
// Linux: workingset_refault (mm/workingset.c).
func (r *Reclaim) refault(x shadow, t int, pages uint64, group lru.Group) (fl phys.Flags) {
	if !x.there {
		return 0
	}
	r.Events.Refaulted[t] += pages
	distance, recent := r.recent(x, t)
	if !recent {
		stepRefault(r.cache.Log, distance, "more than the active pages: it starts inactive")
		return 0
	}
	stepRefault(r.cache.Log, distance, "it could have stayed in the place of active pages: it is active at once")
	fl = phys.Active
	// Like an eviction, an activation makes what is still evicted older.
	r.cache.LRU.AgeBy(group, pages)
	r.Events.Activated[t] += pages
	r.groups[group].activated[t] += pages
	if x.workingset {
		fl |= phys.Workingset
		// A page that was active was evicted, and had to be read again. That counts as a cost of reclaim from its
		// type, which then takes more from the other one.
		r.noteCost(group, t, pages, 0)
		r.Events.Restored[t] += pages
	}
	return fl
}

// recent is the refault distance of a page that left the shadow, if it came back now, and whether it is short: the page
// would be activated.
// Linux: workingset_test_recent (mm/workingset.c).
func (r *Reclaim) recent(x shadow, t int) (distance uint64, short bool) {
	distance = r.cache.LRU.Aged(x.group) - x.aged
	return distance, distance <= r.workingset(x.group, t)
}

// workingset is how many pages compete with a refaulting page of the type. For a page of a file these are the active
// pages of files, and all private pages if they can be swapped out: each of them holds a frame that the page could have
// had. Without swap space private pages stay anyway, and do not count.
// Linux: workingset_test_recent (mm/workingset.c), the part that sums the lists.
func (r *Reclaim) workingset(g lru.Group, t int) uint64 {
	n := r.within(g, lru.ActiveFile)
	if g == lru.Everyone {
		n += r.Others
	}
	if t == anonPages {
		n += r.within(g, lru.InactiveFile)
	}
	if r.swap != nil && r.swap.Used() < r.swap.Total() {
		n += r.within(g, lru.ActiveAnon)
		if t == filePages {
			n += r.within(g, lru.InactiveAnon)
		}
	}
	return n
}

// within is the length of a list for a group and its subgroups, according to the statistics.
func (r *Reclaim) within(g lru.Group, list lru.List) uint64 {
	n := r.known(g, list)
	if g == lru.Everyone && r.Limit > 0 {
		n += r.known(lru.Limited, list)
	}
	return n
}

// chargedGroup is the group to which a page that comes into memory now is charged.
func (r *Reclaim) chargedGroup() lru.Group {
	if r.Limit > 0 {
		return lru.Limited
	}
	return lru.Everyone
}
