package policy

import (
	"slices"
	"strings"

	"vmsim/pagecache"
)

// Unknown is the page that comes where the owner of a policy frees pages before it knows what for, as a machine
// does. No page has the number.
const Unknown = ^ID(0)

// Replacer lets a machine's reclaim use a policy, so that one that is written for a simulation also decides in the
// model, with read, mmap and fork around it:
//
//	pages := config.RAM / vm.PageSize
//	config.Policies.Replacement = policy.Replacer(policy.New("arc")(int(pages)))
//
// The two differ in what they know. A policy names the page that leaves and forgets it at once; a machine can find that
// the page may not go, because it is dirty, locked or in use. Such a page waits aside. It comes back to the policy, as
// a page that is new, when the machine has found others or nothing at all.
// Linux: none.
func Replacer(p Policy) pagecache.Replacer { return newReplacer(p) }

func newReplacer(p Policy) *replacer { return &replacer{policy: p, used: map[ID]bool{}} }

// ForMachine is the policy of that name for a machine with so many pages; nil for a name that is none.
func ForMachine(name string, pages int) pagecache.Replacer {
	for _, p := range Named {
		if p.Name == name {
			rule, _, _ := strings.Cut(p.About, " (")
			return named{newReplacer(p.New(pages)), name + ": " + rule}
		}
	}
	return nil
}

// ForMachines are the names of what may decide in a machine: Linux's own way, the policies of the table, and the one
// that knows the future.
func ForMachines() []string {
	const own = "linux"
	names := []string{own}
	for _, p := range Named {
		if p.Name != own {
			names = append(names, p.Name)
		}
	}
	return append(names, Optimum)
}

// named is a policy of the table.
type named struct {
	*replacer
	rule string
}

// Rule is what the policy does, in words.
func (n named) Rule() string { return n.rule }

// replacer is a policy as a machine sees it.
type replacer struct {
	policy Policy
	count  int         // how many pages the policy has
	aside  []ID        // pages in memory that it has given up, the first to be given up first
	used   map[ID]bool // those of them that were used meanwhile
}

// Added ends the search for victims: pages that were set aside return to the policy before the new one comes.
func (r *replacer) Added(p pagecache.Page) {
	r.takeBack()
	r.add(ID(p))
}

func (r *replacer) add(page ID) {
	r.policy.Add(page)
	r.count++
}

// Accessed passes a hit on; for a page that is set aside it is noted until the page is decided on.
func (r *replacer) Accessed(p pagecache.Page) {
	if page := ID(p); slices.Contains(r.aside, page) {
		r.used[page] = true
	} else {
		r.policy.Hit(page)
	}
}

// Removed forgets a page that was freed and not evicted.
func (r *replacer) Removed(p pagecache.Page) {
	page := ID(p)
	if i := slices.Index(r.aside, page); i >= 0 {
		r.aside = slices.Delete(r.aside, i, i+1)
		delete(r.used, page)
		return
	}
	r.policy.Remove(page)
	r.count--
}

// Victim names the page that was given up first of those that may go.
func (r *replacer) Victim(may func(pagecache.Page) bool) (pagecache.Page, bool) {
	for _, page := range r.aside {
		if may(pagecache.Page(page)) {
			return pagecache.Page(page), true
		}
	}
	for r.count > 0 {
		page := r.policy.Victim(Unknown)
		r.count--
		r.aside = append(r.aside, page)
		if may(pagecache.Page(page)) {
			return pagecache.Page(page), true
		}
	}
	r.takeBack()
	return 0, false
}

// takeBack gives the policy the pages again that it has given up and that are still in memory.
func (r *replacer) takeBack() {
	for _, page := range r.aside {
		if r.add(page); r.used[page] {
			r.policy.Hit(page)
		}
	}
	r.aside = r.aside[:0]
	clear(r.used)
}
