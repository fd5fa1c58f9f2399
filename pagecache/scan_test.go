package pagecache

import (
	"testing"

	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

// newLimited is a bench whose programs may have so many pages.
func newLimited(t *testing.T, pages, limit uint64) *bench {
	b := newBench(t, 4*limit)
	b.cold(int64(pages))
	b.f.Advise(AdviseRandom, 0, 0)
	b.c.Reclaim.Watch()
	b.c.Reclaim.Limit = limit
	return b
}

// As measured on Linux 6.18: 1, 3, 7, 15 and 28 pages, of 256 of which some wait in the batch until the first look.
func TestScanDoublesUntilEnoughIsFreed(t *testing.T) {
	b := newLimited(t, 300, 256)
	u := &user{buf: make([]byte, vm.PageSize)}
	for i := vm.PageIndex(0); i < 256; i++ {
		_, _ = b.f.Read(u, 0, 1, i.FileOffset())
	}
	if n := b.c.LRU.Pages(lru.Limited, lru.InactiveFile); n != 248 {
		t.Fatalf("%d pages are listed", n)
	}
	_, _ = b.f.Read(u, 0, 1, 256*vm.PageSize)
	if b.m.Cached() != 257-54 || b.m.LookUp(53) != nil || b.m.LookUp(54) == nil {
		t.Errorf("%d pages are left, page 53 %v, page 54 %v", b.m.Cached(), b.m.LookUp(53), b.m.LookUp(54))
	}
	if e := b.c.Reclaim.Events; e.ScannedDirect != 54 || e.StolenDirect != 54 || e.AtLimit != 1 {
		t.Errorf("events %+v", e)
	}
}

func TestPageUsedTwiceOutlivesAScanOfPagesUsedOnce(t *testing.T) {
	b := newLimited(t, 600, 256)
	b.readPages(0, 1, 0)
	for i := vm.PageIndex(10); i < 600; i++ {
		b.readPages(i)
	}
	if b.m.LookUp(0) == nil || b.m.LookUp(1) != nil {
		t.Errorf("page 0, used twice: %v; page 1, used once: %v", b.m.LookUp(0), b.m.LookUp(1))
	}
}

// A page that comes back soon enough is active at once, and so outlives those that were active and are not used.
func TestRefaultWithinTheWorkingSetActivates(t *testing.T) {
	b := newLimited(t, 600, 256)
	for i := range vm.PageIndex(200) {
		b.readPages(i % 100)
	}
	b.readPages(100)
	for i := vm.PageIndex(101); b.m.LookUp(100) != nil; i++ {
		b.readPages(i)
	}
	b.readPages(100)
	if f := b.m.LookUp(100); !f.Has(phys.Active) {
		t.Errorf("page 100 came back as %v, not active", lru.ListOf(f.Flags))
	}
	if e := b.c.Reclaim.Events; e.Refaulted[filePages] != 1 || e.Activated[filePages] != 1 {
		t.Errorf("%d refaults, %d activated", e.Refaulted[filePages], e.Activated[filePages])
	}
}

func TestDirtyPageAtTheEndIsWrittenAndThenFreed(t *testing.T) {
	b := newLimited(t, 600, 64)
	u := &user{buf: make([]byte, vm.PageSize)}
	for i := vm.PageIndex(0); i < 200; i++ {
		b.c.Begin()
		if n, err := b.f.Write(u, 0, vm.PageSize, i.FileOffset()); n != vm.PageSize || err != nil {
			t.Fatalf("page %d: %d bytes, %v", i, n, err)
		}
	}
	if b.c.Reclaim.Events.Deferred == 0 {
		t.Error("reclaim has left no dirty page to the flusher")
	}
	if n := b.c.Reclaim.Charged(); n > 64 {
		t.Errorf("%d pages are charged, the limit is 64", n)
	}
}

func TestMachineOfOrdinarySizeHasLinuxsWatermarks(t *testing.T) {
	// /proc/zoneinfo of a machine whose one zone has 3840 pages would say: the square root of 16 times 15360 KiB.
	if got := WatermarksOf(3840); got != (Watermarks{123, 153, 183}) {
		t.Errorf("%+v", got)
	}
	if got := WatermarksOf(16); got != (Watermarks{}) {
		t.Errorf("16 frames: %+v", got)
	}
}

// What a processor has charged ahead of need counts at the limit: a large folio that finds too little of it reclaims,
// though there is room. A page finds one there.
func TestLargeFolioReclaimsWhereTheStockIsTooSmallForIt(t *testing.T) {
	b := newLimited(t, 600, 256)
	r := &b.c.Reclaim
	for i := vm.PageIndex(0); i < 208; i++ {
		b.readPages(i)
	}
	b.c.Begin()
	for range 10 { // a batch of 64 does not fit: each charges what it needs
		if !r.charge(1, MustHave) {
			t.Fatal("no room for a page")
		}
	}
	if r.stock != 0 || r.Events.AtLimit != 0 {
		t.Fatalf("stock %d, %d times at the limit", r.stock, r.Events.AtLimit)
	}
	r.stock = 20
	if r.charge(32, MustHave); r.Events.AtLimit != 1 {
		t.Errorf("32 pages fit where 208 are charged, 20 in stock, and 256 may be")
	}
	r.stock, r.Events.AtLimit = 20, 0
	if r.charge(1, MustHave); r.stock != 19 || r.Events.AtLimit != 0 {
		t.Errorf("stock %d after a page of 20", r.stock)
	}
}

// A folio that a read has looked up stays until it is copied, though the copy needs room.
func TestReadHoldsTheFoliosThatItCopies(t *testing.T) {
	b := newLimited(t, 600, 64)
	var batch folioBatch
	b.readPages(0, 1, 2)
	batch.hold(b.m, 0, 1)
	for i := vm.PageIndex(10); i < 200; i++ {
		b.readPages(i)
	}
	if b.m.LookUp(0) == nil || b.m.LookUp(1) == nil || b.m.LookUp(2) != nil {
		t.Errorf("held pages 0 %v and 1 %v, page 2 %v", b.m.LookUp(0), b.m.LookUp(1), b.m.LookUp(2))
	}
	batch.release(b.c.Memory)
	for i := vm.PageIndex(300); i < 400; i++ {
		b.readPages(i)
	}
	if b.m.LookUp(0) != nil {
		t.Errorf("page 0 stays though nothing holds it")
	}
}
