package pagecache

import (
	"fmt"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// SwapCache is the swap area and the pages that are on their way to it or from it. A page that was written out stays
// here, unmapped, until its frame is needed: whoever touches it before that gets it back without any reading.
// Linux: struct swap_info_struct (include/linux/swap.h), the swap cache (mm/swap_state.c).
type SwapCache struct {
	Memory *phys.Memory
	Log    *trace.Log

	lists *lru.Lists
	slots []swapSlot // by entry; 0 is none
	next  vm.SwapEntry
	free  []vm.SwapEntry
	used  uint64
	at    map[phys.PFN]vm.SwapEntry // where the frames of the swap cache have their place
}

// swapSlot is one page's place in the swap area. It is taken while entries refer to it or a frame in the cache holds
// it.
type swapSlot struct {
	count int         // page-table entries that refer to it
	frame *phys.Frame // while the page is in the swap cache, which holds a reference
	data  *[vm.PageSize]byte
	mask  *phys.Mask // of data; nil for none
}

// NewSwapCache makes a swap area of the given number of pages.
func NewSwapCache(lists *lru.Lists, log *trace.Log, pages uint64) *SwapCache {
	return &SwapCache{Memory: lists.Memory(), Log: log, lists: lists, slots: make([]swapSlot, pages+1), next: 1, at: map[phys.PFN]vm.SwapEntry{}}
}

// Total and used pages of the swap area.
func (c *SwapCache) Total() uint64 { return uint64(len(c.slots)) - 1 }

// Used is how many places of the swap area are taken.
func (c *SwapCache) Used() uint64 { return c.used }

// LookUp is the frame that holds the page of entry e, with a reference; nil where it is not in the swap cache.
// Linux: swap_cache_get_folio (mm/swap_state.c).
func (c *SwapCache) LookUp(e vm.SwapEntry) *phys.Frame {
	f := c.slots[e].frame
	if f != nil {
		f.Hold()
	}
	return f
}

// ReadIn reads the page of entry e from the swap area into the swap cache; the frame has a reference for the caller.
// Linux: read_swap_cache_async (mm/swap_state.c).
func (c *SwapCache) ReadIn(e vm.SwapEntry) (*phys.Frame, error) {
	f := c.Memory.Alloc(nil, 0, phys.Anon|phys.SwapBacked|phys.Uptodate|phys.SwapCached|phys.LRU)
	if f == nil {
		return nil, syscall.ENOMEM
	}
	c.lists.Add(f)
	s := &c.slots[e]
	if s.data != nil {
		*c.Memory.Bytes(f) = *s.data
	}
	c.Memory.SetMask(f, s.mask)
	c.Log.Step(trace.IoSubmitted, uint64(e), 1, 0)
	c.Log.Copy(trace.DMAIn, vm.PageSize, uint64(e), uint64(f.PFN()))
	c.at[f.PFN()] = e
	s.frame = f
	f.Hold()
	return f, nil
}

// PutOut gives a private frame a place in the swap area, writes it there and puts it into the swap cache; ok is false
// where the area is full. The caller makes the entries refer to the place.
// Linux: folio_alloc_swap (mm/swapfile.c), swap_writeout (mm/page_io.c).
func (c *SwapCache) PutOut(f *phys.Frame) (e vm.SwapEntry, ok bool) {
	if f.Has(phys.SwapCached) {
		return c.at[f.PFN()], true
	}
	if e, ok = c.take(); !ok {
		return 0, false
	}
	s := &c.slots[e]
	s.data, s.mask = nil, c.Memory.MaskOf(f).Clone()
	if d := f.Data(); d != nil {
		page := *d
		s.data = &page
	}
	s.frame = f
	f.Hold()
	f.Set(phys.SwapCached)
	c.at[f.PFN()] = e
	c.Log.Step(trace.IoSubmitted, uint64(e), 1, 1)
	c.Log.Copy(trace.DMAOut, vm.PageSize, uint64(f.PFN()), uint64(e))
	return e, true
}

func (c *SwapCache) take() (vm.SwapEntry, bool) {
	if n := len(c.free); n > 0 {
		e := c.free[n-1]
		c.free = c.free[:n-1]
		c.used++
		return e, true
	}
	if int(c.next) >= len(c.slots) {
		return 0, false
	}
	c.next++
	c.used++
	return c.next - 1, true
}

// Count is how many page-table entries refer to e.
// Linux: swp_swapcount (mm/swapfile.c).
func (c *SwapCache) Count(e vm.SwapEntry) int { return c.slots[e].count }

// Duplicate notes that one more entry refers to e.
func (c *SwapCache) Duplicate(e vm.SwapEntry) { c.slots[e].count++ }

// Release notes that one less does. A page that nobody refers to leaves the swap cache with its place.
func (c *SwapCache) Release(e vm.SwapEntry) {
	s := &c.slots[e]
	s.count--
	switch {
	case s.count < 0:
		panic("pagecache.SwapCache: a swap entry is released once too often")
	case s.count > 0:
	case s.frame == nil:
		c.vacate(e)
	case s.frame.Maps() == 0 && s.frame.Refs() == 1:
		c.Forget(s.frame)
	}
}

func (c *SwapCache) vacate(e vm.SwapEntry) {
	c.slots[e] = swapSlot{}
	c.free = append(c.free, e)
	c.used--
}

// MayForget reports whether a page that a fault has just found may leave the swap cache: the area is half full, or the
// page is locked, or the fault is a store by the only one who has it.
// Linux: should_try_to_free_swap (mm/memory.c).
func (c *SwapCache) MayForget(f *phys.Frame, q *vm.Fault) bool {
	if !f.Has(phys.SwapCached) || c.slots[c.at[f.PFN()]].count != 0 {
		return false
	}
	return c.used*2 > c.Total() || q.Area.Flags.Has(vm.Locked) || q.Access == vm.Store && f.Refs() == 2
}

// Forget takes a frame out of the swap cache; gone is false where an entry still refers to its place.
// Linux: folio_free_swap (mm/swapfile.c).
func (c *SwapCache) Forget(f *phys.Frame) (gone bool) {
	e := c.at[f.PFN()]
	if c.slots[e].count != 0 {
		return false
	}
	c.vacate(e)
	f.Clear(phys.SwapCached)
	delete(c.at, f.PFN())
	c.Memory.Put(f)
	return true
}

// Shrink gives up frames that only the swap cache holds, up to n of them; the pages are in the swap area.
// Linux: __remove_mapping (mm/vmscan.c).
func (c *SwapCache) Shrink(n int) (freed int) {
	for e := vm.SwapEntry(1); e < c.next && freed < n; e++ {
		s := &c.slots[e]
		if f := s.frame; f != nil && f.Maps() == 0 && f.Refs() == 1 {
			s.frame = nil
			f.Clear(phys.SwapCached)
			delete(c.at, f.PFN())
			c.Memory.Put(f)
			freed++
		}
	}
	return freed
}

// InCore reports whether the page of entry e is in the swap cache.
func (c *SwapCache) InCore(e vm.SwapEntry) bool { return c.slots[e].frame != nil }

// Check recomputes what the swap cache promises.
func (c *SwapCache) Check() error {
	used := uint64(0)
	for e := vm.SwapEntry(1); e < c.next; e++ {
		s := &c.slots[e]
		if s.count > 0 || s.frame != nil {
			used++
		}
		if f := s.frame; f != nil && (!f.Has(phys.SwapCached) || c.at[f.PFN()] != e) {
			return fmt.Errorf("pagecache: swap entry %d holds %v, which does not know of it", e, f)
		}
	}
	if used != c.used {
		return fmt.Errorf("pagecache: %d swap entries are in use, %d are counted", used, c.used)
	}
	return nil
}
