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
func (st *Stats) PeakResident() uint64 { return max(st.peakRSS, st.Resident()) }

// addRSS counts n pages more. NoteRSS has to follow when the kernel is done with what it counts in one go.
func (st *Stats) addRSS(k RSSKind, n int64) { st.RSS[k] += uint64(n) }

// NoteRSS hands what was counted since the last time to the counters that the peak is taken from.
// Linux: add_mm_rss_vec (mm/memory.c).
func (st *Stats) NoteRSS() {
	for k, n := range st.RSS {
		if n != st.noted[k] {
			st.lagging[k].add(int64(n - st.noted[k]))
			st.noted[k] = n
		}
	}
}

// notePeak looks how many pages there are, before some go away.
// Linux: update_hiwater_rss (include/linux/mm.h).
func (st *Stats) notePeak() {
	var n int64
	for _, k := range [...]RSSKind{RSSFile, RSSAnon, RSSShmem} {
		n += max(0, st.lagging[k].known)
	}
	st.peakRSS = max(st.peakRSS, uint64(n))
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
