package xarray

import "vmsim/vm"

// lastPage is the highest index; the page before page 0.
const lastPage = ^vm.PageIndex(0)

// walk steps through the pages as xas_next and xas_prev do. It has an index, which it counts, and a slot, which it
// checks. A large folio has one slot, that of its first page. So a walk that starts inside a folio has a slot below its
// index. Each step moves both by one, and the walk checks other pages than those that it counts, until it enters
// another node: there it computes the slot from the index. A folio of a whole node or more has its slot one level
// higher, where index and slot stay in step.
//
//	pages     0     1     2     3     4     5          pages 0 to 3 are one folio
//	start                 index                        a walk forward from page 2
//	          slot
//	2 steps                           index            counts page 4
//	                      slot                         checks page 2
//
// A folio that was evicted leaves a shadow in its first slot. The other slots still refer to that one, and a step that
// comes upon one of these takes it for a page.
//
// Linux: struct xa_state, xas_prev, xas_next (include/linux/xarray.h, lib/xarray.c).
type walk struct {
	a     *Array
	tail  func(vm.PageIndex) bool // whether the page's slot refers to a shadow; nil if no folio has left one
	index vm.PageIndex            // the index that is counted
	at    vm.PageIndex            // the page whose slot is checked
	whole bool                    // the slot is that of a folio of a whole node or more
}

// walkFrom starts at page i; there reports whether that page is present.
// Linux: xas_load (lib/xarray.c).
func (a *Array) walkFrom(i vm.PageIndex, tail func(vm.PageIndex) bool) (w walk, there bool) {
	w = walk{a: a, tail: tail, index: i, at: i}
	f := a.Get(i)
	if f == nil {
		return w, false
	}
	if w.whole = f.Order() >= slotBits; !w.whole {
		w.at = i &^ (1<<f.Order() - 1)
	}
	return w, true
}

// back takes a step towards page 0; it is false if no page is there.
// Linux: __xas_prev (lib/xarray.c).
func (w *walk) back() bool {
	w.index--
	switch {
	case w.whole:
		return w.index != lastPage && w.enter(w.index)
	case w.at&slotMask > 0:
		w.at--
	case w.index&slotMask == 0:
		return true // the slot is computed from the index, stays the same, and is counted twice
	case w.at == 0:
		return false
	default:
		return w.enter(w.at - slots + w.index&slotMask)
	}
	return w.taken()
}

// taken reports whether the kernel takes what is in the slot for a page.
// Linux: xa_is_value (include/linux/xarray.h), of an entry that may be a sibling.
func (w *walk) taken() bool { return w.a.Get(w.at) != nil || w.tail != nil && w.tail(w.at) }

// on takes a step upwards; it is false if no page is there.
// Linux: __xas_next (lib/xarray.c).
func (w *walk) on() bool {
	w.index++
	switch {
	case w.whole:
		return w.enter(w.index)
	case w.at&slotMask < slotMask:
		w.at++
	case w.index&slotMask == slotMask:
		return true
	default:
		return w.enter(w.at + 1 + w.index&slotMask)
	}
	return w.taken()
}

// enter moves to the slot of page i, which may be in another node. If a folio fills that node, the walk moves to the
// folio's slot, one level higher.
func (w *walk) enter(i vm.PageIndex) bool {
	w.at, w.whole = i, false
	x := w.a.Get(i)
	if x == nil {
		return w.taken()
	}
	w.whole = x.Order() >= slotBits
	return true
}

// PrevMiss is how many pages directly before page i the kernel counts as present: at most most-1, and i if it counts
// all pages from 0. Tail says which slots without a page refer to the shadow of a folio.
// Linux: page_cache_prev_miss (mm/filemap.c).
func (a *Array) PrevMiss(i vm.PageIndex, most uint64, tail func(vm.PageIndex) bool) uint64 {
	w, there := a.walkFrom(i-1, tail)
	for n := uint64(1); there && n < most; n++ {
		there = w.back() && w.index != lastPage
	}
	return uint64(i - w.index - 1)
}

// NextMiss is the first page from i on that the kernel counts as absent. It looks at most pages. Tail is as for
// PrevMiss.
// Linux: page_cache_next_miss (mm/filemap.c).
func (a *Array) NextMiss(i vm.PageIndex, most uint64, tail func(vm.PageIndex) bool) vm.PageIndex {
	w, there := a.walkFrom(i, tail)
	for n := uint64(1); there; n++ {
		if n == most {
			return i + vm.PageIndex(most)
		}
		there = w.on()
	}
	return w.index
}
