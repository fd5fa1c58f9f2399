package pagecache

import (
	"vmsim/vm/lru"
	"vmsim/vm/phys"
)

// Reclaim takes frames back.
//
//	a frame is needed and few are free     Room: kswapd is woken, or the program reclaims directly
//	a control group is at its limit        Room: the program reclaims from its group, see memgroup.go
//	nothing more can be taken              OutOfMemory: a process is killed
//	a program gives a range up             Age and PageOut: MADV_COLD and MADV_PAGEOUT, see pageout.go
//
// scan.go decides how many pages of which list are scanned, shrinkfolio.go what happens to each page, and workingset.go
// whether a refaulting page becomes active. A machine may have a Replacer, which chooses the victims instead. An
// example with numbers: 64 MiB are 16384 frames. WatermarksOf gives Min 256, Low 320 and High 384 pages: 1, 1.25 and
// 1.5 MiB. A program allocates freely until 320 frames are left; then kswapd is woken, and reclaims until more than 384
// are free. Only a program that is faster than kswapd, and comes down to 256, reclaims itself.
// Linux: mm/vmscan.c.
type Reclaim struct {
	// Swappiness weighs swapping against dropping pages of files, from 0 to 200: vm.swappiness.
	Swappiness uint64
	// Limit is how many pages the programs' control group may have; 0 for no limit. Linux: memory.max.
	Limit uint64
	// High is how many pages the group may have before its programs reclaim and wait; 0 for no such limit. With it
	// Limit is not 0. Linux: memory.high.
	High uint64
	// Others is how many active pages of files belong to other programs of the machine: 0, except in a comparison with
	// a real machine.
	Others uint64
	// Marks are the watermarks of the machine's memory.
	Marks Watermarks
	// OutOfMemory kills a process, one of the control group if the group is at its limit, and reports whether the
	// caller should wait for memory. It is false if it killed the caller. nil kills none.
	// Linux: out_of_memory (mm/oom_kill.c).
	OutOfMemory func(Shortage) bool
	Events      ReclaimEvents

	cache          *Cache
	swap           *SwapCache // nil for a machine without a swap area
	groups         [2]groupState
	stock          uint64 // pages that are charged to the control group ahead of need
	heads          headCharges
	over           uint64 // pages charged over memory.high since the program was last in user space
	short          bool   // memory has been short, or may be, so Room must check
	reclaims       bool   // reclaim is in progress: its own allocations do not reclaim
	awake          bool   // kswapd has been woken
	kswapdFailures int    // how often in a row kswapd has freed nothing
	replacement
}

// Shortage says whose memory is short.
// Linux: struct oom_control (include/linux/oom.h).
type Shortage uint8

// The shortages.
const (
	NoFrames   Shortage = iota // the machine's
	AtTheLimit                 // the control group's
)

// ReclaimEvents counts what reclaim did, in pages. Counters only grow. Pages of a large folio count one by one.
// Linux: struct vm_event_state (include/linux/vmstat.h) and node_stat_item (include/linux/mmzone.h).
type ReclaimEvents struct {
	ScannedDirect, ScannedKswapd   uint64    // Linux: PGSCAN_DIRECT, PGSCAN_KSWAPD
	StolenDirect, StolenKswapd     uint64    // Linux: PGSTEAL_DIRECT, PGSTEAL_KSWAPD
	Scanned, Stolen                [2]uint64 // of private pages and of files'; Linux: PGSCAN_ANON, PGSTEAL_ANON, …
	Refilled                       uint64    // active pages that were scanned; Linux: PGREFILL
	Refaulted, Activated, Restored [2]uint64 // Linux: WORKINGSET_REFAULT_ANON, …
	Stalls                         uint64    // direct reclaims; Linux: ALLOCSTALL_*
	KswapdRuns                     uint64    // Linux: PAGEOUTRUN
	Written                        uint64    // pages that reclaim wrote itself; Linux: NR_VMSCAN_WRITE
	Deferred                       uint64    // dirty pages left to the flusher; Linux: NR_VMSCAN_IMMEDIATE
	AtLimit                        uint64    // how often the control group was at its limit; Linux: MEMCG_MAX
	OverHigh                       uint64    // reclaims since it was over memory.high; Linux: MEMCG_HIGH
	HighDelays                     uint64    // how often a program had to wait since it was; Linux: none
	Kills                          uint64    // Linux: OOM_KILL
	SwapAhead, SwapAheadHits       uint64    // read ahead, and used of these; Linux: SWAP_RA, SWAP_RA_HIT
	SwappedIn, SwappedOut          uint64    // pages read from and written to the swap area; Linux: PSWPIN, PSWPOUT
	ZerosIn, ZerosOut              uint64    // pages of zeros, not counted there; Linux: SWPIN_ZERO, SWPOUT_ZERO
}

// The two types of pages, as indexes.
const (
	anonPages = iota
	filePages
)

// Watch makes the lists keep their order from the start, for a machine that will be short of memory. Without it they
// begin when memory first runs short.
func (r *Reclaim) Watch() {
	r.cache.LRU.KeepOrder()
	r.short = true
}

// reclaimable reports whether clean pages of the file can be freed, since the disk has them.
func (m *Mapping) reclaimable() bool { return m.ops.disk() != nil }

// reclaimBatch is how many pages reclaim frees at a time, so that the next few allocations need not reclaim.
// Linux: SWAP_CLUSTER_MAX (include/linux/swap.h).
const reclaimBatch = 32

// Need says how urgent a frame is. Readahead must not push out pages that are in use for pages that may never be used.
// Linux: __GFP_NORETRY (include/linux/gfp_types.h).
type Need uint8

// The needs.
const (
	MustHave   Need = iota // it does not fail: the OOM killer frees memory
	IfEasy                 // it may fail: readahead
	CannotFail             // the limit gives way: what the kernel must have; Linux: __GFP_NOFAIL
)

// Room makes n frames free and charges them to the control group, and reclaims if it must. It is false if that fails.
// The caller allocates the frames right after it. In Linux both are one step; here the pool in phys knows nothing of
// reclaim. The charge comes first: a program at the limit of its group gets no frame, however many are free.
// Linux: __alloc_pages_slowpath (mm/page_alloc.c), try_charge_memcg (mm/memcontrol.c).
func (r *Reclaim) Room(n uint64, need Need) bool { return r.room(n, need, need) }

// room is Room with different urgency for the charge and for the frames.
func (r *Reclaim) room(n uint64, place, frames Need) bool {
	if r.Plenty(n) {
		return true
	}
	if r.reclaims {
		return r.cache.Memory.Free() >= n
	}
	if !r.short {
		r.Watch()
	}
	return r.charge(n, place) && r.allocate(n, frames)
}

// KernelFrame allocates a frame for the kernel itself, which counts to no control group: one of a pipe, or of [vdso].
// It is nil if no memory is left.
// Linux: alloc_page (include/linux/gfp.h).
func (r *Reclaim) KernelFrame(owner phys.Owner, index uint64, fl phys.Flags) *phys.Frame {
	if !r.Plenty(1) && !r.reclaims {
		if !r.short {
			r.Watch()
		}
		if !r.allocate(1, MustHave) {
			return nil
		}
	}
	return r.cache.Memory.Alloc(owner, index, fl)
}

// Plenty reports whether n frames are available without reclaim. It is the fast path of every allocation, one
// comparison on a machine that has never been short.
// Linux: zone_watermark_fast (mm/page_alloc.c).
func (r *Reclaim) Plenty(n uint64) bool {
	return !r.short && r.cache.Memory.Free() >= max(n, r.Marks.Low)
}

// Charge charges a frame that was just allocated to the programs' control group.
// Linux: commit_charge (mm/memcontrol.c).
func (r *Reclaim) Charge(f *phys.Frame) {
	if r.Limit > 0 {
		r.cache.LRU.Charge(f)
	}
}

// allocate makes n frames free. Between Low and Min a program allocates at once and kswapd works beside it; below Min
// the program has to reclaim itself.
// Linux: __alloc_pages_slowpath (mm/page_alloc.c).
func (r *Reclaim) allocate(n uint64, need Need) bool {
	memory := r.cache.Memory
	if memory.Free() >= n+r.Marks.Low {
		return true
	}
	r.wake()
	for fruitless := 0; memory.Free() < n+r.Marks.Min; {
		if r.direct(n) > 0 {
			fruitless = 0
			if need == IfEasy {
				break
			}
			continue
		}
		if need == IfEasy {
			return false
		}
		if fruitless++; fruitless <= maxRetries {
			r.waitForWrites()
			continue
		}
		if r.OutOfMemory == nil || !r.OutOfMemory(NoFrames) {
			return memory.Free() >= n && r.OutOfMemory == nil
		}
		fruitless = 0
	}
	return memory.Free() >= n
}

// waitForWrites waits for the disk and runs the flusher, since pages that are being read or are dirty cannot be freed.
// Linux: should_reclaim_retry (mm/page_alloc.c), which waits for that.
func (r *Reclaim) waitForWrites() {
	r.cache.LRU.Drain() // a small machine may have all its pages in a batch
	r.cache.waitAll()
	r.cache.Writer.writeAll()
}

// maxRetries is how often reclaim may fail before a process is killed.
// Linux: MAX_RECLAIM_RETRIES (mm/internal.h).
const maxRetries = 16

// direct reclaims pages of the whole machine for an allocation, and says how many it freed. The program that needs the
// page does the work itself, and waits for it. That is the price of being faster than kswapd.
// Linux: try_to_free_pages (mm/vmscan.c).
func (r *Reclaim) direct(n uint64) uint64 {
	r.Events.Stalls++
	if r.policy != nil {
		return r.takeChosen(n, lru.Everyone)
	}
	s := scan{Reclaim: r, want: max(n, reclaimBatch), maySwap: true, group: lru.Everyone}
	return s.run()
}
