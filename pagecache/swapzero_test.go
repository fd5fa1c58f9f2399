package pagecache

import (
	"testing"

	"vmsim/vm/profile"
)

// Linux 6.18.44: a page of zeros that MADV_PAGEOUT takes leaves memory at once, and neither that nor its way back is a
// request (swpout_zero and swpin_zero count them, pswpout and pswpin do not).
func TestAPageOfZerosGoesToSwapWithoutARequest(t *testing.T) {
	b := newSwapBench(t, 100, 100)
	b.store(0, 0)
	b.store(1, 'x')
	b.pageOut(0, 2)
	if e := &b.c.Reclaim.Events; e.ZerosOut != 1 || e.SwappedOut != 1 {
		t.Fatalf("%d pages of zeros and %d others were swapped out", e.ZerosOut, e.SwappedOut)
	}
	if b.swap.InCore(b.entry(0)) || !b.swap.InCore(b.entry(1)) {
		t.Error("of a page of zeros nothing has to be written, so that its frame is free at once; of others it is not")
	}
	if away := b.swap.Away(); away != 1 {
		t.Errorf("%d pages are in the swap area alone", away)
	}
	b.swapIn(0)
	if e := &b.c.Reclaim.Events; e.ZerosIn != 1 || e.SwappedIn != 0 {
		t.Errorf("%d pages of zeros and %d others were swapped in", e.ZerosIn, e.SwappedIn)
	}
}

func TestBefore612APageOfZerosIsWrittenLikeAnyOther(t *testing.T) {
	b := newSwapBench(t, 100, 100)
	p, err := profile.Parse("6.6")
	if err != nil {
		t.Fatal(err)
	}
	b.c.Profile = p
	b.store(0, 0)
	b.pageOut(0, 1)
	if e := &b.c.Reclaim.Events; e.ZerosOut != 0 || e.SwappedOut != 1 || !b.swap.InCore(b.entry(0)) {
		t.Errorf("%d pages of zeros and %d others were swapped out", e.ZerosOut, e.SwappedOut)
	}
}
