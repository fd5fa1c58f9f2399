package pagecache

import (
	"math"

	"vmsim/vm/clock"
	"vmsim/vm/lru"
)

// Below its limit a control group may have a second one, memory.high. A program may go over it: what it charged is
// noted, and reclaimed from the group on the way back to user space, or at once if it is more than a batch. If reclaim
// does not get the group below memory.high, the program is delayed, the longer the further it is above.
//
//	charge        batches of 64 pages ──→ over += 64 for each while usage > memory.high
//	return        reclaim that many; again, up to 16 times in vain, while the delay would be more than 10 ms
//	              sleep: overage² × HZ / 2^14 × pages / 64 ticks, overage = (usage - high) / high, 2 s at most
//
// Linux: mm/memcontrol.c.

// Unlimited is the Limit of a control group that has memory.high alone.
// Linux: PAGE_COUNTER_MAX (include/linux/page_counter.h).
const Unlimited = math.MaxInt64 / 4096

// noteHigh notes a charge of a batch after which the group has used pages. More than a batch does not wait for the
// return to user space.
// Linux: try_charge_memcg (mm/memcontrol.c), after done_restock.
func (r *Reclaim) noteHigh(batch, used uint64) {
	if r.High == 0 || used <= r.High {
		return
	}
	if r.over += batch; r.over > chargeBatch && !r.reclaims {
		r.handleHigh(used - r.usage())
	}
}

// usage is how many pages count towards the limits: those in stock too, and what buffer heads have cost since the call
// began, which may be less than nothing.
// Linux: page_counter_read (include/linux/page_counter.h).
func (r *Reclaim) usage() uint64 { return uint64(max(0, int64(r.Charged()+r.stock)+r.heads.pages)) }

// ReturnToUser is called when a program goes on after a call or a fault.
// Linux: mem_cgroup_handle_over_high (include/linux/memcontrol.h).
func (r *Reclaim) ReturnToUser() {
	if r.over > 0 {
		r.handleHigh(0)
	}
}

// handleHigh reclaims what the program has charged over memory.high, and delays it while that does not suffice. pending
// is how many pages are charged that no frame has yet. The program pays for its own growth, mostly on its way back to
// user space, where it holds no locks.
// Linux: __mem_cgroup_handle_over_high (mm/memcontrol.c).
func (r *Reclaim) handleHigh(pending uint64) {
	pages := r.over
	r.over = 0
	for want, retries := pages, maxRetries; ; want = reclaimBatch {
		got := r.reclaimHigh(want, pending)
		delay := highDelay(r.usage()+pending, r.High, pages)
		switch {
		case delay <= clock.HZ/100:
			return
		case got > 0:
		case retries == 0:
			r.delay(delay, pending)
			return
		default:
			retries--
		}
	}
}

// reclaimHigh reclaims pages of a group that is over memory.high, and says how many it freed.
// Linux: reclaim_high (mm/memcontrol.c).
func (r *Reclaim) reclaimHigh(n, pending uint64) uint64 {
	used := r.usage() + pending
	if used <= r.High {
		return 0
	}
	r.Events.OverHigh++
	if r.policy != nil {
		return r.takeChosen(min(n, used-r.High), lru.Limited)
	}
	s := scan{Reclaim: r, want: max(n, reclaimBatch), maySwap: true, group: lru.Limited, high: true}
	return s.run()
}

// The delay is computed with overage in 2^20ths, and scaled down by 2^14.
// Linux: MEMCG_DELAY_PRECISION_SHIFT, MEMCG_DELAY_SCALING_SHIFT (mm/memcontrol.c).
const (
	overageBits = 20
	scalingBits = 14
)

// longestHigh is the longest delay.
// Linux: MEMCG_MAX_HIGH_DELAY_JIFFIES (mm/memcontrol.c).
const longestHigh = 2 * clock.HZ

// highDelay is how many ticks a program waits that has charged pages while the group has used so many.
// Linux: calculate_overage, calculate_high_delay (mm/memcontrol.c).
func highDelay(used, high, pages uint64) clock.Jiffies {
	if used <= high {
		return 0
	}
	overage := (used - high) << overageBits / max(high, 1)
	penalty := overage * overage * clock.HZ >> overageBits >> scalingBits
	return clock.Jiffies(min(penalty*pages/chargeBatch, longestHigh))
}

// delay has the program wait.
// Linux: schedule_timeout_killable (kernel/time/sleep_timeout.c).
func (r *Reclaim) delay(pause clock.Jiffies, pending uint64) {
	t := pause.Time()
	stepHighDelayed(r.cache.Log, int(t.Duration().Milliseconds()), r.usage()+pending, r.High)
	r.Events.HighDelays++
	r.cache.Writer.Pass(r.cache.Log.Clock.Now() + t)
}
