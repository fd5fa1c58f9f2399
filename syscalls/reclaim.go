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

// reclaimRange makes the pages of [start, end) of one area look old, or lets them go: those of one page table at a time.
// Linux: madvise_cold_or_pageout_pte_range (mm/madvise.c).
func (p *Process) reclaimRange(start, end vm.Addr, v Advice) {
	var shown []vm.Addr
	p.Space.Table().Each(start.Page(), end.Page(), func(n vm.VPN, e vm.PTE) {
		if p.Space.NormalFrame(e) != nil {
			shown = append(shown, n.Addr())
		}
	})
	for len(shown) > 0 {
		n := 1
		for n < len(shown) && shown[n]/vm.PMDSize == shown[0]/vm.PMDSize {
			n++
		}
		p.reclaimPages(shown[:n], v)
		shown = shown[n:]
	}
}

// reclaimPages is reclaimRange for the pages that one table shows. What goes does so once all of them have been looked at.
func (p *Process) reclaimPages(shown []vm.Addr, v Advice) {
	var going []vm.Addr
	for len(shown) > 0 {
		x := shown[0]
		f := p.Space.NormalFrame(p.Space.Entry(x))
		if f == nil { // it went with the folio that it was part of
			shown = shown[1:]
			continue
		}
		n := p.folioEntries(f, shown)
		shown = shown[n:]
		if !p.exclusive(x, f, n) {
			continue
		}
		if to := x + vm.Addr(n<<vm.PageShift); v == AdviseCold {
			p.Space.Age(x, to)
		} else {
			p.Space.Isolate(x, to)
			going = append(going, x)
		}
	}
	for _, x := range going {
		p.letGo(x)
	}
}

// folioEntries is how many of the entries from the first on show frame f and what follows it in its folio.
// Linux: folio_pte_batch_flags (mm/internal.h).
func (p *Process) folioEntries(f *phys.Frame, at []vm.Addr) int {
	most := min(1<<f.Order()-int(f.Index&(1<<f.Order()-1)), len(at))
	n := 1
	for n < most && at[n] == at[0]+vm.Addr(n<<vm.PageShift) {
		g := p.Space.NormalFrame(p.Space.Entry(at[n]))
		if g.Owner != f.Owner || g.Index != f.Index+uint64(n) {
			break
		}
		n++
	}
	return n
}

// exclusive reports whether n entries from x on, which show frame f and what follows it in its folio, are all that show it. A folio
// of which they show a part is split, which takes it out of the page tables; it stays as it is where another process shows it,
// or where it is dirty.
func (p *Process) exclusive(x vm.Addr, f *phys.Frame, n int) bool {
	file := pagecache.FileOf(p.Space.Find(x))
	if f.Order() == 0 || file == nil {
		return f.Maps() == 1
	}
	m, i := file.Mapping, vm.PageIndex(f.Index)
	all, own := m.Showing(i, p.Space)
	if n < 1<<f.Order() {
		if all == own {
			m.Split(i)
		}
		return false
	}
	return all == uint64(n)
}

// letGo unmaps and reclaims the folio whose first page x shows. No other process maps it.
// Linux: reclaim_pages (mm/vmscan.c).
func (p *Process) letGo(x vm.Addr) {
	f := p.Space.NormalFrame(p.Space.Entry(x))
	if f.Order() == 0 {
		p.pageOut(x)
		return
	}
	a := p.Space.Find(x)
	for i := range vm.Addr(1) << f.Order() {
		p.Space.Evict(a, x+i<<vm.PageShift)
	}
	pagecache.FileOf(a).Mapping.Reclaim(vm.PageIndex(f.Index))
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
