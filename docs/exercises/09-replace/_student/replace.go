// Package replace is the CLOCK replacement policy.
package replace

import "vmsim/pagecache/policy"

// Clock is a FIFO that gives a used page a second round.
type Clock struct {
	pages []policy.ID
}

// NewClock makes one for a memory of so many pages.
func NewClock(pages int) policy.Policy { return &Clock{} }

// Hit reports a reference to a page in memory.
func (c *Clock) Hit(page policy.ID) {} // TODO

// Add reports that a page has come into memory.
func (c *Clock) Add(page policy.ID) { c.pages = append(c.pages, page) }

// Victim returns the page that makes room for the page coming, and forgets that it is in memory.
func (c *Clock) Victim(coming policy.ID) policy.ID {
	last := len(c.pages) - 1 // TODO
	page := c.pages[last]
	c.pages = c.pages[:last]
	return page
}

// Remove reports that a page in memory was freed.
func (c *Clock) Remove(page policy.ID) {
	for i, p := range c.pages {
		if p == page {
			c.pages = append(c.pages[:i], c.pages[i+1:]...)
			return
		}
	}
}
