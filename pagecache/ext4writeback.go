package pagecache

import (
	"slices"
	"syscall"

	"vmsim/disk"
	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Writeback of a file of ext4, for each dirty folio in the order of the file:
//
//	add             blocksToWrite  which of its blocks are dirty
//	                  place        delayed blocks get a place, together with those behind them: one extent
//	                startWriteback the folio is write-protected, clean, and under writeback
//	                ask            its parts join the request; a block elsewhere on the device begins a new one
//	submit          the device takes the request
//	written         the extents count as written: before that, a power cut leaves blocks that read as zeros
//
// A folio that becomes dirty again meanwhile is written once more, by the next writeback.

// places says whether writeback allocates delayed blocks.
type places uint8

const (
	findPlaces places = iota
	leaveThem         // they stay dirty: a commit of the journal must not change what it commits
)

// writer builds the requests for folios that are written back together, one for each contiguous run of blocks. Folios
// are added in the order of the file. A request grows as long as the blocks on the device follow each other; then it is
// submitted, and a new one begins.
// Linux: struct mpage_da_data, struct ext4_io_submit (fs/ext4/inode.c, fs/ext4/ext4.h).
type writer struct {
	d      *ext4File
	m      *Mapping
	how    places
	req    disk.Request
	frames []*phys.Frame // whose bytes the request is for
	folios []folio       // that are under writeback
	sent   *[]folio      // of which a request has a part; nil if the caller does not need them
	async  bool          // the disk is not waited for
}

// add writes one folio: it allocates the delayed ones among its dirty blocks and writes them. It zeroes the folio's
// tail. Blocks before the tail without a place, which lie beyond the file's end, stay dirty. The order within is
// ext4's: places first, then the page is write-protected and clean, then the request is built.
// Linux: mpage_process_page_bufs, mpage_submit_folio (fs/ext4/inode.c), ext4_bio_write_folio (fs/ext4/page-io.c).
func (w *writer) add(f folio) {
	m, b, tail := w.m, w.d.blocksOf(f), w.tail(f)
	first, end := fileBlock(f.pos()), blocksFor(w.m.size)
	known, stop := min(int(end-min(first, end)), len(b)), int(blocksFor(tail))
	want, left, ok := w.blocksToWrite(f, b, stop, known)
	if !ok {
		w.refuse(f)
		return
	}
	m.startWriteback(f)
	// A program may have stored beyond the end of the file through a mapping; such bytes must not reach the disk.
	f.zero(tail, f.end()-f.pos())
	for i := stop; i < len(b); i++ {
		b[i] = b[i]&^blockDirty | blockUptodate
	}
	if left {
		m.dirtyFolio(f)
	}
	w.addFolioParts(f, want)
	w.folios = append(w.folios, f)
	if w.how == findPlaces && known > 0 {
		w.d.inode.SetSize(max(w.d.inode.Size(), min(m.size, f.end())))
	}
}

// addFolioParts adds the parts of a folio's pages to the request.
func (w *writer) addFolioParts(f folio, want []uint8) {
	w.expect(len(want))
	asked := false
	for k, parts := range want {
		if parts != 0 {
			w.addParts(f.frame(f.first+vm.PageIndex(k)), parts)
			asked = true
		}
	}
	if asked && w.sent != nil {
		*w.sent = append(*w.sent, f)
	}
}

// blocksToWrite cleans the dirty blocks of a folio before block stop. It returns the bits of those to write, page by
// page, whether others stay dirty, and false if one of the first known blocks finds no place on the disk. A dirty block
// that is not mapped has no block of the device, nor a reservation. A commit of the journal writes only what has its
// place already, because allocation would itself change the journal.
func (w *writer) blocksToWrite(f folio, b []blockState, stop, known int) (want []uint8, left, ok bool) {
	want = make([]uint8, f.pages())
	for i := 0; i < stop; i++ {
		if b[i]&(blockDirty|blockMapped) != blockDirty|blockMapped {
			b[i] &^= blockDirty
			continue
		}
		if b[i]&(blockDelayed|blockUnwritten) != 0 {
			if w.how == leaveThem || i >= known || w.d.fs.Start() != nil {
				left = true
				continue
			}
			if !w.place(f, b, i, known) {
				return nil, left, false
			}
		}
		b[i] &^= blockDirty
		want[i/blocksPerPage] |= 1 << (i % blocksPerPage)
	}
	return want, left, true
}

// tail is the offset in the folio from which nothing is written: the file's end. In a folio beyond the end it is the
// end's offset modulo the folio's size. In a file of 5000 bytes, page 1 has a tail of 904: what a program has stored
// behind that through a mapping is zeroed.
// Linux: mpage_submit_folio (fs/ext4/inode.c).
func (w *writer) tail(f folio) int64 {
	n := f.end() - f.pos()
	if f.end() > w.m.size {
		return w.m.size & (n - 1)
	}
	return n
}

// place allocates block i and the delayed blocks that follow it. It is false if the disk is full. All blocks that
// follow are allocated with the first, to lie in one run.
//
//	dirty blocks   4 5 6 7 | 8 9 10 11        two folios, tagged to be written
//	places         200 ............ 207       one extent, allocated with block 4
//
// Without the look beyond the folio each would get an extent of its own, and the file would be scattered.
// Linux: mpage_map_one_extent (fs/ext4/inode.c).
func (w *writer) place(f folio, b blocks, i, stop int) bool {
	first := fileBlock(f.pos())
	n := i
	for n < stop && b[n]&(blockDirty|blockMapped) == blockDirty|blockMapped && b[n]&(blockDelayed|blockUnwritten) != 0 {
		n++
	}
	for k := i; k < n; {
		at := first + disk.FileBlock(k)
		e, ok := w.d.inode.Map(at, 1<<20)
		if !ok {
			panic("pagecache.writer: a dirty block has no room")
		}
		if e.State == disk.Delayed {
			most, err := uint64(n-k), error(nil)
			if n == len(b) {
				most += w.behind(f)
			}
			if e, err = w.d.inode.Allocate(at, min(e.Count, most)); err != nil {
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

// behind is how many delayed blocks directly behind a folio will be written with it: they are allocated together.
// Allocation looks ahead over the folios that this call is going to write, so that they get one extent.
// Linux: mpage_prepare_extent_to_map (fs/ext4/inode.c).
func (w *writer) behind(f folio) (count uint64) {
	for end := blocksFor(w.m.size); w.m.pages.HasTag(f.next(), xarray.ToWrite); {
		f = w.m.folio(f.next())
		for i, x := range w.d.blocksOf(f) {
			const those = blockDirty | blockMapped | blockDelayed
			if x&those != those || fileBlock(f.pos())+disk.FileBlock(i) >= end {
				return count
			}
			count++
		}
	}
	return count
}

// refuse drops a folio's dirty data, since the disk is full although room was reserved. The next fsync gets ENOSPC. The
// folio is clean afterwards: it would otherwise be tried again at every run of the flusher, and never succeed.
// Linux: mpage_release_unused_pages (fs/ext4/inode.c).
func (w *writer) refuse(f folio) {
	w.m.failed.note(errNoSpace)
	w.m.loseFolio(f, errNoSpace)
	w.m.cancelDirty(f)
	b := w.d.blocksOf(f)
	for i := range b {
		b[i] &^= blockDirty
	}
}

// expect makes room for n pages more, so that a large folio does not grow the slices page by page.
func (w *writer) expect(n int) {
	w.req.Data, w.req.Parts, w.frames = slices.Grow(w.req.Data, n), slices.Grow(w.req.Parts, n), slices.Grow(w.frames,
		n)
}

// addParts adds parts of a page to the request, or submits it and begins a new one if the page does not follow on the
// device. The request refers to the frame's bytes: the device copies them only if the frame is about to change (lend).
// Linux: io_submit_add_bh (fs/ext4/page-io.c).
func (w *writer) addParts(frame *phys.Frame, parts uint8) {
	e, _ := w.d.inode.Map(blockOfFrame(frame)+disk.FileBlock(trailing(parts)), 1)
	at := e.Place.Block()
	if n := len(w.req.Data); n > 0 && w.req.Block+disk.Block(n) != at {
		w.submit()
	}
	if len(w.req.Data) == 0 {
		w.req.Op, w.req.Block, w.req.Lent = disk.Write, at, true
		stepBlockMapped(w.m.Cache.Log, vm.PageIndex(frame.Index), at, 1)
	}
	w.req.Data = append(w.req.Data, frame.Data())
	w.req.Parts = append(w.req.Parts, parts)
	w.frames = append(w.frames, frame)
}

// blockOfFrame is the first block of the page that a frame holds.
func blockOfFrame(x *phys.Frame) disk.FileBlock { return fileBlock(vm.PageIndex(x.Index).FileOffset()) }

// submit gives the device the request that has been gathered and waits for it. With async the caller does not wait: the
// request is in the flusher's hands until its completion time.
func (w *writer) submit() {
	data, parts := w.req.Data, w.req.Parts
	if len(data) > 0 {
		w.send()
	}
	for _, f := range w.folios {
		w.m.Cache.Writer.wrote(f)
	}
	w.req = disk.Request{Data: data[:0], Parts: parts[:0]}
	w.frames, w.folios = w.frames[:0], w.folios[:0]
}

// send submits the request. Where the flusher waits for it, the folios stay under writeback until its completion time.
func (w *writer) send() {
	c := w.m.Cache
	w.req.Masks = c.masksOf(w.frames)
	done, err := c.submit(w.d.fs.Device, w.req, w.d.failure(disk.Write, w.frames))
	if err == nil {
		for k, x := range w.frames {
			c.dma(disk.Write, w.req.Block+disk.Block(k), x)
		}
	}
	if !w.async || err != nil {
		c.complete(w.req, done)
	}
	if err != nil {
		w.m.failed.note(err)
		w.loseFrames(err)
		return
	}
	w.written()
	if w.async {
		c.Writer.addBios(w, done)
		w.folios = w.folios[:0]
	}
}

// loseFrames handles a failed request: its pages did not reach the disk. The pages are clean afterwards, as in Linux:
// they would otherwise be tried again for ever.
func (w *writer) loseFrames(err error) {
	e, _ := err.(syscall.Errno)
	for _, x := range w.frames {
		w.m.lost(vm.PageIndex(x.Index), e)
	}
}

// written marks as written the extents that the device now has, consecutive whole pages at once. Only now does the file
// system say that the blocks hold data: a crash before this shows zeros.
//
//	before   [100 .. 131] unwritten      reads as zeros, whatever the device has there
//	after    [100 .. 131] written        reads as the device's bytes
//
// The change is part of the running transaction of the journal, so a power cut before its commit shows zeros as well.
func (w *writer) written() {
	for k := 0; k < len(w.frames); {
		first, n := w.frames[k], 1
		for w.whole(k) && k+n < len(w.frames) && w.whole(k+n) && w.frames[k+n].Index == first.Index+uint64(n) {
			n++
		}
		if b := blockOfFrame(first); n > 1 {
			w.d.inode.Convert(b, uint64(n)*blocksPerPage)
		} else {
			convert(w.d.inode, b, w.req.Parts[k])
		}
		k += n
	}
	for k, x := range w.frames {
		w.m.Cache.lend(x, w.d.fs.Device, w.req.Block+disk.Block(k))
	}
}

// whole reports whether the request is for all of its page k.
func (w *writer) whole(k int) bool { return w.req.Parts[k] == disk.AllParts }

// convert marks as written the blocks of a page that the device now has: runs of bits in parts.
// Linux: ext4_convert_unwritten_extents (fs/ext4/extents.c).
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

// writeBack writes dirty folios. A folio that begins before the range but reaches into it is written as a whole.
// Linux: ext4_writepages (fs/ext4/inode.c).
func (d *ext4File) writeBack(m *Mapping, first, last vm.PageIndex, sent *[]folio) {
	// A folio has one writeback at a time: what the flusher has under way for the file ends first. It may have written
	// an older version of a page.
	m.Cache.Writer.waitFor(m)
	if d.fs.Writable() != nil {
		return
	}
	if f := m.folio(first); f.head != nil {
		first = f.first
	}
	// The tags fix what is written. A program that goes on dirtying pages cannot keep the caller here for ever.
	m.tagToWrite(first, last)
	m.writeTagged(writer{d: d, m: m, sent: sent}, first, last)
	if !m.pages.Tagged(xarray.Dirty) {
		m.Cache.Writer.clean(m)
	}
}

// flush writes the next dirty folios, most pages or a little more, and does not wait for the disk. It is WB_SYNC_NONE:
// what becomes dirty meanwhile, or is locked, is left for the next time.
// Linux: ext4_writepages with WB_SYNC_NONE (fs/ext4/inode.c).
func (d *ext4File) flush(m *Mapping, most uint64) {
	m.Cache.Writer.waitFor(m)
	if d.fs.Writable() != nil {
		return
	}
	first, last := m.nextDirty(most)
	m.tagToWrite(first, last)
	m.writeTagged(writer{d: d, m: m, async: true}, first, last)
	if !m.pages.Tagged(xarray.Dirty) {
		m.Cache.Writer.clean(m)
	}
}

// sync writes back, commits the file's metadata and flushes the disk's cache. It flushes the cache even if it wrote
// nothing, since the cache may hold earlier writes.
//
//	fsync       data, then the transaction with size, places and times
//	fdatasync   data, and the transaction only if size or places have changed
//
// Linux: ext4_sync_file (fs/ext4/fsync.c).
func (d *ext4File) sync(m *Mapping, first, last vm.PageIndex, what Durability) error {
	if err := d.fs.Writable(); err != nil {
		return err
	}
	err := m.WriteBack(first, last)
	// fdatasync commits only what a reader of the data needs: places and the size, not times. A commit flushes the
	// disk's cache too.
	if d.inode.Moved() || what == AllOfIt && d.inode.Changed() {
		if e := m.Cache.commit(d.fs); err == nil {
			err = e
		}
	} else if e := m.Cache.flushDisk(d.fs); err == nil {
		err = e
	}
	return err
}
