package disk

import (
	"fmt"
	"slices"
)

// Page is the number of a page of a file, as its file system counts them.
// Linux: ext4_lblk_t (fs/ext4/ext4.h).
type Page uint64

// State is what is known of an extent's blocks.
// Linux: EXT4_MAP_MAPPED, EXT4_MAP_UNWRITTEN, EXT4_MAP_DELAYED (fs/ext4/ext4.h).
type State uint8

// The states of an extent.
const (
	Written   State = iota // the blocks hold the pages
	Unwritten              // the blocks are the file's, and read as zero until written
	Delayed                // room is promised, but no block chosen yet
)

// Extent is a run of pages of a file that lie in consecutive blocks.
// Linux: struct extent_status (fs/ext4/extents_status.h).
type Extent struct {
	Page  Page
	Count uint64
	Block Block // of the first page; meaningless while Delayed
	State State
}

func (e Extent) end() Page { return e.Page + Page(e.Count) }

// joins reports whether f goes on where e ends.
func (e Extent) joins(f Extent) bool {
	return e.end() == f.Page && e.State == f.State && (e.State == Delayed || e.Block+Block(e.Count) == f.Block)
}

// cut is the part of e from page from up to to.
func (e Extent) cut(from, to Page) Extent {
	e.Block += Block(from - e.Page)
	return Extent{Page: from, Count: uint64(to - from), Block: e.Block, State: e.State}
}

// Inode is a file as its file system sees it: where its pages lie. What no extent covers is a hole.
// Linux: struct inode with struct ext4_inode_info (fs/ext4/ext4.h).
type Inode struct {
	fs      *FileSystem
	extents []Extent // in page order, apart, and joined where they can be
}

// find is the index of the first extent that ends after page p.
func (n *Inode) find(p Page) int {
	i, _ := slices.BinarySearchFunc(n.extents, p, func(e Extent, p Page) int {
		if e.end() <= p {
			return -1
		}
		return 1
	})
	return i
}

// Map is the extent that begins at page p, cut to at most max pages; ok is false for a hole, whose length up to max is then
// in Count.
// Linux: ext4_map_blocks (fs/ext4/inode.c).
func (n *Inode) Map(p Page, max uint64) (e Extent, ok bool) {
	i := n.find(p)
	if i == len(n.extents) {
		return Extent{Page: p, Count: max}, false
	}
	e = n.extents[i]
	if e.Page > p {
		return Extent{Page: p, Count: min(max, uint64(e.Page-p))}, false
	}
	return e.cut(p, p+Page(min(max, uint64(e.end()-p)))), true
}

// Extents are the file's extents, in order.
func (n *Inode) Extents() []Extent { return slices.Clone(n.extents) }

// Blocks is how many blocks the file has, promised ones counted.
func (n *Inode) Blocks() (total uint64) {
	for _, e := range n.extents {
		total += e.Count
	}
	return total
}

// remove takes pages from up to to out and returns what was there.
func (n *Inode) remove(from, to Page) (taken []Extent) {
	var kept []Extent
	for _, e := range n.extents {
		lo, hi := max(e.Page, from), min(e.end(), to)
		if lo >= hi {
			kept = append(kept, e)
			continue
		}
		if e.Page < lo {
			kept = append(kept, e.cut(e.Page, lo))
		}
		taken = append(taken, e.cut(lo, hi))
		if hi < e.end() {
			kept = append(kept, e.cut(hi, e.end()))
		}
	}
	n.extents = kept
	return taken
}

// put adds an extent whose pages are a hole, joined to its neighbours.
func (n *Inode) put(e Extent) {
	i := n.find(e.Page)
	n.extents = slices.Insert(n.extents, i, e)
	if i+1 < len(n.extents) && e.joins(n.extents[i+1]) {
		n.extents[i].Count += n.extents[i+1].Count
		n.extents = slices.Delete(n.extents, i+1, i+2)
	}
	if i > 0 && n.extents[i-1].joins(n.extents[i]) {
		n.extents[i-1].Count += n.extents[i].Count
		n.extents = slices.Delete(n.extents, i, i+1)
	}
}

func (n *Inode) check() error {
	for i, e := range n.extents {
		if e.Count == 0 {
			return fmt.Errorf("disk: extent %v is empty", e)
		}
		if i > 0 && (n.extents[i-1].end() > e.Page || n.extents[i-1].joins(e)) {
			return fmt.Errorf("disk: extents %v and %v overlap or should be one", n.extents[i-1], e)
		}
	}
	return nil
}
