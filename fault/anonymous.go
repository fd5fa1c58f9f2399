package fault

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// A new private page is exclusive to its process until fork shares it. SwapBacked: its only other copy can be in a swap
// area, unlike a file's page, which reclaim may drop when it is clean.
const anonFlags = phys.Anon | phys.Exclusive | phys.SwapBacked | phys.Uptodate | phys.LRU

// anonymous maps a frame for an untouched page of private memory: the shared zero page for a load, a new frame for a
// store. The zero page costs no memory, so a program that only reads a large array of zeros stays small. Its entry is
// special: no frame is counted for it, in RSS neither, and the first store to it is a copy-on-write fault. Shared
// memory always has a file behind it, on a hidden tmpfs where it is anonymous. A shared area without one is of a file
// without operations: SIGBUS. The frame needs an AnonVMA, through which reclaim and migration find its entries.
// Linux: do_anonymous_page (mm/memory.c).
func (h *Handler) anonymous(f *vm.Fault) error {
	s := f.Space
	if f.Area.Flags.Has(vm.Shared) {
		return vm.ErrNoPage
	}
	stepAnonFault(s.Log, f.Addr)
	if f.Area.Flags.Has(vm.UserMissing) {
		return h.missing(f)
	}
	if f.Access != vm.Store && !h.Profile.Configured().NoZeroPage && !h.Profile.Errs(profile.LoadTakesFrame) {
		h.mapZeros(f)
		return nil
	}
	f.Area.PrepareAnon()
	frame, err := h.newAnon(f)
	if err != nil {
		return err
	}
	stepCopyZero(s.Log, vm.PageSize, frame.PFN(), f.Addr)
	h.mapOwn(f, frame)
	return nil
}

// mapZeros maps the frame of zeros that all processes share.
func (h *Handler) mapZeros(f *vm.Fault) {
	f.Space.SetEntry(f.Addr, f.Keep(vm.NewPTE(h.Memory.Zero().PFN(), f.Area.Flags)|vm.PteSpecial))
	stepZeroPageMapped(f.Space.Log, f.Addr)
}

// missing leaves a missing page to the program. A store's frame is taken before, and given back.
// Linux: do_anonymous_page (mm/memory.c), where userfaultfd_missing.
func (h *Handler) missing(f *vm.Fault) error {
	f.Space.PrepareEntry(f.Addr)
	if f.Access == vm.Store {
		f.Area.PrepareAnon()
	}
	return f.HandOver(vm.UserMissing)
}

// newAnon takes a frame of zeros for the page of f; the caller maps it and then gives up the reference.
func (h *Handler) newAnon(f *vm.Fault) (*phys.Frame, error) {
	flags := anonFlags
	if f.Area.Flags.Has(vm.Droppable) {
		flags &^= phys.SwapBacked // its content may be lost, so it needs no swap
	}
	// MustHave: a fault is not a place to fail early. Only if reclaim finds nothing at all is it out of memory.
	reclaim := &h.Cache.Reclaim
	if !reclaim.Room(1, pagecache.MustHave) {
		return nil, syscall.ENOMEM
	}
	frame := h.Memory.Alloc(f.Area.Anon, uint64(f.Index), flags)
	if frame == nil {
		return nil, syscall.ENOMEM
	}
	// The control group of the process that faults pays for the frame, also when others use it later.
	reclaim.Charge(frame)
	stepFrameAllocated(f.Space.Log, frame.PFN())
	return frame, nil
}

// mapOwn maps a frame that is this process's alone, for a store. The entry is dirty at once, since the store is about
// to happen. Write is set only if the area still has it: a debugger may store to a read-only area (FOLL_FORCE), whose
// entry stays read-only.
func (h *Handler) mapOwn(f *vm.Fault, frame *phys.Frame) {
	e := vm.NewPTE(frame.PFN(), f.Area.Flags) | vm.PteDirty
	if f.Area.Flags.Has(vm.Write) {
		e |= vm.PteWrite
	}
	h.mapWith(f, frame, e)
}

// mapWith maps a frame that is this process's alone with that entry. The entry holds a reference of its own; the one of
// the caller is dropped.
func (h *Handler) mapWith(f *vm.Fault, frame *phys.Frame, e vm.PTE) {
	f.Space.MapFrame(f.Area, f.Addr, frame, f.Keep(e))
	f.Space.LRU.Add(frame)
	h.Memory.Put(frame)
}
