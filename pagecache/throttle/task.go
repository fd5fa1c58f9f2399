package throttle

import (
	"math/bits"

	"vmsim/vm/clock"
)

// Task is what is known of a task that dirties pages. The model keeps one for each process.
// Linux: nr_dirtied, nr_dirtied_pause, dirty_paused_when of struct task_struct (include/linux/sched.h).
type Task struct {
	dirtied uint64        // pages since its last check
	most    uint64        // it checks again when it has dirtied so many
	resumed clock.Jiffies // when it was slowed last; 0 for never
}

// NewTask is a task that has dirtied nothing.
// Linux: sched_fork (kernel/sched/core.c).
func NewTask() Task { return Task{most: fewPages} }

// Dirties counts pages that the task has dirtied.
// Linux: folio_account_dirtied (mm/page-writeback.c).
func (t *Task) Dirties(pages uint64) { t.dirtied += pages }

// Due reports whether the task has dirtied so many pages since its last check that it has to check again.
// Linux: balance_dirty_pages_ratelimited_flags (mm/page-writeback.c).
func (t *Task) Due(d *Disk) bool {
	if d.exceeded {
		return t.dirtied >= min(t.most, 8)
	}
	return t.dirtied >= t.most
}

// RunsFree notes a check that found so few dirty pages that no task is slowed. The task may dirty the more pages before
// its next check, the more are left to the threshold.
// Linux: dirty_poll_interval (mm/page-writeback.c).
func (t *Task) RunsFree(now clock.Jiffies, at Position) {
	t.resumed, t.dirtied, t.most = now, 0, 1
	if at.Threshold > at.Dirty {
		t.most = 1 << ((bits.Len64(at.Threshold-at.Dirty) - 1) / 2)
	}
}

// Pause is how long a task waits, and what holds for it then.
// Linux: the pause of balance_dirty_pages (mm/page-writeback.c).
type Pause struct {
	Time  clock.Jiffies
	Again bool // after the pause it has to check again: its rate is 0

	resumed clock.Jiffies
	most    uint64
}

// Check says how long a task waits that has dirtied pages while the dirty pages are at the given position. It waits as
// long as what it dirtied takes at its rate, less the time that it took anyway. All tasks together then dirty as fast
// as the disk writes. A task that was slow enough does not wait: ok is false. A task that has dirtied 100 pages in 50
// ms at a rate of 1000 pages a second should have taken 100 ms: it waits 50 ms.
// Linux: balance_dirty_pages (mm/page-writeback.c).
func (d *Disk) Check(t *Task, now clock.Jiffies, at Position) (p Pause, ok bool) {
	d.exceeded = at.Dirty > at.Threshold
	if now > d.stamp+interval {
		d.measure(at, now)
	}
	given := d.rate * uint64(at.ratio()) >> ratioBits
	longest := d.longest(at.Mine)
	shortest, most := d.shortest(longest, given)
	pause := longest
	if given > 0 {
		if pause = t.pause(now, given); pause < shortest {
			t.continues(now, pause, given)
			return Pause{}, false
		}
		if pause > longest {
			now += min(pause-longest, longest)
			pause = longest
		}
	}
	return Pause{Time: pause, Again: given == 0 && at.Mine > fewPages, resumed: now + pause, most: most}, true
}

// Resume notes that the task has waited.
func (t *Task) Resume(p Pause) { t.resumed, t.dirtied, t.most = p.resumed, 0, p.most }

// pause is how long what the task dirtied takes at the given rate, less the time that it took anyway.
func (t *Task) pause(now clock.Jiffies, given uint64) clock.Jiffies {
	pause := clock.Jiffies(clock.HZ * t.dirtied / given)
	if t.resumed > 0 {
		pause -= now - t.resumed
	}
	return pause
}

// continues is for a task that was slow enough without a pause. The time that it took too long counts at the next
// check, up to one second.
func (t *Task) continues(now, pause clock.Jiffies, given uint64) {
	period := clock.Jiffies(clock.HZ * t.dirtied / given)
	switch {
	case pause < -clock.HZ:
		t.resumed, t.dirtied = now, 0
	case period > 0:
		t.resumed += period
		t.dirtied = 0
	case t.most <= t.dirtied:
		t.most += t.dirtied
	}
}
