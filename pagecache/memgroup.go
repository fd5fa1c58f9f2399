package pagecache

import "vmsim/vm/lru"

// The programs of a machine may be in a control group with a limit. Each page that comes into memory for one of them
// counts; a page counts until it is freed, even when other programs use it. At the limit kswapd is not
// waited for: the program that needs a page reclaims from the group, and only from the group.
//
// We count the pages that programs see: private pages, those of files, and those in the swap cache. What the kernel
// needs for itself, page tables and such, counts in Linux too; it is left out.
// Linux: struct mem_cgroup (include/linux/memcontrol.h), mm/memcontrol.c.

// Charged is how many pages count to the control group.
// Linux: memory.current, of which memory.stat's kernel is left out.
func (r *Reclaim) Charged() uint64 { return r.cache.LRU.Charged() }

// charge sees to it that n pages more fit under the limit.
// Linux: try_charge_memcg (mm/memcontrol.c).
func (r *Reclaim) charge(n uint64, need Need) bool {
	if r.Limit == 0 {
		return true
	}
	for drained, retries := false, maxRetries; r.Charged()+n > r.Limit; {
		r.Events.AtLimit++
		got := r.reclaimGroup(n)
		switch {
		case r.Charged()+n <= r.Limit:
		case !drained:
			drained = true // what other processors have charged ahead is given back: nothing here
		case need == IfEasy:
			return false
		case got > 0 && n <= 8:
		case retries > 0:
			r.letSettle()
			retries--
		case r.OutOfMemory == nil || !r.OutOfMemory(AtTheLimit):
			return false
		default:
			retries = maxRetries
		}
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
