package vm

import (
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Entry is the page-table entry of the page that holds x.
func (s *Space) Entry(x Addr) PTE { return s.table.Lookup(x.Page()) }

// HasTable reports whether there is a table of entries for x.
// Linux: pmd_none (arch/x86/include/asm/pgtable.h), the other way round.
func (s *Space) HasTable(x Addr) bool { return s.table.leafOf(x.Page()) != nil }

// SetEntry writes the entry of the page that holds x, and makes the TLBs forget the old one. It neither counts nor
// logs: callers that map or unmap a frame use MapFrame, or what clears entries.
func (s *Space) SetEntry(x Addr, e PTE) {
	n := x.Page()
	s.table.set(n, e)
	s.flush(n, n+1)
}

// MapFrame sets the entry of x in area a to show frame f, and counts that. The caller says with LockFolio that it has
// mapped all pages of a large folio. A mapped frame has one reference and one mapping for each entry. RSS counts
// entries too: a frame that two processes map counts in both.
func (s *Space) MapFrame(a *Area, x Addr, f *phys.Frame, e PTE) {
	if a.lockable() && f.Order() == 0 {
		s.lockFrame(f)
	}
	s.mapFrame(x, f, e)
}

// mapFrame is MapFrame that leaves locking to others.
func (s *Space) mapFrame(x Addr, f *phys.Frame, e PTE) {
	f.Mapped()
	s.Stats.addRSS(rssOf(f), 1)
	s.table.set(x.Page(), e)
	s.flush(x.Page(), x.Page()+1)
	stepEntrySet(s.Log, x, f.PFN())
}

// MapShared is MapFrame for a frame of a file, as area a shows it: with extra bits, and dirty where the frame is dirty
// and the entry is writable, since no fault would report the next store. A page that was dirtied through another
// mapping or by write() is dirty already, and needs no fault for the next store.
// Linux: set_pte_range (mm/memory.c).
func (s *Space) MapShared(a *Area, x Addr, f *phys.Frame, extra PTE) {
	e := a.BaseEntry(f.PFN()) | extra
	if e.Writable() && f.Has(phys.Dirty) {
		e |= PteDirty
	}
	if e.Protected() {
		e = e.protect()
	}
	s.MapFrame(a, x, f, e)
}

// rssOf is how a resident frame is counted. Shared memory counts apart from files: it is SwapBacked, as it goes to
// swap, and not Anon.
//
//	VmRSS = RssAnon + RssFile + RssShmem        of /proc/PID/status
func rssOf(f *phys.Frame) RSSKind {
	switch {
	case f.Has(phys.Anon):
		return RSSAnon
	case f.Has(phys.SwapBacked):
		return RSSShmem
	}
	return RSSFile
}

// NormalFrame is the counted frame that an entry shows; nil for the zero page and for a device's frames. Everything
// that counts or queues frames asks here first: what it leaves out has no references.
// Linux: vm_normal_page (mm/memory.c).
func (s *Space) NormalFrame(e PTE) *phys.Frame {
	if !e.Present() || e&PteSpecial != 0 {
		return nil
	}
	return s.Memory.Frame(e.PFN())
}

// unmapFrame unmaps the page that the entry e of x shows. It transfers the entry's dirty bit to the page cache, for a
// page of a file, and its accessed bit to the frame. The bits of the entry are the only record of what the processor
// did with the page. Here they must go somewhere, or a dirty page would never be written back.
func (s *Space) unmapFrame(x Addr, f *phys.Frame, e PTE, o zapOptions) {
	if !f.Has(phys.Anon) {
		if e.Dirty() {
			if o, ok := f.Owner.(DirtyTracker); ok {
				o.MarkDirty(f)
			}
		}
		if s.gather.run.add(x.Page(), f, e) && o.recency {
			s.LRU.Accessed(f)
		}
	}
	switch {
	case f.Order() > 0 && s.gather.run.length > 1: // unlocked at the first entry of the run
	case o.locked && o.delays && e.Dirty() && !f.Has(phys.Anon):
		s.gather.delay(f)
	case o.locked:
		s.unlockFrame(f)
	}
	s.Stats.addRSS(rssOf(f), -1)
	stepEntryCleared(s.Log, x, f.PFN())
	s.Memory.Unmapped(f)
	if f.Has(phys.SwapCached) && f.Maps() == 0 {
		s.Swap.Forget(f) // Linux: free_swap_cache (mm/swap_state.c)
	}
}

// zapOptions say what a zap leaves alone.
// Linux: struct zap_details (include/linux/mm.h).
type zapOptions struct {
	area     *Area
	keepAnon bool // private copies stay
	markers  bool // markers go too
	locked   bool // the area is locked, and its pages with it
	recency  bool // accessed bits count: not in an area with MADV_RANDOM or MADV_SEQUENTIAL
	delays   bool // dirty pages of files stay locked until a whole table is cleared
}

// zapInPart is zap where the area itself stays. It is for madvise, truncate and reclaim; the area goes on and may fault
// the pages in again.
// Linux: zap_page_range_single (mm/memory.c).
func (s *Space) zapInPart(a *Area, start, end Addr, o zapOptions) {
	s.Stats.notePeak()
	s.zap(a, start, end, o)
}

// zap clears the entries of [start, end) of area a, and gives up what they showed. It works a page table at a time:
// Linux takes the lock of each table once, collects what it unmaps, and counts it before it lets the lock go.
// Linux: zap_pte_range (mm/memory.c).
func (s *Space) zap(a *Area, start, end Addr, o zapOptions) {
	if a.Flags.Has(HugeTLB) {
		s.zapHuge(a, start, end, nil)
		s.freeHuge()
		return
	}
	any, table := false, start.Page()/tableEntries
	s.gather.begin()
	o.area, o.recency, o.locked, o.delays = a, a.CountsUse(), a.lockable(), true
	s.table.Each(start.Page(), end.Page(), func(n VPN, e PTE) {
		// A new table of 512 entries: what was collected from the last one is handled first.
		if n/tableEntries != table {
			s.gather.finish(s)
			s.Stats.noteRSS()
			table = n / tableEntries
		}
		if s.zapEntry(n, e, o) {
			any = true
		}
	})
	s.gather.finish(s)
	if l, _ := s.table.nextLeaf(start.Page(), end.Page()); l != nil {
		s.Stats.noteRSS()
	}
	// One flush for the whole range, after the entries are cleared and before their frames can be used again.
	if any {
		s.flush(start.Page(), end.Page())
	}
}

// CountsUse reports whether accessed bits of the area mark its pages as used. Until 6.3 only MADV_SEQUENTIAL prevents
// that. A page that is read once and in order gains nothing from staying in memory: its use must not keep it there.
// Linux: vma_has_recency (include/linux/mm_inline.h).
func (a *Area) CountsUse() bool {
	if !a.space.Profile.Has(profile.UseOnce) {
		return !a.Flags.Has(SeqRead)
	}
	return !a.Flags.Any(SeqRead|RandRead) && (a.Anonymous() || !a.Backing.Traits().Has(UsedOnce))
}

// ForgetUse clears the accessed bit in the entry of x and reports whether it was set. Reclaim calls it to see later
// whether the page was used in the meantime.
// Linux: ptep_clear_flush_young (arch/x86/mm/pgtable.c).
func (s *Space) ForgetUse(x Addr) bool {
	e := s.Entry(x)
	if !e.Young() {
		return false
	}
	s.SetEntry(x, e&^PteAccessed)
	return true
}

// zapEntry clears an entry, whatever it holds, and reports whether it did: the options can keep markers and private
// memory. A page of a file that a userfaultfd has write-protected leaves a marker.
//
//	entry            munmap        MADV_DONTNEED     truncation     a hole
//	file page        cleared       cleared           cleared        cleared
//	private copy     cleared       cleared           cleared        stays
//	swap entry       released      released          released       stays
//	guard marker     cleared       stays             stays          stays
//
// Linux: zap_present_ptes, zap_nonpresent_ptes (mm/memory.c).
func (s *Space) zapEntry(n VPN, e PTE, o zapOptions) bool {
	if e.Marker() {
		return s.zapMarker(n, e, o)
	}
	if !s.zapPage(n, e, o) {
		return false
	}
	if !o.markers && o.area.Protects(e) && !o.area.Anonymous() {
		s.table.set(n, ProtectedMarker)
	}
	return true
}

// zapMarker clears a marker: that of a guard region only where the area goes, because it is a property of the range and
// not of its content; that of a write-protected page also in anonymous memory; that of a poisoned page as private
// memory.
// Linux: zap_nonpresent_ptes (mm/memory.c).
func (s *Space) zapMarker(n VPN, e PTE, o zapOptions) bool {
	stays := !o.markers
	switch {
	case e.Poisoned():
		stays = o.keepAnon
	case !e.Guard():
		stays = stays && !o.area.Anonymous()
	}
	if stays {
		return false
	}
	s.table.set(n, 0)
	return true
}

// zapPage clears the entry of a page, in memory or in a swap area.
func (s *Space) zapPage(n VPN, e PTE, o zapOptions) bool {
	switch {
	case e.Swapped():
		if o.keepAnon {
			return false
		}
		s.table.set(n, 0)
		s.Stats.addRSS(RSSSwap, -1)
		s.Swap.Release(e.SwapEntry())
	default:
		f := s.NormalFrame(e)
		if f != nil && o.keepAnon && f.Has(phys.Anon) {
			return false
		}
		s.table.set(n, 0)
		if f != nil {
			s.unmapFrame(n.Addr(), f, e, o)
		}
	}
	return true
}

// Discard drops the pages of [start, end) of area a: MADV_DONTNEED. Guard markers stay; since 6.14 page tables that are
// empty then go. Private pages lose their content: the next load finds zeros, or the file's bytes. Shared pages are
// only unmapped.
func (s *Space) Discard(a *Area, start, end Addr) {
	if s.Profile.Errs(profile.DontNeedKeeps) {
		return
	}
	s.zapInPart(a, start, end, zapOptions{})
	if s.Profile.Has(profile.EmptyTablesGo) {
		s.table.reclaim(start.Page(), end.Page())
	}
}

// Drop takes the pages of a file out of [start, end) of area a because the file lost them; private copies go too, or
// stay, as keep says. Truncation takes private copies as well, since the pages that they are copies of do not exist any
// more; punching a hole keeps them.
// Linux: unmap_mapping_range (mm/memory.c).
func (s *Space) Drop(a *Area, start, end Addr, keep Copies) {
	s.zapInPart(a, start, end, zapOptions{keepAnon: keep == KeepCopies})
}

// Copies says what happens to private copies of a file's pages.
// Linux: even_cows of unmap_mapping_range (mm/memory.c).
type Copies uint8

// What Drop does with private copies.
const (
	DropCopies Copies = iota
	KeepCopies
)

// ClearEntry takes away the page that the entry of x in area a shows, where it shows one.
func (s *Space) ClearEntry(a *Area, x Addr) {
	n := x.Page()
	if e := s.table.Lookup(n); !e.None() {
		s.gather.begin()
		s.zapEntry(n, e, zapOptions{area: a, markers: true, locked: a.lockable()})
		s.flush(n, n+1)
	}
}

// Evict is ClearEntry for a page that reclaim takes.
// Linux: try_to_unmap_one (mm/rmap.c).
func (s *Space) Evict(a *Area, x Addr) {
	s.Stats.notePeak()
	e := s.Entry(x)
	s.ClearEntry(a, x)
	if a.Protects(e) && !a.Anonymous() {
		s.SetEntry(x, ProtectedMarker)
	}
	s.Stats.noteDirectly()
}

// ReplaceSwapEntry sets the entry of x, which referred to the swap area, to show frame f. A frame that was just read
// has no owner yet: where the area is locked, Linux locks it only once reclaim comes by.
// Linux: do_swap_page (mm/memory.c), folio_add_new_anon_rmap (mm/rmap.c).
func (s *Space) ReplaceSwapEntry(a *Area, x Addr, f *phys.Frame, e PTE) {
	s.Stats.addRSS(RSSSwap, -1)
	if f.Owner != nil {
		s.MapFrame(a, x, f, e)
		return
	}
	s.mapFrame(x, f, e)
}

// list puts the space on the list of those that swapoff looks at, if it is not on it. It stays there until its end.
// Linux: mmlist of struct mm_struct (include/linux/mm_types.h).
func (s *Space) list(behind *Space) {
	if !s.listed {
		s.listed = true
		s.Swap.List(s, behind)
	}
}

// SwapOut makes the entry of x, which shows frame f, refer to place e of the swap area instead. Every entry that shows
// the frame becomes a swap entry before the frame can be freed. The count of the place keeps it in use as long as one
// of them remains.
// Linux: try_to_unmap_one (mm/rmap.c).
func (s *Space) SwapOut(x Addr, f *phys.Frame, e SwapEntry) {
	ne := swapPTE(e)
	if s.Entry(x).Protected() {
		ne = ne.protect()
	}
	if f.Has(phys.Exclusive) {
		ne |= pteExclusive // the swap entry keeps the mark: a fork may still share the page
		f.Clear(phys.Exclusive)
	}
	if s.Profile.Errs(profile.SwapOutDrops) {
		s.SetEntry(x, 0)
		s.Stats.addRSS(rssOf(f), -1)
		s.Memory.Unmapped(f)
		return
	}
	s.list(nil)
	s.SetEntry(x, ne)
	s.Swap.Duplicate(e)
	s.Stats.notePeak()
	s.Stats.addRSS(rssOf(f), -1)
	s.Stats.addRSS(RSSSwap, 1)
	s.Stats.noteDirectly()
	stepSwapOut(s.Log, x, f.PFN(), e)
	s.Memory.Unmapped(f)
}
