package pagecache

import "vmsim/vm"

// walk goes from page to page of a file as the kernel's walks over the tree of pages do. They begin at the page that is
// asked for, but stand in the tree where its folio does, at the slot of the folio's first page; then each step moves
// the number and the slot by one. Behind a folio of several pages the two are apart by so much, and the walk looks at
// other pages than those that it counts. They meet again only where the walk enters another node: there the slot is the
// number's. A folio of a whole node or more has its slot one level higher, and number and slot stay together.
// Linux: struct xa_state, xas_prev, xas_next (include/linux/xarray.h, lib/xarray.c).
type walk struct {
	m     *Mapping
	index vm.PageIndex // the number that is counted
	at    vm.PageIndex // the page whose slot is looked at
	whole bool         // it stands in the slot of a folio of a whole node or more
}

// walkFrom begins at page i; there says whether it is cached.
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

// back takes a step towards the file's start; it is false where nothing is cached.
// Linux: __xas_prev (lib/xarray.c).
func (w *walk) back() bool {
	w.index--
	switch {
	case w.whole:
		return w.index != LastPage && w.enter(w.index)
	case w.at&radixMask > 0:
		w.at--
	case w.index&radixMask == 0:
		return true // the slot is the number's: it stays, and is counted twice
	case w.at == 0:
		return false
	default:
		return w.enter(w.at - radixSlots + w.index&radixMask)
	}
	return w.m.pages.get(w.at) != nil
}

// on takes a step towards the file's end; it is false where nothing is cached.
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

// enter moves to the slot of page i, which may lie in another node. Where that node is one folio, the walk stands in
// its slot.
func (w *walk) enter(i vm.PageIndex) bool {
	w.at, w.whole = i, false
	x := w.m.pages.get(i)
	if x == nil {
		return false
	}
	w.whole = x.Order() >= radixBits
	return true
}

// cachedBefore is how many pages right before page i are in the cache as the kernel counts them, fewer than most; i
// where all are, up to the file's start.
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
