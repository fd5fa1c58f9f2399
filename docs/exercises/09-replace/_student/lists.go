package replace

import "vmsim/pagecache/policy"

// TwoLists is what Linux does: an inactive list, and an active list for pages that were used twice.
type TwoLists struct {
	inactive []policy.ID
}

// NewTwoLists makes one for a memory of so many pages.
func NewTwoLists(pages int) policy.Policy { return &TwoLists{} }

// Hit reports a reference to a page in memory.
func (l *TwoLists) Hit(page policy.ID) {} // TODO

// Add reports that a page has come into memory.
func (l *TwoLists) Add(page policy.ID) { l.inactive = append(l.inactive, page) } // TODO: did it leave too early?

// Victim returns the page that makes room for the page coming, and forgets that it is in memory.
func (l *TwoLists) Victim(coming policy.ID) policy.ID {
	last := len(l.inactive) - 1 // TODO
	page := l.inactive[last]
	l.inactive = l.inactive[:last]
	return page
}

// Remove reports that a page in memory was freed.
func (l *TwoLists) Remove(page policy.ID) {
	for i, p := range l.inactive {
		if p == page {
			l.inactive = append(l.inactive[:i], l.inactive[i+1:]...)
			return
		}
	}
}
