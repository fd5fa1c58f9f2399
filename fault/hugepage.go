package fault

import (
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// huge repairs a fault in an area of huge pages. One entry shows 2 MiB, so one fault brings 512 pages. It never waits
// for a disk, and a page comes from nowhere but the pool. The address is aligned first: the other 511 pages have no
// entries of their own. The access that faulted may be to any byte of the 2 MiB; Addr becomes that of the first.
// Linux: hugetlb_fault (mm/hugetlb.c).
func (h *Handler) huge(f *vm.Fault, e vm.PTE) error {
	area, page := f.Area, vm.Addr(f.Area.PageSize())
	f.Addr &^= page - 1
	f.Index = area.IndexOf(f.Addr)
	f.Space.PrepareTables(f.Addr, uint64(page))
	if e.None() {
		return h.hugeMissing(f)
	}
	e = f.Space.Entry(f.Addr)
	if f.Access == vm.Store && !e.Writable() {
		return h.hugeWrite(f)
	}
	e |= vm.PteAccessed
	if f.Access == vm.Store {
		e |= vm.PteDirty
	}
	f.Space.SetHuge(f.Addr, e)
	return nil
}

// hugeMissing maps a huge page where there is none: the file's, or a new one of zeros. A shared mapping takes its page
// from the file, whose page cache holds pages of 2 MiB; a private mapping takes the file's page if there is one and a
// page of its own otherwise. The pool was asked at mmap, which reserved the pages: a fault fails only in areas without
// a reservation.
//
//	shared      the file's page, or a new page of zeros that becomes the file's
//	private     the file's page read-only for a load, if the file has it; else a page of the process's own
//
// Linux: hugetlb_no_page (mm/hugetlb.c).
func (h *Handler) hugeMissing(f *vm.Fault) error {
	a, m := f.Area, pagecache.FileOf(f.Area).Mapping
	if a.Lost {
		stepHugeLost(f.Space.Log, f.Addr)
		return vm.ErrNoPage
	}
	i := a.HugeIndexOf(f.Addr)
	frame := m.HugePage(i)
	// Beyond the end of the file: SIGBUS, as with small pages.
	if (frame == nil || !h.Profile.Has(profile.HugeFoundAnywhere)) && i >= m.HugeEnd() {
		return vm.ErrNoPage
	}
	own := frame == nil && !a.Flags.Has(vm.MayShare)
	if frame == nil {
		if own {
			a.PrepareAnon()
		}
		var err error
		if frame, err = m.NewHugePage(a, i); err != nil {
			return err
		}
		stepFrameAllocated(f.Space.Log, frame.PFN())
		stepCopyZero(f.Space.Log, vm.PMDSize, frame.PFN(), f.Addr)
	}
	e := vm.NewPTE(frame.PFN(), a.Flags)
	if a.Flags.Has(vm.Shared | vm.Write) {
		e |= vm.PteWrite | vm.PteDirty
	}
	f.Space.MapHuge(a, f.Addr, frame, e)
	if own {
		ownHuge(frame)
		frame.Release()
	}
	// The page was mapped read-only; Linux breaks the copy-on-write in the same fault, to save a second one.
	if f.Access == vm.Store && !a.Flags.Has(vm.Shared) {
		return h.hugeWrite(f)
	}
	return nil
}

// hugeWrite lets stores to a huge page through, once a private one is the process's alone. A shared page needs no file
// system's consent: hugetlbfs has neither blocks nor writeback.
// Linux: hugetlb_wp (mm/hugetlb.c).
func (h *Handler) hugeWrite(f *vm.Fault) error {
	s := f.Space
	e := s.Entry(f.Addr)
	if f.Area.Flags.Has(vm.MayShare) {
		s.SetHuge(f.Addr, e|vm.PteWrite|vm.PteDirty)
		return nil
	}
	old := s.NormalFrame(e)
	stepWriteFault(s.Log, f.Addr, old.PFN())
	if !h.hugeAlone(old) {
		own, err := h.hugeCopy(f, old)
		switch {
		case err != nil:
			return err
		case own == nil && s.Entry(f.Addr) != e:
			return nil // the page is no longer mapped: the access faults again
		case own != nil:
			e = vm.NewPTE(own.PFN(), f.Area.Flags) | vm.PteDirty
			s.ReplaceHuge(f.Addr, old, own, e)
			own.Release()
		}
	} else {
		stepCowReused(s.Log, f.Addr, old.PFN())
	}
	if f.Area.Flags.Has(vm.Write) {
		e |= vm.PteWrite | vm.PteDirty
	}
	s.SetHuge(f.Addr, e)
	return nil
}

// ownHuge makes a new page the process's own. Its reservation is used up for good, unless an unmap gives it back.
// Linux: hugetlb_add_new_anon_rmap (mm/rmap.c).
func ownHuge(frame *phys.Frame) {
	frame.Clear(phys.RestoresReserve)
	frame.Set(phys.Anon | phys.Exclusive)
}

// hugeAlone reports whether a huge page is private and nothing else maps it; it is known to be exclusive then. Other
// references do not count: a copy would cost too much.
func (h *Handler) hugeAlone(frame *phys.Frame) bool {
	if !frame.Has(phys.Anon) || frame.Maps() != 1 {
		return false
	}
	frame.Set(phys.Exclusive)
	return true
}

// hugeCopy makes a copy of a huge page that others have, too. Who has reserved the area must not fail: where the pool
// has no page, the children lose theirs, and the old page is the process's alone; own is nil then.
//
//	the pool has a page    the process gets a copy, and the others keep the old page
//	it has none, and the process reserved the area    the old page becomes its own; the others lose it
//	it has none, and the process did not              vm.ErrNoPage: SIGBUS
//
// Linux: hugetlb_wp, unmap_ref_private (mm/hugetlb.c).
func (h *Handler) hugeCopy(f *vm.Fault, old *phys.Frame) (own *phys.Frame, err error) {
	m, a := pagecache.FileOf(f.Area).Mapping, f.Area
	owner := a.Reserve != nil && old.Has(phys.Anon)
	if owner {
		own, err = m.NewHugeCopy()
	} else {
		own, err = m.NewHugePage(a, a.HugeIndexOf(f.Addr))
	}
	if err != nil && owner {
		e := f.Space.Entry(f.Addr)
		h.takeFromChildren(f, old)
		if f.Space.Entry(f.Addr) != e {
			return nil, nil
		}
		if h.hugeAlone(old) {
			stepCowReused(f.Space.Log, f.Addr, old.PFN())
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	a.PrepareAnon()
	h.Memory.CopyHuge(own, old)
	ownHuge(own)
	stepCopyCow(f.Space.Log, vm.PMDSize, old.PFN(), own.PFN())
	stepCowBroken(f.Space.Log, f.Addr, old.PFN(), own.PFN())
	return own, nil
}

// takeFromChildren takes a page out of the areas that have no reservation: those of children. They are looked for at
// the address that the page has here, in all address spaces that have such an area of the same part of the file: where
// the process itself has mapped that part a second time, with MAP_NORESERVE, it loses its own page. From then on every
// fault on a missing page of such an area is SIGBUS.
// Linux: unmap_ref_private (mm/hugetlb.c).
func (h *Handler) takeFromChildren(f *vm.Fault, old *phys.Frame) {
	var unreserved []*vm.Area
	f.Area.Backing.Areas().Each(f.Index, f.Index, func(a *vm.Area, _ vm.Addr, _ uint64) bool {
		if a != f.Area && !a.Flags.Has(vm.MayShare) && a.Reserve == nil {
			unreserved = append(unreserved, a)
		}
		return true
	})
	for _, a := range unreserved {
		a.Space().TakeHuge(a, f.Addr, old)
	}
}

// unshareHuge makes the huge page of x this process's alone without letting stores through.
// Linux: hugetlb_wp with FAULT_FLAG_UNSHARE (mm/hugetlb.c).
func (h *Handler) unshareHuge(f *vm.Fault, e vm.PTE) error {
	f.Addr &^= vm.PMDSize - 1
	f.Index = f.Area.IndexOf(f.Addr)
	old := f.Space.NormalFrame(e).HugeHead()
	if h.hugeAlone(old) {
		return nil
	}
	own, err := h.hugeCopy(f, old)
	if own == nil || err != nil {
		return err
	}
	f.Space.ReplaceHuge(f.Addr, old, own, vm.NewPTE(own.PFN(), f.Area.Flags))
	own.Release()
	return nil
}
