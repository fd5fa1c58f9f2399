package vm

import "fmt"

// AreaSet is the areas that may show the pages of one file, or of one AnonVMA: the reverse map, which leads from a page
// to the entries that map it.
//
// It is an interval tree: a binary search tree of the areas by the first page that each shows, in which every node also
// keeps the last page that an area of its subtree shows. A search for the areas that show a range of pages leaves out
// each subtree that ends before the range, so each area that it finds costs the logarithm of the number of areas.
//
//	          8-11 | 40
//	        /           \
//	0-40 | 40           9-12 | 13
//	     \                   \
//	    2-3 | 3            12-13 | 13
//
// Here each node says which pages its area shows, and the end of its subtree. A search for page 20 goes left, where
// something ends by 40, and not right, where all end by 13.
//
// Areas that begin at the same page come in the order in which they were put in, or changed last. Truncate unmaps pages
// in this order, and writeback protects them in it. Linux balances its trees as red-black trees; the heap order of
// random weights that is kept here gives the same sequence of areas with less code.
// Linux: the interval trees i_mmap and anon_vma.rb_root (mm/interval_tree.c, include/linux/interval_tree_generic.h).
type AreaSet struct {
	root *link
	n    int
	seed uint32
}

// link is one area's membership in one set: a node of its tree. An area of a private mapping of a file is in two sets
// or more: that of the file, and those of its AnonVMA and its ancestors.
// Linux: struct anon_vma_chain (include/linux/rmap.h); shared.rb of struct vm_area_struct (include/linux/mm_types.h).
type link struct {
	area *Area
	anon *AnonVMA // the owner of the set, where that is an AnonVMA
	set  *AreaSet
	also *link // the area's next membership in an AnonVMA

	up, left, right *link
	end             PageIndex // the last page that an area of the subtree shows
	weight          uint32    // not less than the weights of the nodes below
}

// Len is how many areas the set has.
func (s *AreaSet) Len() int { return s.n }

// Each calls fn for every area that shows a page from first to last, with the address of the first such page, until fn
// returns false. The areas come in the order of the first page that they show. fn may unmap pages, but must not change
// the set.
// Linux: vma_interval_tree_foreach (include/linux/mm.h).
func (s *AreaSet) Each(first, last PageIndex, fn func(a *Area, from Addr, pages uint64) bool) {
	for l, next := s.root.search(first, last), (*link)(nil); l != nil; l = next {
		next = l.next(first, last)
		a := l.area
		lo, hi := max(first, a.Index), min(last, a.lastIndex())
		if !fn(a, a.Start+Addr(lo-a.Index)<<PageShift, uint64(hi-lo)+1) {
			return
		}
	}
}

// lastIndex is the last page of its backing that the area shows.
func (a *Area) lastIndex() PageIndex { return a.Index + PageIndex(a.Pages()) - 1 }

// search is the first node of the subtree whose area shows a page from first to last; nil for none.
func (l *link) search(first, last PageIndex) *link {
	for l != nil && l.end >= first {
		switch {
		case l.left != nil && l.left.end >= first:
			l = l.left
		case l.area.Index > last:
			return nil
		case l.area.lastIndex() >= first:
			return l
		default:
			l = l.right
		}
	}
	return nil
}

// next is the node after l whose area shows a page from first to last; nil for none.
func (l *link) next(first, last PageIndex) *link {
	for {
		if found := l.right.search(first, last); found != nil {
			return found
		}
		below := l
		for l = l.up; l != nil && l.right == below; l = l.up {
			below = l
		}
		if l == nil || l.area.Index > last {
			return nil
		}
		if l.area.lastIndex() >= first {
			return l
		}
	}
}

// add puts an area into the set, behind all that begin at the same page.
// Linux: vma_interval_tree_insert, anon_vma_interval_tree_insert (mm/interval_tree.c).
func (s *AreaSet) add(a *Area, anon *AnonVMA) *link {
	l := &link{area: a, anon: anon, set: s}
	s.insert(l)
	return l
}

// insert puts a link below the leaf where its first page belongs. Equal first pages go to the right, so that areas of
// the same page keep the order in which they came.
func (s *AreaSet) insert(l *link) {
	up, at := (*link)(nil), &s.root
	for *at != nil {
		up = *at
		if at = &up.right; l.area.Index < up.area.Index {
			at = &up.left
		}
	}
	s.attach(l, up, at)
}

// addAfter is add that puts the area right behind another member, which begins at the same page.
// Linux: vma_interval_tree_insert_after (mm/interval_tree.c).
func (s *AreaSet) addAfter(a *Area, before *link) *link {
	l := &link{area: a, set: s}
	up, at := before, &before.right
	for *at != nil {
		up = *at
		at = &up.left
	}
	s.attach(l, up, at)
	return l
}

// attach makes l a leaf below up, in the slot at, and rotates it upwards until no node above it has a smaller weight.
func (s *AreaSet) attach(l, up *link, at **link) {
	s.n++
	s.seed = s.seed*1664525 + 1013904223
	l.up, l.left, l.right, l.weight = up, nil, nil, s.seed
	*at = l
	l.widen()
	for l.up != nil && l.up.weight < l.weight {
		s.rotate(l)
	}
}

// remove deletes a node: rotations move it to the bottom first. A leaf can be cut off without disturbing the order of
// the others.
func (s *AreaSet) remove(l *link) {
	for l.left != nil || l.right != nil {
		heavier := l.left
		if heavier == nil || l.right != nil && l.right.weight > heavier.weight {
			heavier = l.right
		}
		s.rotate(heavier)
	}
	*s.slot(l) = nil
	l.up.widen()
	s.n--
}

// rotate puts a node in the place of the one above it.
func (s *AreaSet) rotate(l *link) {
	up := l.up
	*s.slot(up) = l
	l.up = up.up
	inner, outer := &l.right, &up.left
	if up.right == l {
		inner, outer = &l.left, &up.right
	}
	if *outer = *inner; *outer != nil {
		(*outer).up = up
	}
	*inner, up.up = up, l
	l.end = up.end
	up.setEnd()
}

// slot is the pointer that leads to l.
func (s *AreaSet) slot(l *link) **link {
	switch {
	case l.up == nil:
		return &s.root
	case l.up.left == l:
		return &l.up.left
	}
	return &l.up.right
}

// widen recomputes the ends of l and of all nodes above it.
func (l *link) widen() {
	for ; l != nil; l = l.up {
		l.setEnd()
	}
}

// setEnd is the largest last page below a link: a search for a page leaves out a subtree that ends before it.
func (l *link) setEnd() {
	l.end = l.area.lastIndex()
	for _, below := range [...]*link{l.left, l.right} {
		if below != nil {
			l.end = max(l.end, below.end)
		}
	}
}

// check compares a node with its parent and with its area.
func (l *link) check() error {
	up := l.up
	switch {
	case *l.set.slot(l) != l:
		return fmt.Errorf("vm: area %v is in a reverse map that does not lead to it", l.area)
	case l.end < l.area.lastIndex():
		return fmt.Errorf("vm: page %d of area %v lies behind the end of its subtree", l.area.lastIndex(), l.area)
	case up == nil:
		return nil
	case up.end < l.end || up.weight < l.weight:
		return fmt.Errorf("vm: area %v is below one that ends or weighs less", l.area)
	case up.left == l && l.area.Index > up.area.Index || up.right == l && l.area.Index < up.area.Index:
		return fmt.Errorf("vm: areas %v and %v are in the wrong order in a reverse map", l.area, up.area)
	}
	return nil
}

// leaveSets takes an area out of all its sets, before what it shows changes.
// Linux: vma_prepare (mm/vma.c).
func (a *Area) leaveSets() {
	if l := a.fileLink; l != nil {
		l.set.remove(l)
	}
	for l := a.chain; l != nil; l = l.also {
		l.set.remove(l)
	}
}

// enterSets adds the area to its sets again, behind all that begin at the same page.
// Linux: vma_complete (mm/vma.c).
func (a *Area) enterSets() {
	if l := a.fileLink; l != nil {
		l.set.insert(l)
	}
	for l := a.chain; l != nil; l = l.also {
		l.set.insert(l)
	}
}
