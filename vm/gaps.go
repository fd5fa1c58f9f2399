package vm

// gap is a free range between areas: a node of a treap ordered by start, with the longest gap of its subtree. It is
// never empty, and two gaps never touch: release joins them.
//
//	areas     [AAA]     [BB][C]          [D]
//	gaps            5          10             7           the whole space is covered, areas and gaps by turns
//	                     gap of 10, longest 10
//	                    /                      \
//	      gap of 5, longest 5          gap of 7, longest 7
//
// A search for 6 pages from the top looks at the right subtree first, since 7 >= 6, and never at the left one.
type gap struct {
	start, end  Addr
	longest     uint64 // over the node and both subtrees
	prio        uint32
	left, right int32 // indexes into gaps.nodes; 0 is none
}

// gaps is the index of an address space's free ranges: the highest or lowest one that is long enough is found in
// logarithmic time, however many areas there are. The search for a place is the expensive part of mmap in a space of
// many areas. Each node knows the longest gap of its subtree, so a search enters only subtrees that have one long
// enough, and takes the first of these from the top. A treap is a binary tree in the order of the starts and a heap in
// the order of priorities that are chosen at random. So its height is logarithmic whatever the order of insertions, and
// no rotation is needed: split and join are the only two operations.
// Linux: the gap values of the maple tree (lib/maple_tree.c).
type gaps struct {
	nodes []gap // nodes[0] means none
	free  []int32
	root  int32
	seed  uint32
	path  []int32 // the nodes from the root down that around has walked
}

// newGaps makes an index with the one gap [start, end). The seed is a constant: a space that goes through the same
// calls has the same tree, node for node.
func newGaps(start, end Addr) gaps {
	g := gaps{nodes: make([]gap, 1, 16), seed: 2463534242}
	g.root = g.insert(g.root, g.node(start, end))
	return g
}

// node makes a gap. Its priority comes from a xorshift of its own: the tree is balanced like a random one, and the same
// program gets the same tree.
func (g *gaps) node(start, end Addr) int32 {
	g.seed ^= g.seed << 13
	g.seed ^= g.seed >> 17
	g.seed ^= g.seed << 5
	n := gap{start: start, end: end, longest: uint64(end - start), prio: g.seed}
	if k := len(g.free); k > 0 {
		i := g.free[k-1]
		g.free = g.free[:k-1]
		g.nodes[i] = n
		return i
	}
	g.nodes = append(g.nodes, n)
	return int32(len(g.nodes) - 1)
}

// pull recomputes the longest gap of a node's subtree from its children. It must be called from the bottom up whenever
// a node's range or children change.
func (g *gaps) pull(i int32) {
	n := &g.nodes[i]
	n.longest = max(uint64(n.end-n.start), g.nodes[n.left].longest, g.nodes[n.right].longest)
}

// insert puts gap i into the tree t and returns its root: as a treap does, above the first node of a lower priority.
//
//	insert 40, priority 9, into        [30, p 7]              [40, p 9]
//	                                  /         \            /         \
//	                            [10, p 3]   [50, p 5]   [30, p 7]   [50, p 5]
//	                                                     /
//	                                               [10, p 3]
//
// The node goes where its priority belongs; the subtree there is split at its start into its two children.
func (g *gaps) insert(t, i int32) int32 {
	if t == 0 {
		return i
	}
	if g.nodes[i].prio > g.nodes[t].prio {
		l, r := g.split(t, g.nodes[i].start)
		g.nodes[i].left, g.nodes[i].right = l, r
		g.pull(i)
		return i
	}
	if g.nodes[i].start < g.nodes[t].start {
		g.nodes[t].left = g.insert(g.nodes[t].left, i)
	} else {
		g.nodes[t].right = g.insert(g.nodes[t].right, i)
	}
	g.pull(t)
	return t
}

// split parts t into the nodes that start below at and the others.
func (g *gaps) split(t int32, at Addr) (l, r int32) {
	if t == 0 {
		return 0, 0
	}
	if g.nodes[t].start < at {
		var m int32
		m, r = g.split(g.nodes[t].right, at)
		g.nodes[t].right = m
		g.pull(t)
		return t, r
	}
	l, m := g.split(g.nodes[t].left, at)
	g.nodes[t].left = m
	g.pull(t)
	return l, t
}

// join makes one tree of two, of which l lies wholly before r. The root of the result is the root with the higher
// priority of the two.
func (g *gaps) join(l, r int32) int32 {
	if l == 0 || r == 0 {
		return l + r
	}
	if g.nodes[l].prio > g.nodes[r].prio {
		g.nodes[l].right = g.join(g.nodes[l].right, r)
		g.pull(l)
		return l
	}
	g.nodes[r].left = g.join(l, g.nodes[r].left)
	g.pull(r)
	return r
}

// remove takes out the gap that starts at start.
func (g *gaps) remove(t int32, start Addr) int32 {
	n := &g.nodes[t]
	switch {
	case t == 0:
		panic("vm.gaps: the gap to remove is not there")
	case start < n.start:
		l := g.remove(n.left, start)
		g.nodes[t].left = l
	case start > n.start:
		r := g.remove(n.right, start)
		g.nodes[t].right = r
	default:
		g.free = append(g.free, t)
		return g.join(n.left, n.right)
	}
	g.pull(t)
	return t
}

// around walks down to where a gap that starts at x is or would be. below is the gap with the highest start not above
// x, above the next one; 0 where there is none. The nodes on the way are kept in g.path. One walk answers both
// questions that release has: which gap ends at the range, and which begins at its end.
func (g *gaps) around(x Addr) (below, above int32) {
	g.path = g.path[:0]
	for t := g.root; t != 0; {
		g.path = append(g.path, t)
		if n := &g.nodes[t]; n.start <= x {
			below, t = t, n.right
		} else {
			above, t = t, n.left
		}
	}
	return below, above
}

// reshape gives gap i, which lies on the path of the last walk, another range. The order of the gaps stays as it is. It
// walks up the path and stops at the first node whose longest gap stays the same.
func (g *gaps) reshape(i int32, start, end Addr) {
	g.nodes[i].start, g.nodes[i].end = start, end
	k := len(g.path) - 1
	for g.path[k] != i {
		k--
	}
	for ; k >= 0; k-- {
		before := g.nodes[g.path[k]].longest
		if g.pull(g.path[k]); g.nodes[g.path[k]].longest == before {
			return // the nodes above keep their values
		}
	}
}

// occupy takes [start, end), all of it free, out of the index. A range in the middle of a gap leaves two; at its edge
// it only shortens it.
//
//	[........]  occupy the middle   [..]###[...]    the node shrinks to the first part, and a new one is the second
//	[........]  occupy the start    ###[.....]      the node keeps its place in the order, with another start
//	[........]  occupy all          ########        the node is removed
func (g *gaps) occupy(start, end Addr) {
	i, _ := g.around(start)
	n := g.nodes[i]
	switch {
	case n.end < end || n.start > start:
		panic("vm.gaps: the range to occupy is not free")
	case n.start == start && n.end == end:
		g.root = g.remove(g.root, start)
	case n.start == start:
		g.reshape(i, end, n.end)
	default:
		g.reshape(i, n.start, start)
		if end < n.end {
			g.root = g.insert(g.root, g.node(end, n.end))
		}
	}
}

// release puts [start, end), none of it free, back into the index. A gap that touches its neighbour would hide room:
// two gaps of 5 pages side by side are one of 10.
func (g *gaps) release(start, end Addr) {
	below, above := g.around(start)
	joinsBelow := below != 0 && g.nodes[below].end == start
	joinsAbove := above != 0 && g.nodes[above].start == end
	switch {
	case joinsBelow && joinsAbove:
		stop := g.nodes[above].end
		g.root = g.remove(g.root, end)
		g.around(start) // removing a node has changed the path
		g.reshape(below, g.nodes[below].start, stop)
	case joinsBelow:
		g.reshape(below, g.nodes[below].start, end)
	case joinsAbove:
		g.reshape(above, start, g.nodes[above].end)
	default:
		g.root = g.insert(g.root, g.node(start, end))
	}
}

// highest is the highest gap that offers n bytes within [low, high), cut to those limits. The right subtree has the
// higher addresses, so it is searched first.
func (g *gaps) highest(t int32, n uint64, low, high Addr) (start, end Addr, ok bool) {
	for t != 0 && g.nodes[t].longest >= n {
		x := &g.nodes[t]
		if x.start < high {
			if g.nodes[x.right].longest >= n {
				if start, end, ok = g.highest(x.right, n, low, high); ok {
					return start, end, true
				}
			}
			if s, e := max(x.start, low), min(x.end, high); s < e && uint64(e-s) >= n {
				return s, e, true
			}
		}
		if x.start <= low {
			break
		}
		t = x.left
	}
	return 0, 0, false
}

// lowest is the lowest gap that offers n bytes within [low, high), cut to those limits. It is the mirror image of
// highest, with the left subtree first.
func (g *gaps) lowest(t int32, n uint64, low, high Addr) (start, end Addr, ok bool) {
	if t == 0 || g.nodes[t].longest < n {
		return 0, 0, false
	}
	x := &g.nodes[t]
	if x.end > low {
		if start, end, ok = g.lowest(x.left, n, low, high); ok {
			return start, end, true
		}
		if s, e := max(x.start, low), min(x.end, high); s < e && uint64(e-s) >= n {
			return s, e, true
		}
	}
	if x.start >= high {
		return 0, 0, false
	}
	return g.lowest(x.right, n, low, high)
}

// each calls fn for every gap, the lowest first.
func (g *gaps) each(t int32, fn func(start, end Addr)) {
	if t == 0 {
		return
	}
	g.each(g.nodes[t].left, fn)
	fn(g.nodes[t].start, g.nodes[t].end)
	g.each(g.nodes[t].right, fn)
}
