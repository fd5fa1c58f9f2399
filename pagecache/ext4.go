package pagecache

import (
	"fmt"
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Short names for the flags that this package is about.
const (
	uptodate      = phys.Uptodate
	dirty         = phys.Dirty
	writeback     = phys.Writeback
	readaheadMark = phys.ReadaheadMark
)

// How the pages of a file of ext4 come into memory, by a fault and by read():
//
//	                    fault                          read()
//	in the cache        taken as it is                 a batch of up to 31 folios is looked up at once
//	  has the mark      the next window is started     the same
//	not in the cache    a window around the page       a window ahead of the page, or the page alone
//	being read          the locks are dropped, the     it waits
//	                    fault waits and is retried
//	read failed         once more, alone; then SIGBUS  once more, alone; then EIO
//
// The window and its mark are in readahead.go, requests to the disk in ext4read.go.

// ext4File is a file on ext4: pages are read on a miss, and blocks are allocated at writeback. A page may be filled or
// dirty in part, since a block has 1 KiB: blocks says which blocks are which.
// Linux: ext4_da_aops, ext4_file_vm_ops (fs/ext4/inode.c, fs/ext4/file.c).
type ext4File struct {
	pageless
	fs    *disk.FileSystem
	inode *disk.Inode
	// A folio that was read as a whole needs none: they are made by a write, or where a read is of a part.
	blocks map[vm.PageIndex]blocks // of the folios that have some, by their first page
	faulty map[transferOf]error    // the pages whose transfer fails; nil for a disk without errors

	unread  bool    // changed since it was last read
	ordered ordered // the range to be written before the journal commits
	// Programs that replace a file's content by truncating and writing it anew would often lose both in a power cut.
	emptied bool // truncated to 0 and not closed since; Linux: EXT4_STATE_DA_ALLOC_CLOSE
}

// NewOnDisk makes an empty file on a disk file system.
func (c *Cache) NewOnDisk(label string, fs *disk.FileSystem) *Mapping {
	return c.OpenOnDisk(label, fs, fs.NewInode())
}

// OpenOnDisk makes the mapping of a file that exists on a disk file system.
// Linux: ext4_iget (fs/ext4/inode.c).
func (c *Cache) OpenOnDisk(label string, fs *disk.FileSystem, n *disk.Inode) *Mapping {
	m := c.newMapping(label, &ext4File{fs: fs, inode: n, blocks: map[vm.PageIndex]blocks{}})
	m.size = n.Size()
	return m
}

// Inode is the file as its disk file system has it; nil for a file that is not on one.
func (m *Mapping) Inode() *disk.Inode {
	if d := m.ops.onDisk(); d != nil {
		return d.inode
	}
	return nil
}

// Extents are where the file's blocks lie on the disk; nil for a file that is not on one.
func (m *Mapping) Extents() []disk.Extent {
	if d := m.ops.onDisk(); d != nil {
		return d.inode.Extents()
	}
	return nil
}

func (*ext4File) fileType() FileType { return Regular }
func (*ext4File) blockSize() int64   { return blockSize }

func (d *ext4File) disk() *disk.FileSystem { return d.fs }
func (d *ext4File) onDisk() *ext4File      { return d }

// chunk is the largest folio.
// Linux: mapping_max_folio_size (include/linux/pagemap.h).
func (*ext4File) chunk(m *Mapping) int64 { return vm.PageSize << m.Cache.largestFolio() }

// modified and accessed note that the file's times have changed and belong into the next commit.
// Linux: ext4_dirty_inode (fs/ext4/inode.c).
func (d *ext4File) modified(*Mapping) {
	d.unread = true
	d.touch()
}

// touch changes the file's times. It does nothing if the journal was aborted: no call fails because of a time.
func (d *ext4File) touch() {
	if d.fs.Start() == nil {
		d.inode.Touch()
	}
}

// accessed updates the time of the last access, once after each change of the file: with relatime, a later access finds
// it newer than the change.
// Linux: relatime_need_update (fs/inode.c).
func (d *ext4File) accessed(*Mapping) {
	if d.unread {
		d.unread = false
		d.touch()
	}
}

// closed starts writeback, at the first close, of a file that was truncated to 0 and written to since, so that a power
// cut does not leave it empty. The truncation is in the journal within seconds, the new bytes only after 30.
// Linux: ext4_release_file (fs/ext4/file.c).
func (d *ext4File) closed(m *Mapping) {
	if !d.emptied {
		return
	}
	d.emptied = false
	d.allocateDelayed(m)
}

// AllocateDelayed starts writeback of pages without blocks, before a rename replaces another file with this one, so
// that a power cut does not leave it empty.
// Linux: ext4_rename (fs/ext4/namei.c).
func (m *Mapping) AllocateDelayed() {
	if d := m.ops.onDisk(); d != nil {
		d.allocateDelayed(m)
	}
}

// allocateDelayed starts writeback of the file if it has pages without blocks.
// Linux: ext4_alloc_da_blocks (fs/ext4/inode.c).
func (d *ext4File) allocateDelayed(m *Mapping) {
	if d.inode.Delayed() {
		_ = m.WriteBack(0, LastPage)
	}
}

// sectorsPerBlock is how many 512-byte units of stat a block of a file system has.
const sectorsPerBlock = blockSize / 512

// Allocated is the number of 512-byte units that the file occupies: st_blocks.
func (m *Mapping) Allocated() uint64 {
	if d := m.ops.onDisk(); d != nil {
		return d.inode.Blocks() * sectorsPerBlock
	}
	switch d := m.ops.(type) {
	case link:
		return d.sectors()
	case *hugeFile:
		return uint64(len(d.pages)) * uint64(d.page) / 512
	}
	return (m.pages.Count() + uint64(len(m.swapped))) * disk.SectorsPerBlock
}

func (*ext4File) traits() vm.Traits {
	return vm.FaultAround | vm.NotifyWrite | vm.HugeAligned | vm.KnowsSync
}

func (*ext4File) limit() int64   { return disk.MaxFileSize }
func (*ext4File) device() uint32 { return 7 << 20 }

// fault finds the page in the cache, or reads it in with its neighbours. If it has to wait for the disk it drops the
// locks, where the fault allows that, and the fault is retried. The order matters for what counts as major: only a page
// that was not in the cache at all makes a try major. One that is being read already is only waited for.
// Linux: filemap_fault (mm/filemap.c).
func (d *ext4File) fault(m *Mapping, q *vm.Fault) (*phys.Frame, error) {
	// SIGBUS beyond the end. The size is checked on every try, since the file may be truncated between two tries.
	if q.Index >= pagesFor(m.size) {
		return nil, vm.ErrNoPage
	}
	stepFilemapFault(m.Cache.Log, q.Index, m.Number)
	file, dropped := q.Area.Backing.(*File), false
	f := m.folio(q.Index)
	if f.head != nil {
		stepCacheHit(m.Cache.Log, q.Index, f.head.PFN(), m.Number)
		f.head.Hold() // reading ahead may reclaim memory, but not this folio
		dropped = !q.Tried && d.aheadOfFault(m, file, q, f) && q.MayDrop
		m.Cache.Memory.Put(f.head)
	} else {
		stepCacheMiss(m.Cache.Log, q.Index, 0, m.Number)
		q.Major = true
		dropped = d.aroundFault(m, file, q) && q.MayDrop
		if f = m.folio(q.Index); f.head == nil {
			// Readahead has left the page out, because the access is random or memory is short: it is read alone.
			if f = m.addFolio(q.Index, 0, toRead); f.head == nil {
				return nil, syscall.ENOMEM
			}
		}
	}
	if f.inFlight() {
		m.waitFolio(f)
		dropped = dropped || q.MayDrop
	}
	// The request has failed, or no request was made for it: it is read once more, alone, and the fault waits.
	if !f.has(uptodate) {
		err := d.readFolio(f)
		switch {
		case q.MayDrop:
			// The locks were dropped for the wait, whatever came of it; the next try sees the result.
			return nil, vm.ErrRetry
		case err != nil:
			file.ahead.shrink()
			return nil, vm.ErrNoPage
		}
	}
	if dropped {
		return nil, vm.ErrRetry
	}
	frame := f.frame(q.Index)
	frame.Hold()
	return frame, nil
}

// readPage is the folio that read() copies from: from the cache, else from the disk, with readahead. It looks up
// several folios at a time; the last of them may have the mark that starts the next window. A batch is a list of folios
// that are in the cache, one behind the other. Linux looks a batch up at once and then copies from it, so what happens
// to the cache during the copy of the first folio does not change which folios the rest is copied from. A folio in
// flight ends its batch: the caller waits for it, and meanwhile the pages behind it arrive too.
// Linux: filemap_get_pages (mm/filemap.c).
func (d *ext4File) readPage(m *Mapping, r reading) (*phys.Frame, vm.PageIndex, error) {
	i := vm.IndexOf(r.pos)
	f := m.folio(i)
	// The folio belongs to the batch that an earlier call has looked up.
	if i < r.known && f.head != nil && f.has(uptodate) {
		m.waitFolio(f)
		return f.frame(i), r.known, nil
	}
	r.batch.release(m.Cache.Memory)
	if f.head == nil {
		stepCacheMiss(m.Cache.Log, i, 0, m.Number)
		d.startReading(m, r.ahead, i, r.wanted())
		if f = m.folio(i); f.head == nil {
			return d.readAlone(m, r.ahead, i)
		}
	} else {
		stepCacheHit(m.Cache.Log, i, f.head.PFN(), m.Number)
	}
	end := i + vm.PageIndex(r.wanted())
	if f.inFlight() { // a batch ends with it, and the next one begins when it is filled
		d.passMark(m, r.ahead, f, f, end)
	}
	m.waitFolio(f)
	last := m.batchFrom(f, end)
	r.batch.hold(m, f.first, last.first)
	d.passMark(m, r.ahead, f, last, end)
	if r.known = last.next(); last.first > f.first && !last.filled() && !d.fillsLast(m, last, r) {
		r.known = last.first
		r.batch.releaseLast(m.Cache.Memory)
	}
	if !f.has(uptodate) && (r.pages == wholePages || !d.partlyThere(f, r.pos, r.left)) {
		if err := d.readFolio(f); err != nil {
			r.ahead.shrink()
			return nil, 0, err
		}
	}
	return f.frame(i), r.known, nil
}

// passMark starts the next window for a read() up to page end, where the last folio of its batch has the mark. The mark
// is on the page from where as much is left of the window as it takes to read the next one, so that the device works
// while the program uses what is there.
// Linux: filemap_readahead (mm/filemap.c).
func (d *ext4File) passMark(m *Mapping, ra *readaheadState, first, last folio, end vm.PageIndex) {
	if !last.has(readaheadMark) {
		return
	}
	first.head.Hold() // reading ahead may reclaim memory, but not these folios
	last.head.Hold()
	d.goOnReading(m, ra, last.first, last, uint64(end)-uint64(last.first))
	m.Cache.Memory.Put(last.head)
	m.Cache.Memory.Put(first.head)
}

// batchSize is how many folios a read() looks up at a time.
// Linux: PAGEVEC_SIZE (include/linux/pagevec.h).
const batchSize = 31

// batchFrom is the last of the folios from f on, up to page end, that are cached without a gap: the batch ends with the
// first that is not filled or has the mark.
// Linux: filemap_get_read_batch (mm/filemap.c).
func (m *Mapping) batchFrom(f folio, end vm.PageIndex) folio {
	for n := 1; n < batchSize && f.filled() && !f.has(readaheadMark) && f.next() < end; n++ {
		next := m.folio(f.next())
		if next.head == nil {
			break
		}
		f = next
	}
	return f
}

// fillsLast fills the last folio of a batch, if it is not filled, before the first folio is copied: until 6.18. It is
// false if the folio is left to the next batch.
// Linux: filemap_update_page (mm/filemap.c).
func (d *ext4File) fillsLast(m *Mapping, last folio, r reading) bool {
	if m.Cache.Profile.Has(profile.BatchOfFilled) || last.inFlight() {
		return false
	}
	if r.pages != wholePages && d.partlyThere(last, last.pos(), r.left-(last.pos()-r.pos)) {
		return true
	}
	return d.readFolio(last) == nil
}

// readAlone reads one page that readahead has left out.
// Linux: filemap_create_folio (mm/filemap.c).
func (d *ext4File) readAlone(m *Mapping, ra *readaheadState, i vm.PageIndex) (*phys.Frame, vm.PageIndex, error) {
	f := m.addFolio(i, 0, toRead)
	if f.head == nil {
		return nil, 0, syscall.ENOMEM
	}
	if err := d.readFolio(f); err != nil {
		ra.shrink()
		return nil, 0, err
	}
	return f.head, f.next(), nil
}

// partlyThere reports whether the blocks for a read() of n bytes at pos are filled, although the folio as a whole is
// not. Without this a read() of bytes that a write() has just made would have to read the rest of the page from the
// disk.
// Linux: block_is_partially_uptodate (fs/buffer.c).
func (d *ext4File) partlyThere(f folio, pos, n int64) bool {
	b := d.blocks[f.first]
	if b == nil {
		return false
	}
	from, size := pos-f.pos(), f.end()-f.pos()
	to := min(from+n, size)
	if from < blockSize && to > size-blockSize {
		return false
	}
	return b[from>>blockBits : (to+blockSize-1)>>blockBits].all(blockUptodate)
}

// leaving is called for a folio that leaves the cache, in any state: its block states and its dirty bytes are lost.
// Linux: block_invalidate_folio (fs/buffer.c), folio_cancel_dirty (mm/page-writeback.c).
func (d *ext4File) leaving(m *Mapping, f folio) {
	d.dropBlocks(f)
	m.cancelDirty(f)
}

// deleted frees the file's blocks. The journal records it with the next commit; until then the blocks are not used
// again.
// Linux: ext4_evict_inode (fs/ext4/inode.c).
func (d *ext4File) deleted(m *Mapping) {
	d.fs.Forget(d.inode)
	m.Cache.unorder(&d.ordered)
}

// check recomputes the invariants of the file's blocks: the blocks of a filled folio are filled, and dirty blocks are
// in dirty folios.
func (d *ext4File) check(m *Mapping) error {
	have := 0
	for i, x := m.pages.Next(0, LastPage); x != nil; {
		f := m.folioOf(i, x)
		b := d.blocks[f.first]
		switch {
		case b == nil:
		case len(b) != int(f.pages())*blocksPerPage:
			return fmt.Errorf("pagecache: %d pages of %s from %d on have %d blocks", f.pages(), m.Label, f.first,
				len(b))
		case b.any(blockDirty) && !f.has(dirty):
			return fmt.Errorf("pagecache: page %d of %s is clean and has dirty blocks", f.first, m.Label)
		}
		if b != nil {
			have++
		}
		i, x = m.pages.Next(f.next(), LastPage)
	}
	if have != len(d.blocks) {
		return fmt.Errorf("pagecache: %s has blocks of %d folios, %d of them cached", m.Label, len(d.blocks), have)
	}
	return nil
}
