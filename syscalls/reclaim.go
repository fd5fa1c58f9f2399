package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// swapInAhead reads the pages of [start, end) that are in the swap area into the swap cache.
// Linux: swapin_walk_pmd_entry (mm/madvise.c).
func (p *Process) swapInAhead(start, end vm.Addr) {
	swap := p.kernel.swap
	if swap == nil {
		return
	}
	p.Space.Table().Each(start.Page(), end.Page(), func(_ vm.VPN, e vm.PTE) {
		if !e.Swapped() || swap.InCore(e.SwapEntry()) {
			return
		}
		if f, err := swap.ReadIn(e.SwapEntry()); err == nil {
			p.kernel.Memory.Put(f)
		}
	})
}

// reclaimRange makes the pages of [start, end) of one area look old, or lets them go at once. A large folio of which the range
// has only a part is split for that, which takes it out of the page tables.
// Linux: madvise_cold_or_pageout_pte_range (mm/madvise.c).
func (p *Process) reclaimRange(start, end vm.Addr, v Advice) {
	if v == AdviseCold {
		p.Space.Age(start, end)
	} else {
		p.Space.Isolate(start, end)
	}
	var out []vm.Addr
	p.Space.Table().Each(start.Page(), end.Page(), func(n vm.VPN, e vm.PTE) {
		if f := p.Space.NormalFrame(e); f != nil && (f.Maps() == 1 && v != AdviseCold || f.Order() > 0) {
			out = append(out, n.Addr())
		}
	})
	for _, x := range out {
		switch f := p.Space.NormalFrame(p.Space.Entry(x)); {
		case f == nil: // it went with the folio that it was part of
		case f.Order() > 0:
			p.reclaimFolio(x, end, v)
		case v != AdviseCold:
			p.pageOut(x)
		}
	}
}

// reclaimFolio lets a large folio go of which x shows a page: as a whole where the range up to end shows all of it and nothing
// else does. Where the range shows a part it is split, even if this process shows it elsewhere too; not if another one does.
func (p *Process) reclaimFolio(x, end vm.Addr, v Advice) {
	a := p.Space.Find(x)
	file := pagecache.FileOf(a)
	if file == nil {
		return
	}
	m := file.Mapping
	first, last := m.FolioSpan(a.IndexOf(x))
	all, own := m.Showing(first, p.Space)
	whole := a.IndexOf(x) == first && x+vm.Addr(last-first)<<vm.PageShift < min(end, a.End)
	for i := first; i <= last && whole; i++ {
		whole = p.Space.NormalFrame(p.Space.Entry(x+vm.Addr(i-first)<<vm.PageShift)) == m.LookUp(i)
	}
	switch {
	case !whole:
		if all == own {
			m.Split(first)
		}
	case v != AdviseCold && all == uint64(last-first+1):
		for i := first; i <= last; i++ {
			p.Space.Evict(a, x+vm.Addr(i-first)<<vm.PageShift)
		}
		m.Reclaim(first)
	}
}

// pageOut lets the page of x, which only this process maps, go: to the swap area, or nowhere where it is not worth keeping.
// One that cannot go counts as active from then on, so that reclaim leaves it alone for a while.
// Linux: shrink_folio_list (mm/vmscan.c).
func (p *Process) pageOut(x vm.Addr) {
	e := p.Space.Entry(x)
	f := p.Space.NormalFrame(e)
	switch {
	case f.Has(phys.Unevictable):
		p.kernel.LRU.PutBack(f)
	case !f.Has(phys.Anon):
		p.pageOutFile(x, f)
	case !f.Has(phys.SwapBacked) && (!e.Dirty() && !f.Has(phys.Dirty) || p.droppable(x)) && f.Refs() == 1:
		if !e.Dirty() && !f.Has(phys.Dirty) {
			p.kernel.LRU.Events.LazyDropped++
		} else {
			p.staysActive(f) // one that was written to is kept, and only then is nobody there who has it
		}
		p.Space.Evict(p.Space.Find(x), x) // MADV_FREE has given it up, or MAP_DROPPABLE from the start
	case !f.Has(phys.SwapBacked):
		f.Set(phys.SwapBacked | phys.Dirty) // it was written to since
		p.staysActive(f)
	default:
		p.swapOut(x, f)
	}
}

// swapOut puts the page of x into the swap area, where there is one with room.
func (p *Process) swapOut(x vm.Addr, f *phys.Frame) {
	if p.kernel.swap != nil {
		if place, ok := p.kernel.swap.PutOut(f); ok {
			p.Space.SwapOut(x, f, place)
			return
		}
	}
	p.staysActive(f)
}

// staysActive has a page that reclaim could not let go be active, lest it is tried again soon.
func (p *Process) staysActive(f *phys.Frame) {
	p.kernel.LRU.KeepActive(f)
}

func (p *Process) droppable(x vm.Addr) bool { return p.Space.Find(x).Flags.Has(vm.Droppable) }

// pageOutFile unmaps a page of a file and, where it is clean, drops it from the page cache. A dirty one stays there: writing
// it back is the flusher's, and shared memory has nowhere to go without a swap area.
func (p *Process) pageOutFile(x vm.Addr, f *phys.Frame) {
	if a := p.Space.Find(x); pagecache.FileOf(a) != nil {
		p.Space.Evict(a, x)
		if f.Has(phys.Dirty) {
			p.staysActive(f)
		}
		pagecache.FileOf(a).Mapping.Reclaim(vm.PageIndex(f.Index))
	}
}

// adviseCollapse would make huge pages of the range.
// Linux: madvise_collapse (mm/khugepaged.c).
func (p *Process) adviseCollapse(a *vm.Area, start, end vm.Addr) error {
	return p.refuse(syscall.EINVAL, "the area cannot have huge pages")
}
