package disk

import "syscall"

// Reserve reserves room for the holes among count blocks from b on: delayed allocation. On ENOSPC nothing is reserved.
// The unit of reservation is a page, as a page lies in one block of the device: one reserved block of it is enough for
// all four. A page that has a place needs no reservation for its holes, either. All or nothing: a write that runs out
// of room half way would have to give part of it back. ext4 looks the block up before it reserves it, and so caches the
// hole around it.
// Linux: ext4_da_map_blocks (fs/ext4/inode.c), ext4_insert_delayed_blocks (fs/ext4/inode.c).
func (n *Inode) Reserve(b FileBlock, count uint64) error {
	end := b + FileBlock(count)
	need := uint64(0)
	for p := b.pageStart(); p < end; p += Parts {
		if n.untouched(p) {
			need++
		}
	}
	if need > n.fs.spare() {
		return syscall.ENOSPC
	}
	n.fs.reserved += need
	for b < end {
		e, ok := n.Map(b, uint64(end-b))
		if !ok {
			n.Lookup(b, 1)
			n.put(Extent{First: b, Count: e.Count, State: Delayed})
		}
		b += FileBlock(e.Count)
	}
	return nil
}

// untouched reports whether the whole page that starts at block b is a hole.
func (n *Inode) untouched(b FileBlock) bool {
	e, ok := n.Map(b, Parts)
	return !ok && e.Count == Parts
}

// Allocate chooses places for count reserved blocks from b on, as many as possible in one run. It returns the extent
// that begins at b then; its state is Unwritten until Convert. The error is ENOSPC, which cannot happen for blocks that
// were reserved. The caller is writeback, which knows from the dirty pages how long the run is. It asks for the rest
// with another call where the free blocks are scattered.
// Linux: ext4_map_blocks with EXT4_GET_BLOCKS_CREATE (fs/ext4/inode.c), ext4_mb_new_blocks (fs/ext4/mballoc.c).
func (n *Inode) Allocate(b FileBlock, count uint64) (Extent, error) {
	e, ok := n.Map(b, count)
	if ok && e.State != Delayed {
		return e, nil
	}
	return n.place(b, e.Count)
}

// place chooses places for at most count blocks from b on that have none; the extent says for how many. A page that has
// a place already keeps to it: its other blocks lie in the same block of the device.
func (n *Inode) place(b FileBlock, count uint64) (Extent, error) {
	end := b + FileBlock(count)
	if at, ok := n.placed(b); ok {
		return n.settle(b, min(end, b.pageStart()+Parts), placeOf(at)+Place(b%Parts)), nil
	}
	stop := b.pageStart() + Parts
	// The run ends before the first page that has a place already.
	for stop < end.pageEnd() {
		if _, ok := n.placed(stop); ok {
			break
		}
		stop += Parts
	}
	reserved, want := uint64(0), uint64(stop-b.pageStart())/Parts
	at, got := n.fs.free.take(n.goal(b), want)
	// ext4 commits and tries again where freed blocks still wait for the journal.
	if got == 0 && n.fs.waiting > 0 {
		n.fs.Commit() // blocks that were freed become free with the commit
		at, got = n.fs.free.take(n.goal(b), want)
	}
	if got == 0 {
		return Extent{First: b, Count: count}, syscall.ENOSPC
	}
	for p := b.pageStart(); p < b.pageStart()+FileBlock(got)*Parts; p += Parts {
		// The reservation is used up by the place. Pages that were not reserved are those of fallocate.
		if n.reserved(p) {
			reserved++
		}
	}
	n.fs.reserved -= reserved
	return n.settle(b, min(end, b.pageStart()+FileBlock(got)*Parts), placeOf(at)+Place(b%Parts)), nil
}

// settle notes the place of blocks from b up to end. They are unwritten until the device has their bytes: see Convert.
func (n *Inode) settle(b, end FileBlock, at Place) Extent {
	n.remove(b, end)
	e := Extent{First: b, Count: uint64(end - b), Place: at, State: Unwritten}
	n.put(e)
	return e
}

// goal is where the page of block b would lie best: after the pages before it. Files that are written from start to end
// so become one extent, which one request can read. A file without blocks begins at the first free run. An example:
// pages 0 to 9 lie at blocks 40 to 49 of the device. The goal of page 10 is block 50, that of page 14 block 54: pages
// 10 to 13 may still be written.
func (n *Inode) goal(b FileBlock) Block {
	for i := n.find(b.pageStart()) - 1; i >= 0; i-- {
		// A hole before the page leaves room for its blocks: they may be written later.
		if e := n.extents[i]; e.State != Delayed {
			last := (e.End() - 1).pageStart()
			return (e.Place + Place(e.Count) - 1).Block() + Block((b.pageStart()-last)/Parts)
		}
	}
	return 0
}

// Convert marks count blocks from b on as Written, once the device has them. Until then a read of the blocks gives
// zeros, whatever the device has there.
// Linux: ext4_convert_unwritten_extents (fs/ext4/extents.c).
func (n *Inode) Convert(b FileBlock, count uint64) { n.restate(b, count, Unwritten, Written) }

// Zero makes count blocks from b on read as zero, without giving up their places. Holes get places too: fallocate with
// FALLOC_FL_ZERO_RANGE. The error is ENOSPC.
// Linux: ext4_alloc_file_blocks with EXT4_GET_BLOCKS_CONVERT_UNWRITTEN (fs/ext4/extents.c).
func (n *Inode) Zero(b FileBlock, count uint64) error {
	n.restate(b, count, Written, Unwritten)
	return n.Preallocate(b, count)
}

// restate turns the blocks of a range that are in one state into another, as unwritten ones into written ones.
func (n *Inode) restate(b FileBlock, count uint64, from, to State) {
	end := b + FileBlock(count)
	if !n.holds(from, b, end) {
		return // nothing for the journal to record
	}
	for _, e := range n.remove(b, end) {
		if e.State == from {
			e.State = to
		}
		n.put(e)
	}
}

// holds reports whether one of the blocks from b up to end is in that state.
func (n *Inode) holds(s State, b, end FileBlock) bool {
	for i := n.find(b); i < len(n.extents) && n.extents[i].First < end; i++ {
		if n.extents[i].State == s {
			return true
		}
	}
	return false
}

// Preallocate chooses places for those of count blocks from b on that have none; they read as zero: fallocate. On
// ENOSPC the places chosen until then stay. The blocks are unwritten, so that no zeros have to be written.
// Linux: ext4_alloc_file_blocks (fs/ext4/extents.c).
func (n *Inode) Preallocate(b FileBlock, count uint64) error {
	for end := b + FileBlock(count); b < end; {
		e, ok := n.Map(b, uint64(end-b))
		if !ok || e.State == Delayed {
			if !ok {
				if e.Count = n.room(b, e.Count); e.Count == 0 {
					return syscall.ENOSPC
				}
			}
			var err error
			if e, err = n.place(b, e.Count); err != nil {
				return err
			}
		}
		b += FileBlock(e.Count)
	}
	return nil
}

// room is how many of count blocks from b on, which are a hole, may get places without taking what is reserved. If
// other blocks of the same page have a place or a reservation, its blocks always may. spare counts blocks of the
// device, count blocks of the file: one of the former is Parts of the latter. Blocks of a page that is reserved or
// placed cost nothing more.
func (n *Inode) room(b FileBlock, count uint64) uint64 {
	if n.untouched(b.pageStart()) {
		return min(count, n.fs.spare()*Parts-min(uint64(b%Parts), n.fs.spare()*Parts))
	}
	return min(count, uint64(b.pageStart()+Parts-b))
}

// Punch makes blocks from up to to a hole and frees their places. If to is beyond all blocks it truncates, and forgets
// the known holes. A hole is aligned to blocks here; the bytes at its edges are zeroed in the page cache. Places are
// freed page by page, as a page's block of the device is free only when no block of the page lies there.
// Linux: ext4_ext_remove_space (fs/ext4/extents.c), ext4_punch_hole, ext4_truncate (fs/ext4/inode.c).
func (n *Inode) Punch(from, to FileBlock) {
	moved := n.moved
	defer func() {
		if to == ^FileBlock(0) {
			n.forgetHoles(from, to)
			n.moved = moved // if only the size stays, the journal still leads to the same bytes
		} else {
			n.knowHole(from, to)
		}
	}()
	n.split(to)
	for b := from; b < to; {
		i := n.find(b)
		if i == len(n.extents) || n.extents[i].First >= to {
			return
		}
		e := n.extents[i]
		b = max(b, e.First)
		// Whole pages first, which are one run of the device; then what is left within a page.
		stop := min(e.End(), to).pageStart()
		if b == b.pageStart() && stop > b {
			n.punchPages(b, stop)
		} else {
			stop = min(to, b.pageStart()+Parts)
			n.punchInPage(b, stop)
		}
		b = stop
	}
}

// split gives the tree room for one extent more if a hole that ends at block to ends within an extent, which is split
// before the first block is removed. Removal itself takes no room: it goes from the last extent to the first.
// Linux: ext4_force_split_extent_at, ext4_ext_rm_leaf (fs/ext4/extents.c).
func (n *Inode) split(to FileBlock) {
	if i := n.find(to); i < len(n.extents) && n.extents[i].known() && n.extents[i].First < to {
		n.growTree(n.inTree() + 1)
	}
}

// punchPages makes a hole of whole pages that one extent covers.
func (n *Inode) punchPages(b, stop FileBlock) {
	e := n.remove(b, stop)[0]
	if e.State == Delayed {
		n.fs.reserved -= e.Count / Parts
		return
	}
	n.fs.give(e.Place.Block(), e.Count/Parts)
}

// punchInPage makes a hole within one page. The device's block is freed when no block of the page lies in it any more;
// the page's reserved blocks then need room of their own. Three things may change: the reservation of the page, its
// place, and both if the last block with a place is removed while others are still reserved.
func (n *Inode) punchInPage(b, stop FileBlock) {
	at, placed := n.placed(b)
	if n.reserved(b) {
		n.fs.reserved--
	}
	n.remove(b, stop)
	if n.reserved(b) {
		n.fs.reserved++
	}
	if _, still := n.placed(b); placed && !still {
		n.fs.give(at, 1)
	}
}

// Unreserve cancels the reservations from block b on, and forgets the known holes there. Truncation calls it first: the
// reservations of pages that will never be written are returned at once.
// Linux: ext4_es_remove_extent (fs/ext4/extents_status.c).
func (n *Inode) Unreserve(b FileBlock) {
	for _, e := range n.Extents() {
		if e.State == Delayed && e.End() > b {
			n.Punch(max(b, e.First), e.End())
		}
	}
	n.forgetHoles(b, ^FileBlock(0))
}

// Shift moves every block from b on by count blocks, down into a hole or up, which leaves a hole. Both are whole pages.
// FALLOC_FL_COLLAPSE_RANGE moves down, FALLOC_FL_INSERT_RANGE up. No bytes move, only the numbers of blocks.
// Linux: ext4_ext_shift_extents (fs/ext4/extents.c).
func (n *Inode) Shift(b FileBlock, by int64) {
	leaves := n.leaves
	for _, e := range n.remove(b, ^FileBlock(0)) {
		e.First = FileBlock(int64(e.First) + by)
		n.put(e)
	}
	n.leaves = max(n.leaves, leaves) // extents are not joined
}
