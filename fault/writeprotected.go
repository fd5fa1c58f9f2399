package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// writeProtected repairs a store to a page that is present but not writable. The usual reasons for a read-only entry in
// a writable area: the frame is shared after fork; it is a file's page that is clean, where the first store has to be
// noticed; or it is the zero page.
// Linux: do_wp_page (mm/memory.c).
func (h *Handler) writeProtected(f *vm.Fault, e vm.PTE) error {
	s := f.Space
	stepWriteFault(s.Log, f.Addr, e.PFN())
	if f.Area.Protects(e) {
		if !f.Area.Handler.Features.Has(vm.UserfaultAsync) {
			return f.HandOver(vm.UserWrite)
		}
		e = e.Unprotect()
		s.SetEntry(f.Addr, e)
	}
	frame := s.NormalFrame(e)
	switch {
	case f.Area.Flags.Any(vm.Shared | vm.MayShare):
		// MayShare without Shared: a shared mapping of a file that was opened for reading only.
		return h.writeShared(f, e, frame)
	case h.CopyOnWrite != nil:
		return h.CopyOnWrite.Store(h.page(f, e))
	case frame != nil && frame.Has(phys.Anon) && (frame.Has(phys.Exclusive) || h.takeOver(f, frame)):
		stepCowReused(s.Log, f.Addr, frame.PFN())
		h.reuse(f, e)
		return nil
	}
	return h.copyOnWrite(f, e, frame)
}

// takeOver marks a frame without other references as exclusive to this process. The last reference must be this
// entry's, and the swap cache's is given up if it is the only other one. So after the child of a fork has ended, the
// parent's next store copies nothing. An example: a fork makes frame 7 shared, with two references. The child exits,
// and one is left. At the next store of the parent the frame is its own again, although the flag says otherwise until
// here.
// Linux: wp_can_reuse_anon_folio (mm/memory.c).
func (h *Handler) takeOver(f *vm.Fault, frame *phys.Frame) bool {
	// One reference is the entry's, one the swap cache's.
	if frame.Has(phys.SwapCached) && frame.Refs() == 2 {
		h.Swap.Forget(frame)
	}
	if frame.Refs() != 1 && !h.Profile.Errs(profile.SharedTakenOver) {
		return false
	}
	// The reverse map may now lead to this process alone, which is shorter than the set of all that ever shared the
	// page.
	frame.Owner = f.Area.Anon
	frame.Set(phys.Exclusive)
	return true
}

// reuse makes the entry writable without a copy.
// Linux: wp_page_reuse (mm/memory.c).
func (h *Handler) reuse(f *vm.Fault, e vm.PTE) {
	e |= vm.PteAccessed | vm.PteDirty
	if f.Area.Flags.Has(vm.Write) {
		e |= vm.PteWrite
	}
	f.Space.SetEntry(f.Addr, e)
	h.Events.Reused++
}

// writeShared makes a shared page writable for its first store, after page_mkwrite. The page is not copied: the store
// is meant for the file. The fault only notes that it happens.
// Linux: wp_page_shared (mm/memory.c).
func (h *Handler) writeShared(f *vm.Fault, e vm.PTE, frame *phys.Frame) error {
	if frame == nil {
		h.reuse(f, e)
		return nil
	}
	if err := h.makeWritable(f, frame); err != nil {
		return err
	}
	h.reuse(f, e)
	return h.dirtied(f, frame)
}

// newAnonBeside is newAnon while the page's old frame, nil for none, is held against reclaim. own is nil if reclaim has
// meanwhile unmapped the page, whose entry was e. Taking a frame may reclaim, and what it reclaims may be the page that
// is to be copied.
func (h *Handler) newAnonBeside(f *vm.Fault, e vm.PTE, old *phys.Frame) (own *phys.Frame, err error) {
	if old == nil || h.Cache.Reclaim.Plenty(1) {
		return h.newAnon(f)
	}
	old.Hold()
	own, err = h.newAnon(f)
	h.Memory.Put(old)
	if err == nil && f.Space.Entry(f.Addr) != e {
		h.Memory.Put(own)
		return nil, nil
	}
	return own, err
}

// copyOnWrite gives the process its own copy. frame is nil for the zero page.
// Linux: wp_page_copy (mm/memory.c).
func (h *Handler) copyOnWrite(f *vm.Fault, e vm.PTE, frame *phys.Frame) error {
	own, err := h.privateCopy(f, e, frame)
	if own == nil || err != nil {
		return err
	}
	h.mapOwn(f, own)
	return nil
}

// privateCopy copies the page of f and unmaps the original. own is nil if reclaim has meanwhile unmapped the page: the
// access then faults again. The new page is mapped after the old entry is cleared and flushed: another thread must not
// see the old page after the new one was stored to.
func (h *Handler) privateCopy(f *vm.Fault, e vm.PTE, frame *phys.Frame) (own *phys.Frame, err error) {
	s := f.Space
	f.Area.PrepareAnon()
	if own, err = h.newAnonBeside(f, e, frame); own == nil || err != nil {
		return nil, err
	}
	if frame == nil && e.PFN() == h.Memory.Zero().PFN() {
		stepCopyZero(s.Log, vm.PageSize, own.PFN(), f.Addr)
	} else {
		if !h.Profile.Errs(profile.CopyForgotten) {
			h.Memory.CopyFrame(own, h.Memory.Frame(e.PFN()))
		}
		stepCopyCow(s.Log, vm.PageSize, e.PFN(), own.PFN())
	}
	stepCowBroken(s.Log, f.Addr, e.PFN(), own.PFN())
	if frame != nil {
		s.ClearEntry(f.Area, f.Addr)
	}
	return own, nil
}

// unshare makes a private page exclusive to this process without making it writable; it copies the page if others share
// it. It is the fault of a pin for reading, FAULT_FLAG_UNSHARE. The page is made exclusive, so that a later store of
// this process does not move it away from the device that holds the pin.
// Linux: do_wp_page, wp_page_copy with FAULT_FLAG_UNSHARE (mm/memory.c).
func (h *Handler) unshare(s *vm.Space, a *vm.Area, x vm.Addr, e vm.PTE) error {
	f := &h.request
	*f = vm.Fault{Space: s, Area: a, Addr: x.Floor(), Real: x, Index: a.IndexOf(x), Access: vm.Load}
	h.Events.Faults++
	if a.Flags.Has(vm.HugeTLB) {
		return h.unshareHuge(f, e)
	}
	frame := s.NormalFrame(e)
	if h.takeOver(f, frame) {
		return nil
	}
	own, err := h.privateCopy(f, e, frame)
	if own == nil || err != nil {
		return err
	}
	f.Protected = e.Protected()
	h.mapWith(f, own, vm.NewPTE(own.PFN(), a.Flags))
	return nil
}
