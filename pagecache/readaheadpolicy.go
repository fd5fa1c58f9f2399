package pagecache

import "vmsim/vm"

// Readahead is the policy of readahead: how much to read, and when to read the next window. Linux's own is
// LinuxReadahead.
// Linux: page_cache_sync_ra, page_cache_async_ra (mm/readahead.c).
type Readahead interface {
	// Start is the window to read on a miss; ok is false to read only the wanted pages.
	Start(x Miss) (w Window, ok bool)
	// Next is the window to read when a reader has reached the mark of window last; it begins where last ends. No
	// window is longer than most pages, except one that follows a longer one.
	Next(last Window, most uint64) Window
}

// Window is a run of pages that are read together.
// Linux: struct file_ra_state (include/linux/fs.h).
type Window struct {
	First vm.PageIndex
	Pages uint64
	Async uint64 // how many pages before its end the mark lies that begins the next window; 0 for no mark
	Order int    // of the folios that it is read in, where they fit
}

// Miss is a page that a reader wants and that is not in the cache.
// Linux: the arguments of page_cache_sync_ra (mm/readahead.c).
type Miss struct {
	Page    vm.PageIndex
	Wanted  uint64 // pages that the reader wants, from this one on
	Most    uint64 // the longest window that may be
	Follows bool   // the page is the first of the file, or continues the last read
	// pages right before this one that are cached, Most at most; 0 where Follows, or where much is wanted
	Before uint64
}

// LinuxReadahead is Linux's policy: windows grow as long as a file is read in order. With the default limit of 32 pages
// (128 KiB), a program that reads page by page from the start gets:
//
//	read of page   window       mark    reason
//	0              0 to 3       1       a miss at the start: 4 times what was wanted
//	1              4 to 11      4       the mark: doubled, the mark on its first page
//	4              12 to 15     12      doubled to 27, and cut where folios of 16 pages can begin
//	12             16 to 23     16      8 pages
//	16             24 to 31     24      16 pages, cut at 32
//	24             32 to 47     32      16 pages, in one folio
//	32             48 to 63     48      32 pages, cut at 64
//	48             64 to 95     64      32 pages, and so on from here
//
// From the second window on, each is requested when the reader comes to the first page of the one before.
// Linux: mm/readahead.c.
type LinuxReadahead struct{}

// Start reads ahead for a sequential reader, or if the pages before the miss are still cached.
// Linux: page_cache_sync_ra (mm/readahead.c).
func (LinuxReadahead) Start(x Miss) (w Window, ok bool) {
	switch {
	case x.Follows || x.Wanted > x.Most:
		w = Window{First: x.Page, Pages: firstWindow(x.Wanted, x.Most)}
		if w.Async = w.Pages / 2; w.Pages > x.Wanted {
			w.Async = w.Pages - x.Wanted
		}
		return w, true
	case x.Before <= x.Wanted:
		return w, false
	case vm.PageIndex(x.Before) == x.Page:
		x.Before *= 2 // all of the file up to here: the file is being read whole
	}
	return Window{First: x.Page, Pages: min(x.Before+x.Wanted, x.Most), Async: 1}, true
}

// Next doubles the window, uses folios four times as large, and aligns the window's end to them.
// Linux: page_cache_async_ra (mm/readahead.c).
func (LinuxReadahead) Next(last Window, most uint64) Window {
	w := Window{First: last.First + vm.PageIndex(last.Pages), Pages: max(last.Pages, nextWindow(last.Pages, most)),
		Order: last.Order + 2}
	unit := vm.PageIndex(1) << min(w.Order, alignment(vm.PageIndex(most)))
	end := w.First + vm.PageIndex(w.Pages)
	if whole := end &^ (unit - 1); whole > w.First {
		w.Pages -= uint64(end - whole)
	}
	w.Async = w.Pages
	return w
}

// log2 is the largest k for which 2 to the power of k is at most n.
func log2(n uint64) int {
	k := 0
	for n > 1 {
		n >>= 1
		k++
	}
	return k
}

// firstWindow is how much is read at the start of a sequential read.
// Linux: get_init_ra_size (mm/readahead.c).
func firstWindow(want, most uint64) uint64 {
	n := uint64(1)
	for n < want {
		n *= 2
	}
	switch {
	case n <= most/32:
		return n * 4
	case n <= most/4:
		return n * 2
	}
	return most
}

// nextWindow is how much is read next.
// Linux: get_next_ra_size (mm/readahead.c).
func nextWindow(size, most uint64) uint64 {
	switch {
	case size < most/16:
		return 4 * size
	case size <= most/2:
		return 2 * size
	}
	return most
}
