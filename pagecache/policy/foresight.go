package policy

import "vmsim/pagecache"

// Optimum is the name of the policy that knows the future.
const Optimum = "opt"

// Recorder notes the uses of a machine's pages and leaves it to Linux which of them go.
// Linux: none.
type Recorder struct{ Uses []pagecache.Page }

// Observed notes a use.
func (r *Recorder) Observed(p pagecache.Page) { r.Uses = append(r.Uses, p) }

// Added does nothing.
func (r *Recorder) Added(pagecache.Page) {}

// Accessed does nothing.
func (r *Recorder) Accessed(pagecache.Page) {}

// Removed does nothing.
func (r *Recorder) Removed(pagecache.Page) {}

// Victim names none.
func (r *Recorder) Victim(func(pagecache.Page) bool) (pagecache.Page, bool) { return 0, false }

// ForesightOf is OPT for a machine whose uses are known from a first run: a program is run twice. What the second run
// uses that the first did not use is taken for a page that is not used again.
// Linux: none.
func ForesightOf(uses []pagecache.Page) pagecache.Replacer {
	f := &foresight{}
	for i, p := range uses {
		f.know(p)
		f.pages[p].uses = append(f.pages[p].uses, i)
	}
	return f
}

// foresight is OPT as a machine sees it.
type foresight struct {
	pages []futurePage
	now   int // how many of the uses are over
}

// futurePage is what is known of a page.
type futurePage struct {
	in   bool
	uses []int // when it is used from now on, and maybe some that are over
}

// know makes room for the page in the table.
func (f *foresight) know(p pagecache.Page) {
	for int(p) >= len(f.pages) {
		f.pages = append(f.pages, futurePage{})
	}
}

// next is the next use of a page.
func (f *foresight) next(p pagecache.Page) int {
	x := &f.pages[p]
	for len(x.uses) > 0 && x.uses[0] < f.now {
		x.uses = x.uses[1:]
	}
	if len(x.uses) == 0 {
		return int(never)
	}
	return x.uses[0]
}

// Observed moves on to the use of the page.
func (f *foresight) Observed(p pagecache.Page) {
	f.know(p)
	if at := f.next(p); at != int(never) {
		f.now = at + 1
	}
}

// Added notes that a page is in memory.
func (f *foresight) Added(p pagecache.Page) {
	f.know(p)
	f.pages[p].in = true
}

// Accessed does nothing: Observed has noted it.
func (f *foresight) Accessed(pagecache.Page) {}

// Removed notes that a page is in memory no longer.
func (f *foresight) Removed(p pagecache.Page) { f.pages[p].in = false }

// Victim is the page whose next use is farthest away.
func (f *foresight) Victim(may func(pagecache.Page) bool) (best pagecache.Page, ok bool) {
	most := -1
	for i := range f.pages {
		p := pagecache.Page(i)
		if !f.pages[i].in {
			continue
		}
		if at := f.next(p); at > most && may(p) {
			best, most, ok = p, at, true
		}
	}
	return best, ok
}

// Rule is what the policy does, in words.
func (f *foresight) Rule() string {
	return "opt: evicts the page whose next use is farthest in the future, known from a first run"
}
