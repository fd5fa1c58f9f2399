package lru

// Events counts moves between the lists. They count frames, so a folio of 512 pages counts 512. Activations, culls and
// rescues are counted when their batch is drained, not when they are queued.
// Linux: struct vm_event_state (include/linux/vmstat.h).
type Events struct {
	Activated   uint64 // inactive frames that became active; Linux: PGACTIVATE
	Deactivated uint64 // active frames that became inactive, but for reclaim's; Linux: PGDEACTIVATE
	LazyFreed   uint64 // private frames that MADV_FREE has let reclaim drop; Linux: PGLAZYFREE
	LazyDropped uint64 // of these, frames that reclaim dropped; Linux: PGLAZYFREED
	Mlocked     uint64 // frames that a first locked area mapped; Linux: UNEVICTABLE_PGMLOCKED
	Munlocked   uint64 // frames that the last locked area unmapped; Linux: UNEVICTABLE_PGMUNLOCKED
	Cleared     uint64 // frames that were freed while mlocked; Linux: UNEVICTABLE_PGCLEARED
	Culled      uint64 // frames that became unevictable; Linux: UNEVICTABLE_PGCULLED
	Rescued     uint64 // frames that became evictable again; Linux: UNEVICTABLE_PGRESCUED
	Rotated     uint64 // frames that were moved to the end once they were written back; Linux: PGROTATED
}
