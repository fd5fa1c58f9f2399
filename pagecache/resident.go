package pagecache

import (
	"syscall"

	"vmsim/vm"
)

// A program that is compared with the real kernel may begin with files that are partly in memory. Which pages, and in
// folios of which size, cannot be set by reading: that depends on everything that was read before. So ReadRuns makes
// exactly the folios that a real page cache was seen to have.

// Run is consecutive folios of a file of the same order, or consecutive missing pages.
//
//	Run{Count: 2, Order: 2}, Run{Count: 4, Order: -1}, Run{Count: 1, Order: 0, Marked: true}
//
// are pages 0 to 7 in two folios of four pages, a gap of four pages, and page 12 with the mark of readahead.
// Linux: none; what a page cache that has been in use for long looks like.
type Run struct {
	Count  uint64 // folios, or pages that are missing
	Order  int8   // of each folio; -1 for pages that are not in memory
	Marked bool   // each folio has the mark at which a reader starts the next window
}

// Pages is how many pages the run is.
func (r Run) Pages() uint64 { return r.Count << max(r.Order, 0) }

// ReadRuns reads a file on a disk into the cache in the given runs, from its first page on; pages after the last run
// are not read. Files in memory are skipped. The error is EINVAL for a folio that is not aligned to its size, or EIO.
func (f *File) ReadRuns(runs []Run) error {
	d := f.Mapping.ops.onDisk()
	if d == nil {
		return nil
	}
	at := vm.PageIndex(0)
	for _, run := range runs {
		if run.Order < 0 {
			at += vm.PageIndex(run.Count)
			continue
		}
		for range run.Count {
			if err := d.readOne(f.Mapping, at, run); err != nil {
				return err
			}
			at += 1 << run.Order
		}
	}
	return nil
}

// readOne reads the folio that begins at page i, and waits. It does nothing if a page is cached already or memory is
// short.
func (d *ext4File) readOne(m *Mapping, i vm.PageIndex, run Run) error {
	order := int(run.Order)
	if order > m.Cache.largestFolio() || i&(1<<order-1) != 0 || i+1<<order > pagesFor(m.size) {
		return m.Cache.refuse(syscall.EINVAL, "no folio of that order can begin at that page of the file")
	}
	if !m.pages.Free(i, i+1<<order-1) || !m.addPages(i, order, toRead) {
		return nil // no memory is left
	}
	f := m.folio(i)
	if err := d.readFolio(f); err != nil {
		return err
	}
	if run.Marked {
		f.set(readaheadMark)
	}
	return nil
}
