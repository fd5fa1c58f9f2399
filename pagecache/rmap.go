package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

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
