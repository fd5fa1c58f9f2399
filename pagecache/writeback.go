package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Durability says what becomes durable with the bytes of a file.
// Linux: datasync, an argument of vfs_fsync_range (fs/sync.c).
type Durability uint8

// The two ways to make a file durable.
const (
	AllOfIt  Durability = iota // whatever is known of the file: fsync
	ItsBytes                   // what it takes to find the bytes again, but not the file's times: fdatasync, msync
)

// Sync writes back the dirty pages from first to last and makes them durable. The error is what the disk refused since
// this open file has reported last: each error is reported once.
// Linux: vfs_fsync_range (fs/sync.c), file_check_and_advance_wb_err (mm/filemap.c).
func (f *File) Sync(first, last vm.PageIndex, what Durability) error {
	err := f.Mapping.ops.sync(f.Mapping, first, last, what)
	if err == syscall.EROFS {
		return err
	}
	if told := f.Mapping.failed.tell(&f.told); told != nil {
		return told
	}
	return err
}

// WriteBack writes the dirty folios that have a page from first to last to the disk and waits for it. What is dirtied
// meanwhile stays dirty. The next Sync reports the disk's errors.
// Linux: ext4_writepages (fs/ext4/inode.c).
func (m *Mapping) WriteBack(first, last vm.PageIndex) error {
	m.ops.writeBack(m, first, last, nil)
	return nil
}

// flush has the flusher write about as many pages of the file as said.
func (m *Mapping) flush(most uint64) { m.ops.flush(m, most) }

// nextDirty are the first and the last of the next dirty pages, as many as said: the flusher goes on where it has
// stopped in a file, and at the file's end begins anew.
// Linux: writeback_index of struct address_space (include/linux/fs.h).
func (m *Mapping) nextDirty(most uint64) (first, last vm.PageIndex) {
	first, n := m.flushed, uint64(0)
	if i, _ := m.pages.nextTagged(first, LastPage, tagDirty); i == 0 {
		first = 0
	}
	for i, x := m.pages.nextTagged(first, LastPage, tagDirty); x != nil; {
		f := m.folioOf(i, x)
		last = f.next() - 1
		if n += uint64(f.pages()); n >= most {
			m.flushed = f.next()
			return first, last
		}
		i, x = m.pages.nextTagged(f.next(), LastPage, tagDirty)
	}
	m.flushed = 0
	return first, max(first, last)
}

// tagToWrite marks what is dirty now: what is dirtied later is not this call's business.
// Linux: tag_pages_for_writeback (mm/page-writeback.c).
func (m *Mapping) tagToWrite(first, last vm.PageIndex) {
	for i, x := m.pages.nextTagged(first, last, tagDirty); x != nil; {
		f := m.folioOf(i, x)
		f.each(func(i vm.PageIndex, _ *phys.Frame) { m.pages.setTag(i, tagToWrite) })
		i, x = m.pages.nextTagged(f.next(), last, tagDirty)
	}
}

// writeTagged writes the folios from first to last that are to be written. The first that reaches to the file's end or
// beyond is the last, but for the journal: what lies behind it stays dirty.
// Linux: mpage_prepare_extent_to_map, mpage_process_page_bufs (fs/ext4/inode.c).
func (m *Mapping) writeTagged(w writer, first, last vm.PageIndex) {
	for i, x := m.pages.nextTagged(first, last, tagToWrite); x != nil; {
		f := m.folioOf(i, x)
		w.add(f)
		if w.how == findPlaces && fileBlock(f.end()) >= blocksFor(m.size) {
			break
		}
		i, x = m.pages.nextTagged(f.next(), last, tagToWrite)
	}
	w.submit()
}

// protect makes the next store to a folio through any page table be seen, and says in how many entries that had to be
// done.
// Linux: folio_mkclean (mm/rmap.c).
func (m *Mapping) protect(f folio) (entries int) {
	m.areas.Each(f.first, f.next()-1, func(a *vm.Area, x vm.Addr, pages uint64) bool {
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

// startWriteback makes a folio clean and write-protected wherever it is mapped, so that the next store to it is seen.
// Linux: folio_clear_dirty_for_io (mm/page-writeback.c), folio_start_writeback (include/linux/page-flags.h).
func (m *Mapping) startWriteback(f folio) {
	m.protect(f)
	m.cancelDirty(f)
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		x.Set(writeback)
		m.pages.setTag(i, tagWriteback)
		stepWritebackStarted(m.Cache.Log, i, x.PFN(), m.Number)
	})
}

// endWriteback notes that the disk has a folio.
// Linux: folio_end_writeback (mm/filemap.c).
func (m *Mapping) endWriteback(f folio) {
	if f.has(readaheadMark) {
		defer m.Cache.LRU.Rotate(f.head)
	}
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		x.Clear(writeback | readaheadMark)
		m.pages.clearTag(i, tagWriteback)
		stepWritebackEnded(m.Cache.Log, i, x.PFN(), m.Number)
	})
}
