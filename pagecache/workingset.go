package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

// A page that reclaim takes leaves a shadow where it was: how many pages of its group had been activated or evicted
// until then. When the page comes back, the difference to the same count now is how many more pages would have had to
// stay in memory for the page never to have left.
//
//	evicted: aged 100                 back: aged 130
//	   │                                 │
//	   └── 30 pages were activated or evicted: the refault distance
//
// Where that is no more than what the active list has, the page could have stayed in the place of active ones: it is
// activated at once, and reclaim begins to deactivate the others.
// Linux: mm/workingset.c.

// shadow is what an evicted page leaves; the zero value is none.
// Linux: pack_shadow (mm/workingset.c).
type shadow struct {
	aged       uint64
	group      lru.Group
	workingset bool // it was active before
	there      bool
}

// shadow is what a folio leaves that is evicted just now.
// Linux: workingset_eviction (mm/workingset.c).
func (s *scan) shadow(f *phys.Frame) shadow { return s.shadowOf(f, s.group) }

// shadowOf is shadow for reclaim from a group; MADV_PAGEOUT reclaims from none in particular.
func (r *Reclaim) shadowOf(f *phys.Frame, g lru.Group) shadow {
	x := shadow{aged: r.cache.LRU.Aged(g), group: g, workingset: f.Has(phys.Workingset), there: true}
	r.cache.LRU.Age(f)
	return x
}

// keepShadow leaves a shadow in the place of pages.
func (m *Mapping) keepShadow(first, last vm.PageIndex, x shadow) {
	if m.shadows == nil {
		m.shadows = map[vm.PageIndex]shadow{}
	}
	for i := first; i <= last; i++ {
		m.shadows[i] = x
	}
}

// takeShadow is the shadow of pages from first to last, of which none is left.
// Linux: __filemap_add_folio (mm/filemap.c).
func (m *Mapping) takeShadow(first, last vm.PageIndex) (x shadow) {
	if len(m.shadows) == 0 {
		return shadow{}
	}
	for i := first; i <= last; i++ {
		if y, ok := m.shadows[i]; ok {
			x = y
			delete(m.shadows, i)
		}
	}
	return x
}

// forgetShadows forgets the shadows of pages from first to last: they were cut off the file, or given up.
// Linux: clear_shadow_entries (mm/truncate.c).
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

// refault is what pages of a folio come with that left a shadow: Active where they would have stayed had there been a
// little more memory.
// Linux: workingset_refault (mm/workingset.c).
func (r *Reclaim) refault(x shadow, t int, pages uint64, group lru.Group) (fl phys.Flags) {
	if !x.there {
		return 0
	}
	r.Events.Refaulted[t] += pages
	distance := r.cache.LRU.Aged(x.group) - x.aged
	recent := distance <= r.workingset(x.group, t)
	if !recent {
		stepRefault(r.cache.Log, distance, "more than the active pages: it starts inactive")
		return 0
	}
	stepRefault(r.cache.Log, distance, "it could have stayed in the place of active pages: it is active at once")
	fl = phys.Active
	r.cache.LRU.AgeBy(group, pages)
	r.Events.Activated[t] += pages
	r.groups[group].activated[t] += pages
	if x.workingset {
		fl |= phys.Workingset
		r.noteCost(group, t, pages, 0)
		r.Events.Restored[t] += pages
	}
	return fl
}

// workingset is how many pages compete with one of the type that comes back.
// Linux: workingset_test_recent (mm/workingset.c).
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

// within is how many pages of a list the statistics have of a group and of those in it.
func (r *Reclaim) within(g lru.Group, list lru.List) uint64 {
	n := r.known(g, list)
	if g == lru.Everyone && r.Limit > 0 {
		n += r.known(lru.Limited, list)
	}
	return n
}

// comesTo is the group that a page counts to that comes into memory now.
func (r *Reclaim) comesTo() lru.Group {
	if r.Limit > 0 {
		return lru.Limited
	}
	return lru.Everyone
}
