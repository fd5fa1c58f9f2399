package vm

import "testing"

func TestReserveCountsAndCutsWhatLiesInARange(t *testing.T) {
	r := NewReserve()
	for _, i := range []uint64{0, 2, 3, 7} {
		r.Add(i)
	}
	r.Add(2) // twice is once
	r.Remove(0)
	if n := r.Count(0, 4); n != 2 || r.Has(0) || !r.Has(3) {
		t.Errorf("%d pages before the fifth, not 2", n)
	}
	if n := r.Cut(3, ^uint64(0)); n != 2 || r.Has(3) || !r.Has(2) {
		t.Errorf("%d pages are cut, not 2", n)
	}
}

func TestAreaOfHugePagesKnowsWhatItHasNotUsed(t *testing.T) {
	a := &Area{Start: 4 * PMDSize, End: 8 * PMDSize, Index: IndexOf(2 * PMDSize)}
	if a.Unused() != 0 {
		t.Error("an area without a reservation has something left of it")
	}
	a.Flags, a.Reserve = HugeTLB, NewReserve()
	page := a.PageSize()
	if i := a.HugeIndexOf(a.Start + Addr(page)); i != uint64(a.Index)*PageSize/page+1 {
		t.Errorf("the second page of the area is page %d of the file", i)
	}
	whole := uint64(a.End-a.Start) / page
	if a.Reserve.Add(a.HugeIndexOf(a.Start)); a.Unused() != whole-1 {
		t.Errorf("%d reservations are left, not %d", a.Unused(), whole-1)
	}
}
