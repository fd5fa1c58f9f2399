package pagecache

import (
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// Sync writes back the dirty pages from first to last and makes them durable: fsync, msync. The error is what the disk
// refused since this open file was told the last time: each is told once.
// Linux: vfs_fsync_range (fs/sync.c), file_check_and_advance_wb_err (mm/filemap.c).
func (f *File) Sync(first, last vm.PageIndex) error {
	err := f.Mapping.sync(first, last)
	if told := f.Mapping.failed.tell(&f.told); told != nil {
		return told
	}
	return err
}

// sync writes back, and makes the disk's cache and what the file system knows of the file durable. The disk is told to flush
// even where nothing was written: what others have written is in its cache as well.
// Linux: ext4_sync_file (fs/ext4/fsync.c).
func (m *Mapping) sync(first, last vm.PageIndex) error {
	d, ok := m.store.(*diskFile)
	if !ok {
		return nil
	}
	err := m.WriteBack(first, last)
	if d.inode.Changed() {
		if e := m.Cache.commit(d.fs); err == nil {
			err = e
		}
	} else if e := m.Cache.flushDisk(d.fs); err == nil {
		err = e
	}
	return err
}

// WriteBack writes the dirty folios that have a page from first to last to the disk and waits for it. What is dirtied
// meanwhile stays dirty. The disk's errors are told by the next Sync.
// Linux: ext4_writepages (fs/ext4/inode.c).
func (m *Mapping) WriteBack(first, last vm.PageIndex) error {
	d, ok := m.store.(*diskFile)
	if !ok {
		return nil
	}
	if f := m.folio(first); f.head != nil {
		first = f.first
	}
	m.tagToWrite(first, last)
	m.writeTagged(writer{d: d, m: m}, first, last)
	if !m.pages.tagged(TagDirty) {
		m.Cache.Writer.clean(m)
	}
	return nil
}

// tagToWrite marks what is dirty now: what is dirtied later is not this call's business.
// Linux: tag_pages_for_writeback (mm/page-writeback.c).
func (m *Mapping) tagToWrite(first, last vm.PageIndex) {
	for i, x := m.pages.nextTagged(first, last, TagDirty); x != nil; {
		f := m.folioOf(i, x)
		f.each(func(i vm.PageIndex, _ *phys.Frame) { m.pages.setTag(i, TagToWrite) })
		i, x = m.pages.nextTagged(f.next(), last, TagDirty)
	}
}

// writeTagged writes the folios from first to last that are to be written. The first that reaches to the file's end or beyond
// is the last, but for the journal: what lies behind it stays dirty.
// Linux: mpage_prepare_extent_to_map, mpage_process_page_bufs (fs/ext4/inode.c).
func (m *Mapping) writeTagged(w writer, first, last vm.PageIndex) {
	for i, x := m.pages.nextTagged(first, last, TagToWrite); x != nil; {
		f := m.folioOf(i, x)
		w.add(f)
		if w.how == findPlaces && fileBlock(f.end()) >= blocksFor(m.size) {
			break
		}
		i, x = m.pages.nextTagged(f.next(), last, TagToWrite)
	}
	w.submit()
}

// places says whether blocks that have no place yet get one.
type places uint8

const (
	findPlaces places = iota
	leaveThem         // they stay dirty
)

// writer gathers the requests of folios that are written back together: what lies together on the disk becomes one.
// Linux: struct mpage_da_data, struct ext4_io_submit (fs/ext4/inode.c, fs/ext4/ext4.h).
type writer struct {
	d      *diskFile
	m      *Mapping
	how    places
	req    disk.Request
	folios []folio       // that are under writeback
	ranges []disk.Extent // blocks that the device will hold when the request is done
}

// add writes one folio: its dirty blocks get places, where they have none, and go to the disk. Its tail becomes zero. Blocks
// before the tail that have no place, as they lie beyond the file's end, stay dirty.
// Linux: mpage_process_page_bufs, mpage_submit_folio (fs/ext4/inode.c), ext4_bio_write_folio (fs/ext4/page-io.c).
func (w *writer) add(f folio) {
	m, b, tail := w.m, w.d.blocksOf(f), w.tail(f)
	first, end := fileBlock(f.pos()), blocksFor(w.m.size)
	known, stop := min(int(end-min(first, end)), len(b)), int(blocksFor(tail))
	want, left := make([]uint8, f.pages()), false
	for i := 0; i < stop; i++ {
		if b[i]&(blockDirty|blockMapped) != blockDirty|blockMapped {
			b[i] &^= blockDirty
			continue
		}
		if b[i]&(blockDelayed|blockUnwritten) != 0 {
			if w.how == leaveThem || i >= known {
				left = true
				continue
			}
			if !w.place(f, b, i, known) {
				w.refuse(f)
				return
			}
		}
		b[i] &^= blockDirty
		want[i/blocksPerPage] |= 1 << (i % blocksPerPage)
	}
	m.startWriteback(f)
	f.zero(tail, f.end()-f.pos())
	for i := stop; i < len(b); i++ {
		b[i] = b[i]&^blockDirty | blockUptodate
	}
	if left {
		m.dirtyFolio(f)
	}
	for k, parts := range want {
		if parts != 0 {
			w.ask(f, f.first+vm.PageIndex(k), parts)
		}
	}
	w.folios = append(w.folios, f)
	if w.how == findPlaces && known > 0 {
		w.d.inode.SetSize(max(w.d.inode.Size(), min(m.size, f.end())))
	}
}

// tail is where in the folio begins what is not written: at the file's end. In a folio that lies beyond that it is as far from
// the start as the end is in a folio of its size.
// Linux: mpage_submit_folio (fs/ext4/inode.c).
func (w *writer) tail(f folio) int64 {
	n := f.end() - f.pos()
	if f.end() > w.m.size {
		return w.m.size & (n - 1)
	}
	return n
}

// place gives blocks from i on places, as many as are like it. It is false where the disk is full.
// Linux: mpage_map_one_extent (fs/ext4/inode.c).
func (w *writer) place(f folio, b blocks, i, stop int) bool {
	first := fileBlock(f.pos())
	n := i
	for n < stop && b[n]&(blockDirty|blockMapped) == blockDirty|blockMapped && b[n]&(blockDelayed|blockUnwritten) != 0 {
		n++
	}
	for k := i; k < n; {
		at := first + disk.FileBlock(k)
		// All that will be written in one go is given places in one go: whole runs of promised blocks, not only this folio's.
		e, ok := w.d.inode.Map(at, 1<<20)
		if !ok {
			panic("pagecache.writer: a dirty block has no room")
		}
		if e.State == disk.Delayed {
			var err error
			if e, err = w.d.inode.Allocate(at, e.Count); err != nil {
				return false
			}
		}
		for c := uint64(0); c < e.Count && k < n; c++ {
			b[k] &^= blockDelayed | blockUnwritten
			k++
		}
	}
	return true
}

// refuse loses a folio's dirty data: the disk has no room for it.
// Linux: mpage_release_unused_pages (fs/ext4/inode.c).
func (w *writer) refuse(f folio) {
	w.m.failed.note(errNoSpace)
	w.m.cancelDirty(f)
	b := w.d.blocksOf(f)
	for i := range b {
		b[i] &^= blockDirty
	}
}

// ask adds parts of a page to the request, or begins a new one where it does not go on from the last.
func (w *writer) ask(f folio, i vm.PageIndex, parts uint8) {
	b := fileBlock(i.FileOffset())
	e, _ := w.d.inode.Map(b+disk.FileBlock(trailing(parts)), 1)
	at := e.Place.Block()
	if n := len(w.req.Data); n > 0 && w.req.Block+disk.Block(n) != at {
		w.submit()
	}
	if len(w.req.Data) == 0 {
		w.req.Op, w.req.Block = disk.Write, at
		w.m.Cache.Log.Step(trace.BlockMapped, uint64(i), uint64(at), 1)
	}
	w.req.Data = append(w.req.Data, f.frame(i).Data())
	w.req.Parts = append(w.req.Parts, parts)
	w.ranges = append(w.ranges, disk.Extent{First: b, Count: uint64(parts)})
}

// submit gives the device the request that has been gathered and waits for it.
func (w *writer) submit() {
	log, req := w.m.Cache.Log, w.req
	if n := uint64(len(req.Data)); n > 0 {
		log.Step(trace.IoSubmitted, uint64(req.Block), n, uint64(disk.Write))
		done, err := time.Duration(log.Clock.Now()), w.failure()
		if err == nil {
			done, err = w.d.fs.Device.Submit(done, req)
		}
		for k := range n {
			page := w.m.pages.get(vm.PageIndex(w.ranges[k].First / blocksPerPage))
			log.Copy(trace.DMAOut, vm.PageSize, uint64(page.PFN()), uint64(req.Block)+k)
		}
		log.Clock.WaitFor(clock.Time(done))
		log.Step(trace.IoCompleted, uint64(req.Block), n, uint64(disk.Write))
		if err != nil {
			w.m.failed.note(err)
		}
		for _, r := range w.ranges {
			if err == nil {
				convert(w.d.inode, r.First, uint8(r.Count))
			}
		}
	}
	for _, f := range w.folios {
		w.m.endWriteback(f)
	}
	w.req, w.folios, w.ranges = disk.Request{}, w.folios[:0], w.ranges[:0]
}

// failure is why the request fails, nil where it does not.
func (w *writer) failure() error {
	for _, r := range w.ranges {
		if err := w.d.failure(disk.Write, vm.PageIndex(r.First/blocksPerPage)); err != nil {
			return err
		}
	}
	return nil
}

// convert notes which blocks of a page the device holds now.
func convert(n *disk.Inode, b disk.FileBlock, parts uint8) {
	for i := 0; i < blocksPerPage; {
		k := i
		for k < blocksPerPage && parts&(1<<k) != 0 {
			k++
		}
		if k > i {
			n.Convert(b+disk.FileBlock(i), uint64(k-i))
		}
		i = k + 1
	}
}

// protect makes the next store to a folio through any page table be seen, and says in how many entries that had to be done.
// Linux: folio_mkclean (mm/rmap.c).
func (m *Mapping) protect(f folio) (entries int) {
	m.areas.Each(f.first, f.next()-1, func(a *vm.Area, x vm.Addr, pages uint64) bool {
		if !a.Flags.Has(vm.Shared) {
			return true
		}
		for n := range pages {
			at := x + vm.Addr(n<<vm.PageShift)
			if frame := a.Space().NormalFrame(a.Space().Entry(at)); frame != nil && frame.Owner == phys.Owner(m) && a.Space().WriteProtect(at) {
				entries++
			}
		}
		return true
	})
	if entries > 0 {
		m.Cache.Log.Step(trace.PageCleaned, uint64(f.first), uint64(entries), m.Number)
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
		m.pages.setTag(i, TagWriteback)
		m.Cache.Log.Step(trace.WritebackStarted, uint64(i), uint64(x.PFN()), m.Number)
	})
}

// endWriteback notes that the disk has a folio.
// Linux: folio_end_writeback (mm/filemap.c).
func (m *Mapping) endWriteback(f folio) {
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		x.Clear(writeback | readaheadMark)
		m.pages.clearTag(i, TagWriteback)
		m.Cache.Log.Step(trace.WritebackEnded, uint64(i), uint64(x.PFN()), m.Number)
	})
}
