package disk

import (
	"fmt"
	"slices"
	"sort"
)

// The file system's own blocks are a quarter of the device's: a page of a file has four of them, which are holes,
// reserved or written each on its own, as on a small ext4.
const (
	FileBlockSize = 1024
	Parts         = BlockSize / FileBlockSize
)

// FileBlock is the number of a block of a file, as its file system counts them. Times FileBlockSize it is an offset in
// bytes.
// Linux: ext4_lblk_t (fs/ext4/ext4.h).
type FileBlock uint64

// Place is where a block of a file lies on the device: the device's block times Parts, plus the part of it. A page of a
// file never lies in two blocks of the device, so a block of a file is the same part of its page as its Place is of the
// device's block.
// Linux: ext4_fsblk_t (fs/ext4/ext4.h).
type Place uint64

// Block is the device's block.
func (p Place) Block() Block { return Block(p / Parts) }

// placeOf is where the first part of a device's block is.
func placeOf(b Block) Place { return Place(b) * Parts }

// pageStart is the first block of the page that holds b.
func (b FileBlock) pageStart() FileBlock { return b &^ (Parts - 1) }

// pageEnd is b rounded up to the start of a page.
func (b FileBlock) pageEnd() FileBlock { return (b + Parts - 1).pageStart() }

// State is the state of an extent's blocks. A block goes from Delayed to Unwritten to Written, or from nothing to
// Unwritten by fallocate. Only truncation and punching take it back to a hole; FALLOC_FL_ZERO_RANGE makes it Unwritten
// again.
// Linux: EXT4_MAP_MAPPED, EXT4_MAP_UNWRITTEN, EXT4_MAP_DELAYED (fs/ext4/ext4.h).
type State uint8

// The states of an extent.
const (
	Written   State = iota // the device holds the blocks
	Unwritten              // there is a place for the blocks, and they read as zero until written
	Delayed                // room is reserved, but no place is chosen yet
)

// String is the state's name.
func (s State) String() string { return [...]string{"written", "unwritten", "delayed"}[s] }

// Extent is a run of blocks of a file that lie one after the other on the device.
// Linux: struct extent_status (fs/ext4/extents_status.h).
type Extent struct {
	First FileBlock
	Count uint64
	Place Place // of the first block; meaningless while Delayed
	State State
}

// End is the block after the last.
func (e Extent) End() FileBlock { return e.First + FileBlock(e.Count) }

// joins reports whether f continues e. Two extents that could be one must be one: their number decides how many leaf
// blocks stat counts.
func (e Extent) joins(f Extent) bool {
	return e.End() == f.First && e.State == f.State && (e.State == Delayed || e.Place+Place(e.Count) == f.Place)
}

// known reports whether the journal records the extent: it does not record reservations.
func (e Extent) known() bool { return e.State != Delayed }

// cut is the part of e from block from up to to.
func (e Extent) cut(from, to FileBlock) Extent {
	e.Place += Place(from - e.First)
	return Extent{First: from, Count: uint64(to - from), Place: e.Place, State: e.State}
}

// Inode is a file as its file system sees it: where its blocks lie. What no extent covers is a hole.
// Linux: struct inode with struct ext4_inode_info (fs/ext4/ext4.h).
type Inode struct {
	fs      *FileSystem
	size    int64
	extents []Extent // in order, apart, and joined where they can be
	changed bool     // since the journal was written
	// fdatasync needs a commit only then: it may leave times behind.
	moved   bool    // and more than its times: without a commit the journal would not lead to its bytes
	durable *record // as the journal has it; nil for never
	// stat counts them in st_blocks, so that a fragmented file is larger than its data.
	leaves uint64 // blocks for the extents that do not fit into the inode
	holes  []hole // that are cached, in order and disjoint
}

// How many extents the inode itself holds, and how many a leaf block of its tree holds.
// Linux: ext4_ext_space_root, ext4_ext_space_block (fs/ext4/extents.c).
const (
	extentsInInode = 4
	extentsInBlock = (FileBlockSize - 12) / 12
)

// inTree is how many extents the file's tree has: reservations are not in it. Reservations live in memory only, in the
// extent status tree.
func (n *Inode) inTree() (count uint64) {
	for _, e := range n.extents {
		if e.known() {
			count++
		}
	}
	return count
}

// growTree gives the extents the blocks that they need. Leaf blocks stay when extents are joined.
// Linux: ext4_ext_create_new_leaf (fs/ext4/extents.c).
func (n *Inode) growTree(count uint64) {
	if count > extentsInInode {
		n.leaves = max(n.leaves, (count+extentsInBlock-1)/extentsInBlock)
	}
}

// shrinkTree frees the only leaf block if the inode itself has room for the extents. Linux checks this when extents are
// added or changed, and after the last of several removals.
// Linux: ext4_ext_try_to_merge_up, ext4_ext_remove_space (fs/ext4/extents.c).
func (n *Inode) shrinkTree(count uint64) {
	if n.leaves == 1 && count <= extentsInInode || count == 0 {
		n.leaves = 0
	}
}

// Size is the file's size as the inode on disk has it, in bytes: it follows the file's size when blocks are written
// back. It lags behind the size that programs see: a power cut after a write but before writeback leaves the old one,
// and no bytes that were never written.
// Linux: i_disksize of struct ext4_inode_info (fs/ext4/ext4.h).
func (n *Inode) Size() int64 { return n.size }

// SetSize changes it.
func (n *Inode) SetSize(size int64) {
	if n.size != size {
		n.size = size
		n.Move()
	}
}

// find is the index of the first extent that ends after block b.
func (n *Inode) find(b FileBlock) int {
	return sort.Search(len(n.extents), func(i int) bool { return n.extents[i].End() > b })
}

// Map is the extent that begins at block b, cut to at most most blocks; ok is false for a hole, whose length up to most
// is then in Count. count is cut, not the extent as stored: a caller asks for a range and gets the first part of it
// that is of one kind.
// Linux: ext4_map_blocks (fs/ext4/inode.c).
func (n *Inode) Map(b FileBlock, most uint64) (e Extent, ok bool) {
	i := n.find(b)
	// Beyond the last extent all is hole, at least as far as was asked.
	if i == len(n.extents) {
		return Extent{First: b, Count: most}, false
	}
	e = n.extents[i]
	if e.First > b {
		return Extent{First: b, Count: min(most, uint64(e.First-b))}, false
	}
	return e.cut(b, b+FileBlock(min(most, uint64(e.End()-b)))), true
}

// next is the first extent that ends after block b; ok is false where there is none. SEEK_DATA and SEEK_HOLE look with
// it.
// Linux: ext4_iomap_begin_report (fs/ext4/inode.c).
func (n *Inode) next(b FileBlock) (e Extent, ok bool) {
	if i := n.find(b); i < len(n.extents) {
		return n.extents[i], true
	}
	return e, false
}

// Extents are the file's extents, in order.
func (n *Inode) Extents() []Extent { return slices.Clone(n.extents) }

// Delayed reports whether the file has reserved blocks without a place.
// Linux: i_reserved_data_blocks of struct ext4_inode_info (fs/ext4/ext4.h).
func (n *Inode) Delayed() bool {
	return slices.ContainsFunc(n.extents, func(e Extent) bool { return e.State == Delayed })
}

// Blocks is how many blocks the file has, reserved ones counted, and those that hold its extents.
func (n *Inode) Blocks() (total uint64) {
	for _, e := range n.extents {
		total += e.Count
	}
	return total + n.leaves
}

// remove takes blocks from up to to out and returns what was there. It changes neither the free blocks nor the
// reservations: that is the caller's task, which knows why the blocks go.
func (n *Inode) remove(from, to FileBlock) (taken []Extent) {
	first := n.find(from)
	last := first
	var edges []Extent
	for ; last < len(n.extents) && n.extents[last].First < to; last++ {
		e := n.extents[last]
		lo, hi := max(e.First, from), min(e.End(), to)
		if e.First < lo {
			edges = append(edges, e.cut(e.First, lo))
		}
		taken = append(taken, e.cut(lo, hi))
		if hi < e.End() {
			edges = append(edges, e.cut(hi, e.End()))
		}
	}
	n.extents = slices.Replace(n.extents, first, last, edges...)
	// Reservations are not in the journal, so their removal leaves nothing to record.
	if slices.ContainsFunc(taken, Extent.known) {
		n.Move()
		if n.inTree() == 0 {
			n.shrinkTree(0)
		}
	}
	return taken
}

// put adds an extent whose blocks are a hole, joined to its neighbours. The range must be a hole. The order matters:
// the extent is joined first, and the tree grows only by what is left.
func (n *Inode) put(e Extent) {
	i := n.find(e.First)
	n.extents = slices.Insert(n.extents, i, e)
	// What is an extent now is no cached hole any more.
	n.forgetHoles(e.First, e.End())
	if e.known() {
		n.Move()
	}
	if i+1 < len(n.extents) && e.joins(n.extents[i+1]) {
		n.extents[i].Count += n.extents[i+1].Count
		n.extents = slices.Delete(n.extents, i+1, i+2)
	}
	if i > 0 && n.extents[i-1].joins(n.extents[i]) {
		n.extents[i-1].Count += n.extents[i].Count
		n.extents = slices.Delete(n.extents, i, i+1)
	}
	if e.known() {
		count := n.inTree()
		n.growTree(count)
		n.shrinkTree(count)
	}
}

// placed is the device's block of the page that starts at block b; ok is false where none of its blocks has a place.
// All blocks of a page that have a place share one block of the device, so the first that is found is the answer.
func (n *Inode) placed(b FileBlock) (at Block, ok bool) {
	b = b.pageStart()
	for i := n.find(b); i < len(n.extents) && n.extents[i].First < b+Parts; i++ {
		if e := n.extents[i]; e.State != Delayed {
			return e.cut(max(e.First, b), e.End()).Place.Block(), true
		}
	}
	return 0, false
}

// reserved reports whether the page that starts at block b has a reserved block and none with a place.
func (n *Inode) reserved(b FileBlock) bool {
	if _, ok := n.placed(b); ok {
		return false
	}
	_, ok := n.next(b.pageStart())
	return ok && n.extents[n.find(b.pageStart())].First < b.pageStart()+Parts
}

// check holds the extents against their rules: in order, apart, joined where they could be one, and all parts of a page
// in one block of the device.
func (n *Inode) check() error {
	for i, e := range n.extents {
		switch {
		case e.Count == 0:
			return fmt.Errorf("disk: extent %v is empty", e)
		case i > 0 && (n.extents[i-1].End() > e.First || n.extents[i-1].joins(e)):
			return fmt.Errorf("disk: extents %v and %v overlap or should be one", n.extents[i-1], e)
		case e.State != Delayed && uint64(e.Place)%Parts != uint64(e.First)%Parts:
			return fmt.Errorf("disk: extent %v puts a page into two blocks", e)
		}
		if i == 0 || e.State == Delayed {
			continue
		}
		if p := n.extents[i-1]; p.State != Delayed && (p.End()-1).pageStart() == e.First.pageStart() &&
			(p.Place+Place(p.Count)-1).Block() != e.Place.Block() {
			return fmt.Errorf("disk: extents %v and %v put a page into two blocks", p, e)
		}
	}
	return nil
}
