package vmtest_test

import (
	"iter"
	"testing"

	"vmsim/vm"
	"vmsim/vm/vmtest"
)

// place is a placement that answers as the function does.
type place func(n uint64, free iter.Seq[vm.Range]) (vm.Addr, bool)

func (f place) Place(n uint64, free iter.Seq[vm.Range]) (vm.Addr, bool) { return f(n, free) }

// highest is first fit from the top, as Linux does it.
func highest(n uint64, free iter.Seq[vm.Range]) (vm.Addr, bool) {
	for r := range free {
		if r.Len() >= n {
			return r.End - vm.Addr(n), true
		}
	}
	return 0, false
}

func TestPlacementsThatBreakARuleAreFound(t *testing.T) {
	if err := vmtest.Placement(place(highest)); err != nil {
		t.Fatalf("first fit from the top is a placement: %v", err)
	}
	calls := 0
	for name, p := range map[string]place{
		"never finds any": func(uint64, iter.Seq[vm.Range]) (vm.Addr, bool) { return 0, false },
		"ignores lengths": func(_ uint64, free iter.Seq[vm.Range]) (vm.Addr, bool) {
			for r := range free {
				return r.Start, true
			}
			return 0, false
		},
		"runs over the end": func(n uint64, free iter.Seq[vm.Range]) (vm.Addr, bool) {
			x, ok := highest(n, free)
			return x + vm.PageSize, ok
		},
		"is not aligned": func(n uint64, free iter.Seq[vm.Range]) (vm.Addr, bool) {
			x, ok := highest(n, free)
			return x - 1, ok
		},
		"answers otherwise the second time": func(n uint64, free iter.Seq[vm.Range]) (vm.Addr, bool) {
			x, ok := highest(n, free)
			calls++
			return x, ok && calls%2 == 0
		},
	} {
		if vmtest.Placement(p) == nil {
			t.Errorf("a placement that %s passes", name)
		}
	}
}

// join is a merging that answers as the function does.
type join func(below, above vm.Neighbour) bool

func (f join) Joins(below, above vm.Neighbour) bool { return f(below, above) }

func linux(a, b vm.Neighbour) bool {
	return (a.Flags^b.Flags)&^vm.Sticky == 0 && a.Backing == b.Backing && a.Label == b.Label && a.EndIndex() == b.Index
}

func TestMergingsThatBreakARuleAreFound(t *testing.T) {
	if err := vmtest.Merging(join(linux)); err != nil {
		t.Fatalf("Linux's rule is one: %v", err)
	}
	if err := vmtest.Merging(join(func(_, _ vm.Neighbour) bool { return false })); err != nil {
		t.Errorf("to join nothing is allowed: %v", err)
	}
	for name, j := range map[string]join{
		"joins everything": func(_, _ vm.Neighbour) bool { return true },
		"ignores flags":    func(a, b vm.Neighbour) bool { b.Flags = a.Flags; return linux(a, b) },
		"ignores files":    func(a, b vm.Neighbour) bool { b.Backing = a.Backing; return linux(a, b) },
		"ignores names":    func(a, b vm.Neighbour) bool { b.Label = a.Label; return linux(a, b) },
		"ignores offsets":  func(a, b vm.Neighbour) bool { b.Index = a.EndIndex(); return linux(a, b) },
	} {
		if vmtest.Merging(j) == nil {
			t.Errorf("a merging that %s passes", name)
		}
	}
}
