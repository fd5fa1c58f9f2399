package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// readaheadState is what an open file remembers of how it was read.
// Linux: struct file_ra_state (include/linux/fs.h).
type readaheadState struct {
	start  vm.PageIndex // of the last window
	size   uint64       // of it, in pages
	async  uint64       // how many pages before its end the mark stands
	missed int          // loads that found nothing, less those that did
	prev   int64        // where the last read() ended; -1 before the first
}

// lotsOfMisses is how many loads in vain make a file count as read at random.
// Linux: MMAP_LOTSAMISS (mm/filemap.c).
const lotsOfMisses = 100

// aroundFault reads the page that a load missed, and its neighbours: a window around it, or ahead of it where the program
// said that it reads in order.
// Linux: do_sync_mmap_readahead (mm/filemap.c).
func (d *diskFile) aroundFault(m *Mapping, file *File, q *vm.Fault) {
	ra, most := &file.ahead, m.Cache.ReadaheadPages
	switch {
	case q.Area.Flags.Has(vm.RandRead) || most == 0:
		return
	case q.Area.Flags.Has(vm.SeqRead):
		d.startReading(m, file, q.Index, most)
		return
	}
	if ra.missed < lotsOfMisses*10 {
		ra.missed++
	}
	if ra.missed > lotsOfMisses {
		return
	}
	ra.start = q.Index - min(q.Index, vm.PageIndex(most/2))
	ra.size, ra.async = most, most/4
	d.window(m, ra)
}

// aheadOfFault goes on reading where a load has reached the mark.
// Linux: do_async_mmap_readahead (mm/filemap.c).
func (d *diskFile) aheadOfFault(m *Mapping, file *File, q *vm.Fault, f *phys.Frame) {
	if q.Area.Flags.Has(vm.RandRead) || m.Cache.ReadaheadPages == 0 {
		return
	}
	if file.ahead.missed > 0 {
		file.ahead.missed--
	}
	if f.Has(phys.ReadaheadMark) {
		d.goOnReading(m, file, q.Index, f, m.Cache.ReadaheadPages)
	}
}

// aheadOfRead reads for a read() that found nothing.
func (d *diskFile) aheadOfRead(m *Mapping, file *File, i vm.PageIndex) {
	d.startReading(m, file, i, max(1, file.wanted))
}

// startReading reads what is asked for and more: how much more depends on whether the pages before it were read too.
// Linux: page_cache_sync_ra (mm/readahead.c).
func (d *diskFile) startReading(m *Mapping, file *File, i vm.PageIndex, want uint64) {
	ra, most := &file.ahead, m.Cache.ReadaheadPages
	if most == 0 {
		d.readPages(m, i, want, noMark)
		return
	}
	prev := vm.PageIndex(ra.prev >> vm.PageShift)
	if i == 0 || want > most || i-prev <= 1 {
		ra.start, ra.size = i, firstWindow(want, most)
		ra.async = ra.size / 2
		if ra.size > want {
			ra.async = ra.size - want
		}
		d.window(m, ra)
		return
	}
	before := m.cachedBefore(i, most)
	if before <= want {
		d.readPages(m, i, want, noMark) // alone: a read at random
		return
	}
	if vm.PageIndex(before) == i {
		before *= 2
	}
	ra.start, ra.size, ra.async = i, min(before+want, most), 1
	d.window(m, ra)
}

// cachedBefore is how many pages right before i are in the cache, up to most.
func (m *Mapping) cachedBefore(i vm.PageIndex, most uint64) (n uint64) {
	for n < most && vm.PageIndex(n) < i && m.pages.get(i-1-vm.PageIndex(n)) != nil {
		n++
	}
	return n
}

// goOnReading starts the next window, since a reader has reached the mark of the last.
// Linux: page_cache_async_ra (mm/readahead.c).
func (d *diskFile) goOnReading(m *Mapping, file *File, i vm.PageIndex, f *phys.Frame, want uint64) {
	ra, most := &file.ahead, m.Cache.ReadaheadPages
	f.Clear(phys.ReadaheadMark)
	if most == 0 {
		return
	}
	if i == ra.start+vm.PageIndex(ra.size-ra.async) {
		ra.start += vm.PageIndex(ra.size)
		ra.size = nextWindow(ra.size, most)
	} else {
		next := i + 1
		for m.pages.get(next) != nil {
			if next++; uint64(next-i) > most {
				return
			}
		}
		ra.start = next
		ra.size = nextWindow(uint64(next-i)+want, most)
	}
	ra.async = ra.size
	d.window(m, ra)
}

// window reads the window that ra describes, and sets its mark.
func (d *diskFile) window(m *Mapping, ra *readaheadState) {
	mark := ra.start + vm.PageIndex(ra.size-ra.async)
	m.Cache.Log.Step(trace.ReadaheadPlanned, uint64(ra.start), ra.size, uint64(mark))
	d.readPages(m, ra.start, ra.size, mark)
}

// firstWindow is how much is read when somebody begins to read in order.
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

// ReadAhead brings n bytes from off on into the cache without waiting: readahead(), MADV_WILLNEED.
// Linux: force_page_cache_ra (mm/readahead.c).
func (f *File) ReadAhead(off, n int64) {
	d, ok := f.Mapping.store.(*diskFile)
	if !ok || n <= 0 {
		return
	}
	first := vm.IndexOf(off)
	d.readPages(f.Mapping, first, uint64(vm.IndexOf(off+n-1)-first)+1, noMark)
}

// DropClean drops the pages of bytes off to end that are whole, clean and nobody's: POSIX_FADV_DONTNEED.
// Linux: invalidate_mapping_pages (mm/truncate.c).
func (m *Mapping) DropClean(off, end int64) {
	if first, stop := pagesFor(off), vm.IndexOf(end); !m.store.traits().Shmem && stop > first {
		m.invalidate(first, stop-1)
	}
}

// invalidate drops the pages from first to last that are clean and nobody's.
// Linux: invalidate_mapping_pages (mm/truncate.c).
func (m *Mapping) invalidate(first, last vm.PageIndex) {
	for i, f := m.pages.nextPage(first, last); f != nil; i, f = m.pages.nextPage(i+1, last) {
		m.Evict(i)
	}
}

// ReadWhole brings the whole file into the cache, a page at a time and without reading ahead. The error is EIO.
func (f *File) ReadWhole() error {
	for i := range pagesFor(f.Mapping.size) {
		if d, ok := f.Mapping.store.(*diskFile); ok && f.Mapping.pages.get(i) == nil {
			d.readPages(f.Mapping, i, 1, noMark)
		}
		if page := f.Mapping.pages.get(i); page != nil {
			if f.Mapping.wait(page); !page.Has(phys.Uptodate) {
				return syscall.EIO
			}
		}
	}
	return nil
}
