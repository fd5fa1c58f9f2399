package procfs

import (
	"fmt"
	"strings"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// vmstatNames are the counters of /proc/vmstat in the order of Linux 6.18.
// Linux: vmstat_text (mm/vmstat.c).
var vmstatNames = strings.Fields(`
nr_free_pages nr_free_pages_blocks nr_zone_inactive_anon nr_zone_active_anon nr_zone_inactive_file nr_zone_active_file 
nr_zone_unevictable nr_zone_write_pending nr_mlock nr_zspages nr_free_cma numa_hit numa_miss numa_foreign 
numa_interleave numa_local numa_other nr_inactive_anon nr_active_anon nr_inactive_file nr_active_file nr_unevictable 
nr_slab_reclaimable nr_slab_unreclaimable nr_isolated_anon nr_isolated_file workingset_nodes workingset_refault_anon 
workingset_refault_file workingset_activate_anon workingset_activate_file workingset_restore_anon 
workingset_restore_file workingset_nodereclaim nr_anon_pages nr_mapped nr_file_pages nr_dirty nr_writeback nr_shmem 
nr_shmem_hugepages nr_shmem_pmdmapped nr_file_hugepages nr_file_pmdmapped nr_anon_transparent_hugepages nr_vmscan_write 
nr_vmscan_immediate_reclaim nr_dirtied nr_written nr_throttled_written nr_kernel_misc_reclaimable nr_foll_pin_acquired 
nr_foll_pin_released nr_kernel_stack nr_page_table_pages nr_sec_page_table_pages nr_iommu_pages nr_swapcached 
pgpromote_success pgpromote_candidate pgpromote_candidate_nrl pgdemote_kswapd pgdemote_direct pgdemote_khugepaged 
pgdemote_proactive nr_hugetlb nr_balloon_pages nr_kernel_file_pages nr_dirty_threshold nr_dirty_background_threshold 
nr_memmap_pages nr_memmap_boot_pages pgpgin pgpgout pswpin pswpout pgalloc_dma pgalloc_dma32 pgalloc_normal 
pgalloc_movable pgalloc_device allocstall_dma allocstall_dma32 allocstall_normal allocstall_movable allocstall_device 
pgskip_dma pgskip_dma32 pgskip_normal pgskip_movable pgskip_device pgfree pgactivate pgdeactivate pglazyfree pgfault 
pgmajfault pglazyfreed pgrefill pgreuse pgsteal_kswapd pgsteal_direct pgsteal_khugepaged pgsteal_proactive 
pgscan_kswapd pgscan_direct pgscan_khugepaged pgscan_proactive pgscan_direct_throttle pgscan_anon pgscan_file 
pgsteal_anon pgsteal_file zone_reclaim_success zone_reclaim_failed pginodesteal slabs_scanned kswapd_inodesteal 
kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly pageoutrun pgrotated drop_pagecache drop_slab oom_kill 
numa_pte_updates numa_huge_pte_updates numa_hint_faults numa_hint_faults_local numa_pages_migrated pgmigrate_success 
pgmigrate_fail thp_migration_success thp_migration_fail thp_migration_split compact_migrate_scanned 
compact_free_scanned compact_isolated compact_stall compact_fail compact_success compact_daemon_wake 
compact_daemon_migrate_scanned compact_daemon_free_scanned htlb_buddy_alloc_success htlb_buddy_alloc_fail 
unevictable_pgs_culled unevictable_pgs_scanned unevictable_pgs_rescued unevictable_pgs_mlocked 
unevictable_pgs_munlocked unevictable_pgs_cleared unevictable_pgs_stranded thp_fault_alloc thp_fault_fallback 
thp_fault_fallback_charge thp_collapse_alloc thp_collapse_alloc_failed thp_file_alloc thp_file_fallback 
thp_file_fallback_charge thp_file_mapped thp_split_page thp_split_page_failed thp_deferred_split_page 
thp_underused_split_page thp_split_pmd thp_scan_exceed_none_pte thp_scan_exceed_swap_pte thp_scan_exceed_share_pte 
thp_split_pud thp_zero_page_alloc thp_zero_page_alloc_failed thp_swpout thp_swpout_fallback balloon_inflate 
balloon_deflate balloon_migrate swap_ra swap_ra_hit swpin_zero swpout_zero ksm_swpin_copy cow_ksm zswpin zswpout zswpwb 
direct_map_level2_splits direct_map_level3_splits direct_map_level2_collapses direct_map_level3_collapses nr_unstable `)

// CounterNames are the names of /proc/vmstat that the model counts.
func CounterNames() (names []string) {
	for _, n := range vmstatNames {
		if vmstats[n] != nil || frameCounters[n] != nil || lruEvents[n] != nil || reclaimEvents[n] != nil {
			names = append(names, n)
		}
	}
	return names
}

// frameKind says whether a frame with the given flags, which may be others than its own, is of a kind.
type frameKind func(f *phys.Frame, fl phys.Flags) bool

// frameCounters are the counters that say how many frames are of a kind.
var frameCounters = map[string]frameKind{
	"nr_active_anon": activeAnon, "nr_inactive_anon": inactiveAnon, "nr_active_file": activeFile,
	"nr_inactive_file": inactiveFile,
	"nr_unevictable":   unevictable, "nr_anon_pages": mappedAnon, "nr_mapped": mappedFile, "nr_file_pages": cached,
	"nr_shmem": shared, "nr_dirty": dirty, "nr_writeback": writeback, "nr_swapcached": swapCached, "nr_mlock": mlocked,
}

// vmstats are the other counters that the model keeps; what the file has besides is 0.
var vmstats = map[string]func(m *Machine) uint64{
	"nr_free_pages":       func(m *Machine) uint64 { return m.Memory.Free() },
	"nr_page_table_pages": (*Machine).tablePages,
	"nr_hugetlb":          func(m *Machine) uint64 { return m.Huge.InUse() * phys.HugeFrames },
	"nr_dirtied":          func(m *Machine) uint64 { return m.Log.Count(trace.PageDirtied) },
	"nr_written":          func(m *Machine) uint64 { return m.Log.Count(trace.WritebackEnded) },
	"pgfault":             func(m *Machine) uint64 { return m.Faults.Faults },
	"pgmajfault":          func(m *Machine) uint64 { return m.Log.Count(trace.FaultMajor) },
	"pgreuse":             func(m *Machine) uint64 { return m.Faults.Reused },
	"pgpgin":              func(m *Machine) uint64 { return m.Log.Bytes(trace.DMAIn) / 1024 },
	"pgpgout":             func(m *Machine) uint64 { return m.Log.Bytes(trace.DMAOut) / 1024 },
}

// reclaimEvents are the counters of what reclaim did.
var reclaimEvents = map[string]func(e *pagecache.ReclaimEvents) uint64{
	"swap_ra":                     func(e *pagecache.ReclaimEvents) uint64 { return e.SwapAhead },
	"swap_ra_hit":                 func(e *pagecache.ReclaimEvents) uint64 { return e.SwapAheadHits },
	"pswpin":                      func(e *pagecache.ReclaimEvents) uint64 { return e.SwappedIn },
	"pswpout":                     func(e *pagecache.ReclaimEvents) uint64 { return e.SwappedOut },
	"swpin_zero":                  func(e *pagecache.ReclaimEvents) uint64 { return e.ZerosIn },
	"swpout_zero":                 func(e *pagecache.ReclaimEvents) uint64 { return e.ZerosOut },
	"pgscan_direct":               func(e *pagecache.ReclaimEvents) uint64 { return e.ScannedDirect },
	"pgscan_kswapd":               func(e *pagecache.ReclaimEvents) uint64 { return e.ScannedKswapd },
	"pgsteal_direct":              func(e *pagecache.ReclaimEvents) uint64 { return e.StolenDirect },
	"pgsteal_kswapd":              func(e *pagecache.ReclaimEvents) uint64 { return e.StolenKswapd },
	"pgscan_anon":                 func(e *pagecache.ReclaimEvents) uint64 { return e.Scanned[0] },
	"pgscan_file":                 func(e *pagecache.ReclaimEvents) uint64 { return e.Scanned[1] },
	"pgsteal_anon":                func(e *pagecache.ReclaimEvents) uint64 { return e.Stolen[0] },
	"pgsteal_file":                func(e *pagecache.ReclaimEvents) uint64 { return e.Stolen[1] },
	"pgrefill":                    func(e *pagecache.ReclaimEvents) uint64 { return e.Refilled },
	"workingset_refault_anon":     func(e *pagecache.ReclaimEvents) uint64 { return e.Refaulted[0] },
	"workingset_refault_file":     func(e *pagecache.ReclaimEvents) uint64 { return e.Refaulted[1] },
	"workingset_activate_anon":    func(e *pagecache.ReclaimEvents) uint64 { return e.Activated[0] },
	"workingset_activate_file":    func(e *pagecache.ReclaimEvents) uint64 { return e.Activated[1] },
	"workingset_restore_anon":     func(e *pagecache.ReclaimEvents) uint64 { return e.Restored[0] },
	"workingset_restore_file":     func(e *pagecache.ReclaimEvents) uint64 { return e.Restored[1] },
	"allocstall_normal":           func(e *pagecache.ReclaimEvents) uint64 { return e.Stalls },
	"pageoutrun":                  func(e *pagecache.ReclaimEvents) uint64 { return e.KswapdRuns },
	"nr_vmscan_write":             func(e *pagecache.ReclaimEvents) uint64 { return e.Written },
	"nr_vmscan_immediate_reclaim": func(e *pagecache.ReclaimEvents) uint64 { return e.Deferred },
	"oom_kill":                    func(e *pagecache.ReclaimEvents) uint64 { return e.Kills },
}

// lruEvents are the counters of moves between the lists that reclaim scans.
var lruEvents = map[string]func(e *lru.Events) uint64{
	"pgactivate":                func(e *lru.Events) uint64 { return e.Activated },
	"pgdeactivate":              func(e *lru.Events) uint64 { return e.Deactivated },
	"pglazyfree":                func(e *lru.Events) uint64 { return e.LazyFreed },
	"pgrotated":                 func(e *lru.Events) uint64 { return e.Rotated },
	"pglazyfreed":               func(e *lru.Events) uint64 { return e.LazyDropped },
	"unevictable_pgs_culled":    func(e *lru.Events) uint64 { return e.Culled },
	"unevictable_pgs_rescued":   func(e *lru.Events) uint64 { return e.Rescued },
	"unevictable_pgs_mlocked":   func(e *lru.Events) uint64 { return e.Mlocked },
	"unevictable_pgs_munlocked": func(e *lru.Events) uint64 { return e.Munlocked },
	"unevictable_pgs_cleared":   func(e *lru.Events) uint64 { return e.Cleared },
	"unevictable_pgs_stranded":  func(*lru.Events) uint64 { return 0 },
}

// Counter is a counter of /proc/vmstat; ok is false for a name that the model does not count.
func (m *Machine) Counter(name string) (v uint64, ok bool) {
	var out [1]uint64
	err := m.Counters([]string{name}, out[:])
	return out[0], err == nil
}

// Counters fills out with the counters by those names, as a kernel with empty batches has them; one that the model does
// not count is an error, and 0.
func (m *Machine) Counters(names []string, out []uint64) (err error) {
	lists := m.LRU.View()
	kinds := make([]frameKind, len(names))
	for i, n := range names {
		out[i], kinds[i] = 0, frameCounters[n]
		if kinds[i] != nil {
			continue
		}
		v, ok := m.event(n, &lists.Events)
		if out[i] = v; !ok {
			err = fmt.Errorf("the model does not count %s", n)
		}
	}
	m.Memory.EachUsed(func(f *phys.Frame) {
		fl := lists.Flags(f)
		for i, is := range kinds {
			if is != nil && is(f, fl) {
				out[i]++
			}
		}
	})
	return err
}

// event is a counter that is no number of frames; ok is false for a name that the model does not count.
func (m *Machine) event(name string, lists *lru.Events) (v uint64, ok bool) {
	switch {
	case lruEvents[name] != nil:
		return lruEvents[name](lists), true
	case reclaimEvents[name] != nil:
		return reclaimEvents[name](m.Reclaim), true
	case vmstats[name] != nil:
		return vmstats[name](m), true
	}
	return 0, false
}

// VMStat is the text of /proc/vmstat.
// Linux: vmstat_show (mm/vmstat.c).
func (m *Machine) VMStat() string {
	var b strings.Builder
	values := make([]uint64, len(vmstatNames))
	_ = m.Counters(vmstatNames, values) // what is not counted is 0
	for i, n := range vmstatNames {
		fmt.Fprintf(&b, "%s %d\n", n, values[i])
	}
	return b.String()
}

// frames is how many frames are of a kind.
func (m *Machine) frames(is frameKind) (n uint64) {
	lists := m.LRU.View()
	m.Memory.EachUsed(func(f *phys.Frame) {
		if is(f, lists.Flags(f)) {
			n++
		}
	})
	return n
}

func ofFile(f *phys.Frame) bool {
	_, ok := f.Owner.(*pagecache.Mapping)
	return ok
}

// inCache reports whether the frame is a page of a file's cache. One that was truncated, and that a pipe still holds,
// is not.
func inCache(f *phys.Frame) bool {
	m, ok := f.Owner.(*pagecache.Mapping)
	return ok && m.Holds(f)
}

// mappedAnon leaves huge pages out: those of a pool are in nr_hugetlb alone.
// Linux: hugetlb_add_new_anon_rmap (mm/rmap.c).
func mappedAnon(f *phys.Frame, fl phys.Flags) bool {
	return fl.Has(phys.Anon) && !fl.Has(phys.Huge) && f.Maps() > 0
}
func mappedFile(f *phys.Frame, _ phys.Flags) bool { return ofFile(f) && f.Maps() > 0 }
func cached(f *phys.Frame, fl phys.Flags) bool    { return inCache(f) || fl.Has(phys.SwapCached) }
func shared(f *phys.Frame, fl phys.Flags) bool    { return inCache(f) && fl.Has(phys.SwapBacked) }
func dirty(f *phys.Frame, fl phys.Flags) bool {
	return ofFile(f) && fl&(phys.SwapBacked|phys.Dirty) == phys.Dirty
}
func writeback(f *phys.Frame, fl phys.Flags) bool  { return ofFile(f) && fl.Has(phys.Writeback) }
func swapCached(_ *phys.Frame, fl phys.Flags) bool { return fl.Has(phys.SwapCached) }
func mlocked(_ *phys.Frame, fl phys.Flags) bool    { return fl.Has(phys.Mlocked) }

func unevictable(_ *phys.Frame, fl phys.Flags) bool  { return fl.Has(phys.Unevictable) }
func activeAnon(_ *phys.Frame, fl phys.Flags) bool   { return lru.ListOf(fl) == lru.ActiveAnon }
func inactiveAnon(_ *phys.Frame, fl phys.Flags) bool { return lru.ListOf(fl) == lru.InactiveAnon }
func activeFile(_ *phys.Frame, fl phys.Flags) bool   { return lru.ListOf(fl) == lru.ActiveFile }
func inactiveFile(_ *phys.Frame, fl phys.Flags) bool { return lru.ListOf(fl) == lru.InactiveFile }

// tablePages is how many pages the page tables of all processes take, the top ones included.
func (m *Machine) tablePages() (n uint64) {
	m.Spaces(func(s *vm.Space) { n += s.Table().Pages() })
	return n
}
