package pagecache

import (
	"testing"

	"vmsim/vm/clock"
)

// The ticks are computed by hand from calculate_high_delay of Linux 6.18, with 250 ticks a second.
func TestDelayGrowsWithTheSquareOfTheOverage(t *testing.T) {
	for _, c := range []struct {
		used, high, pages uint64
		want              clock.Jiffies
	}{
		{128, 128, 64, 0}, {129, 128, 64, 0}, {131, 128, 64, 8}, {132, 128, 64, 15}, {136, 128, 64, 62},
		{136, 128, 32, 31}, {136, 128, 128, 124}, {160, 128, 64, 500}, {4096, 128, 64, 500}, {1, 0, 1, 250},
	} {
		if got := highDelay(c.used, c.high, c.pages); got != c.want {
			t.Errorf("%d pages with memory.high at %d, %d of them charged now: %d ticks, and not %d", c.used, c.high,
				c.pages, got, c.want)
		}
	}
}

// chargeOver charges the pages from first to last, one at a time, with a return to user space after each, to a group
// whose memory.high is 8 pages.
func chargeOver(b *swapBench, first, last int) *Reclaim {
	r := &b.c.Reclaim
	r.Watch()
	r.Limit, r.High = Unlimited, 8
	for i := first; i <= last; i++ {
		if !r.Room(1, MustHave) {
			b.t.Fatal("no room for a page, although memory.high is no limit")
		}
		f := b.store(i, 'x')
		r.Charge(f)
		b.c.LRU.Add(f)
		r.ReturnToUser()
	}
	return r
}

func TestProgramOverMemoryHighReclaimsOnItsWayToUserSpace(t *testing.T) {
	b := newSwapBench(t, 1000, 100)
	chargeOver(b, 0, 39)
	b.c.Reclaim.stock, b.c.Reclaim.over = 0, 0 // so that the next page charges a batch, the only one
	r := chargeOver(b, 40, 40)
	if r.Events.OverHigh == 0 || r.Events.AtLimit != 0 || r.Events.StolenDirect == 0 {
		t.Errorf("%d reclaims over memory.high, %d at the limit, %d pages freed", r.Events.OverHigh, r.Events.AtLimit,
			r.Events.StolenDirect)
	}
}

// Without a swap area there is nothing to reclaim: each batch of 64 pages is tried 17 times, and paid with the longest
// delay. Linux 6.18.15 counts that many events high of memory.events, and 2 s in memory.pressure.
func TestProgramThatCannotReclaimWaitsForEachBatch(t *testing.T) {
	b := newUncheckedSwapBench(t, 1000, 1)
	b.c.Reclaim.swap = nil
	before := b.c.Log.Clock.Now()
	r := chargeOver(b, 0, 63)
	if r.Events.OverHigh != 1+maxRetries || r.Events.HighDelays != 1 {
		t.Errorf("%d reclaims and %d delays", r.Events.OverHigh, r.Events.HighDelays)
	}
	if waited := b.c.Log.Clock.Now() - before; waited.Jiffies() != longestHigh {
		t.Errorf("the program waited for %d ticks, and not %d", waited.Jiffies(), longestHigh)
	}
}
