package vm

import "math/bits"

// RSSKind is a kind of resident pages.
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

// KnownRSS is how many pages of a kind are in memory, as /proc shows it. Before 6.2 it lacks the pages that faults have
// added since the process last synchronized its counts.
// Linux: get_mm_counter_sum, before that get_mm_counter (include/linux/mm.h).
func (st *Stats) KnownRSS(k RSSKind) uint64 {
	if !st.rss.keepsBack {
		return st.RSS[k]
	}
	return st.LaggingRSS(k)
}

// LaggingRSS is how many pages of a kind the kernel itself believes to be in memory: it does not ask each processor for
// what that keeps back.
// Linux: get_mm_counter (include/linux/mm.h).
func (st *Stats) LaggingRSS(k RSSKind) uint64 { return uint64(max(0, st.rss.counts[k].known)) }

// KnownResident is Resident, as /proc shows it.
func (st *Stats) KnownResident() uint64 {
	return st.KnownRSS(RSSFile) + st.KnownRSS(RSSAnon) + st.KnownRSS(RSSShmem)
}

// PeakResident is VmHWM, the largest RSS that Linux has seen: it updates the peak only before it unmaps pages, from
// counters that lag.
// Linux: task_mem (fs/proc/task_mmu.c).
func (st *Stats) PeakResident() uint64 { return max(st.rss.peak, st.KnownResident()) }

// addRSS adds n pages. The caller calls noteRSS where Linux updates its counters for the whole batch.
func (st *Stats) addRSS(k RSSKind, n int64) {
	st.RSS[k] += uint64(n)
	st.rss.changed |= 1 << k
}

// noteRSS adds what was counted since its last call to the counters that the peak is read from.
// Linux: add_mm_rss_vec (mm/memory.c).
func (st *Stats) noteRSS() {
	st.rss.settle()
	st.rss.note(&st.RSS, false)
}

// noteDirectly is noteRSS for what no task caches: pages that reclaim took, and those that a userfaultfd was given.
// Linux: try_to_unmap_one (mm/rmap.c), mfill_atomic_install_pte (mm/userfaultfd.c).
func (st *Stats) noteDirectly() { st.rss.note(&st.RSS, false) }

// BeginFault and NoteFault enclose what a fault counts: before 6.2 those counts are cached in the task.
// Linux: check_sync_rss_stat, add_mm_counter_fast (mm/memory.c), until 6.2.
func (st *Stats) BeginFault() {
	if st.rss.keepsBack {
		st.rss.beginFault()
	}
}

// NoteArguments adds n pages of the stack that an execve fills for its next program, and takes them off when that has
// ended: until then the old program is charged with them. Its own pages do not change.
// Linux: acct_arg_size (fs/exec.c).
func (st *Stats) NoteArguments(n int64) { st.rss.counts[RSSAnon].add(st.rss.keepsBack, n) }

// NoteFault ends what BeginFault began.
func (st *Stats) NoteFault() { st.rss.note(&st.RSS, true) }

// KeepBack makes each task cache what its faults count, as until 6.2.
func (st *Stats) KeepBack() { st.rss.keepsBack = true }

// Run says which task runs in the space, nil for none. Pages that one process counts for another's space are never
// cached.
func (st *Stats) Run(t *TaskCounts) (before *TaskCounts) {
	before, st.rss.task = st.rss.task, t
	return before
}

// Leave is called when the process leaves the space.
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

// notePeak updates the peak before pages are unmapped.
// Linux: update_hiwater_rss (include/linux/mm.h).
func (st *Stats) notePeak() { st.rss.notePeak() }

// rss is the resident pages as Linux's own counters have them, from which it reads the peak. They lag: a fault, a zap
// or a fork updates them once per page table, and small changes are cached per CPU. Until 6.2 each task caches what its
// faults count.
//
//	pages come and go  ─→  Stats.RSS       exact, what VmRSS shows here
//	noteRSS            ─→  lagging counts  in steps of 32
//	notePeak           ─→  peak            VmHWM
//
// Linux: rss_stat and hiwater_rss of struct mm_struct (include/linux/mm_types.h).
type rss struct {
	peak      uint64
	changed   uint8          // a bit for each kind of Stats.RSS that changed since the last noteRSS
	noted     [NumRSS]uint64 // Stats.RSS at the last noteRSS
	counts    [NumRSS]laggingCount
	keepsBack bool        // until 6.2
	task      *TaskCounts // of the process that runs; nil where it is one of another space
}

// TaskCounts is what the faults of a task have counted and the space has not yet received.
// Linux: struct task_rss_stat (include/linux/mm_types_task.h), until 6.2.
type TaskCounts struct {
	kept   [NumRSS]int64
	events int // faults since it settled
}

// settledAfter is after how many faults a task adds its counts to the space's.
// Linux: TASK_RSS_EVENTS_THRESH (mm/memory.c), until 6.2.
const settledAfter = 65

// note takes what has changed since it last looked into the counts that programs see. Since 6.2 a CPU keeps a
// small change back until it makes a batch; before, a task keeps what its faults change.
// Linux: percpu_counter_add_batch (lib/percpu_counter.c).
func (r *rss) note(now *[NumRSS]uint64, fault bool) {
	for ; r.changed != 0; r.changed &= r.changed - 1 {
		k := bits.TrailingZeros8(r.changed)
		c, more := &r.counts[k], int64(now[k]-r.noted[k])
		switch {
		case r.keepsBack && fault && r.task != nil:
			r.task.kept[k] += more
		default:
			c.add(r.keepsBack, more)
		}
		r.noted[k] = now[k]
	}
}

// beginFault adds the task's counts to the space's after every settledAfter faults.
func (r *rss) beginFault() {
	if r.task == nil {
		return
	}
	if r.task.events++; r.task.events > settledAfter {
		r.settle()
	}
}

// settle adds the task's cached counts to the space's.
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

// notePeak is VmHWM as the kernel would have it: of the counts that programs see, not of the exact ones.
// Linux: update_hiwater_rss (include/linux/mm.h).
func (r *rss) notePeak() {
	var n int64
	for _, k := range [...]RSSKind{RSSFile, RSSAnon, RSSShmem} {
		n += max(0, r.counts[k].known)
	}
	r.peak = max(r.peak, uint64(n))
}

// laggingCount is a counter of which small changes are cached per CPU.
// Linux: struct percpu_counter (include/linux/percpu_counter.h).
type laggingCount struct{ known, kept int64 }

// keptMost is how large a cached change is when it is added to the counter.
// Linux: percpu_counter_batch (lib/percpu_counter.c), with up to 16 processors.
const keptMost = 32

// addTo keeps a change back until it and those before it make a batch, since 6.2.
func (c *laggingCount) add(exact bool, n int64) {
	if exact {
		c.known += n
		return
	}
	if c.kept += n; c.kept >= keptMost || c.kept <= -keptMost {
		c.known += c.kept
		c.kept = 0
	}
}
