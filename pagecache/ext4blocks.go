package pagecache

import (
	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// blockState is the state of one block of a cached folio; a page has four blocks. ext4 uses buffer heads for blocks
// that are smaller than a page. A page without them is filled or not, dirty or not, as a whole.
//
//	block      0          1          2          3
//	states     U D M      U D M N    U M        -          U filled, D dirty, M mapped, N new
//	           written    new        read       a hole, not read
//
// Linux: enum bh_state_bits (include/linux/buffer_head.h).
type blockState uint8

const (
	blockUptodate  blockState = 1 << iota // the block's bytes are the file's
	blockDirty                            // the bytes must be written to the disk
	blockMapped                           // it has a place on the disk, or a reservation
	blockNew                              // just allocated: bytes that are not written to read as zero
	blockDelayed                          // only reserved
	blockUnwritten                        // it has a place, which reads as zero until written
)

// blockBits is the number of bits of a block's size.
const (
	blockBits     = 10
	blockSize     = 1 << blockBits
	blocksPerPage = vm.PageSize / blockSize
)

// The page cache and the file system cut files into the same blocks.
const _ = uint(disk.FileBlockSize-blockSize) + uint(blockSize-disk.FileBlockSize)

// blocks are the states of the blocks of a folio. A folio has them from the first write to it until it is split or
// dropped while clean. There are four for each page: a folio of 2 MiB has 2048.
// Linux: struct buffer_head (include/linux/buffer_head.h).
type blocks []blockState

// fileBlock is the file's block that holds byte pos.
func fileBlock(pos int64) disk.FileBlock { return disk.FileBlock(uint64(pos) >> blockBits) }

// blocksFor is how many blocks hold size bytes.
func blocksFor(size int64) disk.FileBlock { return fileBlock(size + blockSize - 1) }

// blocksOf are the folio's block states; it makes them if the folio has none. The states follow from the folio's: a
// filled folio has filled blocks, a dirty one dirty blocks.
// Linux: create_empty_buffers (fs/buffer.c).
func (d *ext4File) blocksOf(f folio) blocks {
	if b := d.blocks[f.first]; b != nil {
		return b
	}
	b := make(blocks, int(f.pages())*blocksPerPage)
	f.m.Cache.Reclaim.chargeHeads(f, len(b))
	if f.has(uptodate) {
		b.set(blockUptodate)
	}
	if f.has(dirty) {
		b.set(blockDirty)
	}
	d.blocks[f.first] = b
	return b
}

// set adds states to every block.
func (b blocks) set(s blockState) {
	for i := range b {
		b[i] |= s
	}
}

// all reports whether every block has the states.
func (b blocks) all(s blockState) bool {
	for _, x := range b {
		if x&s != s {
			return false
		}
	}
	return true
}

// any reports whether a block has one of the states.
func (b blocks) any(s blockState) bool {
	for _, x := range b {
		if x&s != 0 {
			return true
		}
	}
	return false
}

// written reports whether the first n blocks are filled and dirty, as after a store, and the others are filled. It is
// the test whether an earlier store has prepared the folio, which saves the work for each of its blocks.
func (b blocks) written(n int) bool {
	const those = blockUptodate | blockDirty | blockMapped
	for _, x := range b[:n] {
		if x&(those|blockNew) != those {
			return false
		}
	}
	for _, x := range b[n:] {
		if x&(blockUptodate|blockNew) != blockUptodate {
			return false
		}
	}
	return true
}

// release drops the block states of a folio if no block is dirty; the folio is then clean. It is the condition for
// dropping, splitting and migrating a folio: state that exists only here must not be lost.
// Linux: try_to_free_buffers (fs/buffer.c).
func (d *ext4File) release(f folio) bool {
	b := d.blocks[f.first]
	if b == nil {
		return true
	}
	if b.any(blockDirty) || f.has(writeback) {
		return false
	}
	d.dropBlocks(f)
	f.m.cancelDirty(f)
	return true
}

// dropBlocks drops the block states of a folio, whatever they are.
// Linux: free_buffer_head (fs/buffer.c).
func (d *ext4File) dropBlocks(f folio) {
	f.m.Cache.Reclaim.freeHeads(f, len(d.blocks[f.first]))
	delete(d.blocks, f.first)
}

// invalidate clears dirty and mapped for the blocks that lie entirely in bytes from to to of the folio. The bytes of
// these blocks are not the file's any more, so they must not be written, even if the folio stays dirty for other
// blocks.
// Linux: block_invalidate_folio (fs/buffer.c).
func (d *ext4File) invalidate(f folio, from, to int64) {
	b := d.blocks[f.first]
	if b == nil {
		return
	}
	for i := (from + blockSize - 1) >> blockBits; i < to>>blockBits; i++ {
		b[i] &= blockUptodate
	}
	if from == 0 && to == f.end()-f.pos() {
		d.release(f)
	}
	f.clear(phys.OnDisk)
}

// HasBlocks reports whether the frame's folio has block states: buffer heads.
// Linux: folio_test_private (include/linux/page-flags.h).
func (m *Mapping) HasBlocks(f *phys.Frame) bool {
	d := m.ops.onDisk()
	return d != nil && d.blocks[m.folioOf(vm.PageIndex(f.Index), f).first] != nil
}

// markBlock makes one block dirty, and with it the folio.
// Linux: mark_buffer_dirty (fs/buffer.c).
func (d *ext4File) markBlock(f folio, b blocks, i int) {
	b[i] |= blockDirty
	f.m.dirtyFolio(f)
}

// mapBlock looks up the place of a block that will be written, and reserves room if it is a hole. The error is ENOSPC.
// It is delayed allocation: a place is not chosen before writeback. The reservation makes sure that there will be one.
// A reservation is a number that is subtracted from the free blocks; the extent with its place comes when the whole run
// of dirty blocks is known, so that a file that is written in small pieces still lies in one run.
// Linux: ext4_da_get_block_prep (fs/ext4/inode.c).
func (d *ext4File) mapBlock(b blocks, i int, at disk.FileBlock) error {
	e, ok := d.inode.Map(at, 1)
	if !ok {
		if err := d.inode.Reserve(at, 1); err != nil {
			return err
		}
		e.State = disk.Delayed
	}
	switch e.State {
	case disk.Delayed:
		b[i] |= blockMapped | blockNew | blockDelayed
	case disk.Unwritten:
		b[i] |= blockMapped | blockNew | blockUnwritten
	default:
		b[i] |= blockMapped
	}
	return nil
}

// zeroNew zeroes the new blocks among bytes from to to of the folio, after a copy that brought no bytes for them. A new
// block has no bytes on the disk; what the copy did not bring must not be what was in the frame before.
// Linux: folio_zero_new_buffers (fs/buffer.c).
func (d *ext4File) zeroNew(f folio, b blocks, from, to int64) {
	for i := range b {
		lo, hi := int64(i)<<blockBits, int64(i+1)<<blockBits
		if b[i]&blockNew == 0 || hi <= from || lo >= to {
			continue
		}
		if !f.has(uptodate) {
			f.zero(max(from, lo), min(to, hi))
			b[i] |= blockUptodate
		}
		b[i] &^= blockNew
		d.markBlock(f, b, i)
	}
}

// commit marks the blocks of bytes from to to of the folio as written. The folio is filled if every block is. The folio
// becomes filled as soon as its last block is, without any read. Linux's name for this is unrelated to a commit of the
// journal.
// Linux: block_commit_write (fs/buffer.c).
func (d *ext4File) commit(f folio, b blocks, from, to int64) {
	partial := false
	for i := range b {
		lo, hi := int64(i)<<blockBits, int64(i+1)<<blockBits
		if hi <= from || lo >= to {
			partial = partial || b[i]&blockUptodate == 0
		} else {
			b[i] |= blockUptodate
			d.markBlock(f, b, i)
		}
		b[i] &^= blockNew
	}
	if !partial {
		f.set(uptodate)
	}
}
