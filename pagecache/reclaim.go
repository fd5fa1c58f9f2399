package pagecache

import (
	"slices"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// Reclaim takes frames back.
//
//	a frame is needed and none is free   makeRoom: direct reclaim, of pages of disk files
//	a program gives a range up           Age and PageOut: MADV_COLD and MADV_PAGEOUT, see pageout.go
//
// Which page goes first is the Replacer's to say; what has to be done before it may go is done here: write it back,
// take it out of the page tables, find it a place in the swap area.
// Linux: mm/vmscan.c.
type Reclaim struct {
	cache *Cache
	swap  *SwapCache // nil for a machine without a swap area
	replacement
}

// Replace gives reclaim a policy; nil is Linux's own. It hears of every page that is in memory already.
func (r *Reclaim) Replace(policy Replacer) {
	r.replacement = replacement{policy: policy, names: map[*Mapping]map[vm.PageIndex]Page{}}
	r.cache.Each(func(m *Mapping) {
		m.EachPage(0, LastPage, func(i vm.PageIndex, _ *phys.Frame) { r.added(m, i) })
	})
}

// reclaimable reports whether pages of the file can be given up once they are clean: the disk has them.
func (m *Mapping) reclaimable() bool { return m.ops.disk() != nil }

// reclaimBatch is how many pages are given up at a time, so that the next few allocations need no search.
// Linux: SWAP_CLUSTER_MAX (include/linux/swap.h).
const reclaimBatch = 32

// reach is how far the search for pages to give up goes.
// Linux: may_unmap of struct scan_control (mm/vmscan.c).
type reach uint8

const (
	unmapped reach = iota // pages that no page table shows
	mapped                // those too that page tables show, unless they are locked
)

// makeRoom sees to it that a frame is free: clean pages of disk files go; where there are none, what is dirty is
// written back for that. It is false where nothing can be given up.
// Linux: __alloc_pages_direct_reclaim (mm/page_alloc.c), shrink_folio_list (mm/vmscan.c).
func (r *Reclaim) makeRoom() bool {
	if r.cache.Memory.Free() > 0 || r.takeSome(unmapped) || r.cache.waitAll() && r.takeSome(unmapped) {
		return true
	}
	r.cache.Writer.writeAll()
	if r.takeSome(unmapped) || r.takeSome(mapped) {
		return true
	}
	r.cache.Writer.writeAll() // what page tables knew to be dirty
	return r.takeSome(mapped)
}

// writeAll writes back every dirty page of disk files.
func (w *Writeback) writeAll() {
	for _, m := range slices.Clone(w.queue) {
		_ = m.WriteBack(0, LastPage)
	}
}

// takeSome takes a batch of pages, and reports whether it found any.
// Linux: shrink_inactive_list (mm/vmscan.c).
func (r *Reclaim) takeSome(how reach) bool {
	memory := r.cache.Memory
	before := memory.Free()
	for at := r.candidates(how); memory.Free() < before+reclaimBatch; {
		f := at.next()
		if f.head == nil {
			break
		}
		if f.reclaimable(how) {
			r.evict(f)
		}
	}
	return memory.Free() > before
}

// reclaimable reports whether a folio may be taken: it is filled and clean, and only the cache holds it, or page tables
// do that may be made to forget it.
func (f folio) reclaimable(how reach) bool {
	if !f.filled() || f.has(dirty) || f.has(writeback) {
		return false
	}
	return !f.busy() || how == mapped && f.mapped() && !f.locked()
}

// evict unmaps a folio and drops it from the cache, unless a page table knew that it is dirty.
// Linux: shrink_folio_list (mm/vmscan.c).
func (r *Reclaim) evict(f folio) {
	if f.mapped() {
		f.m.unmap(f.first, f.next()-1, vm.KeepCopies)
	}
	f.m.Evict(f.first)
}

// locked reports whether a program has locked a page of it into memory.
func (f folio) locked() (is bool) {
	f.each(func(_ vm.PageIndex, x *phys.Frame) { is = is || x.Has(phys.Mlocked) })
	return is
}
