package vm

import (
	"math/rand/v2"
	"testing"
)

// naive is the free ranges as a list of pages, which says what the index must say.
type naive [256]bool // free

func (n *naive) highest(pages, low, high int) (end int, ok bool) {
	run := 0
	for i := high - 1; i >= low; i-- {
		if !n[i] {
			run = 0
			continue
		}
		if run++; run == pages {
			return i + pages, true
		}
	}
	return 0, false
}

func (n *naive) lowest(pages, low, high int) (start int, ok bool) {
	run := 0
	for i := low; i < high; i++ {
		if !n[i] {
			run = 0
			continue
		}
		if run++; run == pages {
			return i - pages + 1, true
		}
	}
	return 0, false
}

func TestGapsAreThoseThatANaiveScanFinds(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var want naive
		for i := range want {
			want[i] = true
		}
		g := newGaps(0, Addr(len(want))*PageSize)
		for step := range 2000 {
			at, n := r.IntN(len(want)), 1+r.IntN(12)
			n = min(n, len(want)-at)
			// Only a range that is all free, or all taken, can change its state.
			same := true
			for i := at; i < at+n; i++ {
				same = same && want[i] == want[at]
			}
			if same {
				if want[at] {
					g.occupy(Addr(at)*PageSize, Addr(at+n)*PageSize)
				} else {
					g.release(Addr(at)*PageSize, Addr(at+n)*PageSize)
				}
				state := !want[at]
				for i := at; i < at+n; i++ {
					want[i] = state
				}
			}
			low, high, pages := r.IntN(128), 128+r.IntN(129), 1+r.IntN(20)
			if !agree(&g, &want, pages, low, high) {
				t.Fatalf("seed %d, step %d: %d pages in [%d, %d): the index and the scan differ", seed, step, pages,
					low, high)
			}
		}
	}
}

func agree(g *gaps, want *naive, pages, low, high int) bool {
	n := uint64(pages) * PageSize
	lo, hi := Addr(low)*PageSize, Addr(high)*PageSize
	_, end, ok := g.highest(g.root, n, lo, hi)
	wantEnd, found := want.highest(pages, low, high)
	if ok != found {
		return false
	}
	// The index gives the whole gap, cut to the limits; the scan where the range goes: to its end.
	if ok && (int(end/PageSize) < wantEnd || int(end/PageSize) > wantEnd) {
		return false
	}
	start, _, ok := g.lowest(g.root, n, lo, hi)
	wantStart, found := want.lowest(pages, low, high)
	return ok == found && (!ok || int(start/PageSize) == wantStart)
}
