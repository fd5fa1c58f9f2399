package pagecache

import (
	"fmt"
	"slices"
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// SwapCache is the swap area with the private pages that are in both the area and memory. A page that was written out
// stays in the cache, unmapped, until its frame is needed: a fault on it before that finds the frame and reads nothing.
//
//	page table          slot of the entry        device
//	[frame 7     ]
//	      │ putOut
//	[swap entry 3] ───→ 3: count 1, frame 7 ───→ block 3: the bytes of frame 7
//	      │ the frame is reclaimed
//	[swap entry 3] ───→ 3: count 1           ───→ block 3
//	      │ readIn, then Release and Forget
//	[frame 9     ]      3: free
//
// A fault waits for the request that reads its page, and reclaim for its writes.
// Linux: struct swap_info_struct (include/linux/swap.h), the swap cache (mm/swap_state.c).
type SwapCache struct {
	// PageCluster is how many pages are read at a time at most, as a power of two: vm.page-cluster.
	PageCluster uint

	cache *Cache
	areas []*swapArea               // by number; nil after swapoff
	order []*swapArea               // the areas in use, the one with the highest priority first
	at    map[phys.PFN]vm.SwapEntry // the entries of the frames in the swap cache
	least int                       // the last priority given to an area without one

	current *swapArea // whose cluster the last place is of, unless its device is a rotating disk

	around swapWindow
	spaces []*vm.Space // that have had pages in an area, in the order in which swapoff looks at them
}

// swapSlot is one page's place in the swap area. It is in use while entries refer to it or a frame is in the cache. A
// slot is free when count is 0 and frame is nil. A clean page may keep its slot while it is in memory, so that a second
// eviction need not write it.
// Linux: a byte of swap_map (include/linux/swap.h) and a slot of the swap cache.
type swapSlot struct {
	count int         // page-table entries that refer to it
	frame *phys.Frame // while the page is in the swap cache, which holds a reference
	left  shadow      // of the page when reclaim took it
	zero  bool        // the page is all zeros, and the area has nothing of it
	name  Page        // its number for a policy
	named bool
}

// NewSwapCache gives the machine a swap cache without an area.
// Linux: swap_init (mm/swap_state.c).
func (c *Cache) NewSwapCache() *SwapCache {
	s := &SwapCache{cache: c, at: map[phys.PFN]vm.SwapEntry{}, PageCluster: defaultPageCluster,
		around: swapWindow{Hits: firstHits}, least: -1}
	c.Reclaim.swap = s
	return s
}

// Total is how many pages the swap areas hold.
// Linux: total_swap_pages (mm/swapfile.c).
func (c *SwapCache) Total() (n uint64) {
	for _, a := range c.order {
		n += a.pages()
	}
	return n
}

// Used is how many of their places are taken.
func (c *SwapCache) Used() (n uint64) {
	for _, a := range c.order {
		n += a.used
	}
	return n
}

// slot is the slot that an entry names; the entry must be one of an area in use.
func (c *SwapCache) slot(e vm.SwapEntry) *swapSlot { return &c.areas[e.Area()].slots[e.Place()] }

// LookUp is the frame that holds the page of entry e, with a reference; nil where it is not in the swap cache.
// Processes that share a page have the same entry for it, so each of them that faults gets the same frame.
// Linux: swap_cache_get_folio (mm/swap_state.c).
func (c *SwapCache) LookUp(e vm.SwapEntry) *phys.Frame {
	f := c.slot(e).frame
	if other := c.slot(e - 1).frame; other != nil && c.cache.Profile.Errs(profile.SwapWrongSlot) {
		f = other
	}
	if f != nil {
		f.Hold()
	}
	return f
}

// readIn reads the page of entry e from the swap area into the swap cache and returns its frame with a reference. The
// error is ENOMEM. The frame is in the cache before its bytes are there, so a second fault does not read it again.
// Linux: read_swap_cache_async (mm/swap_state.c).
func (c *SwapCache) readIn(e vm.SwapEntry) (*phys.Frame, error) {
	f, done, err := c.begin(e)
	c.cache.wait(done)
	return f, err
}

// begin is readIn without the wait: it returns when the request will be complete. The shadow that the page left in its
// slot is compared here, as for a page of a file: a private page that comes back soon starts as active.
func (c *SwapCache) begin(e vm.SwapEntry) (f *phys.Frame, done clock.Time, err error) {
	r := &c.cache.Reclaim
	if !r.Room(1, MustHave) {
		return nil, 0, syscall.ENOMEM
	}
	if s := c.slot(e); s.count == 0 || s.frame != nil { // the OOM killer has ended the process that had the page
		return nil, 0, syscall.ENOMEM
	}
	came := r.refault(c.slot(e).left, anonPages, 1, r.chargedGroup())
	f = c.cache.Memory.Alloc(nil, 0, phys.Anon|phys.SwapBacked|phys.Uptodate|phys.SwapCached|phys.LRU|came)
	if f == nil {
		return nil, 0, syscall.ENOMEM
	}
	c.slot(e).left = shadow{}
	r.Charge(f)
	r.swappedIn(c.slot(e), f)
	c.cache.LRU.Add(f)
	if c.slot(e).zero {
		r.Events.ZerosIn++
	} else if done, err = c.start(disk.Read, e, f); err != nil {
		c.cache.Memory.Put(f)
		return nil, 0, err
	}
	c.hold(e, f)
	return f, done, nil
}

// putOut allocates a swap entry for a private frame, writes the frame there and adds it to the swap cache; ok is false
// if the area is full. The caller makes the page-table entries refer to it.
// Linux: folio_alloc_swap (mm/swapfile.c), swap_writeout (mm/page_io.c).
func (c *SwapCache) putOut(f *phys.Frame) (e vm.SwapEntry, ok bool) {
	if f.Has(phys.SwapCached) {
		return c.at[f.PFN()], true
	}
	if e, ok = c.place(f); !ok {
		return 0, false
	}
	if c.writeOut(e, f) != nil {
		c.Forget(f)
		return 0, false
	}
	return e, true
}

// writeOut writes a frame to its place. Of a page of zeros the area only remembers that it is one: nothing is written,
// and nothing read when it comes back.
// Linux: swap_writeout (mm/page_io.c).
func (c *SwapCache) writeOut(e vm.SwapEntry, f *phys.Frame) error {
	s := c.slot(e)
	if s.zero = c.cache.Profile.Has(profile.SwapZeros) && allZero(f); s.zero {
		c.cache.Reclaim.Events.ZerosOut++
		return nil
	}
	return c.transfer(disk.Write, e, f)
}

// allZero reports whether a frame's bytes are all zero, and no fact of Linux is missing about them.
// Linux: is_folio_zero_filled (mm/page_io.c).
func allZero(f *phys.Frame) bool {
	return !f.Has(phys.Undetermined) && (f.Data() == nil || *f.Data() == [vm.PageSize]byte{})
}

// place allocates a swap entry for a private frame and adds the frame to the swap cache; ok is false if the area is
// full. The frame is in the cache from then on, so that a fault finds it while the write is under way.
// Linux: folio_alloc_swap (mm/swapfile.c).
func (c *SwapCache) place(f *phys.Frame) (e vm.SwapEntry, ok bool) {
	if e, ok = c.take(); ok {
		f.Set(phys.SwapCached)
		c.hold(e, f)
	}
	return e, ok
}

// leave removes an unmapped frame from the swap cache. Its page is in the swap area.
// Linux: __remove_mapping (mm/vmscan.c).
func (c *SwapCache) leave(f *phys.Frame, x shadow) {
	e := c.at[f.PFN()]
	if s := c.slot(e); s.count == 0 {
		c.vacate(e)
	} else {
		s.frame, s.left = nil, x
		c.cache.Reclaim.swappedOut(s, f)
	}
	delete(c.at, f.PFN())
	f.Clear(phys.SwapCached)
	c.cache.Memory.Put(f)
}

// swapReads counts the pages that came from the swap areas, for themselves or by readahead.
func (r *Reclaim) swapReads() uint64 { return r.Events.SwappedIn + r.Events.ZerosIn }

// full reports whether the area is more than half full: pages that are back in memory then release their swap entries.
// A swap entry that is kept for a page in memory saves the next write of an unchanged page, at the cost of a place.
// Linux: vm_swap_full (include/linux/swap.h).
func (c *SwapCache) full() bool { return c.Used()*2 > c.Total() }

// transfer moves the page of entry e between the swap area and a frame, and waits for it.
func (c *SwapCache) transfer(op disk.Op, e vm.SwapEntry, f *phys.Frame) error {
	done, err := c.start(op, e, f)
	c.cache.wait(done)
	return err
}

// start submits the move of entry e's page between the swap area and a frame, and returns when it will be complete.
// Linux: swap_read_folio, __swap_writepage (mm/page_io.c).
func (c *SwapCache) start(op disk.Op, e vm.SwapEntry, f *phys.Frame) (done clock.Time, err error) {
	a := c.areas[e.Area()]
	b := a.block(e.Place())
	r := disk.Request{Op: op, Block: b, Data: []*[disk.BlockSize]byte{f.Data()}}
	if op == disk.Read {
		r.Data[0] = c.cache.Memory.Bytes(f)
	} else {
		r.Masks = c.cache.masksOf([]*phys.Frame{f})
	}
	if done, err = c.cache.submit(a.device, r, nil); err != nil {
		return 0, err
	}
	if op == disk.Write {
		c.cache.Reclaim.Events.SwappedOut++
	} else {
		c.cache.Reclaim.Events.SwappedIn++
		c.cache.learnMask(f, a.device, b, disk.AllParts)
	}
	c.cache.dma(op, b, f)
	return done, nil
}

// hold adds a frame to the swap cache, which takes a reference.
// Linux: swap_cache_add_folio (mm/swap_state.c).
func (c *SwapCache) hold(e vm.SwapEntry, f *phys.Frame) {
	c.at[f.PFN()] = e
	c.slot(e).frame = f
	f.Hold()
}

// Count is how many page-table entries and files refer to e.
// Linux: swp_swapcount (mm/swapfile.c).
func (c *SwapCache) Count(e vm.SwapEntry) int { return c.slot(e).count }

// Duplicate notes that one more entry refers to e. A fork does this for each entry that it copies: both processes then
// refer to one slot.
// Linux: swap_duplicate (mm/swapfile.c).
func (c *SwapCache) Duplicate(e vm.SwapEntry) { c.slot(e).count++ }

// List puts a space on the list of those that swapoff looks at. The last one to lose a page to an area comes first; a
// child whose parent has such pages comes right behind it.
// Linux: mmlist of struct mm_struct (include/linux/mm_types.h), copy_nonpresent_pte (mm/memory.c).
func (c *SwapCache) List(s, behind *vm.Space) {
	c.spaces = slices.Insert(c.spaces, 1+slices.Index(c.spaces, behind), s)
}

// Spaces is that list.
func (c *SwapCache) Spaces() []*vm.Space { return slices.Clone(c.spaces) }

// Unlist takes a space off that list.
func (c *SwapCache) Unlist(s *vm.Space) {
	c.spaces = slices.DeleteFunc(c.spaces, func(x *vm.Space) bool { return x == s })
}

// Release notes that one entry less refers to e. After the last one, the page leaves the swap cache and its place is
// free. The place is free at the latest when no entry, no file and no frame needs it.
func (c *SwapCache) Release(e vm.SwapEntry) {
	s := c.slot(e)
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

// vacate makes a slot free; nothing refers to it.
func (c *SwapCache) vacate(e vm.SwapEntry) {
	*c.slot(e) = swapSlot{}
	c.leavePlace(c.areas[e.Area()], e.Place())
}

// MayForget reports whether a page that a fault has just found may leave the swap cache: the area is half full, or the
// page is locked, or the fault is a store to a page that only this process has.
// Linux: should_try_to_free_swap (mm/memory.c).
func (c *SwapCache) MayForget(f *phys.Frame, q *vm.Fault) bool {
	if !f.Has(phys.SwapCached) || c.slot(c.at[f.PFN()]).count != 0 {
		return false
	}
	return c.full() || q.Area.Flags.Has(vm.Locked) || q.Access == vm.Store && f.Refs() == 2
}

// Forget removes a frame from the swap cache; ok is false if an entry still refers to its place. The frame is the
// only copy then, and dirty for that reason: reclaiming it again has to write it.
// Linux: folio_free_swap (mm/swapfile.c).
func (c *SwapCache) Forget(f *phys.Frame) (ok bool) {
	e := c.at[f.PFN()]
	if c.slot(e).count != 0 {
		return false
	}
	c.vacate(e)
	f.Clear(phys.SwapCached)
	f.Set(phys.Dirty) // nothing else has its bytes
	delete(c.at, f.PFN())
	c.cache.Memory.Put(f)
	return true
}

// InCore reports whether the page of entry e is in the swap cache.
// Linux: mincore_swap (mm/mincore.c).
func (c *SwapCache) InCore(e vm.SwapEntry) bool { return c.slot(e).frame != nil }

// ReadRange reads the pages of [start, end) that are in the swap area into the swap cache. It is MADV_WILLNEED for
// private memory.
// Linux: swapin_walk_pmd_entry (mm/madvise.c).
func (c *SwapCache) ReadRange(s *vm.Space, start, end vm.Addr) {
	s.Table().Each(start.Page(), end.Page(), func(_ vm.VPN, e vm.PTE) {
		if !e.Swapped() || c.InCore(e.SwapEntry()) {
			return
		}
		if f, err := c.readIn(e.SwapEntry()); err == nil {
			c.cache.Memory.Put(f)
		}
	})
}

// Away is how many pages are in the swap area and not in memory.
// Linux: swap of memory.stat (mm/memcontrol-v1.c).
func (c *SwapCache) Away() (n uint64) {
	c.Each(func(_ vm.SwapEntry, _ int, f *phys.Frame) {
		if f == nil {
			n++
		}
	})
	return n
}

// Each calls fn for every swap entry in use, with the number of page-table entries that refer to it and its frame in
// the swap cache, nil for none.
func (c *SwapCache) Each(fn func(e vm.SwapEntry, count int, f *phys.Frame)) {
	for _, a := range c.areas {
		for place := 1; a != nil && place < len(a.slots); place++ {
			if s := &a.slots[place]; s.count > 0 || s.frame != nil {
				fn(vm.NewSwapEntry(a.number, uint64(place)), s.count, s.frame)
			}
		}
	}
}

// Check recomputes the invariants of the swap cache.
func (c *SwapCache) Check() (err error) {
	used := make([]uint64, len(c.areas))
	c.Each(func(e vm.SwapEntry, _ int, f *phys.Frame) {
		used[e.Area()]++
		if f != nil && (!f.Has(phys.SwapCached) || c.at[f.PFN()] != e) {
			err = fmt.Errorf("pagecache: swap entry %d holds %v, which does not know of it", e, f)
		}
	})
	for i, a := range c.areas {
		if a != nil && a.used != used[i] {
			return fmt.Errorf("pagecache: %d places of swap area %s are taken, %d are counted", used[i], a.name, a.used)
		}
	}
	c.cache.Memory.EachUsed(func(f *phys.Frame) {
		if f.Owner == nil && f.Has(phys.Anon) && !f.Has(phys.SwapCached) {
			err = fmt.Errorf("pagecache: %v is a private page without an owner and is not in the swap cache", f)
		}
	})
	return err
}
