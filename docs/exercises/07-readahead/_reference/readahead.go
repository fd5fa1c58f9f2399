// Package readahead is the policy of reading ahead.
package readahead

import (
	"math/bits"

	"vmsim/pagecache"
	"vmsim/vm"
)

// Readahead says how much is read ahead of a reader.
type Readahead struct{}

// New makes one for a machine.
func New() pagecache.Readahead { return Readahead{} }

// Start says what is read where a page is missed; ok is false for no more than what is wanted.
func (Readahead) Start(x pagecache.Miss) (w pagecache.Window, ok bool) {
	switch {
	case x.Follows || x.Wanted > x.Most:
		w = pagecache.Window{First: x.Page, Pages: first(x.Wanted, x.Most)}
		if w.Pages > x.Wanted {
			w.Async = w.Pages - x.Wanted
		} else {
			w.Async = w.Pages / 2
		}
		return w, true
	case x.Before <= x.Wanted:
		return w, false
	case uint64(x.Page) == x.Before:
		x.Before *= 2
	}
	return pagecache.Window{First: x.Page, Pages: min(x.Before+x.Wanted, x.Most), Async: 1}, true
}

// first is the length of a first window.
func first(wanted, most uint64) uint64 {
	n := uint64(1) << bits.Len64(wanted-1)
	switch {
	case n <= most/32:
		return 4 * n
	case n <= most/4:
		return 2 * n
	}
	return most
}

// Next says what is read when a reader has reached the mark of window last.
func (Readahead) Next(last pagecache.Window, most uint64) pagecache.Window {
	n := most
	switch {
	case last.Pages < most/16:
		n = 4 * last.Pages
	case last.Pages <= most/2:
		n = 2 * last.Pages
	}
	w := pagecache.Window{First: last.First + vm.PageIndex(last.Pages), Pages: max(n, last.Pages)}
	w.Order = last.Order + 2
	unit := vm.PageIndex(1) << min(w.Order, bits.TrailingZeros64(most))
	end := w.First + vm.PageIndex(w.Pages)
	if whole := end &^ (unit - 1); whole > w.First {
		w.Pages = uint64(whole - w.First)
	}
	w.Async = w.Pages
	return w
}
