package xarray

import (
	"math/bits"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// slotBits is how many bits of a page index each level of the tree decides: 64 slots, one word for each tag.
const (
	slotBits = 6
	slots    = 1 << slotBits
	slotMask = slots - 1
)

// Tag marks pages of a mapping so that a search need not visit all pages. A bit in an inner node is set if a page below
// has the tag, so that a search goes straight to it.
// Linux: PAGECACHE_TAG_* (include/linux/fs.h).
type Tag uint8

// The tags.
const (
	Dirty Tag = iota
	Writeback
	ToWrite // was dirty when a sync began; the sync ignores pages that are dirtied later
	numTags
)

// node is one table of the tree. At level 0 its slots hold frames, above that nodes. A frame is stored by its number:
// half the size of a pointer, and the garbage collector need not follow it.
//
//	level 1   slot 0      slot 1      slot 2 ...       tags: bit 1 of Dirty
//	            |           |
//	level 0   pages 0-63  pages 64-127                 tags: bit 6 of Dirty: page 70 is dirty
//
// used and tags are one bit for each slot, so a search tests 64 slots by one instruction. A slot of 0 is empty: frame 0
// is never given to a file.
type node struct {
	frames [slots]uint32
	nodes  *[slots]*node   // nil at level 0
	used   uint64          // which slots are taken
	tags   [numTags]uint64 // which slots have, or lead to, a page with the tag
}

// Array maps page indexes to frames of memory. A look-up visits one node for each six bits of the largest index: one
// node for a file of up to 64 pages, two for a file of 256 KiB to 16 MiB. The zero value is empty and stays so.
// Linux: struct xarray, i_pages (include/linux/xarray.h).
type Array struct {
	memory *phys.Memory
	root   *node
	height int // levels below the root
	count  uint64
}

// New is an empty array of frames of m.
func New(m *phys.Memory) Array { return Array{memory: m} }

// Count is how many pages the array has.
func (a *Array) Count() uint64 { return a.count }

// covers reports whether the tree is high enough to have page i. Height 0 covers pages 0 to 63, height 1 up to page
// 4095, height 10 all 64 bits of an index.
func (a *Array) covers(i vm.PageIndex) bool {
	return a.root != nil && (a.height >= 10 || uint64(i)>>(slotBits*(a.height+1)) == 0)
}

// slotOf is the slot of page i in a node of a level. slotOf(0x1003, 0) is 3, slotOf(0x1003, 1) is 0, slotOf(0x1003, 2)
// is 1.
func slotOf(i vm.PageIndex, level int) uint { return uint(i>>(slotBits*level)) & slotMask }

// Get is the frame of page i, nil where there is none.
func (a *Array) Get(i vm.PageIndex) *phys.Frame {
	if !a.covers(i) {
		return nil
	}
	n := a.root
	for l := a.height; l > 0; l-- {
		if n = n.nodes[slotOf(i, l)]; n == nil {
			return nil
		}
	}
	return a.frame(n.frames[i&slotMask])
}

// frame is the frame of a slot, nil for an empty one.
func (a *Array) frame(slot uint32) *phys.Frame {
	if slot == 0 {
		return nil
	}
	return a.memory.Frame(phys.PFN(slot))
}

// Put makes f the frame of page i, which has none. It adds levels above the root until the tree is high enough, and
// then the missing nodes on the way down.
func (a *Array) Put(i vm.PageIndex, f *phys.Frame) {
	for !a.covers(i) {
		a.grow()
	}
	n := a.root
	for l := a.height; l > 0; l-- {
		s := slotOf(i, l)
		if n.nodes[s] == nil {
			n.nodes[s] = newNode(l - 1)
			n.used |= 1 << s
		}
		n = n.nodes[s]
	}
	n.frames[i&slotMask] = uint32(f.PFN())
	n.used |= 1 << (i & slotMask)
	a.count++
}

// newNode makes a node; one of the lowest level holds frames and needs no children.
func newNode(level int) *node {
	n := new(node)
	if level > 0 {
		n.nodes = new([slots]*node)
	}
	return n
}

// grow adds a level above the root. The old root becomes slot 0, since its pages have zeros as their new, highest
// digit; its tags go up with it.
func (a *Array) grow() {
	if a.root == nil {
		a.root, a.height = newNode(0), 0
		return
	}
	n := newNode(a.height + 1)
	n.nodes[0] = a.root
	n.used = 1
	for t, set := range a.root.tags {
		if set != 0 {
			n.tags[t] = 1
		}
	}
	a.root, a.height = n, a.height+1
}

// Remove removes page i and its tags. Nodes that are empty are freed. The tree keeps its height until the last page is
// removed; Linux takes levels away as soon as only slot 0 of the root is in use (xas_shrink).
func (a *Array) Remove(i vm.PageIndex) {
	for t := Tag(0); t < numTags; t++ {
		a.ClearTag(i, t)
	}
	a.removeIn(a.root, a.height, i)
	a.count--
	if a.root.used == 0 {
		a.root, a.height = nil, 0
	}
}

// removeIn takes a page out below n, with each node that is empty then.
func (a *Array) removeIn(n *node, level int, i vm.PageIndex) {
	s := slotOf(i, level)
	if level == 0 {
		n.frames[s] = 0
		n.used &^= 1 << s
		return
	}
	child := n.nodes[s]
	a.removeIn(child, level-1, i)
	if child.used == 0 {
		n.nodes[s] = nil
		n.used &^= 1 << s
	}
}

// SetTag marks page i, which must be there.
func (a *Array) SetTag(i vm.PageIndex, t Tag) {
	n := a.root
	for l := a.height; ; l-- {
		s := slotOf(i, l)
		n.tags[t] |= 1 << s
		if l == 0 {
			return
		}
		n = n.nodes[s]
	}
}

// ClearTag takes the mark off page i.
func (a *Array) ClearTag(i vm.PageIndex, t Tag) {
	if a.covers(i) {
		clearTagIn(a.root, a.height, i, t)
	}
}

// clearTagIn clears a page's tag, and the bits above it as long as no page below them has the tag.
// Linux: node_tag_clear (lib/radix-tree.c), xas_clear_mark (lib/xarray.c).
func clearTagIn(n *node, level int, i vm.PageIndex, t Tag) {
	s := slotOf(i, level)
	if n.tags[t]&(1<<s) == 0 {
		return
	}
	if level > 0 {
		clearTagIn(n.nodes[s], level-1, i, t)
		if n.nodes[s].tags[t] != 0 {
			return
		}
	}
	n.tags[t] &^= 1 << s
}

// HasTag reports whether page i is marked.
func (a *Array) HasTag(i vm.PageIndex, t Tag) bool {
	j, f := a.next(i, i, func(n *node) uint64 { return n.tags[t] })
	return f != nil && j == i
}

// Tagged reports whether any page is marked. It looks at one word of the root: that is what makes "is anything dirty?"
// cheap for files of any size.
func (a *Array) Tagged(t Tag) bool { return a.root != nil && a.root.tags[t] != 0 }

// Free reports whether there is no page from i to last.
func (a *Array) Free(i, last vm.PageIndex) bool {
	_, f := a.Next(i, last)
	return f == nil
}

// Next is the first page from i to last, and its frame; nil where there is none.
func (a *Array) Next(i, last vm.PageIndex) (vm.PageIndex, *phys.Frame) {
	return a.next(i, last, func(n *node) uint64 { return n.used })
}

// NextTagged is the first marked page from i to last, and its frame; nil where there is none.
func (a *Array) NextTagged(i, last vm.PageIndex, t Tag) (vm.PageIndex, *phys.Frame) {
	return a.next(i, last, func(n *node) uint64 { return n.tags[t] })
}

// next is the first page from i to last for which which has a bit; nil if there is none. With the bits of one word the
// next used slot is found by counting zeros, without a loop over empty slots.
func (a *Array) next(i, last vm.PageIndex, which func(*node) uint64) (vm.PageIndex, *phys.Frame) {
	if !a.covers(i) || i > last {
		return 0, nil
	}
	j, f := nextIn(a.root, a.height, i, which)
	if f == 0 || j > last {
		return 0, nil
	}
	return j, a.frame(f)
}

// nextIn is the first page at or above i under n; i's digits above n's level are n's own.
//
//	from page 70: on level 1, slots from 1 on; in slot 1, slots from 6 on; in slot 2 and later, all of them
func nextIn(n *node, level int, i vm.PageIndex, which func(*node) uint64) (j vm.PageIndex, frame uint32) {
	s := slotOf(i, level)
	for set := which(n) >> s << s; set != 0; set &= set - 1 {
		t := uint(bits.TrailingZeros64(set))
		if t != s {
			// The whole slot is in the range: begin at its first page.
			unit := vm.PageIndex(1) << (slotBits * level)
			i = i&^(unit<<slotBits-1) | vm.PageIndex(t)*unit
		}
		if level == 0 {
			return i, n.frames[t]
		}
		if j, f := nextIn(n.nodes[t], level-1, i, which); f != 0 {
			return j, f
		}
		s = slots // only the first slot was searched in part
	}
	return 0, 0
}
