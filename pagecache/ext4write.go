package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// A write to a file of ext4 changes folios in the page cache, one after the other:
//
//	beginWrite    the folio, made if it is not cached; for each block in the range:
//	                no place yet          reserve room (delayed allocation): ENOSPC comes here, not at writeback
//	                changed in part       read it first
//	                changed as a whole    nothing
//	copyIn        the bytes
//	endWrite      the blocks are filled and dirty, the folio is dirty, and the file's size grows
//
// Where the blocks lie on the device is decided at writeback: see ext4writeback.go. The fault of a store through a
// shared mapping does the same for the whole folio at once, in makeWritable.

// beginWrite prepares a folio for a write of n bytes at pos: it reads the blocks that the write will change only in
// part. A write ends at the end of the folio. A block that is overwritten as a whole need not be read; one that is
// changed in part is read first, and the write waits for it. A block beyond the end, or in a hole, is zeros.
// Linux: ext4_da_write_begin, ext4_block_write_begin (fs/ext4/inode.c).
func (d *ext4File) beginWrite(m *Mapping, pos, n int64) (folio, error) {
	f := m.folio(vm.IndexOf(pos))
	if f.head == nil {
		if f = m.addFolio(vm.IndexOf(pos), orderFor(n), toWrite); f.head == nil {
			return f, syscall.ENOMEM
		}
	}
	m.waitFolio(f)
	from := pos - f.pos()
	to := min(from+n, f.end()-f.pos())
	b := d.blocksOf(f)
	err := d.readyBlocks(f, b, from, to, leaveNew)
	if err != nil {
		d.zeroNew(f, b, from, to)
	}
	return f, err
}

// orderFor is the order of the folio that is made for a write of n bytes: as large as the write fills, up to 2 MiB. The
// folio's place in the file may make it smaller. A write of 5000 bytes gets order 0, one of 8192 order 1, one of 1 MiB
// order 8.
// Linux: filemap_get_order (include/linux/pagemap.h).
func orderFor(n int64) int {
	order := 0
	for n >= vm.PageSize<<(order+1) && order < maxFolioOrder {
		order++
	}
	return order
}

// newBlocks says what becomes of new blocks in a folio that is filled. A write marks them when its bytes have arrived;
// a fault stores nothing that could mark them later, so they are dirty at once.
type newBlocks uint8

const (
	leaveNew newBlocks = iota // the end of the write marks them
	dirtyNew                  // they are dirty at once
)

// readyBlocks maps or reserves the blocks of bytes from to to of the folio, and reads those that are written only in
// part. An example: a write of bytes 500 to 2500 of a page with four written blocks that is not cached. Block 0 is
// changed in part and read, block 1 is overwritten whole, block 2 is changed in part and read, block 3 is left as it
// is: not filled.
// Linux: ext4_block_write_begin (fs/ext4/inode.c), __block_write_begin_int (fs/buffer.c).
func (d *ext4File) readyBlocks(f folio, b blocks, from, to int64, how newBlocks) (err error) {
	first := fileBlock(f.pos())
	for i := range b {
		lo, hi := int64(i)<<blockBits, int64(i+1)<<blockBits
		if hi <= from || lo >= to {
			if f.has(uptodate) {
				b[i] |= blockUptodate
			}
			continue
		}
		b[i] &^= blockNew
		if b[i]&blockMapped == 0 {
			if err := d.mapBlock(b, i, first+disk.FileBlock(i)); err != nil {
				return f.m.Cache.refuse(syscall.ENOSPC, diskFull)
			}
			if b[i]&blockNew != 0 {
				d.readyNew(f, b, i, from, to, how)
				continue
			}
		}
		switch {
		case f.has(uptodate):
			b[i] |= blockUptodate
		case b[i]&(blockUptodate|blockDelayed|blockUnwritten) == 0 && (lo < from || hi > to):
			if e := d.readBlock(f, b, i); e != nil {
				err = e
			}
		}
	}
	return err
}

// readyNew prepares a block that was just allocated or reserved. Its place on the device has bytes of a deleted file,
// or none, so the part of the block that the write does not change is made zero. In a filled folio it is zero already.
func (d *ext4File) readyNew(f folio, b blocks, i int, from, to int64, how newBlocks) {
	lo, hi := int64(i)<<blockBits, int64(i+1)<<blockBits
	switch {
	case f.has(uptodate) && how == dirtyNew:
		b[i] = b[i]&^blockNew | blockUptodate
		d.markBlock(f, b, i)
	case f.has(uptodate):
		b[i] |= blockUptodate
	default:
		if hi > to {
			f.zero(max(lo, to), hi)
		}
		if lo < from {
			f.zero(lo, min(hi, from))
		}
	}
}

// endWrite completes a write at pos of which n of wanted bytes were copied, and returns how many count: in a folio that
// is not filled, a partial copy counts as none. The size grows only after the bytes are in the page cache: a reader
// must not see an end that it cannot read to. A partial copy into a folio that is not filled counts as none, since the
// rest of its last block was never read: the block would mix new bytes with what was in the frame before.
// Linux: ext4_da_write_end (fs/ext4/inode.c), block_write_end (fs/buffer.c).
func (d *ext4File) endWrite(m *Mapping, f folio, pos, n, wanted int64) int64 {
	b, from, old := d.blocksOf(f), pos-f.pos(), m.size
	if n < wanted {
		if !f.has(uptodate) {
			n = 0
		}
		d.zeroNew(f, b, from+n, from+wanted)
	}
	d.commit(f, b, from, from+n)
	if end := pos + n; end > old {
		m.size = end
		if last := (from + n - 1) >> blockBits; n > 0 && b[last]&(blockDelayed|blockUnwritten) == 0 {
			d.inode.SetSize(max(d.inode.Size(), end))
		}
	}
	if pos > old {
		d.extended(m, old, pos)
		if m.Cache.Profile.Has(profile.GrowthZeroesEnd) {
			_ = d.zeroEdges(m, old, pos)
		}
	}
	return n
}

// makeWritable reserves room on the disk before a page is written to through an area: for all of its folio. The fault
// may store anywhere in the page, so all blocks up to the end of the file need a place or a reservation. It fails with
// ENOSPC here, as SIGBUS, and not at writeback, where no program could learn of it in time.
// Linux: ext4_page_mkwrite (fs/ext4/inode.c), block_page_mkwrite (fs/buffer.c).
func (d *ext4File) makeWritable(m *Mapping, q *vm.Fault, frame *phys.Frame) error {
	if frame.Owner != phys.Owner(m) {
		return vm.ErrNoPage
	}
	m.modified()
	f := m.folioOf(vm.PageIndex(frame.Index), frame)
	if f.pos() >= m.size {
		return vm.ErrNoPage
	}
	end := min(f.end(), m.size) - f.pos()
	b := d.blocksOf(f)
	m.Cache.Writer.balanceAfterStore()
	if f.has(uptodate|dirty) && b.written(int(blocksFor(end))) {
		m.MarkDirty(frame) // an earlier store has prepared the whole folio already, which for 2 MiB saves much time
		return nil
	}
	if err := d.readyBlocks(f, b, 0, end, dirtyNew); err != nil {
		d.zeroNew(f, b, 0, end)
		if err == syscall.ENOMEM {
			return err
		}
		return vm.ErrNoPage
	}
	d.commit(f, b, 0, end)
	m.MarkDirty(frame)
	return nil
}

// dirtied marks all blocks of a page's folio dirty, since a store through a page table does not say which blocks it
// changes. A write() of one byte dirties one block, a store of one byte all blocks of its folio.
// Linux: block_dirty_folio (fs/buffer.c).
func (d *ext4File) dirtied(m *Mapping, frame *phys.Frame) {
	f := m.folioOf(vm.PageIndex(frame.Index), frame)
	if b := d.blocks[f.first]; b != nil {
		b.set(blockDirty)
	}
	m.dirtyFolio(f)
}

// dirtyFolio marks a folio dirty, but not its blocks. It counts towards the thresholds of the flusher, and the file
// joins its queue. A folio of 512 pages counts as 512 dirty pages, however few bytes of it have changed.
// Linux: __folio_mark_dirty (mm/page-writeback.c).
func (m *Mapping) dirtyFolio(f folio) {
	if f.has(dirty) {
		return
	}
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		m.noteDirty(x)
		m.pages.SetTag(i, xarray.Dirty)
	})
	m.Cache.Writer.dirtied(m, int(f.pages()))
}

// cancelDirty makes a folio clean without writing it. Truncation and writeback call it; the tags follow the flag.
// Linux: folio_cancel_dirty (mm/page-writeback.c).
func (m *Mapping) cancelDirty(f folio) {
	if !f.has(dirty) {
		return
	}
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		x.Clear(dirty)
		m.pages.ClearTag(i, xarray.Dirty)
		m.pages.ClearTag(i, xarray.ToWrite)
	})
	m.Cache.Writer.dirty -= int(f.pages())
}
