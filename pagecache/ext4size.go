package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// What changes a file's size or its blocks without writing data: truncate, and the modes of fallocate.
//
//	truncate        pages and blocks beyond the end are freed; the rest of the last block is zeroed
//	PUNCH_HOLE      whole blocks lose their place, the edges are zeroed
//	ZERO_RANGE      whole blocks keep a place and become unwritten, the edges are zeroed
//	(no mode)       holes get unwritten blocks
//	COLLAPSE_RANGE  the blocks are freed, and those behind them move down
//	INSERT_RANGE    the blocks behind move up
//
// Two things can show bytes that are not the file's. A block is 1024 bytes, so the last one may hold bytes beyond the
// end. And a page that a program maps shows all of its 4096 bytes, to which the program may store. So both are zeroed
// whenever such bytes would become part of the file.

// resize changes the file's size: it zeroes the rest of the last block beyond the old end, and drops pages and blocks
// beyond the new end. The order protects against a power cut and against readers: when a file grows, its old last block
// is zeroed first; when it shrinks, the size changes first and the blocks are freed last.
// Linux: ext4_setattr (fs/ext4/inode.c).
func (d *ext4File) resize(m *Mapping, size int64) error {
	old := m.size
	if err := d.fs.Start(); err != nil {
		return err
	}
	m.modified()
	if size > old && old%blockSize != 0 && m.zeroesOldEnd() {
		if err := d.zeroInBlock(m, old, blockSize); err != nil {
			return err
		}
	}
	// From here on a fault beyond the new end raises SIGBUS, so none of the pages that are dropped below come back.
	m.size = size
	d.inode.SetSize(size)
	if size > old {
		d.extended(m, old, size)
	}
	m.truncateCache(size)
	if size > old {
		return nil
	}
	d.emptied = d.emptied || size == 0
	err := d.zeroTail(m)
	d.inode.Punch(blocksFor(size), ^disk.FileBlock(0))
	return err
}

// zeroTail zeroes the file's last block beyond the end, so that a later, larger size finds zeros there.
// Linux: ext4_block_truncate_page (fs/ext4/inode.c).
func (d *ext4File) zeroTail(m *Mapping) error {
	if m.size%blockSize == 0 {
		return nil
	}
	return d.zeroInBlock(m, m.size, blockSize)
}

// zeroesOldEnd reports whether what makes a file longer zeroes what lies behind the old end. Until 6.12 it does not,
// and what a mapping has stored there becomes part of the file.
func (m *Mapping) zeroesOldEnd() bool {
	return m.Cache.Profile.Has(profile.GrowthZeroesEnd) || m.Cache.Profile.Has(profile.EndZeroedFirst)
}

// extended prepares the page with the old end for a larger file: it write-protects the page, which may need more
// blocks, so that the next store faults, and zeroes what a mapping has written beyond the old end. A store beyond the
// old end, through a mapping, was not of the file. It becomes visible with the new size unless it is zeroed.
// Linux: pagecache_isize_extended (mm/truncate.c).
func (d *ext4File) extended(m *Mapping, from, to int64) {
	edge := (from + blockSize - 1) &^ (blockSize - 1)
	if from >= to || to <= edge || edge&vm.PageMask == 0 {
		return
	}
	f := m.folio(vm.IndexOf(from))
	if f.head == nil {
		return
	}
	if m.protect(f) > 0 {
		m.MarkDirty(f.head)
	}
	if f.has(dirty) && m.zeroesOldEnd() {
		f.zero(from-f.pos(), min(to, f.end())-f.pos())
	}
}

// zeroEdges makes those of bytes from up to to zero that share a block with others. Whole blocks are left to the
// caller, which frees them or makes them unwritten.
// Linux: ext4_zero_partial_blocks (fs/ext4/inode.c).
func (d *ext4File) zeroEdges(m *Mapping, from, to int64) error {
	last := to - 1
	head, tail := from%blockSize, last%blockSize
	if from/blockSize == last/blockSize {
		if head == 0 && tail == blockSize-1 {
			return nil
		}
		return d.zeroInBlock(m, from, to-from)
	}
	if head != 0 {
		if err := d.zeroInBlock(m, from, blockSize); err != nil {
			return err
		}
	}
	if tail != blockSize-1 {
		return d.zeroInBlock(m, last-tail, tail+1)
	}
	return nil
}

// zeroInBlock makes n bytes from from on zero, but none beyond the block that holds from. If the block has a place on
// the disk it is read first. Its page counts as used. It is a read-modify-write of one block through the page cache.
// data=ordered then has the block written before the journal records the new size.
// Linux: ext4_block_zero_page_range (fs/ext4/inode.c).
func (d *ext4File) zeroInBlock(m *Mapping, from, n int64) error {
	n = min(n, blockSize-from%blockSize)
	f := m.usedFolio(vm.IndexOf(from))
	if f.head == nil {
		return syscall.ENOMEM
	}
	m.waitFolio(f)
	b, off := d.blocksOf(f), from-f.pos()
	i := int(off >> blockBits)
	if b[i]&blockMapped == 0 {
		if e, ok := d.inode.Lookup(fileBlock(from), 1); !ok || e.State != disk.Written {
			return nil // a hole reads as zero
		}
		b[i] |= blockMapped
	}
	if f.has(uptodate) {
		b[i] |= blockUptodate
	}
	if b[i]&blockUptodate == 0 {
		if err := d.readBlock(f, b, i); err != nil {
			return err
		}
	}
	f.zero(off, off+n)
	d.markBlock(f, b, i)
	d.orderBefore(m, from, from+n)
	return nil
}

// usedFolio finds or makes the folio of page i, which counts as used; a new one is not filled. It has no head if memory
// is short.
// Linux: __filemap_get_folio with FGP_ACCESSED and FGP_CREAT (mm/filemap.c).
func (m *Mapping) usedFolio(i vm.PageIndex) folio {
	f := m.folio(i)
	if f.head != nil {
		m.markAccessed(f.head)
		return f
	}
	if f = m.addFolio(i, 0, toRead); f.head != nil {
		f.head.Set(phys.Referenced)
	}
	return f
}

// dropRange drops the pages that lie entirely in bytes from up to to, and zeroes the range in the others. It
// write-protects those: they lose blocks, and the next store must fault to get new ones.
// Linux: ext4_truncate_page_cache_block_range (fs/ext4/inode.c), truncate_pagecache_range (mm/truncate.c).
func (d *ext4File) dropRange(m *Mapping, from, to int64) {
	if (from|to)&vm.PageMask != 0 && from < m.size {
		edge := (from + vm.PageMask) &^ vm.PageMask
		d.protectPart(m, from, min(edge, to))
		if to > edge {
			d.protectPart(m, to&^vm.PageMask, to)
		}
	}
	m.unmapWhole(pagesFor(from), vm.IndexOf(to))
	m.truncateRange(from, to)
}

// protectPart write-protects the folio of bytes from up to to if a whole block of it is freed, so that the next store
// faults.
// Linux: ext4_truncate_folio (fs/ext4/inode.c).
func (d *ext4File) protectPart(m *Mapping, from, to int64) {
	if (from+blockSize-1)&^(blockSize-1) >= to&^(blockSize-1) {
		return
	}
	if f := m.folio(vm.IndexOf(from)); f.head != nil && m.protect(f) > 0 {
		m.MarkDirty(f.head)
	}
}

// punch makes bytes from up to to a hole. Whole blocks lose their place, edges are zeroed. Pages are unmapped first, so
// that no process keeps showing them.
// Linux: ext4_punch_hole (fs/ext4/inode.c).
func (d *ext4File) punch(m *Mapping, from, to int64) error {
	if err := d.fs.Start(); err != nil {
		return err
	}
	// Blocks that fallocate has put beyond the end stay: a hole there ends before it begins.
	if from >= m.size {
		return nil
	}
	to = m.holeEnd(to)
	d.inode.Move()
	d.updateDiskSize(m, from, to)
	d.dropRange(m, from, to)
	if err := d.zeroEdges(m, from, to); err != nil {
		return err
	}
	d.inode.Punch(blocksFor(from), fileBlock(to))
	return nil
}

// holeEnd is where a hole up to to ends. One that reaches the end of the file covers the rest of its last block, or of
// its last page.
func (m *Mapping) holeEnd(to int64) int64 {
	switch {
	case to >= m.size && m.Cache.Profile.Has(profile.HoleEndsInBlock): // since 6.19
		return int64(blocksFor(m.size)) << blockBits
	case to > m.size:
		return (m.size + vm.PageMask) &^ vm.PageMask
	}
	return to
}

// updateDiskSize updates the size on disk up to the end of bytes from up to to, since the pages whose writeback would
// do so are dropped.
// Linux: ext4_update_disksize_before_punch (fs/ext4/inode.c).
func (d *ext4File) updateDiskSize(m *Mapping, from, to int64) {
	if from <= m.size {
		d.inode.SetSize(max(d.inode.Size(), min(m.size, to)))
	}
}

// zeroRange makes bytes from up to to read as zero, with blocks allocated. Unlike a hole it keeps its blocks, so a
// later write needs no allocation and cannot fail with ENOSPC.
// Linux: ext4_zero_range (fs/ext4/extents.c).
func (d *ext4File) zeroRange(m *Mapping, from, to, size int64) error {
	if (from|to)%blockSize != 0 {
		if err := d.allocate(m, from, to, size); err != nil {
			return err
		}
	}
	d.inode.Move()
	d.updateDiskSize(m, from, to)
	d.dropRange(m, from, to)
	if first, stop := blocksFor(from), fileBlock(to); stop > first {
		if err := m.zeroEnd(size); err != nil {
			return err
		}
		steps := d.steps(first, stop)
		if err := d.inode.Zero(first, uint64(stop-first)); err != nil {
			return err
		}
		d.grow(m, steps, size)
	}
	if (from|to)%blockSize == 0 {
		return nil
	}
	err := d.zeroEdges(m, from, to)
	if size > m.size {
		m.size = size
	}
	d.inode.SetSize(max(d.inode.Size(), size))
	return err
}

// allocate allocates unwritten blocks for bytes from up to to, and extends the file to size if that is larger.
// Linux: ext4_do_fallocate, ext4_alloc_file_blocks (fs/ext4/extents.c).
func (d *ext4File) allocate(m *Mapping, from, to, size int64) error {
	if err := d.fs.Start(); err != nil {
		return err
	}
	d.inode.Move()
	if err := m.zeroEnd(size); err != nil {
		return err
	}
	first := fileBlock(from)
	steps := d.steps(first, blocksFor(to))
	if err := d.inode.Preallocate(first, uint64(blocksFor(to)-first)); err != nil {
		return err
	}
	d.grow(m, steps, size)
	return nil
}

// steps are the ends of the runs of blocks that fallocate allocates one after the other, from block first up to stop. A
// run ends where the blocks' extent ends, or a hole. Each run is a call of ext4_map_blocks; until 7.1 the file grows
// after each of them.
// Linux: ext4_map_blocks (fs/ext4/inode.c).
func (d *ext4File) steps(first, stop disk.FileBlock) (ends []disk.FileBlock) {
	for first < stop {
		e, _ := d.inode.Lookup(first, uint64(stop-first))
		first += disk.FileBlock(e.Count)
		ends = append(ends, first)
	}
	return ends
}

// grow extends the file, step by step, to the end of what was allocated, but not beyond size; with a size of 0 it does
// nothing. From 6.13 to 7.0 each step zeroes the blocks at its edges beyond the old end; since then there is one step.
func (d *ext4File) grow(m *Mapping, steps []disk.FileBlock, size int64) {
	old, which := m.size, m.Cache.Profile
	first, zeroes := which.Has(profile.EndZeroedFirst), which.Has(profile.GrowthZeroesEnd)
	for i, b := range steps {
		end := min(int64(b)<<blockBits, size)
		if size == 0 || end <= old || first && i < len(steps)-1 {
			continue
		}
		m.size = max(m.size, end)
		d.inode.SetSize(max(d.inode.Size(), end))
		if first || zeroes {
			d.extended(m, old, end)
		}
		if zeroes {
			_ = d.zeroEdges(m, old, end)
		}
	}
}

// zeroEnd zeroes the file's last block beyond the end before the file is extended to byte to: since 7.1. Earlier
// releases do so afterwards.
// Linux: ext4_block_zero_eof (fs/ext4/inode.c).
func (m *Mapping) zeroEnd(to int64) error {
	d := m.ops.onDisk()
	if d == nil || to <= m.size || m.size%blockSize == 0 || !m.Cache.Profile.Has(profile.EndZeroedFirst) {
		return nil
	}
	return d.zeroInBlock(m, m.size, to-m.size)
}

// rearrange zeroes a range, or closes or opens a gap.
// Linux: ext4_fallocate (fs/ext4/extents.c).
func (d *ext4File) rearrange(m *Mapping, mode AllocateMode, from, to, size int64) error {
	if err := d.fs.Start(); err != nil {
		return err
	}
	switch mode &^ AllocateKeepSize {
	case AllocateZeroRange:
		return d.zeroRange(m, from, to, size)
	case AllocateCollapse, AllocateInsert:
		return d.shift(m, mode, from, to)
	}
	return syscall.EOPNOTSUPP
}

// shift closes the gap of bytes from up to to, or inserts one there: the rest of the file moves. Pages behind the gap
// are written back and dropped, since their numbers change; only the extents move.
// Linux: ext4_collapse_range, ext4_insert_range (fs/ext4/extents.c).
func (d *ext4File) shift(m *Mapping, mode AllocateMode, from, to int64) error {
	n := to - from
	switch {
	case (from|n)%blockSize != 0:
		return syscall.EINVAL
	case mode == AllocateCollapse && to >= m.size, mode == AllocateInsert && from >= m.size:
		return syscall.EINVAL
	case mode == AllocateInsert && n > m.Limit()-m.size:
		return syscall.EFBIG
	case (from|n)&vm.PageMask != 0:
		return syscall.EOPNOTSUPP // a page would lie in two blocks of the device
	}
	if err := d.writeShifted(m, mode, vm.IndexOf(from), vm.IndexOf(to)); err != nil {
		return err
	}
	m.truncateCache(from)
	d.inode.Unreserve(fileBlock(from))
	if mode == AllocateCollapse {
		d.inode.Punch(fileBlock(from), fileBlock(to))
		d.inode.Shift(fileBlock(to), -(n >> blockBits))
		n = -n
	} else {
		d.inode.Shift(fileBlock(from), n>>blockBits)
	}
	m.size += n
	d.inode.SetSize(m.size)
	return nil
}

// writeShifted writes back what moves. Delayed blocks behind the gap get a place: extents can be moved, reservations
// cannot. What a collapse removes is not written, but for its first page: Linux writes up to the byte at which the gap
// begins, that byte included.
// Linux: filemap_write_and_wait_range (mm/filemap.c) as ext4_collapse_range and ext4_insert_range call it.
func (d *ext4File) writeShifted(m *Mapping, mode AllocateMode, from, to vm.PageIndex) error {
	if mode == AllocateInsert {
		return m.WriteBack(from, LastPage)
	}
	if err := m.WriteBack(from, from); err != nil {
		return err
	}
	return m.WriteBack(to, LastPage)
}

// seek is lseek with SEEK_DATA or SEEK_HOLE: it uses the file's extents. An unwritten extent reads as zeros, but its
// pages may hold data that has not been written back yet, so there the page cache decides.
// Linux: ext4_seek_data, ext4_seek_hole (fs/ext4/file.c), iomap_seek_hole_iter (fs/iomap/seek.c).
func (d *ext4File) seek(m *Mapping, off int64, what Sought) (at int64, ok bool) {
	for off < m.size {
		block := fileBlock(off)
		e, mapped := d.inode.Lookup(block, uint64(blocksFor(m.size)-block))
		end := min(int64(block+disk.FileBlock(e.Count))<<blockBits, m.size)
		switch {
		case !mapped:
			if what == SoughtHole {
				return off, true
			}
		case e.State == disk.Unwritten:
			at, ok := m.seekPages(off, end, what)
			if ok && what == SoughtData { // in the page of the extent's end, but behind it: the end counts as data
				return min(at, end), true
			}
			if ok && at < end {
				return at, true
			}
		case what == SoughtData:
			return off, true
		}
		off = end
	}
	return m.size, false
}
