package throttle

import (
	"math/bits"

	"vmsim/vm/clock"
)

// Disk is what is known of the disk's speed, in pages a second, and of the limit. A rate is in pages a second: 100 MiB
// a second, the first guess, are 25600.
// Linux: struct bdi_writeback (include/linux/backing-dev-defs.h), struct wb_domain (include/linux/writeback.h).
type Disk struct {
	Dirtied, Written uint64 // pages, since the machine was started
	Limit            uint64 // follows the threshold, but slowly where that falls

	bandwidth, average uint64 // at which the disk has written, and the same smoothed
	rate, balanced     uint64 // that each task may dirty at: now, and where it would settle
	stampDirtied       uint64 // Dirtied and Written at the last measurement
	stampWritten       uint64
	stamp, limitStamp  clock.Jiffies
	exceeded           bool // more is dirty than may be: tasks ask every few pages
}

const (
	interval = clock.Jiffies(clock.HZ / 5) // between measurements; Linux: BANDWIDTH_INTERVAL
	maxPause = clock.Jiffies(clock.HZ / 5) // Linux: MAX_PAUSE

	firstRate = 100 << (20 - 12) // pages a second, until a disk was measured; Linux: INIT_BW
	fewPages  = 32               // Linux: DIRTY_POLL_THRESH
	ratioBits = 10               // Linux: RATELIMIT_CALC_SHIFT
)

// NewDisk is a disk that was not measured yet.
// Linux: wb_init (mm/backing-dev.c).
func NewDisk() Disk {
	return Disk{bandwidth: firstRate, average: firstRate, rate: firstRate, balanced: firstRate}
}

// Average is the disk's rate of writing, smoothed.
// Linux: avg_write_bandwidth of struct bdi_writeback (include/linux/backing-dev-defs.h).
func (d *Disk) Average() uint64 { return d.average }

// measure takes in what the disk has written and what processes have dirtied since the last time.
// Linux: __wb_update_bandwidth (mm/page-writeback.c).
func (d *Disk) measure(at Position, now clock.Jiffies) {
	elapsed := max(now-d.stamp, 1)
	d.followLimit(at, now)
	d.followRate(at, elapsed)
	d.followDisk(elapsed)
	d.stampDirtied, d.stampWritten, d.stamp = d.Dirtied, d.Written, now
}

// followLimit raises the limit with the threshold at once, and lowers it a thirty-second at a time. A limit that fell
// at once would stop every writer whose pages were allowed a moment before.
// Linux: domain_update_dirty_limit (mm/page-writeback.c).
func (d *Disk) followLimit(at Position, now clock.Jiffies) {
	if now < d.limitStamp+interval {
		return
	}
	d.limitStamp = now
	floor := max(at.Threshold, at.Dirty)
	switch {
	case d.Limit < at.Threshold:
		d.Limit = at.Threshold
	case d.Limit > floor:
		d.Limit -= (d.Limit - floor) >> 5
	}
}

// followRate moves the rate towards that at which as much is dirtied as is written, the slower the nearer it is.
//
//	the tasks were given 1000 pages a second, dirtied 2000, and the disk has written 1000
//	balanced = 1000 * 1000 / 2000 = 500: two tasks share the disk
//
// The number of tasks is never counted: it follows from what was dirtied at the rate that each was given. The rate
// moves only if three numbers agree on the direction: this measurement, the one before, and the rate at the position of
// the dirty pages. So the noise of one measurement does not move it.
// Linux: wb_update_dirty_ratelimit (mm/page-writeback.c).
func (d *Disk) followRate(at Position, elapsed clock.Jiffies) {
	dirtied := (d.Dirtied - d.stampDirtied) * clock.HZ / uint64(elapsed)
	given := d.rate*uint64(at.ratio())>>ratioBits + 1
	balanced := min(given*d.average/(dirtied|1), d.average)
	step := uint64(0)
	if at.Dirty < at.setpoint() {
		if x := min(d.balanced, balanced, given); d.rate < x {
			step = x - d.rate
		}
	} else if x := max(d.balanced, balanced, given); d.rate > x {
		step = d.rate - x
	}
	if shift := d.rate / (2*step + 1); shift < 64 {
		step = (step>>shift + 7) / 8
	} else {
		step = 0
	}
	if d.rate < balanced {
		d.rate += step
	} else {
		d.rate -= step
	}
	d.rate, d.balanced = max(d.rate, 1), balanced
}

// followDisk takes in at which rate the disk has written, over about four seconds: 1024 ticks. A measurement counts by
// its time: 200 ms are 50 ticks of 1024, and so a twentieth of the estimate.
// Linux: wb_update_write_bandwidth (mm/page-writeback.c).
func (d *Disk) followDisk(elapsed clock.Jiffies) {
	const period, shift = 1024, 10
	written := (d.Written - d.stampWritten) * clock.HZ
	if elapsed > period {
		d.bandwidth = written / uint64(elapsed)
		d.average = max(d.bandwidth, 1)
		return
	}
	before, average := d.bandwidth, d.average
	d.bandwidth = (written + before*uint64(period-elapsed)) >> shift
	switch {
	case average > before && before >= d.bandwidth:
		average -= (average - before) >> 3
	case average < before && before <= d.bandwidth:
		average += (before - average) >> 3
	}
	d.average = max(average, 1)
}

// longest is how long a process waits at most: no longer than the disk has to write.
// Linux: wb_max_pause (mm/page-writeback.c).
func (d *Disk) longest(dirty uint64) clock.Jiffies {
	return min(clock.Jiffies(dirty/(1+d.average/32))+1, maxPause)
}

// shortest is below which time it is not worth while to wait, and after how many dirtied pages a process asks again.
// Long pauses need few wake-ups, short ones keep the disk busy evenly. It begins at 10 ms, grows with the number of
// tasks, and must let a task dirty at least 32 pages.
// Linux: wb_min_pause (mm/page-writeback.c).
func (d *Disk) shortest(longest clock.Jiffies, given uint64) (pause clock.Jiffies, pages uint64) {
	const roundTicks = 256
	t := clock.Jiffies(max(1, clock.HZ/100))
	if hi, lo := bits.Len64(d.average), bits.Len64(d.rate); hi > lo {
		t += clock.Jiffies((hi - lo) * 10 * clock.HZ / 1024)
	}
	t = min(t, 1+longest/2)
	pages = d.rate * uint64(t) / roundTicks
	if pages < fewPages {
		t = longest
		if pages = d.rate * uint64(t) / roundTicks; pages > fewPages {
			pages, t = fewPages, clock.Jiffies(clock.HZ*fewPages/d.rate)
		}
	}
	if clock.Jiffies(clock.HZ*pages/(given+1)) > longest {
		t = longest
		pages = given * uint64(t) / roundTicks
	}
	if pages >= fewPages {
		return 1 + t/2, pages
	}
	return t, pages
}
