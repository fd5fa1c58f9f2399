package pagecache

import (
	"math/bits"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// A folio of four pages in the page cache:
//
//	page      8       9       10      11
//	frame     head    .       .       .         each frame has the order 2 and the folio's flags
//	tree      slot 8  slot 9  slot 10 slot 11   Linux has one entry, for the folio; here each page has its own
//	lists     head                              the folio is on one list, by its first frame
//
// Any page of it leads to the first one: a folio of order n begins at a multiple of 2 to the power of n.

// folio is a power of two of pages of a file that the cache keeps as one: they are filled, dirty, written back and
// dropped together. In the model its frames need not be contiguous; each has the order and the flags of the folio. A
// folio is a view: it is made by a look-up and kept no longer than nothing is added, removed or split. Code that may
// reclaim in between takes a reference to its head first.
// Linux: struct folio (include/linux/mm_types.h).
type folio struct {
	m     *Mapping
	first vm.PageIndex
	head  *phys.Frame // nil for no folio
}

// maxFolioOrder is the order of the largest folio of a disk file: 2 MiB.
// Linux: EXT4_MAX_PAGECACHE_ORDER (fs/ext4/inode.c).
const maxFolioOrder = 9

// largestFolio is the order of the largest folio of a disk file on the machine's release: until 6.16 ext4 had pages
// only.
// Linux: mapping_max_folio_order (include/linux/pagemap.h), ext4_set_inode_mapping_order (fs/ext4/inode.c).
func (c *Cache) largestFolio() int {
	if !c.Profile.Has(profile.LargeFolios) {
		return 0
	}
	return maxFolioOrder
}

// folio is the folio that holds page i; its head is nil where there is none.
func (m *Mapping) folio(i vm.PageIndex) folio {
	f := m.pages.Get(i)
	if f == nil {
		return folio{}
	}
	return m.folioOf(i, f)
}

// folioOf is the folio that frame f, of page i, is part of. Page 11 of a folio of order 2 begins at 11 &^ 3 = 8.
func (m *Mapping) folioOf(i vm.PageIndex, f *phys.Frame) folio {
	order := f.Order()
	if order == 0 {
		return folio{m, i, f}
	}
	first := i &^ (1<<order - 1)
	return folio{m, first, m.pages.Get(first)}
}

func (f folio) order() int          { return f.head.Order() }
func (f folio) pages() vm.PageIndex { return 1 << f.head.Order() }
func (f folio) next() vm.PageIndex  { return f.first + f.pages() }
func (f folio) pos() int64          { return f.first.FileOffset() }
func (f folio) end() int64          { return f.next().FileOffset() }
func (f folio) large() bool         { return f.head.Order() > 0 }

// complete reports whether every page of it is in the tree and has its order: an invariant of check.
func (f folio) complete() bool {
	for i := f.first; i < f.next(); i++ {
		if x := f.m.pages.Get(i); x == nil || x.Order() != f.order() {
			return false
		}
	}
	return true
}

// frame is the frame of page i of it.
func (f folio) frame(i vm.PageIndex) *phys.Frame {
	if i == f.first {
		return f.head
	}
	return f.m.pages.Get(i)
}

// each calls fn for every page.
func (f folio) each(fn func(i vm.PageIndex, frame *phys.Frame)) {
	for i, end := f.first, f.next(); i < end; i++ {
		fn(i, f.frame(i))
	}
}

// FolioHead is the first frame of the folio that frame is part of.
// Linux: page_folio (include/linux/page-flags.h).
func (m *Mapping) FolioHead(frame *phys.Frame) *phys.Frame {
	return m.folioOf(vm.PageIndex(frame.Index), frame).head
}

// EachOfFolio calls fn for every frame of the folio that frame is part of.
func (m *Mapping) EachOfFolio(frame *phys.Frame, fn func(*phys.Frame)) {
	m.folioOf(vm.PageIndex(frame.Index), frame).each(func(_ vm.PageIndex, x *phys.Frame) { fn(x) })
}

func (f folio) has(fl phys.Flags) bool { return f.head.Has(fl) }

// set sets flags that all pages of a folio have together. Linux has most flags once, in the first page; here each frame
// has a copy, so that a view of a single page is complete.
func (f folio) set(fl phys.Flags) {
	if f.has(fl) {
		return
	}
	f.each(func(_ vm.PageIndex, x *phys.Frame) { x.Set(fl) })
}

// clear clears flags that all pages of a folio have together.
func (f folio) clear(fl phys.Flags) {
	if f.head.Flags&fl == 0 {
		return
	}
	f.each(func(_ vm.PageIndex, x *phys.Frame) { x.Clear(fl) })
}

// busy reports whether anything but the cache has a reference to a page of it: a page table, or a call in progress. The
// cache itself holds one reference. Callers clear the page tables before they ask. A folio in flight is busy although
// no reference says so: the device writes to its frames.
func (f folio) busy() (held bool) {
	f.each(func(_ vm.PageIndex, x *phys.Frame) { held = held || x.Refs() > 1 })
	return held || f.inFlight()
}

// mapped reports whether a page table maps a page of it. Linux keeps the sum in the folio (_mapcount, _large_mapcount),
// so that it need not walk the pages.
// Linux: folio_mapped (include/linux/mm.h).
func (f folio) mapped() (is bool) {
	f.each(func(_ vm.PageIndex, x *phys.Frame) { is = is || x.Maps() > 0 })
	return is
}

// zero clears bytes from from up to to, counted from the folio's start.
// Linux: folio_zero_range (include/linux/highmem.h).
func (f folio) zero(from, to int64) {
	for from < to {
		i := vm.PageIndex(from >> vm.PageShift)
		off := int(from & vm.PageMask)
		n := min(vm.PageSize-off, int(to-from))
		frame := f.frame(f.first + i)
		f.m.Cache.Memory.ZeroRange(frame, off, off+n)
		stepCopyZero(f.m.Cache.Log, n, frame.PFN(), 0)
		from += int64(n)
	}
}

// addFolio takes free frames for a folio of up to that order that holds page i, which is not cached, into the cache: a
// smaller one if i is not aligned, if other folios overlap, or if memory is short; no folio if no memory is left. Linux
// tries smaller orders in the same way: a large folio is an optimization, which may fail.
// Linux: __filemap_get_folio with FGP_CREAT (mm/filemap.c).
func (m *Mapping) addFolio(i vm.PageIndex, order int, why purpose) folio {
	order = min(order, m.Cache.largestFolio())
	// A folio begins at a multiple of its size, so that its first page follows from any page of it and the order.
	if i&(1<<order-1) != 0 {
		order = bits.TrailingZeros64(uint64(i))
	}
	// Down to a single page.
	for ; order >= 0; order-- {
		if m.addPages(i, order, why) {
			return m.folio(i)
		}
	}
	return folio{}
}

// purpose is what a folio is for.
type purpose uint8

const (
	toRead    purpose = iota
	toBeAhead         // for readahead, where the allocation may fail
	toWrite           // for a write, where refaults do not count; Linux: __GFP_WRITE
)

// need is how urgent the charge to the control group is.
func (w purpose) need() Need {
	if w == toBeAhead {
		return IfEasy
	}
	return MustHave
}

// frameNeed is how urgent its frames are. An allocation of a large folio may fail, since a smaller one does as well.
func (w purpose) frameNeed(order int) Need {
	if order > 0 {
		return IfEasy
	}
	return w.need()
}

// addPages adds a folio, none of whose pages may be cached. It checks that after it has made room, since reclaim may
// evict one of them. A page that was evicted has left a shadow: if that is recent, the page begins as active.
// Linux: filemap_add_folio (mm/filemap.c).
func (m *Mapping) addPages(first vm.PageIndex, order int, why purpose) bool {
	r, n := &m.Cache.Reclaim, vm.PageIndex(1)<<order
	if !r.room(uint64(n), why.need(), why.frameNeed(order)) || !m.pages.Free(first, first+n-1) {
		return false
	}
	if r.heads.cached && m.needsNode(first) {
		r.leaveStock()
	}
	was, came := m.takeShadow(first, first+n-1), phys.Flags(0)
	if why != toWrite {
		came = r.refault(was, filePages, uint64(n), r.chargedGroup())
	}
	for i := first; i < first+n; i++ {
		m.addOf(i, came, order)
	}
	return true
}

// unmap clears the page-table entries of the folio. Their accessed bits are dropped, unlike in an munmap. Private
// copies stay: they belong to their process and are no pages of the file. The accessed bits are lost with the entries,
// which is right here: the caller has read them, or gives the page up.
// Linux: try_to_unmap (mm/rmap.c).
func (f folio) unmap() {
	m, at := f.m, []shown(nil)
	m.areas.Each(f.first, f.next()-1, func(a *vm.Area, from vm.Addr, pages uint64) bool {
		at = append(at, shown{a, from, from + vm.Addr(pages<<vm.PageShift)})
		return true
	})
	for _, s := range at {
		space := s.area.Space()
		for x := s.from; x < s.to; x += vm.PageSize {
			if frame := space.NormalFrame(space.Entry(x)); frame != nil && frame.Owner == phys.Owner(m) {
				space.Evict(s.area, x)
			}
		}
	}
	if n := uint64(len(at)); n > 0 {
		stepUnmapped(m.Cache.Log, f.first, n)
	}
}

// drop removes a folio, dirty or not, from the cache and from the page tables. Dirty data is lost: the file does not
// have these bytes any more. The entries go first. In the other order a process could store to a page that no file has
// any more.
// Linux: truncate_inode_folio (mm/truncate.c).
func (f folio) drop() {
	m, last := f.m, f.next()-1
	if f.mapped() {
		m.unmap(f.first, last, vm.KeepCopies)
	}
	m.ops.leaving(m, f)
	for i := f.first; i <= last; i++ {
		frame := m.pages.Get(i)
		stepPageTruncated(m.Cache.Log, i, frame.PFN(), m.Number)
		m.remove(i, frame)
	}
}

// splitOnLists puts the parts of the folio, which ended before page next, in its place on the LRU lists: a split does
// not change when they are reclaimed.
// Linux: lru_add_split_folio (mm/huge_memory.c).
func (f folio) splitOnLists(next vm.PageIndex) {
	if !f.m.Cache.LRU.Ordered() {
		return
	}
	var parts []*phys.Frame
	for i := f.first; i < next; i++ {
		parts = append(parts, f.m.pages.Get(i))
	}
	f.m.Cache.LRU.Split(parts)
}

// split splits the folio: page at becomes a folio of its own, and the rest becomes folios as large as repeated halving
// gives. It unmaps the whole folio, and drops pages beyond the file's end. Truncation in the middle of a folio splits
// it so that the rest can be dropped. Page at is the one that holds the new end, or the hole's edge.
//
//	folio of order 3, pages 8 to 15, split at page 11:   [8 9] [10] [11] [12 13 14 15]
//
// Each half that does not hold the page stays whole, so the rest needs few folios: at most one of each order below.
// Linux: folio_split (mm/huge_memory.c).
func (f folio) split(at vm.PageIndex) {
	m, end, next := f.m, pagesFor(f.m.size), f.next()
	f.unmap()
	lo := f.first
	for order := f.order() - 1; order >= 0; order-- {
		half := vm.PageIndex(1) << order
		other := lo + half
		if at >= other {
			lo, other = other, lo
		}
		for i := other; i < other+half; i++ {
			m.pages.Get(i).SetOrder(order)
		}
	}
	m.pages.Get(at).SetOrder(0)
	f.splitOnLists(next)
	for i := m.folio(f.first).next(); i < next; i++ {
		m.pages.Get(i).Clear(readaheadMark | phys.OnDisk) // these flags stay with the first folio
	}
	for i := max(f.first+1, end); i < next; {
		x := m.folio(i)
		i = x.next()
		if x.first >= end {
			x.drop()
		}
	}
}
