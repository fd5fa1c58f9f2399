package pagecache

import "math"

// Watermarks are the numbers of free pages at which memory counts as short.
//
//	free > Low    nothing happens
//	free ≤ Low    kswapd is woken; it reclaims until more than High are free
//	free ≤ Min    a program that needs a page reclaims directly before it gets one
//
// The frames below Min are a reserve: reclaim itself may need memory to free memory.
//
// Linux: _watermark of struct zone (include/linux/mmzone.h).
type Watermarks struct{ Min, Low, High uint64 }

// leastWatched is the memory below which a machine has no watermarks: Linux does not boot with so little, and the
// reserve would be most of it.
const leastWatched = 4 << 20 / 4096

// WatermarksOf are the watermarks of a machine with that many pages of memory. Min is 4 times the square root of the
// memory in KiB: it grows more slowly than memory. The distance of the marks is a quarter of Min, or a thousandth of
// memory if that is more.
// Linux: calculate_min_free_kbytes, __setup_per_zone_wmarks (mm/page_alloc.c).
func WatermarksOf(pages uint64) Watermarks {
	if pages < leastWatched {
		return Watermarks{}
	}
	least := min(max(uint64(math.Sqrt(float64(pages*4*16))), 128), 262144) // KiB
	low := least / 4
	step := max(low/4, pages*10/10000)
	return Watermarks{low, low + step, low + 2*step}
}

// wake wakes kswapd. It runs while the program waits or before its next call, not at once. After sixteen runs in a row
// that freed nothing, kswapd is not woken any more. kswapd that cannot free anything would only burn time; direct
// reclaim is left, and after it the OOM killer.
// Linux: wakeup_kswapd (mm/vmscan.c).
func (r *Reclaim) wake() {
	if r.Marks.High > 0 && r.kswapdFailures < maxRetries {
		r.awake = true
	}
}

// pass runs kswapd if it was woken, until enough is free or reclaim makes no more progress. It is asynchronous in
// Linux: while it works, programs go on. In the model it runs between two calls, as if it were fast.
// Linux: balance_pgdat (mm/vmscan.c).
func (r *Reclaim) runKswapd() {
	r.awake = false
	if r.policy != nil || r.balanced() {
		return
	}
	r.Events.KswapdRuns++
	s := scan{Reclaim: r, want: max(r.Marks.High, reclaimBatch), maySwap: true, kswapd: true}
	r.reclaims = true
	defer func() { r.reclaims = false }()
	stepKswapdWoken(r.cache.Log, r.cache.Memory.Free(), r.Marks.High)
	for p := defaultPriority; p > 0 && !r.balanced(); p-- {
		before := s.reclaimed
		s.priority, s.scanned = uint(p), 0
		s.pass()
		if s.scanned >= s.want && s.reclaimed > before {
			p++ // this pass made enough progress: the next keeps its priority
		}
	}
	s.snapshot()
	if r.kswapdFailures++; s.reclaimed > 0 {
		r.kswapdFailures = 0
	}
	stepReclaimEnded(r.cache.Log, s.reclaimed)
}

// balanced reports whether kswapd has done its work. It stops well above the mark that wakes it, so that it does not
// run for every few pages.
// Linux: pgdat_balanced (mm/vmscan.c).
func (r *Reclaim) balanced() bool { return r.cache.Memory.Free() > r.Marks.High }

// begin is called when a program makes its next call or access.
func (r *Reclaim) begin() {
	if r.Limit > 0 {
		r.note()
		r.settleHeads()
		if r.High == 0 {
			r.stock = 0 // the stock is returned between statements, when the LRU batches are drained
		}
	}
	if r.awake {
		r.runKswapd()
	}
}
