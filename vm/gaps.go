package vm

// gap is a free range between areas: a node of a treap ordered by start, with the longest gap of its subtree.
type gap struct {
	start, end  Addr
	longest     uint64 // over the node and both subtrees
	prio        uint32
	left, right int32 // indexes into gaps.nodes; 0 is none
}

// gaps is the index of an address space's free ranges: the highest or lowest one that is long enough is found in
// logarithmic time, however many areas there are.
// Linux: the gap values of the maple tree (lib/maple_tree.c).
type gaps struct {
	nodes []gap // nodes[0] stands for none
	free  []int32
	root  int32
	seed  uint32
}

// newGaps makes an index with the one gap [start, end).
func newGaps(start, end Addr) gaps {
	g := gaps{nodes: make([]gap, 1, 16), seed: 2463534242}
	g.root = g.insert(g.root, g.node(start, end))
	return g
}

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

func (g *gaps) pull(i int32) {
	n := &g.nodes[i]
	n.longest = max(uint64(n.end-n.start), g.nodes[n.left].longest, g.nodes[n.right].longest)
}

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

// resize gives the gap that starts at start a new end.
func (g *gaps) resize(t int32, start, end Addr) {
	n := &g.nodes[t]
	switch {
	case t == 0:
		panic("vm.gaps: the gap to resize is not there")
	case start < n.start:
		g.resize(n.left, start, end)
	case start > n.start:
		g.resize(n.right, start, end)
	default:
		n.end = end
	}
	g.pull(t)
}

// floor is the gap with the highest start not above at; 0 where there is none.
func (g *gaps) floor(at Addr) int32 {
	best := int32(0)
	for t := g.root; t != 0; {
		if n := &g.nodes[t]; n.start <= at {
			best, t = t, n.right
		} else {
			t = n.left
		}
	}
	return best
}

// occupy takes [start, end), all of it free, out of the index.
func (g *gaps) occupy(start, end Addr) {
	n := g.nodes[g.floor(start)]
	switch {
	case n.end < end || n.start > start:
		panic("vm.gaps: the range to occupy is not free")
	case n.start == start:
		g.root = g.remove(g.root, n.start)
	default:
		g.resize(g.root, n.start, start)
	}
	if end < n.end {
		g.root = g.insert(g.root, g.node(end, n.end))
	}
}

// release puts [start, end), none of it free, back into the index.
func (g *gaps) release(start, end Addr) {
	if after := g.floor(end); after != 0 && g.nodes[after].start == end {
		e := g.nodes[after].end
		g.root = g.remove(g.root, end)
		end = e
	}
	if before := g.floor(start); before != 0 && g.nodes[before].end == start {
		g.resize(g.root, g.nodes[before].start, end)
		return
	}
	g.root = g.insert(g.root, g.node(start, end))
}

// highest is the highest gap that offers n bytes within [low, high), cut to those limits.
func (g *gaps) highest(t int32, n uint64, low, high Addr) (start, end Addr, ok bool) {
	if t == 0 || g.nodes[t].longest < n {
		return 0, 0, false
	}
	x := &g.nodes[t]
	if x.start < high {
		if start, end, ok = g.highest(x.right, n, low, high); ok {
			return start, end, true
		}
		if s, e := max(x.start, low), min(x.end, high); s < e && uint64(e-s) >= n {
			return s, e, true
		}
	}
	if x.start <= low {
		return 0, 0, false
	}
	return g.highest(x.left, n, low, high)
}

// lowest is the lowest gap that offers n bytes within [low, high), cut to those limits.
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
