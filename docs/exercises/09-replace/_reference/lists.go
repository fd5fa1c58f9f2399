package replace

import (
	"slices"

	"vmsim/pagecache/policy"
)

// TwoLists is what Linux does: an inactive list, and an active list for pages that were used twice. The front of each
// is its last element.
type TwoLists struct {
	inactive, active []policy.ID
	referenced       map[policy.ID]bool
	age              int               // evictions and activations so far
	evicted          map[policy.ID]int // the age at which each page left that is out of memory
}

// NewTwoLists makes one for a memory of so many pages.
func NewTwoLists(pages int) policy.Policy {
	return &TwoLists{referenced: map[policy.ID]bool{}, evicted: map[policy.ID]int{}}
}

// Hit makes a page referenced, or active.
func (l *TwoLists) Hit(page policy.ID) {
	if at := slices.Index(l.inactive, page); at >= 0 && l.referenced[page] {
		l.inactive = slices.Delete(l.inactive, at, at+1)
		l.activate(page)
		l.referenced[page] = false
		return
	}
	l.referenced[page] = true
}

// activate puts a page that is in no list at the front of the active one.
func (l *TwoLists) activate(page policy.ID) {
	l.active = append(l.active, page)
	l.age++
}

// Add puts a page into a list: the active one where it left too early.
func (l *TwoLists) Add(page policy.ID) {
	left, back := l.evicted[page]
	delete(l.evicted, page)
	l.referenced[page] = true
	if back && l.age-left <= len(l.active) {
		l.activate(page)
		return
	}
	l.inactive = append(l.inactive, page)
}

// Victim is the page at the back of the inactive list, which is not shorter than the active one.
func (l *TwoLists) Victim(policy.ID) policy.ID {
	for len(l.inactive) < len(l.active) {
		l.inactive = append(l.inactive, l.active[0])
		l.active = l.active[1:]
	}
	page := l.inactive[0]
	l.inactive = l.inactive[1:]
	l.evicted[page] = l.age
	l.age++
	return page
}

// Remove forgets a page that was freed.
func (l *TwoLists) Remove(page policy.ID) {
	is := func(p policy.ID) bool { return p == page }
	l.inactive, l.active = slices.DeleteFunc(l.inactive, is), slices.DeleteFunc(l.active, is)
	delete(l.referenced, page)
}
