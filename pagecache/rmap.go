package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// The reverse map leads from a frame to the page-table entries that map it. Nothing is stored for each entry. A frame
// knows its owner and its index there; the owner knows the areas that may show its pages:
//
//	frame --Owner--> Mapping: a file            --areas--> Area 1   address = Start + (Index - first index) pages
//	      --Index--> AnonVMA: private pages                Area 2   entry there: this frame, a copy of it, or nothing
//	                                                       ...
//
// So a walk looks at one entry for each area and page, and takes only those that map the frame. Linux keeps the areas
// of a file in i_mmap and those of private pages in anon_vma; both are interval trees.
// Linux: mm/rmap.c.

// uses is how a folio was used through page tables since reclaim last examined it.
type uses struct {
	areas  int  // with an entry whose accessed bit was set
	code   bool // one of them is executable
	locked bool // an mlocked area maps all of it
}

// uses reads and clears the accessed bits of the folio's entries, so that the next scan sees only what was used since.
// An area counts once, however many pages of a large folio it has used. An area with MADV_SEQUENTIAL does not count: a
// page that is read once and in order gains nothing from staying in memory. The walk ends at an mlocked area that maps
// the whole folio, since such a folio is not evicted anyway.
// Linux: folio_referenced, folio_referenced_one (mm/rmap.c).
func (s *scan) uses(f *phys.Frame) (u uses) {
	s.eachArea(f, func(a *vm.Area, at []vm.Addr) bool {
		if a.Flags.Has(vm.Locked) {
			if u.locked = len(at) == 1<<f.Order(); u.locked {
				s.cache.LRU.Mlock(f) // a page that came from the swap area was not counted as mlocked yet
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
		if used {
			u.areas++
			u.code = u.code || a.Flags.Has(vm.Exec)
		}
		return true
	})
	return u
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
// may have a private copy, or nothing. The addresses are in a buffer that the next area overwrites.
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
