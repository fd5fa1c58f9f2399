package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// readaheadState is the readahead state of an open file. The windows of one open file follow each other:
//
//	            Async
//	         |<------->|
//	|--------M---------|-------------------|
//	first window        next window, read when the reader comes to page M
//
// Each open file has its own: two readers of one file do not disturb each other.
// Linux: struct file_ra_state (include/linux/fs.h).
type readaheadState struct {
	Window        // the last one
	most   uint64 // how large a window may be; Linux: ra_pages
	random bool   // POSIX_FADV_RANDOM; Linux: FMODE_RANDOM
	// It counts up by one for each fault that misses, up to a limit, and down by the hits.
	missed int   // mmap misses less hits; Linux: mmap_miss
	prev   int64 // where the last read() ended; -1 before the first
}

// lotsOfMisses is how many mmap misses stop read-around: the file counts as read at random.
// Linux: MMAP_LOTSAMISS (mm/filemap.c).
const lotsOfMisses = 100

// requestPages is the device's optimal request size.
// Linux: io_pages of struct backing_dev_info (include/linux/backing-dev-defs.h).
const requestPages = 1280 << 10 / vm.PageSize

// shrink makes windows smaller after the disk has failed. A device with bad blocks should not be asked for many pages
// that nothing has asked for.
// Linux: shrink_readahead_size_eio (mm/filemap.c).
func (ra *readaheadState) shrink() { ra.most /= 4 }

// limit is the largest window for a reader that wants so many pages. A single large read() may have a window as large
// as the device takes in one request, even if readahead has a smaller limit.
// Linux: ractl_max_pages (mm/readahead.c).
func (ra *readaheadState) limit(want uint64) uint64 {
	if want > ra.most && requestPages > ra.most {
		return min(want, requestPages)
	}
	return ra.most
}

// hits notes that n pages were found in the cache by faults.
func (ra *readaheadState) hits(n int) { ra.missed -= min(n, ra.missed) }

// uncounted reports whether hits and misses of the area do not count: since 7.2 for areas that are executable or have
// MADV_SEQUENTIAL.
func (m *Mapping) uncounted(a *vm.Area) bool {
	return a.Flags.Any(vm.SeqRead|vm.Exec) && m.Cache.Profile.Has(profile.ExecUncounted)
}

// aroundFault reads the page of a fault and its neighbours: a window around it, or ahead of it with MADV_SEQUENTIAL. It
// is false if only the page itself is to be read. A fault says nothing about where the next one will be, so the window
// lies around it, half before and half behind. It is not larger for a second fault: only read() has windows that grow.
// With a limit of 32 pages, a fault on page 100 reads pages 84 to 115, and page 108 has the mark.
// Linux: do_sync_mmap_readahead (mm/filemap.c).
func (d *ext4File) aroundFault(m *Mapping, file *File, q *vm.Fault) bool {
	ra, execs := &file.ahead, m.Cache.Profile.Has(profile.ExecReadahead)
	switch {
	case q.Area.Flags.Has(vm.RandRead) && !(q.Area.Flags.Has(vm.Exec) && execs) || ra.most == 0,
		m.Cache.Profile.Errs(profile.NoReadahead):
		return false
	case q.Area.Flags.Has(vm.SeqRead):
		// With MADV_SEQUENTIAL a mapping is read ahead as by read().
		d.startReading(m, ra, q.Index, ra.most)
		return true
	}
	if !m.uncounted(q.Area) {
		// The count has a limit, so that it comes down again after a phase of random access.
		if ra.missed < lotsOfMisses*10 {
			ra.missed++
		}
		if ra.missed > lotsOfMisses {
			return false
		}
	}
	// Code is run forwards: the window begins at the page, and ends with the area.
	if q.Area.Flags.Has(vm.Exec) && execs { // since 6.17
		ra.Window = Window{First: q.Index, Pages: min(ra.most, uint64(q.Area.Index)+q.Area.Pages()-uint64(q.Index))}
	} else {
		ra.Window = Window{First: q.Index - min(q.Index, vm.PageIndex(ra.most/2)), Pages: ra.most, Async: ra.most / 4}
	}
	d.window(m, ra)
	return true
}

// aheadOfFault starts the next window if a fault has reached the mark, and reports whether it has.
// Linux: do_async_mmap_readahead (mm/filemap.c).
func (d *ext4File) aheadOfFault(m *Mapping, file *File, q *vm.Fault, f folio) bool {
	if q.Area.Flags.Has(vm.RandRead) || file.ahead.most == 0 {
		return false
	}
	if !f.inFlight() && !m.uncounted(q.Area) {
		file.ahead.hits(1)
	}
	if !f.has(readaheadMark) {
		return false
	}
	d.goOnReading(m, &file.ahead, q.Index, f, file.ahead.most)
	return true
}

// startReading reads the wanted pages and more; how many more depends on whether the pages before them were read too.
// It is called for a miss. Before says how many pages in a row are cached before the one that is missing: a stream
// whose state was lost, because another reader used the same open file, is recognized by them.
// Linux: page_cache_sync_ra (mm/readahead.c).
func (d *ext4File) startReading(m *Mapping, ra *readaheadState, i vm.PageIndex, want uint64) {
	if ra.most == 0 {
		want = 1
	}
	if ra.most == 0 || ra.random {
		d.readForced(m, ra, i, want)
		return
	}
	most, prev := ra.limit(want), vm.PageIndex(uint64(ra.prev)>>vm.PageShift)
	x := Miss{Page: i, Wanted: want, Most: most, Follows: i == 0 || i-prev <= 1}
	if !x.Follows && want <= most {
		x.Before = m.pages.PrevMiss(i, most, m.shadowTail)
	}
	start := m.Cache.Readahead.Start
	if !m.Cache.Profile.Has(profile.MissStartsAnew) {
		start = func(x Miss) (Window, bool) { return d.onDemand(m, ra, x) }
	}
	w, ok := start(x)
	if !ok {
		d.readPages(m, i, want, 0)
		return
	}
	ra.Window = w
	d.window(m, ra)
}

// readForced reads exactly the wanted pages. It asks for what the caller wants, in pieces of 2 MiB, without a window,
// and so leaves no mark.
// Linux: force_page_cache_ra (mm/readahead.c).
func (d *ext4File) readForced(m *Mapping, ra *readaheadState, first vm.PageIndex, n uint64) {
	const chunk = 2 << 20 / vm.PageSize
	for n = min(n, max(requestPages, ra.most)); n > 0; {
		k := min(n, chunk)
		d.readPages(m, first, k, 0)
		first, n = first+vm.PageIndex(k), n-k
	}
}

// goOnReading starts the next window for a reader that wants so many pages from page i on and has reached the mark of
// the last window. The mark is taken away first: the next reader that passes must not start the window again.
// Linux: page_cache_async_ra (mm/readahead.c).
func (d *ext4File) goOnReading(m *Mapping, ra *readaheadState, i vm.PageIndex, f folio, want uint64) {
	// On a page under writeback the same bit is PG_reclaim and no mark.
	if ra.most == 0 || f.has(writeback) {
		return
	}
	f.clear(readaheadMark)
	most := ra.limit(want)
	if i == 0 && !m.Cache.Profile.Has(profile.MissStartsAnew) { // until 6.11 the file's start comes first
		ra.Window, _ = d.onDemand(m, ra, Miss{Wanted: want, Most: most, Follows: true})
		d.window(m, ra)
		return
	}
	last := ra.Window
	if expected := last.First + vm.PageIndex(last.Pages-last.Async); i != expected&^(f.pages()-1) {
		next := m.pages.NextMiss(i+1, most, m.shadowTail)
		if uint64(next-i) > most {
			return
		}
		// The mark is not from this file's last window: the cached pages behind it count as that window.
		// Another reader, or another open file, has read these pages.
		last.Pages = min(uint64(next-i)+want, most)
		last.First = next - vm.PageIndex(last.Pages)
	}
	if m.Cache.Profile.Has(profile.WindowOrder) {
		ra.Window = m.Cache.Readahead.Next(last, most)
	} else { // until 6.17 the order is the folio's, and the window's end is not aligned
		last.Order = -2
		ra.Window = m.Cache.Readahead.Next(last, most)
		ra.Order = log2(uint64(f.pages()))
	}
	d.window(m, ra)
}

// window reads the window that ra describes, and sets its mark. It submits requests and does not wait: code that needs
// a page waits for it.
// Linux: page_cache_ra_order (mm/readahead.c).
func (d *ext4File) window(m *Mapping, ra *readaheadState) {
	stepReadaheadPlanned(m.Cache.Log, ra.First, ra.Pages, ra.First+vm.PageIndex(ra.Pages-ra.Async))
	older := !m.Cache.Profile.Has(profile.WindowOrder)
	if older {
		ra.Order += 2
	}
	if m.Cache.largestFolio() == 0 || older && ra.Pages < 4 {
		// Page by page, a window that the file's end cuts has its mark as far from that end.
		ra.Order = 0
		d.readPages(m, ra.First, ra.Pages, ra.Async)
		return
	}
	ra.Order = min(ra.Order, m.Cache.largestFolio(), log2(ra.Pages))
	d.readWindow(m, ra.First, ra.Pages, ra.Async, ra.Order)
}

// ReadAhead brings n bytes from off on into the cache without waiting: readahead(), MADV_WILLNEED, POSIX_FADV_WILLNEED.
// With an n of 0 it goes to the end.
// Linux: force_page_cache_readahead (mm/internal.h).
func (f *File) ReadAhead(off, n int64) {
	last := LastPage
	if n > 0 && off+n > 0 {
		last = vm.IndexOf(off + n - 1)
	}
	f.Mapping.ops.readAhead(f.Mapping, &f.ahead, vm.IndexOf(off), last)
}

func (d *ext4File) readAhead(m *Mapping, ra *readaheadState, first, last vm.PageIndex) {
	d.readForced(m, ra, first, uint64(last-first)+1)
}

// invalidate drops the pages from first to last that are clean and unused. Pages that are dirty, mapped, or in use
// stay. POSIX_FADV_DONTNEED is a hint about the future, not a command. Folios that were sent to the disk just now, by
// their first pages, are still under writeback and stay as they are.
// Linux: invalidate_mapping_pages (mm/truncate.c), find_lock_entries (mm/filemap.c).
func (m *Mapping) invalidate(first, last vm.PageIndex, sent map[vm.PageIndex]bool) {
	m.invalidateShadows(first, last)
	for i := first; i <= last; {
		at, x := m.pages.Next(i, last)
		if x == nil {
			return
		}
		f := m.folioOf(at, x)
		i = f.next()
		switch {
		case f.first < first || f.next()-1 > last:
			m.noteKept(f, "the range covers only a part of its folio")
		case !m.evictPage(f.first) && !sent[f.first]:
			m.deactivate(f)
		}
	}
}

// deactivate makes a folio that could not be dropped look unused, unless a process uses it, and marks a dirty one to be
// freed after writeback. Where a file is in memory alone that is never, and fault-around leaves the folio out.
// Linux: mapping_try_invalidate, find_lock_entries (mm/filemap.c), lru_deactivate_file (mm/swap.c).
func (m *Mapping) deactivate(f folio) {
	if f.mapped() || f.inFlight() || f.has(writeback) || f.has(phys.Unevictable) {
		return
	}
	if m.Cache.LRU.DeactivateFile(f.head); f.has(dirty) {
		f.set(readaheadMark)
		return
	}
	m.Cache.LRU.Rotate(f.head)
}

// ReadWhole brings the whole file into the cache, a page at a time and without reading ahead. The error is EIO.
func (f *File) ReadWhole() error { return f.Mapping.ops.readWhole(f.Mapping) }

// readWhole reads a file whole, page by page, without readahead: it is how a .file that is not cold comes into memory.
func (d *ext4File) readWhole(m *Mapping) error {
	for i := range pagesFor(m.size) {
		if m.pages.Get(i) == nil {
			d.readPages(m, i, 1, 0)
		}
		x := m.folio(i)
		if x.head == nil {
			continue // no memory for more
		}
		if m.waitFolio(x); !x.has(phys.Uptodate) {
			if err := d.readFolio(x); err != nil {
				return err
			}
		}
	}
	return nil
}
