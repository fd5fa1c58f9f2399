package vm

import "math/bits"

// RSSKind tells resident pages apart.
// Linux: MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES (include/linux/mm_types_task.h).
type RSSKind uint8

// The kinds of resident pages.
const (
	RSSFile RSSKind = iota
	RSSAnon
	RSSSwap
	RSSShmem
	NumRSS
)

// Resident is the number of pages that are in memory.
func (st *Stats) Resident() uint64 { return st.RSS[RSSFile] + st.RSS[RSSAnon] + st.RSS[RSSShmem] }

// KnownRSS is how many pages of a kind are in memory, as far as /proc knows: before 6.2 without those that faults of
// the process have brought since it last settled its counts.
// Linux: get_mm_counter_sum, before that get_mm_counter (include/linux/mm.h).
func (st *Stats) KnownRSS(k RSSKind) uint64 {
	if !st.rss.keepsBack {
		return st.RSS[k]
	}
	return uint64(max(0, st.rss.counts[k].known))
}

// KnownResident is Resident, as far as /proc knows.
func (st *Stats) KnownResident() uint64 {
	return st.KnownRSS(RSSFile) + st.KnownRSS(RSSAnon) + st.KnownRSS(RSSShmem)
}

// PeakResident is the most pages that were in memory, as far as Linux knows it: it looks only before pages go away, and
// then at counters that lag.
// Linux: task_mem (fs/proc/task_mmu.c).
func (st *Stats) PeakResident() uint64 { return max(st.rss.peak, st.KnownResident()) }

// addRSS counts n pages more. noteRSS has to follow when the kernel is done with what it counts in one go.
func (st *Stats) addRSS(k RSSKind, n int64) {
	st.RSS[k] += uint64(n)
	st.rss.changed |= 1 << k
}

// noteRSS hands what was counted since the last time to the counters that the peak is taken from.
// Linux: add_mm_rss_vec (mm/memory.c).
func (st *Stats) noteRSS() {
	st.rss.settle()
	st.rss.note(&st.RSS, false)
}

// noteEvicted is noteRSS for pages that reclaim took.
// Linux: try_to_unmap_one (mm/rmap.c).
func (st *Stats) noteEvicted() { st.rss.note(&st.RSS, false) }

// BeginFault and NoteFault enclose what a fault counts: before 6.2 the process keeps that back.
// Linux: check_sync_rss_stat, add_mm_counter_fast (mm/memory.c), until 6.2.
func (st *Stats) BeginFault() {
	if st.rss.keepsBack {
		st.rss.beginFault()
	}
}

// NoteFault ends what BeginFault began.
func (st *Stats) NoteFault() { st.rss.note(&st.RSS, true) }

// KeepBack makes processes keep back what their faults count, as until 6.2.
func (st *Stats) KeepBack() { st.rss.keepsBack = true }

// Run says which process runs in the space: nil for none of it. Who counts pages for another one keeps nothing back.
func (st *Stats) Run(t *TaskCounts) (before *TaskCounts) {
	before, st.rss.task = st.rss.task, t
	return before
}

// Leave is what a process does that leaves the space.
// Linux: exit_mm (kernel/exit.c), exec_mmap (fs/exec.c), until 6.2.
func (st *Stats) Leave(t *TaskCounts) {
	before := st.Run(t)
	st.rss.settle()
	st.Run(before)
}

// UnmapRefused is the end of an area that its file has refused when all else was ready: nothing of it is mapped, but
// the peak is looked at as ahead of any unmapping.
// Linux: unmap_region (mm/vma.c), from __mmap_new_file_vma.
func (s *Space) UnmapRefused() { s.Stats.notePeak() }

// notePeak looks how many pages there are, before some go away.
// Linux: update_hiwater_rss (include/linux/mm.h).
func (st *Stats) notePeak() { st.rss.notePeak() }

// rss is the resident pages as Linux's own counters have them, from which it takes the peak. They lag: a fault, a zap
// or a fork counts its pages when it is done with a table of entries, and the processor keeps small changes back. Until
// 6.2 it is the process that keeps back what its faults count.
//
//	pages come and go  ─→  Stats.RSS       exact, what VmRSS shows here
//	noteRSS            ─→  lagging counts  in steps of 32
//	notePeak           ─→  peak            VmHWM
//
// Linux: rss_stat and hiwater_rss of struct mm_struct (include/linux/mm_types.h).
type rss struct {
	peak      uint64
	changed   uint8          // a bit for each kind of Stats.RSS that the counts below have not been given
	noted     [NumRSS]uint64 // of Stats.RSS, what they have been given
	counts    [NumRSS]laggingCount
	keepsBack bool        // until 6.2
	task      *TaskCounts // of the process that runs; nil where it is one of another space
}

// TaskCounts is what the faults of a process have counted and it keeps back.
// Linux: struct task_rss_stat (include/linux/mm_types_task.h), until 6.2.
type TaskCounts struct {
	kept   [NumRSS]int64
	events int // faults since it settled
}

// settledAfter is after how many faults a process settles its counts.
// Linux: TASK_RSS_EVENTS_THRESH (mm/memory.c), until 6.2.
const settledAfter = 65

func (r *rss) note(now *[NumRSS]uint64, fault bool) {
	for ; r.changed != 0; r.changed &= r.changed - 1 {
		k := bits.TrailingZeros8(r.changed)
		c, more := &r.counts[k], int64(now[k]-r.noted[k])
		switch {
		case !r.keepsBack:
			c.add(more)
		case fault && r.task != nil:
			r.task.kept[k] += more
		default:
			c.known += more
		}
		r.noted[k] = now[k]
	}
}

// beginFault settles the counts after every so many faults of the process that runs.
func (r *rss) beginFault() {
	if r.task == nil {
		return
	}
	if r.task.events++; r.task.events > settledAfter {
		r.settle()
	}
}

// settle gives the counts what the process has kept back.
// Linux: sync_mm_rss (mm/memory.c), until 6.2.
func (r *rss) settle() {
	if r.task == nil {
		return
	}
	for k, n := range r.task.kept {
		r.counts[k].known += n
	}
	*r.task = TaskCounts{}
}

func (r *rss) notePeak() {
	var n int64
	for _, k := range [...]RSSKind{RSSFile, RSSAnon, RSSShmem} {
		n += max(0, r.counts[k].known)
	}
	r.peak = max(r.peak, uint64(n))
}

// laggingCount is a counter of which the processor keeps small changes back.
// Linux: struct percpu_counter (include/linux/percpu_counter.h).
type laggingCount struct{ known, kept int64 }

// keptMost is where a processor gives up what it kept.
// Linux: percpu_counter_batch (lib/percpu_counter.c), with up to 16 processors.
const keptMost = 32

func (c *laggingCount) add(n int64) {
	if c.kept += n; c.kept >= keptMost || c.kept <= -keptMost {
		c.known += c.kept
		c.kept = 0
	}
}
