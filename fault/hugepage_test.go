package fault

import (
	"errors"
	"testing"

	"vmsim/pagecache"
	"vmsim/vm"
)

// pool is a machine with a pool of huge pages.
type pool struct{ *machine }

const hugeBase vm.Addr = 0x40000000

// newPool is a machine whose pool has that many huge pages.
func newPool(t *testing.T, pages uint64) *pool {
	t.Helper()
	p := &pool{newBare(t, 4096)}
	if p.cache.Huge.Resize(pages); p.cache.Huge.Free != pages {
		t.Fatalf("a pool of %d pages, not %d", p.cache.Huge.Free, pages)
	}
	return p
}

// show maps a file of n huge pages that has no name.
func (p *pool) show(n uint64, more vm.Flags, s pagecache.Sharing) {
	p.t.Helper()
	m := p.cache.NewHuge("/anon_hugepage", vm.PMDSize)
	m.Reach(int64(n) * vm.PMDSize)
	reserve, err := m.ReserveHuge(0, n, s)
	if err != nil {
		p.t.Fatal(err)
	}
	a, err := p.Space.Map(vm.Region{
		Start: hugeBase, End: hugeBase + vm.Addr(n)*vm.PMDSize,
		Backing: m.Open("/anon_hugepage", pagecache.ModeRead|pagecache.ModeWrite),
		Flags:   vm.Read | vm.Write | vm.MayRead | vm.MayWrite | vm.MayExec | vm.HugeTLB | vm.DontExpand | more,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	a.Reserve = reserve
}

func (p *pool) has(free, reserved uint64) {
	p.t.Helper()
	if h := p.cache.Huge; h.Free != free || h.Reserved != reserved {
		p.t.Errorf("%d pages are free and %d reserved, not %d and %d", h.Free, h.Reserved, free, reserved)
	}
}

func TestOneFaultBringsAHugePageThatWasReserved(t *testing.T) {
	p := newPool(t, 2)
	p.show(2, 0, pagecache.PrivateArea)
	p.has(2, 2)
	load(t, p.CPU, hugeBase+5*vm.PageSize, 0)
	store(t, p.CPU, hugeBase+100*vm.PageSize, 'x')
	p.has(1, 1)
	load(t, p.CPU, hugeBase+100*vm.PageSize, 'x')
	if p.Minor > 2 || p.Major != 0 {
		t.Errorf("%d minor and %d major faults for one page of 2 MiB", p.Minor, p.Major)
	}
}

func TestStoreToASharedHugePageIsSeenByTheChild(t *testing.T) {
	p := newPool(t, 1)
	p.show(1, vm.Shared|vm.MayShare, pagecache.SharedArea)
	store(t, p.CPU, hugeBase, 'a')
	child := forked(t, p.CPU)
	store(t, p.CPU, hugeBase+1, 'b')
	load(t, child, hugeBase, 'a')
	load(t, child, hugeBase+1, 'b')
	p.has(0, 0)
}

func TestParentCopiesAHugePageWhereThePoolHasOne(t *testing.T) {
	p := newPool(t, 2)
	p.show(1, 0, pagecache.PrivateArea)
	store(t, p.CPU, hugeBase, 'a')
	store(t, p.CPU, hugeBase+vm.PMDSize-1, 'z')
	child := forked(t, p.CPU)
	store(t, p.CPU, hugeBase, 'b')
	p.has(0, 0)
	load(t, child, hugeBase, 'a')
	load(t, p.CPU, hugeBase, 'b')
	load(t, p.CPU, hugeBase+vm.PMDSize-1, 'z')
}

func TestChildLosesItsHugePageWhereThePoolIsEmpty(t *testing.T) {
	p := newPool(t, 1)
	p.show(1, 0, pagecache.PrivateArea)
	store(t, p.CPU, hugeBase, 'a')
	child := forked(t, p.CPU)
	store(t, p.CPU, hugeBase, 'b')
	load(t, p.CPU, hugeBase, 'b')
	var s *Signal
	if _, err := child.Load(hugeBase); !errors.As(err, &s) {
		t.Errorf("the child reads a page that it has lost: %v", err)
	}
}
