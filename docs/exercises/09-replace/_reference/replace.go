// Package replace is the CLOCK replacement policy.
package replace

import (
	"slices"

	"vmsim/pagecache/policy"
)

// Clock is a FIFO that gives a used page a second round.
type Clock struct {
	pages []policy.ID // the hand is at the front
	used  map[policy.ID]bool
}

// NewClock makes one for a memory of so many pages.
func NewClock(pages int) policy.Policy { return &Clock{used: map[policy.ID]bool{}} }

// Hit sets the page's bit.
func (c *Clock) Hit(page policy.ID) { c.used[page] = true }

// Add puts the page behind the hand.
func (c *Clock) Add(page policy.ID) { c.pages = append(c.pages, page) }

// Victim is the first page whose bit is clear; the others get a second round.
func (c *Clock) Victim(policy.ID) policy.ID {
	for {
		page := c.pages[0]
		c.pages = c.pages[1:]
		if !c.used[page] {
			return page
		}
		delete(c.used, page)
		c.pages = append(c.pages, page)
	}
}

// Remove forgets a page that was freed.
func (c *Clock) Remove(page policy.ID) {
	c.pages = slices.DeleteFunc(c.pages, func(p policy.ID) bool { return p == page })
	delete(c.used, page)
}
