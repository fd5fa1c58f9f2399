package pagecache

import (
	"math/bits"

	"vmsim/vm/clock"
)

// How long a process has to wait that dirties pages faster than the disk takes them.
//
//	dirty pages   0 ...... background ...... free run ...... setpoint ...... limit
//	                       the flusher       processes       they dirty as   they stop
//	                       is woken          are slowed      fast as the
//	                                                         disk writes
//
// The disk's rate is measured while it writes, the rate that processes are given follows it, and where dirty pages
// are on the way from free run to the limit makes that more or less. One disk has all of the limit: Linux divides it
// between disks by what each has written lately.
// Linux: mm/page-writeback.c.

// pace is what is known of the disk's speed, in pages a second, and of the limit.
// Linux: struct bdi_writeback (include/linux/backing-dev-defs.h), struct wb_domain (include/linux/writeback.h).
type pace struct {
	bandwidth, average uint64 // at which the disk has written, and the same smoothed
	rate, balanced     uint64 // that each process may dirty at: now, and where it would settle
	dirtied, written   uint64 // pages, since the machine was started
	stampDirtied       uint64 // what those were at the last measurement
	stampWritten       uint64
	stamp, limitStamp  jiffies
	limit              uint64 // follows the threshold, but slowly where that falls
	exceeded           bool   // more is dirty than may be: processes ask every few pages
}

// jiffies are ticks of the kernel's clock, 250 a second.
// Linux: jiffies (include/linux/jiffies.h) with CONFIG_HZ=250.
type jiffies int64

const (
	ticks    = 250 // a second
	tick     = clock.Time(1e9 / ticks)
	interval = jiffies(ticks / 5) // between measurements; Linux: BANDWIDTH_INTERVAL
	maxPause = jiffies(ticks / 5) // Linux: MAX_PAUSE

	firstRate = 100 << (20 - 12) // pages a second, until a disk was measured; Linux: INIT_BW
	fewPages  = 32               // Linux: DIRTY_POLL_THRESH
	ratioBits = 10               // Linux: RATELIMIT_CALC_SHIFT
)

func newPace() pace {
	return pace{bandwidth: firstRate, average: firstRate, rate: firstRate, balanced: firstRate}
}

// position is where the dirty pages are, all counts in pages.
// Linux: struct dirty_throttle_control (mm/page-writeback.c).
type position struct {
	background, threshold uint64
	dirty                 uint64 // those under way included
	mine                  uint64 // of those, the disk's; Linux counts them apart, and a little late
	limit                 uint64 // the threshold, or what of an earlier one is left
	share                 uint64 // of the threshold that the disk has
	bandwidth             uint64 // of the disk, smoothed
}

// freerun is how many dirty pages slow no process.
// Linux: dirty_freerun_ceiling (mm/page-writeback.c).
func (p position) freerun() uint64 { return (p.threshold + p.background) / 2 }

// setpoint is how many dirty pages it should be.
func (p position) setpoint() uint64 { return (p.freerun() + p.limit) / 2 }

// diskSetpoint is how many of those should be the disk's.
func (p position) diskSetpoint() uint64 { return p.setpoint() * p.shareOfAll() >> 16 }

// shareOfAll is the disk's part of the threshold, in 65536ths.
func (p position) shareOfAll() uint64 { return min(p.share, p.threshold) << 16 / (p.threshold | 1) }

// ratio is how much more or less than the common rate a process gets, in 1024ths.
// Linux: wb_position_ratio (mm/page-writeback.c).
func (p position) ratio() int64 {
	if p.dirty >= p.limit {
		return 0
	}
	ratio := polynomial(int64(p.setpoint()), int64(p.dirty), int64(p.limit))
	share, at := min(p.share, p.threshold), p.diskSetpoint()
	span := (p.threshold - share + 8*p.bandwidth) * p.shareOfAll() >> 16
	if none := at + span; p.mine < none-span/4 {
		ratio = ratio * int64(none-p.mine) / int64(span|1)
	} else {
		ratio /= 4
	}
	if half := share / 2; p.mine < half { // the disk is about to have nothing to do
		if p.mine > half/8 {
			ratio = ratio * int64(half) / int64(p.mine)
		} else {
			ratio *= 8
		}
	}
	return ratio
}

// polynomial is 2 where no process is slowed yet, 1 at the setpoint and 0 at the limit, in 1024ths: flat around the
// setpoint, steep at the ends.
// Linux: pos_ratio_polynom (mm/page-writeback.c).
func polynomial(setpoint, dirty, limit int64) int64 {
	x := (setpoint - dirty) << ratioBits / ((limit - setpoint) | 1)
	y := x * x >> ratioBits * x >> ratioBits
	return min(max(y+1<<ratioBits, 0), 2<<ratioBits)
}

// measure takes in what the disk has written and what processes have dirtied since the last time.
// Linux: __wb_update_bandwidth (mm/page-writeback.c).
func (p *pace) measure(at position, now jiffies) {
	elapsed := max(now-p.stamp, 1)
	p.followLimit(at, now)
	p.followRate(at, elapsed)
	p.followDisk(elapsed)
	p.stampDirtied, p.stampWritten, p.stamp = p.dirtied, p.written, now
}

// followLimit raises the limit with the threshold at once, and lowers it a thirty-second at a time.
// Linux: domain_update_dirty_limit (mm/page-writeback.c).
func (p *pace) followLimit(at position, now jiffies) {
	if now < p.limitStamp+interval {
		return
	}
	p.limitStamp = now
	floor := max(at.threshold, at.dirty)
	switch {
	case p.limit < at.threshold:
		p.limit = at.threshold
	case p.limit > floor:
		p.limit -= (p.limit - floor) >> 5
	}
}

// followRate moves the rate towards that at which as much is dirtied as is written, the slower the nearer it is.
// Linux: wb_update_dirty_ratelimit (mm/page-writeback.c).
func (p *pace) followRate(at position, elapsed jiffies) {
	dirtied := (p.dirtied - p.stampDirtied) * ticks / uint64(elapsed)
	given := p.rate*uint64(at.ratio())>>ratioBits + 1
	balanced := min(given*p.average/(dirtied|1), p.average)
	step := uint64(0)
	if at.dirty < at.setpoint() {
		if x := min(p.balanced, balanced, given); p.rate < x {
			step = x - p.rate
		}
	} else if x := max(p.balanced, balanced, given); p.rate > x {
		step = p.rate - x
	}
	if shift := p.rate / (2*step + 1); shift < 64 {
		step = (step>>shift + 7) / 8
	} else {
		step = 0
	}
	if p.rate < balanced {
		p.rate += step
	} else {
		p.rate -= step
	}
	p.rate, p.balanced = max(p.rate, 1), balanced
}

// followDisk takes in at which rate the disk has written, over about three seconds.
// Linux: wb_update_write_bandwidth (mm/page-writeback.c).
func (p *pace) followDisk(elapsed jiffies) {
	const period, shift = 1024, 10
	written := (p.written - p.stampWritten) * ticks
	if elapsed > period {
		p.bandwidth = written / uint64(elapsed)
		p.average = max(p.bandwidth, 1)
		return
	}
	before, average := p.bandwidth, p.average
	p.bandwidth = (written + before*uint64(period-elapsed)) >> shift
	switch {
	case average > before && before >= p.bandwidth:
		average -= (average - before) >> 3
	case average < before && before <= p.bandwidth:
		average += (before - average) >> 3
	}
	p.average = max(average, 1)
}

// longest is how long a process waits at most: no longer than the disk has to write.
// Linux: wb_max_pause (mm/page-writeback.c).
func (p *pace) longest(dirty uint64) jiffies {
	return min(jiffies(dirty/(1+p.average/32))+1, maxPause)
}

// shortest is below which time it is not worth while to wait, and after how many dirtied pages a process asks again.
// Linux: wb_min_pause (mm/page-writeback.c).
func (p *pace) shortest(longest jiffies, given uint64) (pause jiffies, pages uint64) {
	const roundTicks = 256
	t := jiffies(max(1, ticks/100))
	if hi, lo := bits.Len64(p.average), bits.Len64(p.rate); hi > lo {
		t += jiffies((hi - lo) * 10 * ticks / 1024)
	}
	t = min(t, 1+longest/2)
	pages = p.rate * uint64(t) / roundTicks
	if pages < fewPages {
		t = longest
		if pages = p.rate * uint64(t) / roundTicks; pages > fewPages {
			pages, t = fewPages, jiffies(ticks*fewPages/p.rate)
		}
	}
	if jiffies(ticks*pages/(given+1)) > longest {
		t = longest
		pages = given * uint64(t) / roundTicks
	}
	if pages >= fewPages {
		return 1 + t/2, pages
	}
	return t, pages
}
