package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// How pages are read from the disk:
//
//	readPages    single pages   readWindow   a window of readahead, in large folios where they fit
//	     └──────────────┬────────────┘
//	                 addPages: a new folio in the page cache, locked, not filled
//	                 add: which blocks of the device? a hole is filled with zeros at once
//	                 ask: the next part of the request; a block that is not the next one begins a new request
//	                 submit: the device takes the request, and says when it will be complete
//	                 finish: the frames wait for that time in Cache.inflight
//
// The model moves the bytes when it submits the request. For the program the folio is not filled before the request's
// completion time: code that needs the folio calls waitFolio first.

// readPages brings the pages from first on that are missing into the cache, n of them at most, none beyond the file's
// end and each a folio of its own. The page async pages before the end gets the mark at which a reader starts the next
// window. It does not wait for the disk. Pages that are cached already are passed over, and end the request: one
// request reads consecutive blocks.
// Linux: do_page_cache_ra (mm/readahead.c).
func (d *ext4File) readPages(m *Mapping, first vm.PageIndex, n, async uint64) {
	r := reader{d: d, m: m}
	r.addPages(first, n, async)
	r.finish()
}

// addPages is readPages without the end: readWindow goes on with it after its large folios.
// Linux: page_cache_ra_unbounded (mm/readahead.c).
func (r *reader) addPages(first vm.PageIndex, n, async uint64) {
	m, end := r.m, pagesFor(r.m.size)
	if first >= end {
		return
	}
	if n >= uint64(end-first) { // nothing is read beyond the end of the file
		n, async = uint64(end-first), m.asyncAtEnd(async)
	}
	end = first + vm.PageIndex(n)
	for i := first; i < end; i++ {
		if m.pages.Get(i) != nil {
			r.readAdded() // since the page is present
			continue
		}
		f := m.addFolio(i, 0, toBeAhead)
		// Readahead gives up when memory is short: it is worth nothing if it evicts what is in use.
		if f.head == nil {
			break
		}
		if async <= n && i == end-vm.PageIndex(async) {
			f.set(readaheadMark)
		}
		r.add(f)
	}
	r.readAdded()
}

// readWindow brings a window of n pages from first on into the cache, in folios of that order where they fit; large
// folios end at the first page that is cached already, and single pages follow. Larger folios mean fewer look-ups,
// fewer entries on the lists and fewer requests later; a reader that goes on gets windows of larger and larger folios.
// Linux: page_cache_ra_order (mm/readahead.c).
func (d *ext4File) readWindow(m *Mapping, first vm.PageIndex, n, async uint64, order int) {
	at, stop, mark := first, first+vm.PageIndex(n), first+vm.PageIndex(n-async)
	if end := pagesFor(m.size); stop >= end {
		stop = end
		if m.asyncAtEnd(async) == 0 {
			mark = LastPage
		}
	}
	r := reader{d: d, m: m}
	for at < stop {
		o := orderWithin(at, stop, order)
		if !m.addPages(at, o, toBeAhead) { // a page is cached already, or memory is short
			break
		}
		f := m.folio(at)
		if f.first == mark&^(1<<o-1) {
			f.set(readaheadMark)
		}
		r.add(f)
		at = f.next()
	}
	r.readAdded()
	if done := uint64(at - first); at < stop {
		r.addPages(at, n-done, async)
	}
	r.finish()
}

// orderWithin is the order of the largest folio, up to order, that may begin at page at: it is aligned to its size and
// does not pass the end of the window. At page 12 of a window up to page 20, order 3 becomes 2: 12 is a multiple of 4
// and not of 8, and 12+4 is within.
func orderWithin(at, stop vm.PageIndex, order int) int {
	o := min(order, alignment(at))
	for o > 0 && at+1<<o > stop {
		o--
	}
	return o
}

// asyncAtEnd is the distance of the mark from the end in a window that reaches the file's end: since 7.2 such a window
// has no mark.
func (m *Mapping) asyncAtEnd(async uint64) uint64 {
	if m.Cache.Profile.Has(profile.NoMarkAtEnd) {
		return 0
	}
	return async
}

// alignment is the order of the largest folio that may begin at page i: a folio begins at a multiple of its size.
func alignment(i vm.PageIndex) int {
	order := 0
	for order < maxFolioOrder && i&(1<<order) == 0 {
		order++
	}
	return order
}

// reader builds the requests for folios that are read together, one for each contiguous run of blocks. A folio whose
// blocks are scattered needs several requests, and is filled when the last is done.
// Linux: struct bio of ext4_mpage_readpages (fs/ext4/readpage.c).
type reader struct {
	d      *ext4File
	m      *Mapping
	req    disk.Request
	frames []*phys.Frame
	folios []folio // that are filled when the request is done
	err    error

	added   []folio       // in the cache and locked, but not yet read
	locked  []folio       // until all requests are submitted, so that reclaim skips them
	filling []*phys.Frame // that these requests will fill
	batch   *batch        // of the requests submitted, nil before the first
}

// add adds a folio that is not filled, and is locked until it is. It is read after those that were added with it.
func (r *reader) add(f folio) {
	f.set(phys.Locked)
	r.added = append(r.added, f)
}

// read reads a folio. Holes become zeros. Blocks of a folio that a write has filled already are not read again.
// Linux: ext4_mpage_readpages (fs/ext4/readpage.c).
func (r *reader) read(f folio) {
	stepBlockMapped(r.m.Cache.Log, f.first, r.d.blockOf(f.first), int(f.pages()))
	var asked bool
	if r.d.blocks[f.first] == nil && r.d.simple(f) {
		asked = r.addSimple(f)
	} else {
		r.submit()
		asked = r.addBlocks(f)
	}
	if asked {
		r.locked = append(r.locked, f)
		return
	}
	f.clear(phys.Locked) // a hole is filled: reclaim may free it while the reader goes on
}

// blockOf is the device's block of a page, for the log; 0 for a hole.
func (d *ext4File) blockOf(i vm.PageIndex) disk.Block {
	e, ok := d.inode.Map(fileBlock(i.FileOffset()), 1)
	if !ok || e.State == disk.Delayed {
		return 0
	}
	return e.Place.Block()
}

// simple reports whether the folio's blocks on the disk are one run at its start, or none. Such a folio needs no buffer
// heads: one request reads it, and what follows the run is zeros. A block after a hole, or in another place than right
// behind the one before, needs state for each block.
//
//	blocks    W W W W     one run                        simple
//	          W W - -     a run, then a hole             simple: zeros after it
//	          - W W W     a hole, then blocks            not simple
//
// Linux: ext4_mpage_readpages, up to the label confused (fs/ext4/readpage.c).
func (d *ext4File) simple(f folio) bool {
	at, end := fileBlock(f.pos()), min(fileBlock(f.end()), blocksFor(f.m.size))
	hole, place := false, disk.Place(0)
	for b := at; b < end; {
		e, ok := d.inode.Lookup(b, uint64(end-b))
		if has := ok && e.State == disk.Written; !has {
			hole = true
		} else if hole || b > at && e.Place != place {
			return false
		} else {
			place = e.Place + disk.Place(e.Count)
		}
		b += disk.FileBlock(e.Count)
	}
	return true
}

// addSimple reads the run at the folio's start and zeroes the rest. A folio that is all hole is filled without the
// device. OnDisk notes that every block of the folio has its place.
// Linux: ext4_mpage_readpages (fs/ext4/readpage.c).
func (r *reader) addSimple(f folio) (asked bool) {
	at, end := fileBlock(f.pos()), min(fileBlock(f.end()), blocksFor(f.m.size))
	stop := at
	for stop < end {
		e, ok := r.d.inode.Map(stop, uint64(end-stop))
		if !ok || e.State != disk.Written {
			break
		}
		stop += disk.FileBlock(e.Count)
	}
	f.zero(int64(stop-at)<<blockBits, f.end()-f.pos())
	if stop == fileBlock(f.end()) {
		f.set(phys.OnDisk)
	}
	if stop == at {
		f.set(uptodate)
		return false
	}
	for i := f.first; fileBlock(i.FileOffset()) < stop; i++ {
		b := fileBlock(i.FileOffset())
		r.addParts(f.frame(i), b, uint8(1<<min(uint64(stop-b), blocksPerPage)-1))
	}
	r.folios = append(r.folios, f)
	return true
}

// addParts adds parts of a page to the request. A request is for consecutive blocks: a page that lies elsewhere on the
// device submits what has been gathered and begins a new one. Pages that follow each other in the file nearly always
// follow on the device: ext4 allocates runs. So a window of 32 pages is usually one request.
func (r *reader) addParts(frame *phys.Frame, b disk.FileBlock, parts uint8) {
	first := b + disk.FileBlock(trailing(parts))
	e, _ := r.d.inode.Map(first, 1)
	at := e.Place.Block()
	if n := len(r.req.Data); n > 0 && r.req.Block+disk.Block(n) != at {
		r.submit()
	}
	if len(r.req.Data) == 0 {
		r.req.Block = at
	}
	r.req.Data = append(r.req.Data, r.m.Cache.Memory.Bytes(frame))
	r.req.Parts = append(r.req.Parts, parts)
	r.frames = append(r.frames, frame)
}

// trailing is how many parts at the start of a page are not asked for: the first bit that is set in parts.
func trailing(parts uint8) int {
	n := 0
	for parts&1 == 0 && n < blocksPerPage {
		parts >>= 1
		n++
	}
	return n
}

// submit submits the current request, if any. The device moves the bytes at once; the request is complete later, at the
// time that the batch notes. After an error its folios stay without the flag uptodate. The bytes are in the frames at
// once although the time has not passed. This is invisible: no code looks at them before waitFolio has moved the clock.
// Linux: submit_bio (block/blk-core.c), mpage_end_io (fs/ext4/readpage.c).
func (r *reader) submit() {
	if len(r.req.Data) == 0 {
		return
	}
	c, req := r.m.Cache, r.req
	done, err := c.submit(r.d.fs.Device, req, r.d.failure(disk.Read, r.frames))
	if err != nil {
		r.err = err
		r.folios = r.folios[:0]
	}
	for i, frame := range r.frames {
		if err == nil {
			c.learnMask(frame, r.d.fs.Device, req.Block+disk.Block(i), req.Parts[i])
			c.dma(disk.Read, req.Block+disk.Block(i), frame)
		}
	}
	r.filling = append(r.filling, r.frames...)
	if r.batch == nil {
		r.batch = c.inflight.newBatch()
	}
	r.batch.add(req, done)
	for _, f := range r.folios {
		f.set(uptodate)
	}
	r.req, r.frames, r.folios = disk.Request{}, r.frames[:0], r.folios[:0]
}

// readAdded reads the folios that were added last.
// Linux: read_pages (mm/readahead.c).
func (r *reader) readAdded() {
	for _, f := range r.added {
		r.read(f)
	}
	r.added = r.added[:0]
	r.submit()
}

// finish submits the last request. A process that waits for one of the frames finds all of them filled when it runs
// again. The folios are unlocked here, and their frames counted as in flight instead: Locked is held only while the
// requests are built, in flight lasts until they are complete. In Linux PG_locked is both.
// Linux: blk_finish_plug (block/blk-core.c).
func (r *reader) finish() {
	r.readAdded()
	for _, f := range r.locked {
		f.clear(phys.Locked)
	}
	for _, frame := range r.filling {
		r.m.Cache.inflight.put(frame, r.batch)
	}
}

// addBlocks reads those blocks of a folio that are not filled yet, and leaves the others: a write may have filled a
// block of a page whose other blocks were never read. Blocks that have no place, or only a reserved or unwritten one,
// are zeros.
// Linux: block_read_full_folio (fs/buffer.c).
func (r *reader) addBlocks(f folio) (asked bool) {
	b, first, end := r.d.blocksOf(f), fileBlock(f.pos()), blocksFor(f.m.size)
	want, known := make([]uint8, f.pages()), true
	for i := range b {
		if b[i]&blockUptodate != 0 {
			continue
		}
		known = known && b[i]&blockMapped != 0
		if at := first + disk.FileBlock(i); b[i]&blockMapped == 0 && at < end {
			if e, ok := r.d.inode.Lookup(at, 1); ok && e.State == disk.Written {
				b[i] |= blockMapped
			}
		}
		if b[i]&(blockMapped|blockDelayed|blockUnwritten) != blockMapped {
			f.zero(int64(i)<<blockBits, int64(i+1)<<blockBits)
			b[i] |= blockUptodate
			continue
		}
		want[i/blocksPerPage] |= 1 << (i % blocksPerPage)
	}
	if known {
		f.set(phys.OnDisk)
	}
	for k, parts := range want {
		if parts != 0 {
			asked = true
			i := f.first + vm.PageIndex(k)
			r.addParts(f.frame(i), fileBlock(i.FileOffset()), parts)
		}
	}
	r.submit()
	if r.err == nil {
		b.set(blockUptodate)
		f.set(uptodate)
	}
	return asked
}

// readFolio fills a folio that is in the cache but not filled, and waits. The error is EIO. Readahead has failed for
// this folio or has left it out, and the caller needs it: so the error is that of this request.
// Linux: filemap_read_folio (mm/filemap.c).
func (d *ext4File) readFolio(f folio) error {
	r := reader{d: d, m: f.m}
	r.add(f)
	r.finish()
	f.m.waitFolio(f)
	if r.err != nil || !f.has(uptodate) {
		return f.m.Cache.refuse(syscall.EIO, ReadFails)
	}
	return nil
}

// readBlock reads one block of a folio and waits. A write that changes a part of a block needs the rest of the block.
// The error is EIO.
// Linux: ext4_read_bh_lock (fs/ext4/super.c).
func (d *ext4File) readBlock(f folio, b blocks, i int) error {
	at := fileBlock(f.pos()) + disk.FileBlock(i)
	frame := f.frame(f.first + vm.PageIndex(i/blocksPerPage))
	r := reader{d: d, m: f.m}
	r.addParts(frame, at&^(blocksPerPage-1), 1<<(i%blocksPerPage))
	r.finish()
	f.m.waitFolio(f)
	if r.err != nil {
		return f.m.Cache.refuse(syscall.EIO, ReadFails)
	}
	b[i] |= blockUptodate
	return nil
}
