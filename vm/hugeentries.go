package vm

import (
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// An area of huge pages has one entry for 2 MiB: it is in the table of the second level, where the leaf of 512
// entries would be.
//
//	middle   [leaf] [ -  ] [huge entry] ...
//	                        │
//	                        512 frames in a row: page n of the range is the n-th of them
//
// Look-ups make the entry of each page of it out of that, so that an access need not know.

// hugeSlot is the entry of the huge page that page n is part of; nil where it can have none.
// Linux: huge_pte_offset (mm/hugetlb.c).
func (t *PageTable) hugeSlot(n VPN) *PTE {
	m := t.middleOf(n)
	if m == nil || m.huge == nil {
		return nil
	}
	return &m.huge[n.index(1)]
}

// hugeSlotFor is hugeSlot that makes what is missing.
// Linux: huge_pte_alloc (mm/hugetlb.c).
func (t *PageTable) hugeSlotFor(n VPN) *PTE {
	m := t.middleFor(n)
	if m.huge == nil {
		m.huge = new([tableEntries]PTE)
	}
	return &m.huge[n.index(1)]
}

// lookupHuge is page n's entry where a huge page shows it; else zero.
func (t *PageTable) lookupHuge(n VPN) PTE {
	h := t.hugeSlot(n)
	if h == nil || *h == 0 {
		return 0
	}
	return *h + PTE(n&(leafPages-1))<<PageShift
}

// EachHuge calls fn for every entry of a huge page from first up to but not including end, in order, with the first
// page that it shows.
func (t *PageTable) EachHuge(first, end VPN, fn func(VPN, PTE)) {
	for n := first &^ (leafPages - 1); n < end; n += leafPages {
		if h := t.hugeSlot(n); h != nil && *h != 0 {
			fn(n, *h)
		} else if h == nil {
			n |= middlePages - leafPages
		}
	}
}

// MapHuge sets the entry of the huge page at x in area a to show frame f and its followers, and counts that. A huge
// page counts in HugetlbPages of status and not in RSS; the frame counts one mapping for all 512 pages.
// Linux: set_huge_pte_at, hugetlb_count_add (include/linux/hugetlb.h).
func (s *Space) MapHuge(a *Area, x Addr, f *phys.Frame, e PTE) {
	f.Mapped()
	s.Stats.Huge += uint64(leafPages)
	s.setHuge(x.Page(), e)
	stepEntrySet(s.Log, x, f.PFN())
}

// SetHuge writes the entry of the huge page at x.
func (s *Space) SetHuge(x Addr, e PTE) { s.setHuge(x.Page(), e) }

// setHuge is SetHuge for a page that is known by its number.
func (s *Space) setHuge(n VPN, e PTE) {
	*s.table.hugeSlotFor(n) = e
	s.flush(n, n+leafPages)
}

// zapHuge clears the entries of [start, end) of area a, which has huge pages. What they showed is given up by freeHuge:
// Linux frees it when all that a call unmaps is unmapped. Where only one page is meant, others are left alone.
//
// A private page of the process that has the reservation gives that back, so that a later fault finds a page again; not
// while the pool has surplus pages. The order matters to the pool: reservations first, then the pages, when everything
// that the call unmaps is unmapped.
// Linux: __unmap_hugepage_range (mm/hugetlb.c).
func (s *Space) zapHuge(a *Area, start, end Addr, only *phys.Frame) {
	s.table.EachHuge(start.Page(), end.Page(), func(n VPN, e PTE) {
		f := s.Memory.Frame(e.PFN())
		if only != nil && f != only {
			return
		}
		a.Lost = a.Lost || only != nil
		s.setHuge(n, 0)
		s.Stats.Huge -= uint64(leafPages)
		stepEntryCleared(s.Log, n.Addr(), f.PFN())
		f.NotMapped()
		if e.Dirty() {
			f.Set(phys.Dirty)
		}
		if s.restoresReserve(a, f) {
			f.Set(phys.RestoresReserve)
			a.Reserve.Remove(a.HugeIndexOf(n.Addr()))
		}
		s.gather.huge = append(s.gather.huge, f)
	})
}

// restoresReserve reports whether page f, which area a maps no more, gives its reservation back.
func (s *Space) restoresReserve(a *Area, f *phys.Frame) bool {
	switch {
	case poolOf(f).Surplus > 0 || a.Reserve == nil || !f.Has(phys.Anon):
		return false
	case s.Profile.Has(profile.HugeLastRestores) && f.Maps() > 0:
		return false
	}
	return s.Profile.Has(profile.HugeRestores)
}

// freeHuge gives up the huge pages that were unmapped.
// Linux: tlb_finish_mmu (mm/mmu_gather.c).
func (s *Space) freeHuge() {
	for _, f := range s.gather.huge {
		poolOf(f).Put(f)
	}
	s.gather.huge = s.gather.huge[:0]
}

func poolOf(f *phys.Frame) *phys.HugePool { return f.Owner.(*phys.HugePool) }

// TakeHuge takes the huge page f out of the entry of x in area a, where that shows it, and has the area remember that
// it lost a page: the next access to it there gets a signal instead of a page of zeros. It is for a parent that has
// reserved its pages and whose copy-on-write finds the pool empty: the child loses the page.
// Linux: unmap_hugepage_range for one folio, HPAGE_RESV_UNMAPPED (mm/hugetlb.c).
func (s *Space) TakeHuge(a *Area, x Addr, f *phys.Frame) {
	s.zapHuge(a, x, x+PMDSize, f)
	s.freeHuge()
}

// ReplaceHuge makes the entry of the huge page at x in area a show another frame in place of the one that it shows.
func (s *Space) ReplaceHuge(x Addr, old, f *phys.Frame, e PTE) {
	f.Mapped()
	s.setHuge(x.Page(), e)
	stepEntryCleared(s.Log, x, old.PFN())
	stepEntrySet(s.Log, x, f.PFN())
	old.NotMapped()
	poolOf(old).Put(old)
}

// forkHuge copies the entries of an area of huge pages to a child. Private pages are write-protected in both.
// Linux: copy_hugetlb_page_range (mm/hugetlb.c).
func (s *Space) forkHuge(child *Space, a *Area) {
	s.table.mirror(&child.table, a.Start.Page(), a.End.Page())
	s.table.EachHuge(a.Start.Page(), a.End.Page(), func(n VPN, e PTE) {
		f := s.Memory.Frame(e.PFN())
		f.Clear(phys.Exclusive)
		taken := PTE(0)
		if a.Flags.MayBeCowed() {
			taken = e & PteWrite
			e &^= PteWrite
			s.setHuge(n, e)
		}
		f.Mapped()
		child.Stats.Huge += uint64(leafPages)
		child.setHuge(n, e)
		stepEntryCopied(s.Log, n.Addr(), e.PFN(), uint64(taken))
	})
}

// moveHuge moves the entries of huge pages from the n bytes at old to start.
// Linux: move_hugetlb_page_tables (mm/hugetlb.c).
func (s *Space) moveHuge(old, start Addr, n uint64) {
	s.table.EachHuge(old.Page(), (old + Addr(n)).Page(), func(v VPN, e PTE) {
		to := v - old.Page() + start.Page()
		s.setHuge(v, 0)
		s.setHuge(to, e)
		stepEntryMoved(s.Log, v.Addr(), to.Addr())
	})
}

// reprotectHuge is reprotect for an area of huge pages: a page that was writable asks anew where it is private. As with
// small pages, permission is taken away at once and given by the next fault.
// Linux: hugetlb_change_protection (mm/hugetlb.c).
func (s *Space) reprotectHuge(a *Area, start, end Addr) {
	s.table.EachHuge(start.Page(), end.Page(), func(n VPN, e PTE) {
		ne := (e &^ PteWrite).withAccess(a.Flags)
		if a.writesUnseen() {
			ne |= PteWrite
		}
		if ne != e {
			s.setHuge(n, ne)
			stepEntryProtected(s.Log, n.Addr(), e.PFN())
		}
	})
}
