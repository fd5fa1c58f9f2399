package pagecache

import (
	"syscall"

	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Durability says which metadata becomes durable with the bytes of a file. A commit of the journal costs a flush of the
// device, so fdatasync leaves out what is not needed to find the bytes.
// Linux: datasync, an argument of vfs_fsync_range (fs/sync.c).
type Durability uint8

// The two ways to make a file durable.
const (
	AllOfIt  Durability = iota // all metadata: fsync
	ItsBytes                   // the metadata needed to find the bytes, but not the file's times: fdatasync, msync
)

// Sync writes back the dirty pages from first to last and makes them durable. The error is the last write error that
// this open file has not reported yet: each open file reports an error once. An error is reported even if this call has
// written nothing: it may be about pages that the flusher wrote long ago. After it, the pages are clean, and their
// bytes may be lost: a second Sync succeeds.
// Linux: vfs_fsync_range (fs/sync.c), file_check_and_advance_wb_err (mm/filemap.c).
func (f *File) Sync(first, last vm.PageIndex, what Durability) error {
	err := f.Mapping.ops.sync(f.Mapping, first, last, what)
	if err == syscall.EROFS {
		return err
	}
	if told := f.Mapping.failed.checkAndAdvance(&f.reported); told != nil {
		return told
	}
	return err
}

// WriteBack writes the dirty folios that have a page from first to last to the disk and waits for it. Pages that are
// dirtied meanwhile stay dirty. The next Sync reports the disk's errors. It is WB_SYNC_ALL: it first waits for what the
// flusher has submitted for the file.
// Linux: ext4_writepages (fs/ext4/inode.c).
func (m *Mapping) WriteBack(first, last vm.PageIndex) error {
	m.ops.writeBack(m, first, last, nil)
	return nil
}

// flush has the flusher write about as many pages of the file as said.
func (m *Mapping) flush(most uint64) { m.ops.flush(m, most) }

// nextDirty are the first and the last of the next dirty pages, as many as said: the flusher goes on where it has
// stopped in a file, and at the file's end begins anew. So a large file does not keep the flusher from the others, and
// its end is reached although its start becomes dirty again and again.
// Linux: writeback_index of struct address_space (include/linux/fs.h).
func (m *Mapping) nextDirty(most uint64) (first, last vm.PageIndex) {
	first, n := m.flushed, uint64(0)
	if i, _ := m.pages.NextTagged(first, LastPage, xarray.Dirty); i == 0 {
		first = 0
	}
	for i, x := m.pages.NextTagged(first, LastPage, xarray.Dirty); x != nil; {
		f := m.folioOf(i, x)
		last = f.next() - 1
		if n += uint64(f.pages()); n >= most {
			m.flushed = f.next()
			return first, last
		}
		i, x = m.pages.NextTagged(f.next(), LastPage, xarray.Dirty)
	}
	m.flushed = 0
	return first, max(first, last)
}

// tagToWrite tags the pages that are dirty now, so that this call does not write pages that are dirtied later. Without
// the tags a program that writes without a pause could keep fsync from ever returning.
//
//	Dirty      1 . 1 1 . .        fsync begins: the tagged pages are the job
//	ToWrite    1 . 1 1 . .
//	Dirty      . . . 1 1 .        page 4 is dirtied meanwhile: it has no tag, and is left to the next fsync
//
// Linux: tag_pages_for_writeback (mm/page-writeback.c).
func (m *Mapping) tagToWrite(first, last vm.PageIndex) {
	for i, x := m.pages.NextTagged(first, last, xarray.Dirty); x != nil; {
		f := m.folioOf(i, x)
		f.each(func(i vm.PageIndex, _ *phys.Frame) { m.pages.SetTag(i, xarray.ToWrite) })
		i, x = m.pages.NextTagged(f.next(), last, xarray.Dirty)
	}
}

// writeTagged writes the tagged folios from first to last. It stops after the first one that reaches the file's end,
// except when the journal commits: folios beyond it stay dirty.
// Linux: mpage_prepare_extent_to_map, mpage_process_page_bufs (fs/ext4/inode.c).
func (m *Mapping) writeTagged(w writer, first, last vm.PageIndex) {
	for i, x := m.pages.NextTagged(first, last, xarray.ToWrite); x != nil; {
		f := m.folioOf(i, x)
		w.add(f)
		if w.how == findPlaces && fileBlock(f.end()) >= blocksFor(m.size) {
			break
		}
		i, x = m.pages.NextTagged(f.next(), last, xarray.ToWrite)
	}
	w.submit()
}

// protect write-protects a folio in all page tables, so that the next store faults, and returns how many entries it
// changed. It is done before the bytes are sent to the device. A store after it faults, waits if the page must not
// change, and marks the page dirty again.
// Linux: folio_mkclean (mm/rmap.c).
func (m *Mapping) protect(f folio) (entries int) {
	m.areas.Each(f.first, f.next()-1, func(a *vm.Area, x vm.Addr, pages uint64) bool {
		// Private areas show the page read-only, or have a copy of their own.
		if !a.Flags.Has(vm.Shared) || m.Cache.Profile.Errs(profile.WritebackKeepsWritable) {
			return true
		}
		for n := range pages {
			at := x + vm.Addr(n<<vm.PageShift)
			if frame := a.Space().NormalFrame(a.Space().Entry(at)); frame != nil && frame.Owner == phys.Owner(m) &&
				a.Space().WriteProtect(at) {
				entries++
			}
		}
		return true
	})
	if entries > 0 {
		stepPageCleaned(m.Cache.Log, f.first, entries, m.Number)
	}
	return entries
}

// startWriteback marks a folio clean and write-protects it wherever it is mapped, so that the next store faults. From
// here until the end of the request the page has writeback set: it is neither dropped nor submitted again. The order
// matters. An entry that stayed writable would take a store after the dirty flag is cleared, without a fault that could
// set it again: the bytes would be in memory, clean, and lost with the frame.
// Linux: folio_clear_dirty_for_io (mm/page-writeback.c), folio_start_writeback (include/linux/page-flags.h).
func (m *Mapping) startWriteback(f folio) {
	m.protect(f)
	m.cancelDirty(f)
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		x.Set(writeback)
		m.pages.SetTag(i, xarray.Writeback)
		stepWritebackStarted(m.Cache.Log, i, x.PFN(), m.Number)
	})
}

// endWriteback marks the end of a folio's writeback. A store since the request was submitted has set Dirty again, which
// stays: only the flag of writeback is cleared here.
// Linux: folio_end_writeback (mm/filemap.c).
func (m *Mapping) endWriteback(f folio) {
	// Here the bit is PG_reclaim: reclaim wanted the page and found it dirty, so it goes to the end of its list.
	if f.has(readaheadMark) {
		defer m.Cache.LRU.Rotate(f.head)
	}
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		x.Clear(writeback | readaheadMark)
		m.pages.ClearTag(i, xarray.Writeback)
		stepWritebackEnded(m.Cache.Log, i, x.PFN(), m.Number)
	})
}
