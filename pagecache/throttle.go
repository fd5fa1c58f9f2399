package pagecache

import (
	"math/bits"
	"time"

	"vmsim/vm/clock"
)

// dirtier is what is known of a process that dirties pages. The numbers are of one task in Linux; here a process has
// one.
// Linux: nr_dirtied, nr_dirtied_pause, dirty_paused_when of struct task_struct (include/linux/sched.h).
type dirtier struct {
	Dirtier
	since   uint64  // pages dirtied since it was last looked at how many are dirty
	most    uint64  // how many of those there may be before one looks again
	resumed jiffies // when it was slowed last; 0 for never
}

// Dirtier is a process that dirties pages of files on a disk.
// Linux: none; the tracepoint balance_dirty_pages tells as much.
type Dirtier struct {
	PID    int
	Pages  uint64        // that it has dirtied
	Waits  int           // how often it had to wait since too much was dirty
	Waited time.Duration // for how long
}

// Dirtiers are the processes that have dirtied pages, in the order of their first.
func (w *Writeback) Dirtiers() (out []Dirtier) {
	for _, d := range w.dirtiers {
		out = append(out, d.Dirtier)
	}
	return out
}

// dirtierNow is the process that runs.
func (w *Writeback) dirtierNow() *dirtier {
	pid := w.cache.Log.PID
	if w.latest != nil && w.latest.PID == pid {
		return w.latest
	}
	for _, d := range w.dirtiers {
		if d.PID == pid {
			w.latest = d
			return d
		}
	}
	w.latest = &dirtier{Dirtier: Dirtier{PID: pid}, most: fewPages}
	w.dirtiers = append(w.dirtiers, w.latest)
	return w.latest
}

// dirties counts pages that the running process has made dirty.
// Linux: folio_account_dirtied (mm/page-writeback.c).
func (w *Writeback) dirties(pages uint64) {
	d := w.dirtierNow()
	d.Pages += pages
	d.since += pages
	w.sinceLook += pages
	w.pace.dirtied += pages
}

// balance makes the running process wait where too much is dirty. It looks only every few pages: seldom where much room
// is left, after every page at the limit. Looking at all counters after each page would cost more than the page: so a
// process looks again only after it has dirtied as many pages as it may without harm.
// Linux: balance_dirty_pages_ratelimited_flags (mm/page-writeback.c).
func (w *Writeback) balance() {
	d := w.dirtierNow()
	if most := w.mayDirty(d); d.since >= most {
		w.sinceLook = 0
		w.throttle(d)
	} else if w.sinceLook >= w.everyone() {
		w.sinceLook = 0
		w.throttle(d)
	}
}

// mayDirty is how many pages a process may dirty before one looks again.
func (w *Writeback) mayDirty(d *dirtier) uint64 {
	if w.pace.exceeded {
		return min(d.most, 8)
	}
	return d.most
}

// everyone is how many pages all processes together may dirty before one looks at the one that is at it. It is counted
// anew where the limit is set, and so is what the limit is to begin with.
// Linux: writeback_set_ratelimit (mm/page-writeback.c), with two processors.
func (w *Writeback) everyone() uint64 {
	if set := (limitSet{w.Bytes, w.Ratio}); w.set != set {
		_, limit := w.Thresholds()
		w.set, w.pace.limit, w.together = set, limit, max(limit/(2*32), 16)
	}
	return w.together
}

// limitSet is vm.dirty_bytes and vm.dirty_ratio.
type limitSet struct{ bytes, ratio uint64 }

// balanceAfterStore has the running process wait before its next call or access: the entry through which it stores is
// not set yet.
// Linux: fault_dirty_shared_page (mm/memory.c).
func (w *Writeback) balanceAfterStore() { w.owed = w.dirtierNow() }

// begin lets the process wait whose store made a page dirty, and takes in what the disk has done meanwhile.
func (w *Writeback) begin() {
	w.settle()
	if w.owed != nil {
		log := w.cache.Log
		running := log.PID
		log.PID, w.owed = w.owed.PID, nil
		w.balance()
		log.PID = running
	}
}

func (w *Writeback) now() jiffies { return jiffies(w.cache.Log.Clock.Now() / tick) }

// position is where the dirty pages are now.
func (w *Writeback) position() position {
	w.settle()
	p := position{dirty: uint64(w.dirty + w.crossingPages), bandwidth: w.pace.average}
	p.background, p.threshold = w.Thresholds()
	p.mine, p.limit, p.share = p.dirty, max(w.pace.limit, p.threshold), p.threshold
	if w.pace.written == 0 { // a disk that has written nothing yet has a part of what is left
		p.share = (p.threshold - min(p.threshold, p.dirty)) / 8
	}
	return p
}

// throttle wakes the flusher where it has work, and makes a process wait as long as what it dirtied takes at its rate.
// The pause is chosen so that all processes together dirty as fast as the disk writes; the wait is virtual time, in
// which the disk works.
// Linux: balance_dirty_pages (mm/page-writeback.c).
func (w *Writeback) throttle(d *dirtier) {
	for {
		now, at := w.now(), w.position()
		if uint64(w.dirty) > at.background {
			w.background()
		}
		if at.dirty <= at.freerun() {
			d.look(now, at)
			return
		}
		w.background()
		at = w.position()
		w.pace.exceeded = at.dirty > at.threshold
		if now > w.pace.stamp+interval {
			w.pace.measure(at, now)
		}
		given := w.pace.rate * uint64(at.ratio()) >> ratioBits
		longest := w.pace.longest(at.mine)
		shortest, most := w.pace.shortest(longest, given)
		pause := longest
		if given > 0 {
			if pause = d.pause(now, given); pause < shortest {
				d.goOn(now, pause, given)
				return
			}
			if pause > longest {
				now += min(pause-longest, longest)
				pause = longest
			}
		}
		w.wait(d, pause, at)
		d.resumed, d.since, d.most = now+pause, 0, most
		if given > 0 || at.mine <= fewPages {
			return
		}
	}
}

// look is for a process that is not slowed: it may dirty the more before one looks again, the more room is left.
// Linux: dirty_poll_interval (mm/page-writeback.c).
func (d *dirtier) look(now jiffies, at position) {
	d.resumed, d.since, d.most = now, 0, 1
	if at.threshold > at.dirty {
		d.most = 1 << ((bits.Len64(at.threshold-at.dirty) - 1) / 2)
	}
}

// pause is how long what it dirtied takes at the given rate, less the time that it took anyway.
func (d *dirtier) pause(now jiffies, given uint64) jiffies {
	pause := jiffies(ticks * d.since / given)
	if d.resumed > 0 {
		pause -= now - d.resumed
	}
	return pause
}

// goOn is for a process that was slow enough without a pause: what is left of its time counts at the next look.
func (d *dirtier) goOn(now, pause jiffies, given uint64) {
	period := jiffies(ticks * d.since / given)
	switch {
	case pause < -ticks:
		d.resumed, d.since = now, 0
	case period > 0:
		d.resumed += period
		d.since = 0
	case d.most <= d.since:
		d.most += d.since
	}
}

// wait lets a process wait; the disk and the flusher go on meanwhile.
func (w *Writeback) wait(d *dirtier, pause jiffies, at position) {
	t := clock.Time(pause) * tick
	stepThrottled(w.cache.Log, int(t.Duration().Milliseconds()), at.dirty, at.limit)
	d.Waits++
	d.Waited += t.Duration()
	w.Pass(w.cache.Log.Clock.Now() + t)
}
