package pagecache

import (
	"slices"
	"testing"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// writePages writes a byte to pages, each in a call of its own.
func (b *bench) writePages(pages ...vm.PageIndex) {
	u := &user{buf: make([]byte, vm.PageSize)}
	for _, i := range pages {
		b.c.Begin()
		if _, err := b.f.Write(u, 0, 1, i.FileOffset()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// As memory.kmem.usage_in_bytes and its maximum say on Linux 6.18: four heads a page, of 112 bytes each. The bytes that
// the call before has left are found only when a page is charged, so the first heads of a call always charge one.
func TestBufferHeadsAreChargedAPageAtATime(t *testing.T) {
	b := newLimited(t, 600, 256)
	b.c.Reclaim.TakeHeadMoves()
	var want []HeadMove
	for i := range vm.PageIndex(20) {
		b.writePages(i)
		want = append(want, HeadMove{Most: 1})
	}
	want[0].End, want[9].End, want[18].End = 1, 1, 1
	if got := b.c.Reclaim.TakeHeadMoves(); !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	b.writePages(0, 3)
	if got := b.c.Reclaim.TakeHeadMoves(); got != nil {
		t.Errorf("pages that have heads were charged again: %v", got)
	}
	b.c.Writer.writeAll()
	b.c.waitAll()
	b.c.Begin()
	b.f.Advise(AdviseDontNeed, 0, 20*vm.PageSize-1)
	if got, want := b.c.Reclaim.TakeHeadMoves(), []HeadMove{{0, -3}}; !slices.Equal(got, want) {
		t.Errorf("heads are freed: %v, not %v", got, want)
	}
}

// At the limit a page for heads has to be reclaimed, but the page that gets the heads stays, although it is the oldest.
func TestHeadsAtTheLimitReclaimOtherPages(t *testing.T) {
	b := newLimited(t, 600, 64)
	for i := vm.PageIndex(0); i < 64; i++ {
		b.readPages(i)
	}
	b.c.Begin()
	f := b.m.folio(0)
	b.c.Reclaim.chargeHeads(f, blocksPerPage)
	if e := b.c.Reclaim.Events; e.AtLimit != 1 || e.StolenDirect == 0 {
		t.Errorf("events %+v", e)
	}
	if b.m.LookUp(0) != f.head || f.head.Has(phys.Locked) || b.m.LookUp(1) != nil {
		t.Errorf("page 0: %v, locked %v; page 1: %v", b.m.LookUp(0), f.head.Has(phys.Locked), b.m.LookUp(1))
	}
	b.c.Reclaim.freeHeads(f, blocksPerPage)
}

// A new node of the tree is charged to another group, which then has the processor's stock.
func TestNodeOfTheTreeTakesTheStockAway(t *testing.T) {
	for page, want := range map[vm.PageIndex]HeadMove{10: {1, 1}, 63: {2, 1}} {
		b := newLimited(t, 600, 256)
		b.c.Reclaim.TakeHeadMoves()
		u := &user{buf: make([]byte, 2*vm.PageSize)}
		if _, err := b.f.Write(u, 0, 2, page.FileOffset()+vm.PageSize-1); err != nil {
			t.Fatal(err)
		}
		if got := b.c.Reclaim.TakeHeadMoves(); !slices.Equal(got, []HeadMove{want}) {
			t.Errorf("pages %d and %d: %v, not %v", page, page+1, got, want)
		}
	}
}
