package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

// MADV_COLD and MADV_PAGEOUT act on the pages that a range of one area maps:
//
//	for each page table:
//	  for each folio that its entries in the range map
//	    other processes map it, or the range covers a part of it    passed over
//	    MADV_COLD       accessed bits are cleared; the folio goes to its inactive list
//	    MADV_PAGEOUT    accessed bits are cleared; the folio is isolated, for reclaim after this table
//	  MADV_PAGEOUT: the isolated folios are reclaimed
//
// Reclaim does not look at their use: the program said that it does not need them.

// Age deactivates the pages of [start, end), a range of one area: MADV_COLD.
// Linux: madvise_cold (mm/madvise.c).
func (r *Reclaim) Age(s *vm.Space, start, end vm.Addr) { r.sweep(s, start, end, cool) }

// PageOut reclaims the pages of [start, end), a range of one area: it writes private pages to the swap area, and drops
// clean pages of files from the cache.
// Linux: madvise_pageout (mm/madvise.c).
func (r *Reclaim) PageOut(s *vm.Space, start, end vm.Addr) { r.sweep(s, start, end, pageOut) }

// PageOutCopies is PageOut for a program that may not learn which pages of the file are in memory: it reclaims only the
// private copies. Otherwise the time of a later access would tell whether another program had the page in memory.
// Linux: pageout_anon_only_filter of struct madvise_walk_private (mm/madvise.c).
func (r *Reclaim) PageOutCopies(s *vm.Space, start, end vm.Addr) {
	var out []vm.Addr
	s.Table().Each(start.Page(), end.Page(), func(n vm.VPN, e vm.PTE) {
		if f := s.NormalFrame(e); f != nil && f.Has(phys.Anon) {
			out = append(out, n.Addr())
		}
	})
	for _, x := range out {
		r.PageOut(s, x, x+vm.PageSize)
	}
}

// sweep is what is done with the pages of a range of one area.
type sweep struct {
	*Reclaim
	space *vm.Space
	what  treatment
}

// treatment is what a sweep does.
type treatment uint8

const (
	cool treatment = iota
	pageOut
)

// sweep goes through a range, one page table at a time.
// Linux: madvise_cold_or_pageout_pte_range (mm/madvise.c).
func (r *Reclaim) sweep(s *vm.Space, start, end vm.Addr, what treatment) {
	var at []vm.Addr
	s.Table().Each(start.Page(), end.Page(), func(n vm.VPN, e vm.PTE) {
		if s.NormalFrame(e) != nil {
			at = append(at, n.Addr())
		}
	})
	w := sweep{r, s, what}
	for len(at) > 0 {
		n := 1
		for n < len(at) && at[n]/vm.PMDSize == at[0]/vm.PMDSize {
			n++
		}
		w.table(at[:n])
		at = at[n:]
	}
}

// table handles the pages that one page table maps. It isolates pages while it scans the table and reclaims them
// afterwards, since reclaim takes locks that must not be taken under the lock of a page table.
func (w sweep) table(at []vm.Addr) {
	var going []vm.Addr
	for len(at) > 0 {
		x := at[0]
		f := w.frame(x)
		if f == nil { // a folio was split, which unmapped its other pages
			at = at[1:]
			continue
		}
		n := w.batch(f, at)
		at = at[n:]
		if !w.exclusive(x, f, n) {
			w.keeps(x, f, sharedReason(f, n))
			continue
		}
		if to := x + vm.Addr(n<<vm.PageShift); w.what == cool {
			w.space.Age(x, to)
		} else {
			w.space.Isolate(x, to)
			going = append(going, x)
		}
	}
	for _, x := range going {
		w.take(x)
	}
}

// frame is the frame that the entry of x maps; nil for none, and for the shared page of zeros.
func (w sweep) frame(x vm.Addr) *phys.Frame { return w.space.NormalFrame(w.space.Entry(x)) }

// batch is how many of the entries from the first on show frame f and what follows it in its folio. Entries are a batch
// if they follow each other in the table and map pages that follow each other in one folio.
// Linux: folio_pte_batch_flags (mm/internal.h).
func (w sweep) batch(f *phys.Frame, at []vm.Addr) int {
	most := min(1<<f.Order()-int(f.Index&(1<<f.Order()-1)), len(at))
	n := 1
	for n < most && at[n] == at[0]+vm.Addr(n<<vm.PageShift) {
		if g := w.frame(at[n]); g.Owner != f.Owner || g.Index != f.Index+uint64(n) {
			break
		}
		n++
	}
	return n
}

// exclusive reports whether n entries from x on, which map frame f and the pages after it in its folio, are the only
// ones that map the folio. If they map a part of it, the folio is split and so unmapped, unless another process maps it
// or it is dirty. A program must not slow another one down by an advice.
func (w sweep) exclusive(x vm.Addr, f *phys.Frame, n int) bool {
	file := FileOf(w.space.Find(x))
	if f.Order() == 0 || file == nil {
		return f.Maps() == 1 && f.Owner != nil // the pages of [vdso] and [vvar] are on no list
	}
	m, i := file.Mapping, vm.PageIndex(f.Index)
	all, own := m.shownIn(i, w.space)
	if n < 1<<f.Order() {
		if all == own {
			m.split(i)
		}
		return false
	}
	return all == uint64(n)
}

// take reclaims the folio whose first page is mapped at x. No other process maps it. Its entries are cleared without a
// look at their accessed bits: the advice says more than they do.
// Linux: reclaim_pages (mm/vmscan.c).
func (w sweep) take(x vm.Addr) {
	f := w.frame(x)
	if f.Order() == 0 {
		w.takePage(w.space.Find(x), x, f)
		return
	}
	a := w.space.Find(x)
	for i := range vm.Addr(1) << f.Order() {
		w.space.Evict(a, x+i<<vm.PageShift)
	}
	FileOf(a).Mapping.evictOrMark(vm.PageIndex(f.Index))
}

// takePage reclaims the page that is mapped at x of area a. A page that cannot be freed becomes active, so that reclaim
// skips it for a while.
// Linux: shrink_folio_list (mm/vmscan.c).
func (w sweep) takePage(a *vm.Area, x vm.Addr, f *phys.Frame) {
	lists := w.cache.LRU
	written := w.space.Entry(x).Dirty() || f.Has(phys.Dirty)
	switch {
	case f.Has(phys.Unevictable):
		lists.PutBack(f)
		w.keeps(x, f, "it is locked into memory (mlock)")
	case !f.Has(phys.Anon):
		w.takeFilePage(a, x, f)
	case f.Has(phys.SwapBacked):
		w.swapOut(x, f)
	case (!written || a.Flags.Has(vm.Droppable)) && f.Refs() == 1:
		if !written {
			lists.Events.LazyDropped++
			stepLazyDropped(w.cache.Log, x, f.PFN(), "MADV_FREE gave it up, and nothing was stored to it since")
		} else {
			lists.KeepActive(f) // Linux keeps a dirty page here, although no entry maps it any more
		}
		w.space.Evict(a, x) // MADV_FREE or MAP_DROPPABLE allow that
	default:
		f.Set(phys.SwapBacked | phys.Dirty) // written to since MADV_FREE
		w.keeps(x, f, "it was stored to since MADV_FREE, so its bytes count again")
		lists.KeepActive(f)
	}
}

// takeFilePage unmaps a page of a file and drops it from the page cache if it is clean. A dirty page of a file in
// memory goes to the swap area; one on a disk stays, and the flusher writes it back.
func (w sweep) takeFilePage(a *vm.Area, x vm.Addr, f *phys.Frame) {
	file := FileOf(a)
	if file == nil {
		return
	}
	w.space.Evict(a, x)
	if f.Has(phys.Dirty) {
		if file.Mapping.InMemory() && w.shareOut(file.Mapping, f) {
			return
		}
		w.cache.LRU.KeepActive(f)
	}
	file.Mapping.evictOrMark(vm.PageIndex(f.Index))
}

// shareOut moves a page of a file in memory to the swap area; false if that is full.
// Linux: shmem_writeout (mm/shmem.c).
func (w sweep) shareOut(m *Mapping, f *phys.Frame) bool {
	if w.swap == nil || f.Refs() > 1 {
		return false
	}
	e, ok := m.toSwap(vm.PageIndex(f.Index), f)
	if ok && !f.Has(phys.Dirty) {
		w.freeWritten(f, e)
	}
	return ok
}

// swapOut writes the page of x to the swap area, if there is one with room. Otherwise the page becomes active. The
// entry is replaced when the swap entry is there, and the frame is freed last.
func (w sweep) swapOut(x vm.Addr, f *phys.Frame) {
	why := "the machine has no swap area"
	if w.swap != nil && w.swap.Total() > 0 {
		if place, ok := w.swap.putOut(f); ok {
			w.space.SwapOut(x, f, place)
			w.freeWritten(f, place)
			return
		}
		why = "the swap area is full"
	}
	w.keeps(x, f, why)
	w.cache.LRU.KeepActive(f)
}

// freeWritten frees a frame that needed no write, as all its bytes are zero. A frame that the device still writes stays
// in the swap cache, and reclaim frees it later.
// Linux: pageout (mm/vmscan.c), whose answer is that the page is clean or under writeback.
func (w sweep) freeWritten(f *phys.Frame, e vm.SwapEntry) {
	if f.Refs() > 1 || !w.swap.slot(e).zero {
		return
	}
	w.swap.leave(f, w.shadowOf(f, lru.Everyone))
}

// keeps logs why the page of x stays in memory.
func (w sweep) keeps(x vm.Addr, f *phys.Frame, why string) {
	stepEntryKept(w.cache.Log, x, f.PFN(), why)
}

// sharedReason is why n entries are not the only ones that map a frame and its folio.
func sharedReason(f *phys.Frame, n int) string {
	if f.Order() > 0 && n < 1<<f.Order() && !f.Has(phys.Anon) {
		return "the range covers only a part of its folio"
	}
	return "another process shows it, too"
}
