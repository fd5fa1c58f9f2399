package vm

// AreaSet is the areas that may show the pages of one file, or of one AnonVMA: a list in the order in which they came,
// or were changed last. Linux keeps a tree ordered by the first page that an area shows; a walk that unmaps pages sorts
// by that (see unmap in pagecache), and the others do the same to all areas, in whatever order.
// Linux: the interval trees i_mmap and anon_vma.rb_root (mm/interval_tree.c).
type AreaSet struct {
	first, last *link
	n           int
}

// link is one area's membership in one set.
// Linux: struct anon_vma_chain (include/linux/rmap.h).
type link struct {
	area       *Area
	anon       *AnonVMA // the owner of the set, where that is an AnonVMA
	set        *AreaSet
	prev, next *link
	also       *link // the area's next membership in an AnonVMA
}

// Len is how many areas the set has.
func (s *AreaSet) Len() int { return s.n }

// Each calls fn for every area that shows a page from first to last, with the address of the first such page, until fn
// returns false.
func (s *AreaSet) Each(first, last PageIndex, fn func(a *Area, from Addr, pages uint64) bool) {
	for l, next := s.first, (*link)(nil); l != nil; l = next {
		next = l.next
		a := l.area
		lo, hi := max(first, a.Index), min(last, a.Index+PageIndex(a.Pages())-1)
		if lo > hi {
			continue
		}
		if !fn(a, a.Start+Addr(lo-a.Index)<<PageShift, uint64(hi-lo)+1) {
			return
		}
	}
}

func (s *AreaSet) add(a *Area, anon *AnonVMA) *link {
	l := &link{area: a, anon: anon, set: s, prev: s.last}
	if s.last != nil {
		s.last.next = l
	} else {
		s.first = l
	}
	s.last = l
	s.n++
	return l
}

// addAfter is add that puts the area right behind another member.
// Linux: vma_interval_tree_insert_after (mm/interval_tree.c).
func (s *AreaSet) addAfter(a *Area, before *link) *link {
	if before == nil || before.next == nil {
		return s.add(a, nil)
	}
	l := &link{area: a, set: s, prev: before, next: before.next}
	before.next.prev = l
	before.next = l
	s.n++
	return l
}

// reinsert puts an area at the end: its range has changed, for which Linux takes it out of the tree and puts it in
// again, behind all that begin at the same page.
// Linux: vma_prepare, vma_complete (mm/vma.c).
func (s *AreaSet) reinsert(l *link) {
	if l.next == nil {
		return
	}
	s.remove(l)
	l.prev, l.next = s.last, nil
	s.last.next = l
	s.last = l
	s.n++
}

func (s *AreaSet) remove(l *link) {
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		s.first = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	} else {
		s.last = l.prev
	}
	s.n--
}
