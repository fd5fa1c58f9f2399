package lru

import "vmsim/vm/phys"

// Lists are the LRU lists of a machine, with the changes that its processor has batched. Which list a frame is on
// follows from its flags alone, so the counts of /proc follow from the frames, and moving a frame means changing
// its flags. Only a machine that may run short keeps the order as well.
// Linux: struct lruvec (include/linux/mmzone.h) with struct cpu_fbatches (mm/swap.c) and struct mlock_fbatch
// (mm/mlock.c).
type Lists struct {
	Events Events
	// Generations is for a kernel with the multi-generational LRU: a frame that is used again stays referenced and is
	// not activated. The generations themselves are left out.
	// Linux: lru_gen_enabled (include/linux/mmzone.h).
	Generations bool
	// Faulting marks added frames as used: a fault adds them.
	// Linux: lru_gen_in_fault (include/linux/mm_inline.h), since 7.2.
	Faulting bool
	// Added is called for each private frame that comes onto the lists, where it is not nil.
	Added func(*phys.Frame)

	memory     *phys.Memory
	adding     [batchSize]uint32 // numbers of frames that were added; a frame that was freed since is still among them
	added      int               // how many of adding are in use
	activating []*phys.Frame     // frames to activate
	locking    []lockChange      // mlock and munlock, in the order they came
	locks      map[phys.PFN]int  // of unevictable frames: how many locked areas map each, as Linux counts them

	order   *order // nil for a machine that is never short of memory
	charged uint64 // frames that count to the control group

	copies map[phys.PFN]*phys.Frame // frames to change instead of the real ones; nil except within View
}

// New makes the lists of a machine's memory. A frame that is freed leaves them.
func New(m *phys.Memory) *Lists {
	l := &Lists{memory: m, locks: map[phys.PFN]int{}}
	m.Freeing = l.free
	return l
}

// Memory is the memory whose frames the lists hold.
func (l *Lists) Memory() *phys.Memory { return l.memory }

// List names a list.
// Linux: enum lru_list (include/linux/mmzone.h).
type List uint8

// The lists.
const (
	NoList List = iota
	InactiveAnon
	ActiveAnon
	InactiveFile
	ActiveFile
	Unevictable
)

// String is the list's name in /proc/vmstat, with a space.
func (l List) String() string {
	return [...]string{"none", "inactive anon", "active anon", "inactive file", "active file", "unevictable"}[l]
}

// ListOf is the list that a frame with the given flags is on, or is queued for.
// Linux: folio_lru_list (include/linux/mm_inline.h).
func ListOf(fl phys.Flags) List {
	switch {
	case !fl.Has(phys.LRU):
		return NoList
	case fl.Has(phys.Unevictable):
		return Unevictable
	}
	list := InactiveFile
	if fl.Has(phys.SwapBacked) {
		list = InactiveAnon
	}
	if fl.Has(phys.Active) {
		list++
	}
	return list
}

// Accessed notes that a file's or a swapped-in page was used other than through a page table, and with it its folio:
// the first time marks it referenced, the second time activates it. One use says little: a scan of a large file uses
// each page once. Two uses while a page is inactive make it active. The flag Referenced is the first use, as it was the
// second chance of a clock.
// Linux: folio_mark_accessed, lru_gen_inc_refs (mm/swap.c).
func (l *Lists) Accessed(f *phys.Frame) { l.each(f, (*Lists).accessed) }

// accessed is Accessed for one page of a folio.
func (l *Lists) accessed(f *phys.Frame) {
	switch {
	case l.Generations:
		if !f.Has(phys.Unevictable) {
			f.Set(phys.Referenced)
		}
	case !f.Has(phys.Referenced):
		f.Set(phys.Referenced)
	case f.Flags&(phys.Unevictable|phys.Active) == 0:
		l.activate(f)
		f.Clear(phys.Referenced)
		l.age(f, 1)
	}
}

// KeepActive activates a frame that reclaim could not free, so that reclaim does not try it again soon.
// Linux: activate_locked of shrink_folio_list (mm/vmscan.c).
func (l *Lists) KeepActive(f *phys.Frame) {
	f.Set(phys.Active)
	l.Events.Activated++
	l.replace(f)
}

// Deactivate makes a frame look unused and moves it to its inactive list. MADV_COLD: the page stays, and is the first
// to be examined when memory is short.
// Linux: folio_deactivate, lru_deactivate (mm/swap.c).
func (l *Lists) Deactivate(f *phys.Frame) {
	if l.Isolate(f) {
		l.Events.Deactivated++
	}
}

// DeactivateFile makes a folio that was to leave the cache of a file, and could not, look unused.
// Linux: deactivate_file_folio, lru_deactivate_file (mm/swap.c).
func (l *Lists) DeactivateFile(f *phys.Frame) {
	if f.Has(phys.Active) {
		l.Events.Deactivated += uint64(1) << f.Order()
	}
	l.each(f, func(_ *Lists, x *phys.Frame) { x.Clear(phys.Active | phys.Referenced) })
	l.replace(f)
}

// Isolate makes a frame look unused to reclaim, which is about to try to free it. It reports whether the frame was
// active.
// Linux: madvise_cold_or_pageout_pte_range (mm/madvise.c), folio_isolate_lru (mm/vmscan.c).
func (l *Lists) Isolate(f *phys.Frame) (active bool) {
	f.Clear(phys.Referenced)
	if active = f.Flags&(phys.Unevictable|phys.Active) == phys.Active; active {
		f.Clear(phys.Active)
		l.replace(f)
	}
	return active
}

// LazyFree moves a private frame whose content may be lost to the inactive list of files, where reclaim frees it
// without swap. MADV_FREE: such a page is clean by agreement. A store makes it dirty, and reclaim then gives it back to
// the swap-backed ones.
// Linux: folio_mark_lazyfree, lru_lazyfree (mm/swap.c).
func (l *Lists) LazyFree(f *phys.Frame) {
	const onList = phys.SwapBacked | phys.LRU
	if f.Flags&(onList|phys.Unevictable) == onList {
		f.Clear(phys.SwapBacked | phys.Referenced | phys.Active)
		l.Events.LazyFreed++
		l.replace(f)
	}
}

// free takes a frame that is about to be free off the lists. Its batched changes are applied first, since they are
// counted; its places in the batches stay occupied. A frame may be freed while it still waits in a batch: Linux holds a
// reference for the batch, the model leaves an empty place instead, with the same effect on when the batch is full. New
// frames go onto their lists before locks are applied, so that a locked one is unevictable for that long.
// Linux: __page_cache_release (mm/swap.c), free_pages_prepare (mm/page_alloc.c).
func (l *Lists) free(f *phys.Frame) {
	if len(l.locking)+len(l.activating) > 0 {
		if f.Flags&(phys.Mlocked|phys.Unevictable) == phys.Mlocked && l.isNew(f) {
			l.Cull(f)
		}
		l.drainFrame(f)
	}
	if l.order != nil {
		l.forget(f)
	}
	if f.Flags&(phys.Mlocked|phys.Unevictable) == 0 {
		return
	}
	if f.Has(phys.Mlocked) {
		l.Events.Cleared++
	}
	delete(l.locks, f.PFN())
}
