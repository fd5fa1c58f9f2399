package vm

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

// PeakResident is the most pages that were in memory, as far as Linux knows it: it looks only before pages go away, and
// then at counters that lag.
// Linux: task_mem (fs/proc/task_mmu.c).
func (st *Stats) PeakResident() uint64 { return max(st.rss.peak, st.Resident()) }

// addRSS counts n pages more. NoteRSS has to follow when the kernel is done with what it counts in one go.
func (st *Stats) addRSS(k RSSKind, n int64) { st.RSS[k] += uint64(n) }

// NoteRSS hands what was counted since the last time to the counters that the peak is taken from.
// Linux: add_mm_rss_vec (mm/memory.c).
func (st *Stats) NoteRSS() { st.rss.note(&st.RSS) }

// notePeak looks how many pages there are, before some go away.
// Linux: update_hiwater_rss (include/linux/mm.h).
func (st *Stats) notePeak() { st.rss.notePeak() }

// rss is the resident pages as Linux's own counters have them, from which it takes the peak. They lag: a fault, a zap
// or a fork counts its pages when it is done with a table of entries, and the processor keeps small changes back.
//
//	pages come and go  ─→  Stats.RSS       exact, what VmRSS shows here
//	NoteRSS            ─→  lagging counts  in steps of 32
//	notePeak           ─→  peak            VmHWM
//
// Linux: rss_stat and hiwater_rss of struct mm_struct (include/linux/mm_types.h).
type rss struct {
	peak   uint64
	noted  [NumRSS]uint64 // of Stats.RSS, what the counts below have been given
	counts [NumRSS]laggingCount
}

func (r *rss) note(now *[NumRSS]uint64) {
	for k, n := range now {
		if n != r.noted[k] {
			r.counts[k].add(int64(n - r.noted[k]))
			r.noted[k] = n
		}
	}
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
