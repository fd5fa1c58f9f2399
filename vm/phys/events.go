package phys

// Events are what the machine has counted and no step of the log tells by itself: of one kind of step only some are such.
// Linux: struct vm_event_state (include/linux/vmstat.h).
type Events struct {
	Faults     uint64 // faults that were worked on, the failed ones too; Linux: PGFAULT
	Reused     uint64 // entries that a store's fault made writable as they were; Linux: PGREUSE
	GivenUp    uint64 // private frames whose content may be lost from now on; Linux: PGLAZYFREE
	Lost       uint64 // those of them that reclaim has taken; Linux: PGLAZYFREED
	Activated  uint64 // frames that became active, of those that were on a list; Linux: PGACTIVATE
	Unused     uint64 // frames that were active and are not any more, since nobody uses them; Linux: PGDEACTIVATE
	Locked     uint64 // frames that were locked first; Linux: UNEVICTABLE_PGMLOCKED
	Unlocked   uint64 // frames that nobody locks any more; Linux: UNEVICTABLE_PGMUNLOCKED
	Cleared    uint64 // frames that were free again while they were locked; Linux: UNEVICTABLE_PGCLEARED
	Isolated   uint64 // frames that left the lists which reclaim looks at; Linux: UNEVICTABLE_PGCULLED
	Reinserted uint64 // frames that came back to them; Linux: UNEVICTABLE_PGRESCUED
}
