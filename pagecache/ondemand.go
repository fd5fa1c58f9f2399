package pagecache

import "vmsim/vm"

// onDemand is what is read for a reader that misses page i on a release that has one routine for a miss and for a
// reader at the mark, until 6.11. A miss right behind the last window, or where its mark was, goes on from that window.
// A window that would begin with its own mark takes in the next one at once.
// Linux: ondemand_readahead (mm/readahead.c).
func (d *ext4File) onDemand(m *Mapping, ra *readaheadState, x Miss) (w Window, ok bool) {
	last := ra.Window
	end := last.First + vm.PageIndex(last.Pages)
	if x.Page != 0 && (x.Page == end || x.Page == end-vm.PageIndex(last.Async)) {
		last.Order = -2 // Next adds 2: these releases read single pages
		w = m.Cache.Readahead.Next(last, x.Most)
	} else if w, ok = m.Cache.Readahead.Start(x); !ok {
		return w, false
	} else if (x.Follows || x.Wanted > x.Most) && w.Pages <= x.Wanted {
		w.Async = w.Pages // the reader takes all of it, so the next window begins with its first page
	}
	// The reader is at the mark already: the next window would be asked for at once, so it is read as a part of this
	// one.
	if w.First == x.Page && w.Async == w.Pages {
		if w.Async = nextWindow(w.Pages, x.Most); w.Pages+w.Async <= x.Most {
			w.Pages += w.Async
		} else {
			w.Pages, w.Async = x.Most, x.Most/2
		}
	}
	w.Order = 0
	return w, true
}
