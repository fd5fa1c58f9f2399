package pagecache

import "vmsim/vm/lru"

// The programs of a machine may be in a control group with a limit. Each page that is allocated for one of them is
// charged to the group until it is freed, even if other programs use it. At the limit the program that needs a page
// does not wait for kswapd: it reclaims, and only from the group. memhigh.go is about the limit below that.
//
// We charge the pages that programs see: private pages, those of files, and those in the swap cache. Linux also charges
// kernel memory such as page tables; we leave that out.
// Linux: struct mem_cgroup (include/linux/memcontrol.h), mm/memcontrol.c.

// Charged is how many pages count to the control group.
// Linux: memory.current, of which memory.stat's kernel is left out.
func (r *Reclaim) Charged() uint64 { return r.cache.LRU.Charged() }

// chargeBatch is how many pages a processor charges at a time; it keeps those that are not needed at once in stock. The
// stock counts towards the limit, so a large folio for which the stock is too small reclaims although there is room.
// Linux: MEMCG_CHARGE_BATCH (include/linux/memcontrol.h).
const chargeBatch = 64

// charge charges n pages to the group, and reclaims if they exceed the limit. It goes on like Linux's loop: reclaim; if
// nothing came, use up the stock; then give up where that is allowed; else try again, up to sixteen times; then the OOM
// killer.
// Linux: try_charge_memcg (mm/memcontrol.c).
func (r *Reclaim) charge(n uint64, need Need) bool {
	if r.Limit == 0 || r.fits(n, max(n, chargeBatch)) || r.fits(n, n) {
		return true
	}
	for drained, retries := false, maxRetries; !r.fits(n, n); {
		r.Events.AtLimit++
		got := r.reclaimGroup(n)
		switch {
		case r.usage()+n <= r.Limit:
		case !drained:
			r.stock, drained = 0, true
		case need == IfEasy:
			return false
		case got > 0 && n <= 8:
		case retries > 0:
			r.waitForWrites()
			retries--
		case r.OutOfMemory == nil || !r.OutOfMemory(AtTheLimit):
			return need == CannotFail
		default:
			retries = maxRetries
		}
	}
	return true
}

// fits takes n pages from the stock, or else charges a batch of pages and keeps the rest in stock. A charge of a batch
// costs as much as one of a page, so pages are charged ahead.
// Linux: consume_stock, page_counter_try_charge, refill_stock (mm/memcontrol.c, mm/page_counter.c).
func (r *Reclaim) fits(n, batch uint64) bool {
	switch {
	case n <= chargeBatch && r.stock >= n:
		r.stock -= n
	case r.usage()+batch > r.Limit:
		return false
	default:
		r.stock += batch - n
		r.noteHigh(batch, r.usage()+n)
	}
	return true
}

// reclaimGroup reclaims pages of the group, and says how many it freed.
// Linux: try_to_free_mem_cgroup_pages (mm/vmscan.c).
func (r *Reclaim) reclaimGroup(n uint64) uint64 {
	if r.policy != nil {
		return r.takeChosen(r.Charged()+n-r.Limit, lru.Limited)
	}
	s := scan{Reclaim: r, want: max(n, reclaimBatch), maySwap: true, group: lru.Limited}
	return s.run()
}
