package pagecache

import "vmsim/vm"

// walk steps through a file's pages as xas_next and xas_prev do. The iterator has an index and a slot. It starts at the
// given index, but at the slot of the folio's first page, and each step moves both by one. After a large folio the slot
// therefore lags behind the index, and the walk checks other pages than those that it counts. The two agree again when
// the walk enters another node, whose slot is computed from the index. A folio of a whole node or more has its slot one
// level higher, where index and slot stay in step.
// Linux: struct xa_state, xas_prev, xas_next (include/linux/xarray.h, lib/xarray.c).
type walk struct {
	m     *Mapping
	index vm.PageIndex // the index that is counted
	at    vm.PageIndex // the page whose slot is checked
	whole bool         // the slot is that of a folio of a whole node or more
}

// walkFrom starts at page i; there says whether it is cached.
// Linux: xas_load (lib/xarray.c).
func (m *Mapping) walkFrom(i vm.PageIndex) (w walk, there bool) {
	w = walk{m: m, index: i, at: i}
	if f := m.folio(i); f.head != nil {
		w.stand(f)
		return w, true
	}
	return w, false
}

// stand moves to the slot of a folio.
func (w *walk) stand(f folio) {
	if w.whole = f.order() >= radixBits; !w.whole {
		w.at = f.first
	}
}

// back takes a step towards the file's start; it is false if nothing is cached there.
// Linux: __xas_prev (lib/xarray.c).
func (w *walk) back() bool {
	w.index--
	switch {
	case w.whole:
		return w.index != LastPage && w.enter(w.index)
	case w.at&radixMask > 0:
		w.at--
	case w.index&radixMask == 0:
		return true // the slot is computed from the index, stays the same, and is counted twice
	case w.at == 0:
		return false
	default:
		return w.enter(w.at - radixSlots + w.index&radixMask)
	}
	return w.m.pages.get(w.at) != nil
}

// on takes a step towards the file's end; it is false if nothing is cached there.
// Linux: __xas_next (lib/xarray.c).
func (w *walk) on() bool {
	w.index++
	switch {
	case w.whole:
		return w.enter(w.index)
	case w.at&radixMask < radixMask:
		w.at++
	case w.index&radixMask == radixMask:
		return true
	default:
		return w.enter(w.at + 1 + w.index&radixMask)
	}
	return w.m.pages.get(w.at) != nil
}

// enter moves to the slot of page i, which may lie in another node. If that node is a single folio, the walk moves to
// the folio's slot.
func (w *walk) enter(i vm.PageIndex) bool {
	w.at, w.whole = i, false
	x := w.m.pages.get(i)
	if x == nil {
		return false
	}
	w.whole = x.Order() >= radixBits
	return true
}

// cachedBefore is how many pages directly before page i are cached, as the kernel counts them, at most most-1; i if all
// pages from the file's start are.
// Linux: page_cache_prev_miss (mm/filemap.c).
func (m *Mapping) cachedBefore(i vm.PageIndex, most uint64) uint64 {
	w, there := m.walkFrom(i - 1)
	for n := uint64(1); there && n < most; n++ {
		there = w.back() && w.index != LastPage
	}
	return uint64(i - w.index - 1)
}

// missBehind is the first page from i on that is not in the cache as the kernel counts them, as far as most pages
// behind.
// Linux: page_cache_next_miss (mm/filemap.c).
func (m *Mapping) missBehind(i vm.PageIndex, most uint64) vm.PageIndex {
	w, there := m.walkFrom(i)
	for n := uint64(1); there; n++ {
		if n == most {
			return i + vm.PageIndex(most)
		}
		there = w.on()
	}
	return w.index
}
