package policytest_test

import (
	"slices"
	"testing"
	"time"

	"vmsim/pagecache"
	"vmsim/pagecache/policytest"
	"vmsim/vm"
)

func TestPoliciesOfLinuxPlayByTheRules(t *testing.T) {
	if err := policytest.Readahead(pagecache.LinuxReadahead{}); err != nil {
		t.Error(err)
	}
	if err := policytest.Flusher(pagecache.OldestFirst{}); err != nil {
		t.Error(err)
	}
}

// reader is a policy made of two functions.
type reader struct {
	start func(pagecache.Miss) (pagecache.Window, bool)
	next  func(pagecache.Window, uint64) pagecache.Window
}

func (r reader) Start(x pagecache.Miss) (pagecache.Window, bool) { return r.start(x) }
func (r reader) Next(w pagecache.Window, most uint64) pagecache.Window {
	return r.next(w, most)
}

func one(x pagecache.Miss) (pagecache.Window, bool) {
	return pagecache.Window{First: x.Page, Pages: 1}, true
}

func then(w pagecache.Window, _ uint64) pagecache.Window {
	return pagecache.Window{First: w.First + vm.PageIndex(w.Pages), Pages: 1}
}

func TestReadersThatBreakARuleAreFound(t *testing.T) {
	if err := policytest.Readahead(reader{one, then}); err != nil {
		t.Fatalf("one page at a time is allowed: %v", err)
	}
	calls := 0
	for name, p := range map[string]reader{
		"leaves the page out": {func(x pagecache.Miss) (pagecache.Window, bool) {
			return pagecache.Window{First: x.Page + 1, Pages: 1}, true
		}, then},
		"reads too much": {func(x pagecache.Miss) (pagecache.Window, bool) {
			return pagecache.Window{First: x.Page, Pages: x.Most + 1}, true
		}, then},
		"goes back": {one, func(w pagecache.Window, _ uint64) pagecache.Window { return w }},
		"comes to rest": {one,
			func(w pagecache.Window, _ uint64) pagecache.Window { return pagecache.Window{First: w.First + 1} }},
		"remembers": {func(x pagecache.Miss) (pagecache.Window, bool) {
			calls++
			return pagecache.Window{First: x.Page, Pages: 1, Async: uint64(calls % 2)}, true
		}, then},
	} {
		if policytest.Readahead(p) == nil {
			t.Errorf("a policy that %s passes", name)
		}
	}
}

// chooser is a policy made of a function.
type chooser func(queue []pagecache.Queued) []int

func (c chooser) Choose(q []pagecache.Queued, _, _ time.Duration, _ pagecache.Load) []int {
	return c(q)
}

func TestFlushersThatBreakARuleAreFound(t *testing.T) {
	for name, p := range map[string]chooser{
		"does nothing":     func([]pagecache.Queued) []int { return nil },
		"chooses twice":    func(q []pagecache.Queued) []int { return make([]int, len(q)) },
		"chooses too much": func(q []pagecache.Queued) []int { return []int{len(q)} },
	} {
		if policytest.Flusher(p) == nil {
			t.Errorf("a policy that %s passes", name)
		}
	}
}

// queue is first in, first out, with a fault: victim says what becomes of the page that should go.
type queue struct {
	pages  []pagecache.Page
	victim func(q *queue, i int) (pagecache.Page, bool)
}

func (q *queue) Added(p pagecache.Page)  { q.pages = append(q.pages, p) }
func (q *queue) Accessed(pagecache.Page) {}
func (q *queue) Removed(p pagecache.Page) {
	q.pages = slices.DeleteFunc(q.pages, func(x pagecache.Page) bool { return x == p })
}

func (q *queue) Victim(may func(pagecache.Page) bool) (p pagecache.Page, ok bool) {
	return q.victim(q, slices.IndexFunc(q.pages, may))
}

func sound(q *queue, i int) (pagecache.Page, bool) {
	if i < 0 {
		return 0, false
	}
	return q.pages[i], true
}

func TestReplacersThatBreakARuleAreFound(t *testing.T) {
	kit := func(victim func(*queue, int) (pagecache.Page, bool)) error {
		return policytest.Replacer(func() pagecache.Replacer { return &queue{victim: victim} })
	}
	if err := kit(sound); err != nil {
		t.Fatalf("first in, first out is a policy: %v", err)
	}
	for name, victim := range map[string]func(*queue, int) (pagecache.Page, bool){
		"names nothing":                  func(*queue, int) (pagecache.Page, bool) { return 0, false },
		"names a page though none is in": func(*queue, int) (pagecache.Page, bool) { return 1, true },
		"names a page that is not in memory": func(q *queue, i int) (pagecache.Page, bool) {
			return 1 << 20, i >= 0
		},
		"names the first page, whether it may go or not": func(q *queue, i int) (pagecache.Page, bool) {
			if len(q.pages) == 0 {
				return 0, false
			}
			return q.pages[0], i >= 0
		},
		"takes out what it names": func(q *queue, i int) (p pagecache.Page, ok bool) {
			if p, ok = sound(q, i); ok {
				q.pages = slices.Delete(q.pages, i, i+1)
			}
			return p, ok
		},
	} {
		if kit(victim) == nil {
			t.Errorf("a policy that %s passes", name)
		}
	}
}
