package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// writeProtected repairs a store to a page that is there but not writable.
// Linux: do_wp_page (mm/memory.c).
func (h *Handler) writeProtected(f *vm.Fault, e vm.PTE) error {
	s := f.Space
	s.Log.Step(trace.WriteFault, uint64(f.Addr), uint64(e.PFN()), 0)
	frame := s.NormalFrame(e)
	switch {
	case f.Area.Flags.Any(vm.Shared | vm.MayShare):
		return h.writeShared(f, e, frame)
	case frame != nil && frame.Has(phys.Anon) && (frame.Has(phys.Exclusive) || h.takeOver(f, frame)):
		s.Log.Step(trace.CowReused, uint64(f.Addr), uint64(frame.PFN()), 0)
		h.reuse(f, e)
		return nil
	}
	return h.copyOnWrite(f, e, frame)
}

// takeOver makes a frame that nobody else refers to any more this process's alone.
// Linux: wp_can_reuse_anon_folio (mm/memory.c).
func (h *Handler) takeOver(f *vm.Fault, frame *phys.Frame) bool {
	if frame.Has(phys.SwapCached) && frame.Refs() == 2 {
		h.Swap.Forget(frame)
	}
	if frame.Refs() != 1 {
		return false
	}
	frame.Owner = f.Area.Anon
	frame.Set(phys.Exclusive)
	return true
}

// reuse lets stores through the entry as it is.
// Linux: wp_page_reuse (mm/memory.c).
func (h *Handler) reuse(f *vm.Fault, e vm.PTE) {
	e |= vm.PteAccessed | vm.PteDirty
	if f.Area.Flags.Has(vm.Write) {
		e |= vm.PteWrite
	}
	f.Space.SetEntry(f.Addr, e)
	h.Events.Reused++
}

// writeShared lets the first store to a shared page through, once the file system knows of it.
// Linux: wp_page_shared (mm/memory.c).
func (h *Handler) writeShared(f *vm.Fault, e vm.PTE, frame *phys.Frame) error {
	if frame == nil {
		h.reuse(f, e)
		return nil
	}
	if f.Area.Backing.Traits().NotifyWrite {
		f.Space.Log.Step(trace.MkWrite, uint64(f.Addr), uint64(f.Index), 0)
		if err := f.Area.Backing.MakeWritable(f, frame); err != nil {
			return err
		}
	}
	h.reuse(f, e)
	return h.dirtied(f, frame)
}

// copyOnWrite gives the process a copy of its own. frame is nil for the page of zeros.
// Linux: wp_page_copy (mm/memory.c).
func (h *Handler) copyOnWrite(f *vm.Fault, e vm.PTE, frame *phys.Frame) error {
	s := f.Space
	f.Area.PrepareAnon()
	own, err := h.newAnon(f)
	if err != nil {
		return err
	}
	if frame == nil && e.PFN() == h.Memory.Zero().PFN() {
		s.Log.Copy(trace.CopyZero, vm.PageSize, uint64(own.PFN()), uint64(f.Addr))
	} else {
		h.Memory.CopyFrame(own, h.Memory.Frame(e.PFN()))
		s.Log.Copy(trace.CopyCow, vm.PageSize, uint64(e.PFN()), uint64(own.PFN()))
	}
	s.Log.Step(trace.CowBroken, uint64(f.Addr), uint64(e.PFN()), uint64(own.PFN()))
	if frame != nil {
		s.ClearEntry(f.Area, f.Addr)
	}
	h.mapOwn(f, own)
	return nil
}
