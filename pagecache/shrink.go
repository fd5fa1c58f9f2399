package pagecache

import (
	"slices"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// shrinkBatch is how many pages are given up at a time, so that the next few need no search.
// Linux: SWAP_CLUSTER_MAX (include/linux/swap.h).
const shrinkBatch = 32

// reach is how far the search for pages to give up goes.
type reach uint8

const (
	unused reach = iota // pages that nobody maps
	mapped              // those too that page tables show, unless they are locked
)

// makeRoom sees to it that a frame is free: clean pages of disk files go, the eldest files' first; where there are
// none, what is dirty is written back for that. It is false where nothing can be given up.
// Linux: __alloc_pages_direct_reclaim (mm/page_alloc.c), shrink_folio_list (mm/vmscan.c).
func (c *Cache) makeRoom() bool {
	if c.Memory.Free() > 0 || c.evictSome(unused) || c.waitForDisk() && c.evictSome(unused) {
		return true
	}
	c.writeAll()
	if c.evictSome(unused) || c.evictSome(mapped) {
		return true
	}
	c.writeAll() // what page tables knew to be dirty
	return c.evictSome(mapped)
}

// writeAll writes back every dirty page of disk files.
func (c *Cache) writeAll() {
	for _, m := range slices.Clone(c.Writer.queue) {
		_ = m.WriteBack(0, LastPage)
	}
}

// waitForDisk waits for everything that is being read, and says whether anything was.
func (c *Cache) waitForDisk() bool {
	if len(c.inflight) == 0 {
		return false
	}
	for _, a := range c.inflight {
		c.Log.Clock.WaitFor(a.done)
	}
	clear(c.inflight)
	return true
}

// evictSome gives up a batch of pages, and says whether it found any.
func (c *Cache) evictSome(how reach) bool {
	before := c.Memory.Free()
	for m := c.first; m != nil && c.Memory.Free() < before+shrinkBatch; m = m.next {
		if _, ok := m.store.(*diskFile); ok {
			m.evictSome(before+shrinkBatch, how)
		}
	}
	return c.Memory.Free() > before
}

// evictSome gives up pages of one file until so many frames are free.
func (m *Mapping) evictSome(until uint64, how reach) {
	for i := vm.PageIndex(0); m.Cache.Memory.Free() < until; {
		at, x := m.pages.nextPage(i, LastPage)
		if x == nil {
			return
		}
		f := m.folioOf(at, x)
		i = f.next()
		if !f.filled() || f.has(dirty) {
			continue
		}
		if how == mapped && f.mapped() && !f.locked() {
			m.unmap(f.first, f.next()-1, vm.KeepCopies)
		}
		m.Evict(f.first)
	}
}

// locked reports whether a program has locked a page of it into memory.
func (f folio) locked() (is bool) {
	f.each(func(_ vm.PageIndex, x *phys.Frame) { is = is || x.Has(phys.Mlocked) })
	return is
}
