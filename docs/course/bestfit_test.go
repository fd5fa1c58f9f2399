package course

import (
	"testing"

	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/vmtest"
)

func TestBestFitPlaysByTheRules(t *testing.T) {
	if err := vmtest.Placement(BestFit{}); err != nil {
		t.Error(err)
	}
}

// Two holes are made, of two pages and of four: Linux takes the higher one for a page, best fit the smaller one.
func TestBestFitTakesTheSmallerHole(t *testing.T) {
	for _, c := range []struct {
		policy vm.Placement
		want   vm.Addr // pages above the mapping's start
	}{{nil, 14}, {BestFit{}, 3}} {
		k := syscalls.New(syscalls.Config{Policies: syscalls.Policies{Placement: c.policy}})
		p := k.Spawn()
		pages := func(n uint64) vm.Addr {
			a, err := p.Mmap(0, n*vm.PageSize, vm.ProtRead, syscalls.MapPrivate|syscalls.MapAnonymous, -1, 0)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		a := pages(16)
		for _, hole := range []struct{ first, pages uint64 }{{2, 2}, {11, 4}} {
			if err := p.Munmap(a+vm.Addr(hole.first*vm.PageSize), hole.pages*vm.PageSize); err != nil {
				t.Fatal(err)
			}
		}
		if got := (pages(1) - a) / vm.PageSize; got != c.want {
			t.Errorf("%T: the page goes to %d, want %d", c.policy, got, c.want)
		}
		if err := k.Check(); err != nil {
			t.Error(err)
		}
	}
}
