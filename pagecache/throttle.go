package pagecache

import (
	"time"

	"vmsim/pagecache/throttle"
	"vmsim/vm/clock"
)

// dirtier is a process that dirties pages, and its state in the throttling of writers.
// Linux: struct task_struct (include/linux/sched.h).
type dirtier struct {
	Dirtier
	throttle.Task
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
	w.latest = &dirtier{Dirtier{PID: pid}, throttle.NewTask()}
	w.dirtiers = append(w.dirtiers, w.latest)
	return w.latest
}

// dirties counts pages that the running process has made dirty.
// Linux: folio_account_dirtied (mm/page-writeback.c).
func (w *Writeback) dirties(pages uint64) {
	d := w.dirtierNow()
	d.Pages += pages
	d.Dirties(pages)
	w.sinceCheck += pages
	w.speed.Dirtied += pages
}

// balance makes the running process wait where too much is dirty. It looks only every few pages: seldom where much room
// is left, after every page at the limit. Looking at all counters after each page would cost more than the page: so a
// process looks again only after it has dirtied as many pages as it may without harm.
// Linux: balance_dirty_pages_ratelimited_flags (mm/page-writeback.c).
func (w *Writeback) balance() {
	d := w.dirtierNow()
	if d.Due(&w.speed) || w.sinceCheck >= w.ratelimitPages() {
		w.sinceCheck = 0
		w.throttle(d)
	}
}

// ratelimitPages is how many pages all processes together may dirty before the one that runs is checked, whatever its
// own count says: many writers that each stay below their own number could exceed the limit together. It is computed
// when the limit is set, a 64th of it and at least 16 pages, and that also sets the first value of the smoothed limit.
// Linux: writeback_set_ratelimit (mm/page-writeback.c), with two processors.
func (w *Writeback) ratelimitPages() uint64 {
	if set := (limitSet{w.Bytes, w.Ratio}); w.set != set {
		_, limit := w.Thresholds()
		w.set, w.speed.Limit, w.ratelimit = set, limit, max(limit/(2*32), 16)
	}
	return w.ratelimit
}

// limitSet is vm.dirty_bytes and vm.dirty_ratio. It is kept to notice that a knob was changed since.
type limitSet struct{ bytes, ratio uint64 }

// balanceAfterStore has the running process wait before its next call or access: the entry through which it stores is
// not set yet. Linux waits at the end of the fault, and drops the lock of the address space for it where the fault
// allows that.
// Linux: fault_dirty_shared_page (mm/memory.c).
func (w *Writeback) balanceAfterStore() { w.toBalance = w.dirtierNow() }

// begin lets the process wait whose store made a page dirty, and takes in what the disk has done meanwhile.
func (w *Writeback) begin() {
	w.endCompleted()
	if w.toBalance != nil {
		log := w.cache.Log
		running := log.PID
		log.PID, w.toBalance = w.toBalance.PID, nil
		w.balance()
		log.PID = running
	}
}

// position is where the dirty pages are now.
func (w *Writeback) position() throttle.Position {
	w.endCompleted()
	p := throttle.Position{Dirty: uint64(w.dirty + w.inWriteback), Bandwidth: w.speed.Average()}
	p.Background, p.Threshold = w.Thresholds()
	p.Mine, p.Limit, p.Share = p.Dirty, max(w.speed.Limit, p.Threshold), p.Threshold
	if w.speed.Written == 0 { // a disk that has written nothing yet has a part of what is left
		p.Share = (p.Threshold - min(p.Threshold, p.Dirty)) / 8
	}
	return p
}

// throttle wakes the flusher if it has work, and makes a process wait as the package throttle says. The wait is virtual
// time, in which the disk works.
// Linux: balance_dirty_pages (mm/page-writeback.c).
func (w *Writeback) throttle(d *dirtier) {
	for {
		now, at := w.cache.Log.Clock.Now().Jiffies(), w.position()
		if uint64(w.dirty) > at.Background {
			w.background()
		}
		// Up to the middle between the two thresholds no writer waits: the flusher alone is to keep up.
		if at.Dirty <= at.FreeRun() {
			d.RunsFree(now, at)
			return
		}
		w.background()
		at = w.position()
		pause, ok := w.speed.Check(&d.Task, now, at)
		if !ok {
			return
		}
		w.wait(d, pause.Time, at)
		if d.Resume(pause); !pause.Again {
			return
		}
	}
}

// wait lets a process wait; the disk and the flusher go on meanwhile.
func (w *Writeback) wait(d *dirtier, pause clock.Jiffies, at throttle.Position) {
	t := pause.Time()
	stepThrottled(w.cache.Log, int(t.Duration().Milliseconds()), at.Dirty, at.Limit)
	d.Waits++
	d.Waited += t.Duration()
	w.Pass(w.cache.Log.Clock.Now() + t)
}
