package xarray

import "vmsim/vm"

// lastPage is the highest index; the page before page 0.
const lastPage = ^vm.PageIndex(0)

// walk steps through the pages as xas_next and xas_prev do. It has an index, which it counts, and a slot, which it
// checks. A large folio has one slot, that of its first page. So a walk that starts inside a folio has a slot below its
// index. Each step moves both by one, and the walk checks other pages than those that it counts, until it enters
// another node: there it computes the slot from the index.
//
//	pages     0     1     2     3     4     5          pages 0 to 3 are one folio
//	start                 index                        a walk forward from page 2
//	          slot
//	2 steps                           index            counts page 4
//	                      slot                         checks page 2
//
// A folio of a whole node or more has its slot in a node of a higher level. A step leaves such a slot only if it does
// not hold the index any more, and then it takes the next slot of that level. It does not look which slot holds the
// index: a walk back that has come into such a folio with an index above the folio leaves it at the next step.
//
// A folio that was evicted leaves a shadow in its first slot. The other slots still refer to that one, and a step that
// comes upon one of these takes it for a page.
//
// Linux: struct xa_state, xas_prev, xas_next (include/linux/xarray.h, lib/xarray.c).
type walk struct {
	a     *Array
	tail  func(vm.PageIndex) bool // whether the page's slot refers to a shadow; nil if no folio has left one
	index vm.PageIndex            // the index that is counted
	at    vm.PageIndex            // the first page of the slot that is checked
	shift int                     // the slot is of 1<<shift pages; 0 in the lowest nodes
}

// walkFrom starts at page i; there reports whether that page is present.
// Linux: xas_load (lib/xarray.c).
func (a *Array) walkFrom(i vm.PageIndex, tail func(vm.PageIndex) bool) (w walk, there bool) {
	w = walk{a: a, tail: tail, index: i, at: i}
	f := a.Get(i)
	if f == nil {
		return w, false
	}
	w.at = i &^ (1<<f.Order() - 1)
	w.shift = f.Order() / slotBits * slotBits
	return w, true
}

// offset is the place of page i's slot in its node, at the level of the walk.
// Linux: get_offset (lib/xarray.c).
func (w *walk) offset(i vm.PageIndex) vm.PageIndex { return i >> w.shift & slotMask }

// back takes a step towards page 0; it is false if no page is there.
// Linux: __xas_prev (lib/xarray.c).
func (w *walk) back() bool {
	w.index--
	if w.shift > 0 || w.offset(w.at) == 0 {
		if w.offset(w.at) == w.offset(w.index) {
			return true // the slot stays the same, and is counted once more
		}
		for ; w.offset(w.at) == 0; w.shift += slotBits {
			if w.at == 0 {
				return false
			}
		}
	}
	w.at -= 1 << w.shift
	return w.descend()
}

// on takes a step upwards; it is false if no page is there.
// Linux: __xas_next (lib/xarray.c).
func (w *walk) on() bool {
	w.index++
	if w.shift > 0 || w.offset(w.at) == slotMask {
		if w.offset(w.at) == w.offset(w.index) {
			return true
		}
		for w.offset(w.at) == slotMask {
			w.shift += slotBits
			w.at &^= 1<<w.shift - 1
		}
	}
	if w.at += 1 << w.shift; w.at == 0 {
		return false // it was the last slot of the tree
	}
	return w.descend()
}

// descend goes from a slot down to what the index selects in the nodes below it, and reports whether that is taken for
// a page. It ends at a folio that fills the slot of a higher level.
func (w *walk) descend() bool {
	for w.shift > 0 {
		if f := w.a.Get(w.at); f != nil && f.Order() >= w.shift {
			return true
		}
		w.shift -= slotBits
		w.at += w.offset(w.index) << w.shift
	}
	return w.taken()
}

// taken reports whether the kernel takes what is in the slot for a page.
// Linux: xa_is_value (include/linux/xarray.h), of an entry that may be a sibling.
func (w *walk) taken() bool { return w.a.Get(w.at) != nil || w.tail != nil && w.tail(w.at) }

// PrevMiss is how many pages directly before page i the kernel counts as present: at most most-1, and i if it counts
// all pages from 0. Tail says which slots without a page refer to the shadow of a folio. With single pages 5 to 9 in
// the tree, PrevMiss(10, 32) is 5, and NextMiss(5, 32) is page 10.
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
