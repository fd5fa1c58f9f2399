package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// file repairs a fault on a page that a file backs and that the page table does not have.
// Linux: do_fault (mm/memory.c).
func (h *Handler) file(f *vm.Fault) error {
	f.Space.Log.Step(trace.FileFault, uint64(f.Addr), uint64(f.Index), 0)
	switch {
	case f.Access != vm.Store:
		return h.fileRead(f)
	case !f.Area.Flags.Has(vm.Shared):
		return h.fileCopy(f)
	}
	return h.fileShared(f)
}

const (
	faultAroundPages = 16 // Linux: fault_around_pages (mm/memory.c)
	tablePages       = vm.PMDSize / vm.PageSize
)

// fileRead maps the page for a load, and what is at hand around it. Whoever had to wait for the disk has let go of the
// locks meanwhile and begins anew; then what came along from the disk is at hand too.
// Linux: do_read_fault (mm/memory.c).
func (h *Handler) fileRead(f *vm.Fault) error {
	for {
		if h.fileAround(f) {
			return nil
		}
		waited := f.Major
		frame, err := f.Area.Backing.Fault(f)
		if err != nil {
			return err
		}
		if f.Major == waited {
			mapShared(f, frame, 0)
			h.Memory.Put(frame)
			return nil
		}
		h.Memory.Put(frame)
	}
}

// fileAround maps what is at hand around the fault; it reports whether that was the page itself as well.
// Linux: do_fault_around (mm/memory.c).
func (h *Handler) fileAround(f *vm.Fault) bool {
	if !f.Area.Backing.Traits().FaultAround {
		return false
	}
	first, last := aroundWindow(f)
	n, own := f.Area.Backing.MapAround(f, first, last)
	f.Space.Log.Step(trace.FaultAround, uint64(f.Addr), uint64(first), uint64(n))
	return own
}

// aroundWindow is the pages that are mapped with a fault's own: 16, aligned to the virtual address, cut at the area and at
// the end of the page table.
// Linux: do_fault_around (mm/memory.c).
func aroundWindow(f *vm.Fault) (first, last vm.PageIndex) {
	slot := int64(f.Addr.Page() % tablePages)
	fromStart := int64(f.Index - f.Area.Index)
	from := max(slot&^(faultAroundPages-1), slot-min(slot, fromStart))
	to := min(from+faultAroundPages, tablePages, slot+int64(f.Area.Pages())-fromStart) - 1
	return f.Index + vm.PageIndex(from-slot), f.Index + vm.PageIndex(to-slot)
}

// mapShared maps a file's frame as the area shows it.
// Linux: set_pte_range (mm/memory.c).
func mapShared(f *vm.Fault, frame *phys.Frame, extra vm.PTE) {
	e := f.Area.BaseEntry(frame.PFN()) | extra
	if e.Writable() && frame.Has(phys.Dirty) {
		e |= vm.PteDirty
	}
	if f.Area.Flags.Any(vm.PFNMap | vm.MixedMap) {
		f.Space.SetEntry(f.Addr, e|vm.PteSpecial)
		return
	}
	f.Space.MapFrame(f.Addr, frame, e)
}

// fileCopy gives a store to a private area its own copy of the file's page at once.
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
	f.Space.Log.Copy(trace.CopyCow, vm.PageSize, uint64(frame.PFN()), uint64(own.PFN()))
	f.Space.Log.Step(trace.CowBroken, uint64(f.Addr), uint64(frame.PFN()), uint64(own.PFN()))
	h.Memory.Put(frame)
	h.mapOwn(f, own)
	return nil
}

// fileShared maps the page for a store that the file is to have.
// Linux: do_shared_fault (mm/memory.c).
func (h *Handler) fileShared(f *vm.Fault) error {
	frame, err := f.Area.Backing.Fault(f)
	if err != nil {
		return err
	}
	defer h.Memory.Put(frame)
	if f.Area.Backing.Traits().NotifyWrite {
		f.Space.Log.Step(trace.MkWrite, uint64(f.Addr), uint64(f.Index), 0)
		if err := f.Area.Backing.MakeWritable(f, frame); err != nil {
			return err
		}
	}
	mapShared(f, frame, vm.PteWrite|vm.PteDirty)
	markDirty(frame)
	return nil
}

func markDirty(frame *phys.Frame) {
	if o, ok := frame.Owner.(vm.DirtyTracker); ok {
		o.MarkDirty(frame)
	}
}
