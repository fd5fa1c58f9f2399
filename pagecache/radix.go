package pagecache

import (
	"math/bits"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// radixBits is how many bits of a page index each level of the tree decides: 64 slots, one word for each tag.
const (
	radixBits  = 6
	radixSlots = 1 << radixBits
	radixMask  = radixSlots - 1
)

// tag marks pages of a mapping so that a search need not visit all pages. A bit in an inner node is set if a page below
// has the tag, so that a search goes straight to it.
// Linux: PAGECACHE_TAG_* (include/linux/fs.h).
type tag uint8

// The tags.
const (
	tagDirty tag = iota
	tagWriteback
	tagToWrite // was dirty when a sync began; the sync ignores pages that are dirtied later
	numTags
)

// radixNode is one table of the tree. At level 0 its slots hold frames, above that nodes. A frame is stored by its
// number: half the size of a pointer, and the garbage collector need not follow it.
type radixNode struct {
	frames [radixSlots]uint32
	nodes  *[radixSlots]*radixNode // nil at level 0
	used   uint64                  // which slots are taken
	tags   [numTags]uint64         // which slots have, or lead to, a page with the tag
}

// radix maps page indexes to frames of memory; small files need one node. The zero value is empty. A look-up walks one
// node for each six bits of the largest index, so a file of up to 64 pages takes one step, one of 256 KiB to 16 MiB
// two. The tree is as high as its largest index needs.
// Linux: struct xarray, i_pages (include/linux/xarray.h).
type radix struct {
	memory *phys.Memory
	root   *radixNode
	height int // levels below the root
	count  uint64
}

func (r *radix) covers(i vm.PageIndex) bool {
	return r.root != nil && (r.height >= 10 || uint64(i)>>(radixBits*(r.height+1)) == 0)
}

func slotOf(i vm.PageIndex, level int) uint { return uint(i>>(radixBits*level)) & radixMask }

// get is the frame of page i, nil where there is none.
func (r *radix) get(i vm.PageIndex) *phys.Frame {
	if !r.covers(i) {
		return nil
	}
	n := r.root
	for l := r.height; l > 0; l-- {
		if n = n.nodes[slotOf(i, l)]; n == nil {
			return nil
		}
	}
	return r.frame(n.frames[i&radixMask])
}

// frame is the frame of a slot, nil for an empty one.
func (r *radix) frame(slot uint32) *phys.Frame {
	if slot == 0 {
		return nil
	}
	return r.memory.Frame(phys.PFN(slot))
}

// put makes f the frame of page i, which has none.
func (r *radix) put(i vm.PageIndex, f *phys.Frame) {
	for !r.covers(i) {
		r.grow()
	}
	n := r.root
	for l := r.height; l > 0; l-- {
		s := slotOf(i, l)
		if n.nodes[s] == nil {
			n.nodes[s] = newRadixNode(l - 1)
			n.used |= 1 << s
		}
		n = n.nodes[s]
	}
	n.frames[i&radixMask] = uint32(f.PFN())
	n.used |= 1 << (i & radixMask)
	r.count++
}

// newRadixNode makes a node; one of the lowest level holds frames and needs no children.
func newRadixNode(level int) *radixNode {
	n := new(radixNode)
	if level > 0 {
		n.nodes = new([radixSlots]*radixNode)
	}
	return n
}

// grow adds a level above the root.
func (r *radix) grow() {
	if r.root == nil {
		r.root, r.height = newRadixNode(0), 0
		return
	}
	n := newRadixNode(r.height + 1)
	n.nodes[0] = r.root
	n.used = 1
	for t, set := range r.root.tags {
		if set != 0 {
			n.tags[t] = 1
		}
	}
	r.root, r.height = n, r.height+1
}

// remove removes page i and its tags.
func (r *radix) remove(i vm.PageIndex) {
	for t := tag(0); t < numTags; t++ {
		r.clearTag(i, t)
	}
	r.removeIn(r.root, r.height, i)
	r.count--
	if r.root.used == 0 {
		r.root, r.height = nil, 0
	}
}

// removeIn takes a page out below n, with each node that is empty then.
func (r *radix) removeIn(n *radixNode, level int, i vm.PageIndex) {
	s := slotOf(i, level)
	if level == 0 {
		n.frames[s] = 0
		n.used &^= 1 << s
		return
	}
	child := n.nodes[s]
	r.removeIn(child, level-1, i)
	if child.used == 0 {
		n.nodes[s] = nil
		n.used &^= 1 << s
	}
}

// setTag marks page i, which must be there.
func (r *radix) setTag(i vm.PageIndex, t tag) {
	n := r.root
	for l := r.height; ; l-- {
		s := slotOf(i, l)
		n.tags[t] |= 1 << s
		if l == 0 {
			return
		}
		n = n.nodes[s]
	}
}

// clearTag takes the mark off page i.
func (r *radix) clearTag(i vm.PageIndex, t tag) {
	if r.covers(i) {
		clearTagIn(r.root, r.height, i, t)
	}
}

// clearTagIn clears a page's tag, and the bits above it as long as no page below them has the tag.
// Linux: node_tag_clear (lib/radix-tree.c), xas_clear_mark (lib/xarray.c).
func clearTagIn(n *radixNode, level int, i vm.PageIndex, t tag) {
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

// hasTag reports whether page i is marked.
func (r *radix) hasTag(i vm.PageIndex, t tag) bool {
	j, f := r.next(i, i, func(n *radixNode) uint64 { return n.tags[t] })
	return f != nil && j == i
}

// tagged reports whether any page is marked.
func (r *radix) tagged(t tag) bool { return r.root != nil && r.root.tags[t] != 0 }

// nextPage is the first page from i to last, and its frame; nil where there is none.
func (r *radix) nextPage(i, last vm.PageIndex) (vm.PageIndex, *phys.Frame) {
	return r.next(i, last, func(n *radixNode) uint64 { return n.used })
}

// nextTagged is the first marked page from i to last, and its frame; nil where there is none.
func (r *radix) nextTagged(i, last vm.PageIndex, t tag) (vm.PageIndex, *phys.Frame) {
	return r.next(i, last, func(n *radixNode) uint64 { return n.tags[t] })
}

// next is the first page from i to last for which which has a bit; nil if there is none. With the bits of one word the
// next used slot is found by counting zeros, without a loop over empty slots.
func (r *radix) next(i, last vm.PageIndex, which func(*radixNode) uint64) (vm.PageIndex, *phys.Frame) {
	if !r.covers(i) || i > last {
		return 0, nil
	}
	j, f := nextIn(r.root, r.height, i, which)
	if f == 0 || j > last {
		return 0, nil
	}
	return j, r.frame(f)
}

// nextIn is the first page at or above i under n; i's digits above n's level are n's own.
func nextIn(n *radixNode, level int, i vm.PageIndex, which func(*radixNode) uint64) (j vm.PageIndex, frame uint32) {
	s := slotOf(i, level)
	for set := which(n) >> s << s; set != 0; set &= set - 1 {
		t := uint(bits.TrailingZeros64(set))
		if t != s {
			// The whole slot is in the range: begin at its first page.
			unit := vm.PageIndex(1) << (radixBits * level)
			i = i&^(unit<<radixBits-1) | vm.PageIndex(t)*unit
		}
		if level == 0 {
			return i, n.frames[t]
		}
		if j, f := nextIn(n.nodes[t], level-1, i, which); f != 0 {
			return j, f
		}
		s = radixSlots // only the first slot was searched in part
	}
	return 0, 0
}
