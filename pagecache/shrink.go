package pagecache

import "vmsim/vm"

// shrinkBatch is how many pages are given up at a time, so that the next few need no search.
// Linux: SWAP_CLUSTER_MAX (include/linux/swap.h).
const shrinkBatch = 32

// makeRoom sees to it that a frame is free: pages of disk files that are clean and nobody's go, the eldest files' first, and
// where there are none, what is dirty is written back for that. It is false where nothing can be given up.
// Linux: __alloc_pages_direct_reclaim (mm/page_alloc.c), shrink_folio_list (mm/vmscan.c).
func (c *Cache) makeRoom() bool {
	if c.Memory.Free() > 0 {
		return true
	}
	if c.evictSome() || c.waitForDisk() && c.evictSome() {
		return true
	}
	for len(c.Writer.queue) > 0 && c.Writer.dirty > 0 {
		m := c.Writer.queue[0]
		_ = m.WriteBack(0, LastPage)
		if c.evictSome() {
			return true
		}
		c.Writer.clean(m)
	}
	return false
}

// waitForDisk waits for everything that is being read, and says whether anything was.
func (c *Cache) waitForDisk() bool {
	if len(c.arrivals) == 0 {
		return false
	}
	for _, a := range c.arrivals {
		c.Log.Clock.WaitFor(a.time)
	}
	clear(c.arrivals)
	return true
}

// evictSome gives up a batch of pages, and says whether it found any.
func (c *Cache) evictSome() bool {
	before := c.Memory.Free()
	for m := c.first; m != nil && c.Memory.Free() < before+shrinkBatch; m = m.next {
		if _, ok := m.store.(*diskFile); ok {
			m.evictSome(before + shrinkBatch)
		}
	}
	return c.Memory.Free() > before
}

// evictSome gives up pages of one file until so many frames are free.
func (m *Mapping) evictSome(until uint64) {
	for i := vm.PageIndex(0); m.Cache.Memory.Free() < until; {
		at, x := m.pages.nextPage(i, LastPage)
		if x == nil {
			return
		}
		f := m.folioOf(at, x)
		if i = f.next(); f.filled() {
			m.Evict(f.first)
		}
	}
}
