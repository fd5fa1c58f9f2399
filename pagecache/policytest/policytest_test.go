package policytest_test

import (
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
		"goes back":     {one, func(w pagecache.Window, _ uint64) pagecache.Window { return w }},
		"comes to rest": {one, func(w pagecache.Window, _ uint64) pagecache.Window { return pagecache.Window{First: w.First + 1} }},
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
