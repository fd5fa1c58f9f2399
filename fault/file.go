package fault

import (
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// file repairs a fault on a page that a file backs and that the page table does not have. A store to a private area
// copies at once: mapping the page read-only first would only cost a second fault.
// Linux: do_fault (mm/memory.c).
func (h *Handler) file(f *vm.Fault) error {
	stepFileFault(f.Space.Log, f.Addr, f.Index)
	switch {
	case f.Access != vm.Store:
		return h.fileRead(f)
	case !f.Area.Flags.Has(vm.Shared) && !h.Profile.Errs(profile.PrivateStoreThrough):
		return h.fileCopy(f)
	}
	return h.fileShared(f)
}

const (
	// 64 KiB, and a power of two, not above tablePages. On Linux it can be changed in debugfs: fault_around_bytes.
	faultAroundPages = 16 // Linux: fault_around_pages (mm/memory.c)
	tablePages       = vm.PMDSize / vm.PageSize
)

// fileRead maps the page for a load, and pages around it that are in the page cache. Fault-around comes first because
// it needs no lock of a page and no I/O. Where it has mapped the page, the fault is done, and the file's fault
// operation is never called: so fault-around passes over the page that has the readahead mark, which must reach that
// operation.
// Linux: do_read_fault (mm/memory.c).
func (h *Handler) fileRead(f *vm.Fault) error {
	around := f.Area.Backing.Traits().Has(vm.FaultAround) && !f.Area.Flags.Any(vm.UserWrite|vm.UserMinor)
	if around && !h.Profile.Errs(profile.NoFaultAround) && h.faultAround(f) {
		return nil
	}
	frame, err := f.Area.Backing.Fault(f)
	if err != nil {
		return err
	}
	mapShared(f, frame, 0)
	h.Memory.Put(frame)
	return nil
}

// faultAround maps the pages around the fault that are in the page cache, and reports whether the faulting page is
// among them. Neighbours whose entries are set, or that are locked, not up to date, or marked for readahead, are passed
// over. The neighbours' entries are set accessed on x86, as if they had been used.
// Linux: do_fault_around (mm/memory.c).
func (h *Handler) faultAround(f *vm.Fault) (own bool) {
	first, last := aroundWindow(f)
	if h.Profile.Errs(profile.AroundForward) {
		first = f.Index
	}
	n, own := f.Area.Backing.MapAround(f, first, last)
	f.Space.Stats.NoteFault()
	stepFaultAround(f.Space.Log, f.Addr, first, n)
	return own
}

// aroundWindow is the pages that are mapped with a fault's own: faultAroundPages, aligned to the virtual address, cut
// at the area and at the end of the page table. It is aligned to the virtual address, not to the page of the file, so
// that it never crosses a page table, and two mappings of one file at different addresses may map different neighbours.
// Linux: do_fault_around (mm/memory.c).
func aroundWindow(f *vm.Fault) (first, last vm.PageIndex) {
	// Everything is counted in slots of the page table that holds the entry; only the last line returns to pages of the
	// file.
	slot := int64(f.Addr.Page() % tablePages)
	fromStart := int64(f.Index - f.Area.Index)
	from := max(slot&^(faultAroundPages-1), slot-min(slot, fromStart))
	to := min(from+faultAroundPages, tablePages, slot+int64(f.Area.Pages())-fromStart) - 1
	return f.Index + vm.PageIndex(from-slot), f.Index + vm.PageIndex(to-slot)
}

// mapShared maps a file's frame as the area shows it, and with it the other pages of its folio where all of them fit
// and the page table has none of them yet: since 6.18. extra is what the entry gets beside the area's own bits: write
// and dirty for a store to a shared area, else nothing.
// Linux: finish_fault, set_pte_range (mm/memory.c).
func mapShared(f *vm.Fault, frame *phys.Frame, extra vm.PTE) {
	if f.Area.Flags.Has(vm.PFNMap) {
		// Device memory has no struct page that is counted: no RSS, no reverse map, no LRU.
		f.Space.SetEntry(f.Addr, f.Area.BaseEntry(frame.PFN())|extra|vm.PteSpecial)
		return
	}
	if f.Protected {
		extra |= vm.PteProtected
	}
	m, ok := frame.Owner.(*pagecache.Mapping)
	ok = ok && !f.Area.Flags.Any(vm.Registered)
	if frame.Order() == 0 || !ok || !m.Cache.Profile.Has(profile.WholeFolios) {
		f.Space.MapShared(f.Area, f.Addr, frame, extra)
		return
	}
	first, last := m.Whole(f, frame)
	for i := first; i <= last; i++ {
		if !f.Space.Entry(addrOf(f, i)).None() {
			first, last = f.Index, f.Index
		}
	}
	for i := first; i <= last; i++ {
		f.Space.MapShared(f.Area, addrOf(f, i), m.LookUp(i), extra)
	}
	// In a locked area a folio is put on the unevictable list only once all its pages are mapped.
	if last > first {
		f.Space.LockFolio(f.Area, frame)
	}
}

// addrOf is where the area of a fault shows page i of its file.
func addrOf(f *vm.Fault, i vm.PageIndex) vm.Addr { return f.Addr + vm.Addr(i-f.Index)<<vm.PageShift }

// fileCopy gives a store to a private area its own copy of the file's page at once. The copy is allocated before the
// file is asked. So a page beyond the end of the file costs a frame for a moment, and where memory is short ENOMEM
// comes before SIGBUS. The page that is returned is not mapped: only its copy is.
// Linux: do_cow_fault (mm/memory.c).
func (h *Handler) fileCopy(f *vm.Fault) error {
	f.Area.PrepareAnon()
	own, err := h.newAnon(f)
	if err != nil {
		return err
	}
	frame, err := f.Area.Backing.Fault(f)
	if err != nil {
		h.Memory.Put(own)
		return err
	}
	h.Memory.CopyFrame(own, frame)
	stepCopyCow(f.Space.Log, vm.PageSize, frame.PFN(), own.PFN())
	stepCowBroken(f.Space.Log, f.Addr, frame.PFN(), own.PFN())
	h.Memory.Put(frame)
	h.mapOwn(f, own)
	return nil
}

// fileShared maps the page for a store to a shared area. The entry is writable at once, and the page dirty: otherwise
// the store, which runs next, would fault again.
// Linux: do_shared_fault (mm/memory.c).
func (h *Handler) fileShared(f *vm.Fault) error {
	frame, err := f.Area.Backing.Fault(f)
	if err != nil {
		return err
	}
	defer h.Memory.Put(frame)
	if err := h.makeWritable(f, frame); err != nil {
		return err
	}
	mapShared(f, frame, vm.PteWrite|vm.PteDirty)
	return h.dirtied(f, frame)
}

// makeWritable lets the file system prepare for a store to a shared page, if it has page_mkwrite. ext4 reserves the
// block here, so that a full disk shows up as SIGBUS at the store and not as lost data at writeback. It waits for
// writeback of pages that must not change meanwhile. The file gets a new mtime, too.
// Linux: do_page_mkwrite (mm/memory.c).
func (h *Handler) makeWritable(f *vm.Fault, frame *phys.Frame) error {
	if !f.Area.Backing.Traits().Has(vm.NotifyWrite) || h.Profile.Errs(profile.DirtyBitLost) {
		return nil
	}
	stepMkWrite(f.Space.Log, f.Addr, f.Index)
	return f.Area.Backing.MakeWritable(f, frame)
}

// dirtied notes that a store makes a file's frame dirty. Until 6.0 the fault is then retried, so that it does not hold
// locks while it waits for writeback.
// Linux: fault_dirty_shared_page (mm/memory.c).
func (h *Handler) dirtied(f *vm.Fault, frame *phys.Frame) error {
	// balance_dirty_pages may put a process to sleep that dirties pages faster than the disk takes them.
	anew := f.MayDrop && !h.Profile.Has(profile.DirtyFaultsEnd) &&
		(!frame.Has(phys.Dirty) || f.Area.Backing.Traits().Has(vm.NotifyWrite))
	if !h.Profile.Errs(profile.DirtyBitLost) {
		markDirty(frame)
	}
	if anew {
		return vm.ErrRetry
	}
	return nil
}

func markDirty(frame *phys.Frame) {
	if o, ok := frame.Owner.(vm.DirtyTracker); ok {
		o.MarkDirty(frame)
	}
}
