package disk

import "slices"

// hole is a range of blocks that the file system has found to be a hole and caches, as ext4 does in its extent status
// tree: a look-up asks this cache before the extents. Truncation forgets part of it, so that only a part of a hole may
// be known; fallocate then fills the hole in parts. The cache never contradicts the extents; it may only know less.
// What a program can see of it is how many calls fallocate needs, and which blocks a write reserves.
// Linux: EXTENT_STATUS_HOLE (fs/ext4/extents_status.h).
type hole struct{ from, to FileBlock }

// Lookup is Map with the cache of holes: it returns the part of a hole that is cached, and if block b is in no cached
// hole, it determines the length of the hole and caches it.
// Linux: ext4_map_blocks (fs/ext4/inode.c), ext4_ext_determine_insert_hole (fs/ext4/extents.c).
func (n *Inode) Lookup(b FileBlock, most uint64) (e Extent, ok bool) {
	if e, ok = n.Map(b, most); ok {
		return e, true
	}
	for _, h := range n.holes {
		if h.from <= b && b < h.to {
			e.Count = min(e.Count, uint64(h.to-b))
			return e, false
		}
	}
	n.knowHole(n.holeAt(b))
	return e, false
}

// holeAt is the hole that block b is in. If a reservation lies before b, the hole begins at b. ext4 asks the extents in
// the journal, where the reservation is missing, and then cuts the hole at it.
func (n *Inode) holeAt(b FileBlock) (from, to FileBlock) {
	i, to := n.find(b), ^FileBlock(0)
	if i < len(n.extents) {
		to = n.extents[i].First
	}
	switch {
	case i == 0:
	case n.extents[i-1].State == Delayed:
		from = b
	default:
		from = n.extents[i-1].End()
	}
	return from, to
}

// knowHole caches a hole, merged with those that it touches. to is exclusive; the hole after the last extent has no
// end.
// Linux: ext4_es_insert_extent (fs/ext4/extents_status.c).
func (n *Inode) knowHole(from, to FileBlock) {
	if from >= to {
		return
	}
	i := 0
	for i < len(n.holes) && n.holes[i].to < from {
		i++
	}
	k := i
	for k < len(n.holes) && n.holes[k].from <= to {
		from, to = min(from, n.holes[k].from), max(to, n.holes[k].to)
		k++
	}
	n.holes = slices.Replace(n.holes, i, k, hole{from, to})
}

// forgetHoles removes blocks from up to to from the cache.
// Linux: ext4_es_remove_extent (fs/ext4/extents_status.c).
func (n *Inode) forgetHoles(from, to FileBlock) {
	var left []hole
	for _, h := range n.holes {
		if h.from < from {
			left = append(left, hole{h.from, min(h.to, from)})
		}
		if h.to > to {
			left = append(left, hole{max(h.from, to), h.to})
		}
	}
	n.holes = left
}
