package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// What becomes of a folio from the tail of an inactive list, in the order in which reclaim checks:
//
//	locked in memory by mlock        it leaves the list for the unevictable list
//	being read, or locked            kept
//	used since the last scan         kept or activated: see judge
//	private                          a slot in the swap area, swap entries in the page tables, written, freed
//	private, after MADV_FREE         freed, unless a program has stored to it since
//	of a tmpfs                       unmapped, moved to the swap cache, written, freed
//	of a disk file, under writeback  activated; it is freed when writeback has ended
//	of a disk file, dirty            activated; the flusher writes it
//	of a disk file, clean            unmapped and removed from the page cache, where it leaves a shadow
//
// The page tables come before the write: a page that is mapped could be stored to while the device reads it. A folio
// with other references than those of its cache is kept, since a call or a pipe still uses it.
// Linux: shrink_folio_list (mm/vmscan.c).

// fate is what happens to a folio that reclaim has examined.
// Linux: enum folio_references and the labels of shrink_folio_list (mm/vmscan.c).
type fate uint8

const (
	freed    fate = iota
	kept          // it returns to the head of the inactive list
	promoted      // it becomes active
)

// look decides the fate of an inactive folio, and frees it if it can. A locked folio is kept before its accessed bits
// are read, since reading clears them.
// Linux: shrink_folio_list (mm/vmscan.c).
func (s *scan) look(f *phys.Frame) fate {
	if f.Has(phys.Mlocked) || f.Has(phys.Unevictable) {
		return promoted
	}
	m, ofFile := f.Owner.(*Mapping)
	if f.Has(phys.Locked) || ofFile && m.folioOf(vm.PageIndex(f.Index), f).inFlight() {
		return kept
	}
	what, cleanOnly := s.judge(f)
	switch {
	case what != freed:
		return what
	case ofFile && m.pages.Get(vm.PageIndex(f.Index)) != f:
		return kept // truncated or evicted, but a pipe still refers to it
	case f.Has(phys.Anon) && f.Has(phys.SwapBacked), !ofFile && f.Has(phys.SwapCached):
		return s.lookAnon(f)
	case f.Has(phys.Anon):
		return s.lookLazy(f)
	case !ofFile:
		return promoted
	case m.InMemory():
		return s.lookShared(m, f)
	}
	return s.lookFile(m.folioOf(vm.PageIndex(f.Index), f), cleanOnly)
}

// judge decides by how a folio was used. It frees a folio that no entry has used since the last round. One that was
// used through an entry gets another round; it becomes active if it was used in the last round as well, if several
// areas have used it, or if it is code. A page of a file that was used once is not worth keeping: streaming reads use
// each page once. The flag Referenced remembers the first use, and the second promotes. A folio of a file that only
// read() has marked is freed if it is clean; cleanOnly then forbids writing it, since the flusher does that in larger
// requests.
//
//	entries used since    Referenced before    then
//	none                  any                  freed
//	one area              no                   kept, Referenced
//	one area              yes                  promoted
//	several areas         any                  promoted
//	one, executable       any                  promoted, if the page is a file's
//
// Linux: folio_check_references (mm/vmscan.c).
func (s *scan) judge(f *phys.Frame) (what fate, cleanOnly bool) {
	u := s.uses(f) // clears the accessed bits
	if u.locked {
		return promoted, false
	}
	before := f.Has(phys.Referenced)
	s.eachFrame(f, func(x *phys.Frame) { x.Clear(phys.Referenced) })
	files := !f.Has(phys.SwapBacked)
	if u.areas == 0 {
		return freed, before && files
	}
	s.eachFrame(f, func(x *phys.Frame) { x.Set(phys.Referenced) })
	if before || u.areas > 1 || u.code && files {
		return promoted, false
	}
	return kept, false
}

// lookAnon writes a private page to the swap area and frees it. It replaces the page-table entries by swap entries
// before it writes, and a fault that comes meanwhile finds the page in the swap cache. A page that is in the swap cache
// already has its slot, and is written only if it was stored to since it was read. The order is that of the picture of
// SwapCache: a place, the entries, the write, the frame. A page that was written and not stored to since is freed
// without another write: the slot still has its bytes.
//
//	page table          slot 3              frame 7
//	entry of frame 7    -                   private, dirty
//	entry of frame 7    count 0, frame 7    in the swap cache            place
//	swap entry 3        count 1, frame 7    no entry maps it             SwapOut, for each entry
//	swap entry 3        count 1, frame 7    clean: the slot has it       writeOut
//	swap entry 3        count 1             free                         leave
//
// Linux: folio_alloc_swap (mm/swapfile.c), try_to_unmap (mm/rmap.c), pageout (mm/vmscan.c).
func (s *scan) lookAnon(f *phys.Frame) fate {
	e, ok := s.swap.at[f.PFN()], true
	if !f.Has(phys.SwapCached) {
		if e, ok = s.swap.place(f); !ok { // the swap areas are full
			return promoted
		}
		f.Set(phys.Dirty) // the slot does not have the bytes yet
	}
	s.eachEntry(f, func(a *vm.Area, x vm.Addr) {
		if a.Space().Entry(x).Dirty() { // the dirty bit would be lost with the entry
			f.Set(phys.Dirty)
		}
		a.Space().SwapOut(x, f, e)
	})
	if f.Maps() > 0 {
		return promoted
	}
	if f.Has(phys.Dirty) {
		// Linux: is_page_cache_freeable (mm/vmscan.c).
		if f.Refs() > 1 || s.swap.writeOut(e, f) != nil {
			return kept
		}
		f.Clear(phys.Dirty)
		s.Events.Written++
	}
	if f.Refs() > 1 {
		return kept
	}
	why, frame := s.reason(f), f.PFN()
	s.swap.leave(f, s.shadow(f))
	stepPageSwapped(s.cache.Log, frame, e, why)
	return freed
}

// lookShared unmaps a page of a file in memory, writes it to the swap area and frees it. The file then has a swap entry
// in the page's slot. A clean page has never been written to and is all zeros: it is freed without a swap entry, and
// the next access makes a new page of zeros.
// Linux: shmem_writeout (mm/shmem.c).
func (s *scan) lookShared(m *Mapping, f *phys.Frame) fate {
	i := vm.PageIndex(f.Index)
	if f.Maps() > 0 && !s.unmap(m.folioOf(i, f)) {
		return promoted
	}
	if f.Refs() > 1 {
		return kept
	}
	why, frame := s.reason(f), f.PFN()
	if !f.Has(phys.Dirty) {
		stepPageEvicted(s.cache.Log, i, frame, m.Number, why)
		m.remove(i, f)
		return freed
	}
	e, ok := m.toSwap(i, f)
	if !ok {
		return promoted
	}
	s.Events.Written++
	if f.Has(phys.Dirty) { // the device has failed
		return kept
	}
	s.swap.leave(f, s.shadow(f))
	stepPageSwapped(s.cache.Log, frame, e, why)
	return freed
}

// lookLazy frees a private page after MADV_FREE without writing it, unless the program has stored to it since: then it
// becomes an ordinary private page again. Only the entries' dirty bits tell, since MADV_FREE cleared them. A page of
// MAP_DROPPABLE may be lost even if it was stored to.
// Linux: shrink_folio_list (mm/vmscan.c), for a folio without PG_swapbacked.
func (s *scan) lookLazy(f *phys.Frame) fate {
	f.Hold()
	defer s.cache.Memory.Put(f)
	s.dropEntries(f)
	switch {
	case f.Maps() > 0:
		return promoted
	case f.Has(phys.Dirty): // nothing shows it any more, so it is freed, but as one that was to stay
		s.Events.Deferred++
		s.cache.LRU.Events.Activated++
		return kept
	case f.Refs() > 1:
		return kept
	}
	s.cache.LRU.Events.LazyDropped++
	return freed
}

// dropEntries takes a page of MADV_FREE out of one area after another, up to the first through which it was stored to
// or where something else holds it. A process whose area comes before that one has given the page up and finds zeros
// there, although the others keep it.
// Linux: try_to_unmap_one (mm/rmap.c).
func (s *scan) dropEntries(f *phys.Frame) {
	s.eachArea(f, func(a *vm.Area, at []vm.Addr) bool {
		x := at[0]
		if a.Space().Entry(x).Dirty() {
			f.Set(phys.Dirty)
		}
		if f.Has(phys.Dirty) && !a.Flags.Has(vm.Droppable) {
			f.Set(phys.SwapBacked)
			return false
		}
		if f.Refs() > 1+f.Maps() {
			return false
		}
		stepLazyDropped(s.cache.Log, x, f.PFN(), "MADV_FREE gave it up, and nothing was stored to it since")
		a.Space().Evict(a, x)
		return true
	})
}

// lookFile unmaps a folio of a file on a disk and, if it is clean, drops it from the cache. Reclaim leaves writing to
// the flusher, which writes in the order of the file: pages from the tail of a list would make one small request each.
// A dirty folio gets the flag PG_reclaim and is activated, out of the way of the scan. Only kswapd writes a folio, and
// only one that has the flag from an earlier scan. PG_reclaim is the same bit as PG_readahead, here readaheadMark. A
// clean page leaves without any I/O, which is why reclaim prefers pages of files. Its shadow stays in the place of the
// page, 8 bytes instead of 4096, and says when it left.
func (s *scan) lookFile(f folio, cleanOnly bool) fate {
	why := s.reason(f.head)
	if f.has(writeback) { // freed when writeback ends. Linux: folio_set_reclaim (mm/vmscan.c)
		f.set(readaheadMark)
		return promoted
	}
	if f.mapped() && !s.unmap(f) {
		return promoted
	}
	if f.has(dirty) {
		again := f.has(readaheadMark)
		if !s.kswapd || !again {
			f.set(readaheadMark)
			s.Events.Deferred += uint64(f.pages())
			return promoted
		}
		if cleanOnly {
			return kept
		}
		_ = f.m.WriteBack(f.first, f.next()-1)
		s.Events.Written += uint64(f.pages())
		if f.has(dirty) {
			return kept
		}
	}
	// A folio with buffer heads that are dirty cannot lose them. Linux: filemap_release_folio (mm/filemap.c).
	if f.busy() || !f.m.ops.release(f) {
		return kept
	}
	shadow := s.shadow(f.head)
	m, first, last := f.m, f.first, f.next()-1
	f.each(func(i vm.PageIndex, x *phys.Frame) {
		stepPageEvicted(s.cache.Log, i, x.PFN(), m.Number, why)
		m.remove(i, x)
	})
	m.keepShadow(first, last, shadow)
	return freed
}

// unmap clears the page-table entries of a folio. The walk over the areas ends at the first one that is mlocked: unmap
// is then false, and the entries of that area and of those after it stay. The caller activates the folio, and the lists
// find out that it belongs on the unevictable list.
// Linux: try_to_unmap_one (mm/rmap.c).
func (s *scan) unmap(f folio) bool {
	locked, at := false, []shown(nil)
	s.eachArea(f.head, func(a *vm.Area, pages []vm.Addr) bool {
		if locked = a.Flags.Has(vm.Locked); !locked {
			for _, x := range pages {
				at = append(at, shown{a, x, x + vm.PageSize})
			}
		}
		return !locked
	})
	if !locked {
		f.unmap()
		return true
	}
	for _, x := range at {
		x.area.Space().Evict(x.area, x.from)
	}
	return false
}

// reason is why, for people, a page was chosen.
func (s *scan) reason(f *phys.Frame) string {
	switch {
	case s.chosen:
		return s.chosenBecause()
	case f.Has(phys.Workingset):
		return "it came to the end of its inactive list, where it was put when it had been active but not used again"
	case f.Has(phys.Anon):
		return "it came to the end of the inactive list of private pages without having been used"
	}
	return "it came to the end of the inactive list of files' pages without having been used a second time"
}
