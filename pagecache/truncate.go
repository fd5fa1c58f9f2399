package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// How pages leave a file:
//
//	Truncate, holes     every page of the range, whatever state it is in; page tables first, then the cache
//	split               a large folio that the range covers in part becomes single pages, if it is clean
//	evictPage           one folio, only if it is clean and nothing else refers to it
//
// Page tables come first, since an entry must not show a page that the file does not have any more: a store through it
// would be lost. Private copies of the pages go too if the file shrinks, since no page of a file is behind them; they
// stay if a hole is made.

// LastPage is the highest number that a page of a file can have.
const LastPage = ^vm.PageIndex(0)

// everything is the end of a range that has no end.
const everything = int64(1<<63 - 1)

// Truncate gives the file a new size. Pages beyond it leave the cache and every page table, private copies of them too;
// the rest of the page that holds the new end reads as zero.
// Linux: do_truncate (fs/open.c).
func (m *Mapping) Truncate(size int64) error {
	if err := m.mayResize(size); err != nil {
		return err
	}
	return m.ops.resize(m, size)
}

// truncateCache drops the pages beyond size, from page tables with their private copies. Linux unmaps once more after
// it has dropped the pages, since a fault may come between the two; here none can.
// Linux: truncate_pagecache (mm/truncate.c).
func (m *Mapping) truncateCache(size int64) {
	keep := vm.DropCopies
	if m.Cache.Profile.Errs(profile.TruncateKeepsCopies) {
		keep = vm.KeepCopies
	}
	m.unmap(pagesFor(size), LastPage, keep)
	m.truncateRange(size, everything)
}

// truncateRange drops the pages of bytes from up to to, and zeroes the range in folios that it covers in part. It
// splits such folios and drops the parts within the range; a dirty folio cannot be split and stays whole. There are at
// most two folios that the range covers in part, at its ends; if one folio holds both ends it is handled once.
//
//	bytes 6000 to 30000      page 1: 6000 to 8191 zeroed      pages 2 to 6 dropped      page 7: 28672 to 29999 zeroed
//
// Linux: truncate_inode_pages_range (mm/truncate.c).
func (m *Mapping) truncateRange(from, to int64) {
	m.forgetShadows(pagesFor(from), LastPage) // simplified: those beyond to should stay
	if m.pages.Count() == 0 {
		return
	}
	// A page under writeback is not dropped: its blocks may be freed and used again, while the device still writes to
	// them.
	m.Cache.Writer.waitFor(m)
	first, stop := pagesFor(from), LastPage
	if to != everything {
		stop = vm.IndexOf(to)
	}
	m.dropWhole(first, stop)
	same := vm.IndexOf(from) == vm.IndexOf(to-1)
	if f := m.folio(vm.IndexOf(from)); f.head != nil {
		same = to <= f.end()
		if next := f.next(); !m.truncatePart(f, from, to) {
			if first = next; same {
				stop = f.first
			}
		}
	}
	if !same && to != everything {
		if f := m.folio(vm.IndexOf(to - 1)); f.head != nil && !m.truncatePart(f, from, to) {
			stop = f.first
		}
	}
	for first < stop {
		i, x := m.pages.Next(first, stop-1)
		if x == nil {
			return
		}
		f := m.folioOf(i, x)
		first = f.next()
		m.waitFolio(f)
		f.drop()
	}
}

// dropWhole drops the folios that lie wholly in pages from first up to stop. Folios at the edges are left to
// truncatePart.
func (m *Mapping) dropWhole(first, stop vm.PageIndex) {
	for i := first; i < stop; {
		at, x := m.pages.Next(i, stop-1)
		if x == nil {
			return
		}
		f := m.folioOf(at, x)
		if i = f.next(); f.first >= first && f.next() <= stop {
			f.drop()
		}
	}
}

// truncatePart zeroes a folio's part of bytes from up to to, and splits the folio there. It is false if the folio
// cannot be split. The bytes of the range must read as zeros from now on, also after the file has grown again. An
// example: of a folio of 16 pages the last 4 are cut off. The split leaves folios of 8 and 4 pages, which stay, and of
// 1, 1 and 2 pages, which are dropped.
// Linux: truncate_inode_partial_folio (mm/truncate.c).
func (m *Mapping) truncatePart(f folio, from, to int64) bool {
	lo, hi := max(from, f.pos())-f.pos(), min(to, f.end())-f.pos()
	m.waitFolio(f)
	if lo >= hi {
		return true
	}
	if lo == 0 && hi == f.end()-f.pos() {
		f.drop()
		return true
	}
	if !m.Cache.Profile.Errs(profile.TruncateKeepsPart) {
		f.zero(lo, hi)
	}
	if m.ops.invalidate(f, lo, hi); !f.large() { // a single page cannot be split
		return true
	}
	whole := hi == f.end()-f.pos()
	end := f.first + vm.PageIndex(hi>>vm.PageShift)
	if m.ops.release(f) {
		f.split(f.first + vm.PageIndex(lo>>vm.PageShift))
		if g := m.folio(end); !whole && g.head != nil && g.large() && m.ops.release(g) {
			g.split(end)
		}
		return true
	}
	f.unmap() // it is dirty and stays whole, but no entry may show the part that was cut off
	return false
}

// shown is where an area maps pages of a file.
type shown struct {
	area     *vm.Area
	from, to vm.Addr
}

// unmap unmaps pages from first to last everywhere. The areas are collected first, as Drop may change what the walk
// depends on. An area that shows a part of the range loses only the entries of that part.
// Linux: unmap_mapping_range (mm/memory.c).
func (m *Mapping) unmap(first, last vm.PageIndex, keep vm.Copies) {
	var at []shown
	m.areas.Each(first, last, func(a *vm.Area, from vm.Addr, pages uint64) bool {
		at = append(at, shown{a, from, from + vm.Addr(pages<<vm.PageShift)})
		return true
	})
	for _, s := range at {
		s.area.Space().Drop(s.area, s.from, s.to, keep)
	}
	if n := uint64(len(at)); n > 0 {
		stepUnmapped(m.Cache.Log, first, n)
	}
}

// unmapWhole unmaps the pages of a hole from first up to stop everywhere. With a stop of 0 it unmaps all pages from
// first on, since in Linux's unsigned arithmetic stop-1 is the last possible page.
// Linux: truncate_pagecache_range (mm/truncate.c), shmem_fallocate (mm/shmem.c).
func (m *Mapping) unmapWhole(first, stop vm.PageIndex) {
	if stop > first || stop == 0 {
		m.unmap(first, stop-1, vm.KeepCopies)
	}
}

// split splits the large folio of page i into single pages and unmaps them; it drops pages beyond the file's end. It is
// false if the folio is dirty.
// Linux: split_folio (include/linux/huge_mm.h).
func (m *Mapping) split(i vm.PageIndex) bool {
	f := m.folio(i)
	if !m.ops.release(f) || f.has(dirty) {
		return false
	}
	first, next, end := f.first, f.next(), pagesFor(m.size)
	f.unmap()
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		if x.SetOrder(0); i > first {
			x.Clear(readaheadMark | phys.OnDisk)
		}
	})
	f.splitOnLists(next)
	for i := max(first+1, end); i < next; i++ {
		m.folio(i).drop()
	}
	return true
}

// shownIn is how many entries map the folio of page i, and how many of these are in s.
// Linux: folio_mapcount (include/linux/mm.h), folio_maybe_mapped_shared (include/linux/mm.h).
func (m *Mapping) shownIn(i vm.PageIndex, s *vm.Space) (all, own uint64) {
	f := m.folio(i)
	f.each(func(_ vm.PageIndex, x *phys.Frame) { all += uint64(x.Maps()) })
	m.areas.Each(f.first, f.next()-1, func(a *vm.Area, from vm.Addr, pages uint64) bool {
		for n := range pages {
			x := from + vm.Addr(n<<vm.PageShift)
			if frame := a.Space().NormalFrame(a.Space().Entry(x)); a.Space() == s && frame != nil &&
				frame.Owner == phys.Owner(m) {
				own++
			}
		}
		return true
	})
	return all, own
}

// evictOrMark drops the unmapped folio of page i and leaves a shadow; it marks a dirty folio to be freed after
// writeback, with PG_reclaim, the same bit as the readahead mark.
// Linux: shrink_folio_list (mm/vmscan.c).
func (m *Mapping) evictOrMark(i vm.PageIndex) {
	f := m.folio(i)
	if f.head == nil {
		return
	}
	lists, pages, last := m.Cache.LRU, f.pages(), f.next()-1
	left := shadow{aged: lists.Aged(lru.Everyone), group: lru.Everyone, workingset: f.has(phys.Workingset), there: true}
	if m.evictPage(i) {
		lists.AgeBy(lru.Everyone, uint64(pages))
		m.keepShadow(f.first, last, left)
	} else if f.has(dirty) && !m.InMemory() {
		f.set(readaheadMark)
	}
}

// evictPage drops the folio of page i from the cache if it is clean and has no other references, and reports whether it
// did. It is for callers that take a page because it is not needed: MADV_PAGEOUT, POSIX_FADV_DONTNEED, drop_caches. It
// leaves no shadow; evictOrMark does.
// Linux: mapping_evict_folio (mm/truncate.c).
func (m *Mapping) evictPage(i vm.PageIndex) (ok bool) {
	f := m.folio(i)
	if f.head == nil {
		return false
	}
	if why := m.keeps(f); why != "" {
		m.noteKept(f, why)
		return false
	}
	if !m.ops.release(f) {
		m.noteKept(f, "a block of it is dirty")
		return false
	}
	f.each(func(i vm.PageIndex, x *phys.Frame) { m.remove(i, x) })
	return true
}
