package pagecache

import (
	"testing"

	"vmsim/vm"
)

// Measured on Linux 6.18 with a file of random access in a group of 256 pages: what is not in memory counts as evicted.
func TestCacheStatCountsWhatReclaimHasEvicted(t *testing.T) {
	b := newLimited(t, 600, 256)
	for range 3 {
		for i := range vm.PageIndex(32) {
			b.readPages(i) // three reads make a page active
		}
	}
	for i := vm.PageIndex(32); i < 400; i++ {
		b.readPages(i)
	}
	s := b.m.CacheState(0, LastPage)
	if s.Cached+s.Evicted != 400 || s.Evicted == 0 {
		t.Errorf("400 pages were read: %+v", s)
	}
	active := b.c.Reclaim.workingset(b.c.Reclaim.chargedGroup(), filePages)
	if s.RecentlyEvicted == 0 || s.RecentlyEvicted > active || s.RecentlyEvicted >= s.Evicted {
		t.Errorf("%d pages are active: %+v", active, s)
	}
	if part := b.m.CacheState(100, 109); part.Evicted != 10 || part.RecentlyEvicted != 0 {
		t.Errorf("pages 100 to 109, read long ago: %+v", part)
	}
	if err := b.m.Truncate(50 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if left := b.m.CacheState(50, LastPage); left != (CacheState{}) {
		t.Errorf("of what was truncated is left: %+v", left)
	}
}

func TestCacheStatCountsSwappedPagesOfTmpfsAsEvicted(t *testing.T) {
	b := newSwapBench(t, 1000, 400)
	b.c.Reclaim.Watch()
	b.c.Reclaim.Limit = 64
	b.m = b.c.NewShared("/shm/a", &Quota{Max: 400})
	b.f = b.m.Open("/shm/a", ModeRead|ModeWrite)
	for i := range vm.PageIndex(200) {
		if _, err := b.writeAt("x", i.FileOffset()); err != nil {
			t.Fatal(err)
		}
	}
	s := b.m.CacheState(0, LastPage)
	if n := uint64(len(b.m.swapped)); s.Evicted != n || n == 0 || s.Cached != 200-n || s.RecentlyEvicted > n {
		t.Errorf("%d pages are swapped out: %+v", n, s)
	}
	if err := b.m.Truncate(0); err != nil {
		t.Fatal(err)
	}
}
