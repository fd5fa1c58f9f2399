package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// swapIn maps a page that was swapped out: from the swap cache if it is there, else from the disk.
// Linux: do_swap_page (mm/memory.c).
func (h *Handler) swapIn(f *vm.Fault, e vm.PTE) error {
	s, entry := f.Space, e.SwapEntry()
	frame := h.Swap.LookUp(entry)
	stepSwapCacheLook(s.Log, f.Addr, entry)
	if frame != nil {
		h.Swap.Found(frame, f)
	} else {
		var err error
		if frame, err = h.Swap.ReadAround(f, entry); err != nil {
			return err
		}
		f.Major = true
		stepSwapIn(s.Log, f.Addr, entry, frame.PFN())
	}
	ne := vm.NewPTE(frame.PFN(), f.Area.Flags)
	own := e.SwapExclusive()
	h.Swap.Release(entry)
	if h.Swap.MayForget(frame, f) {
		h.Swap.Forget(frame)
	}
	if own || frame.Refs() == 1 {
		frame.Set(phys.Exclusive)
		if f.Area.Flags.Has(vm.Write) {
			ne |= vm.PteWrite
			if f.Access == vm.Store {
				ne |= vm.PteDirty
			}
		}
	}
	s.ReplaceSwapEntry(f.Area, f.Addr, frame, ne)
	if frame.Owner == nil {
		frame.Index = uint64(f.Index)
	}
	if frame.Owner == nil || frame.Has(phys.Exclusive) {
		frame.Owner = f.Area.Anon
	}
	h.Memory.Put(frame)
	if f.Access == vm.Store && !ne.Writable() {
		return h.writeProtected(f, ne)
	}
	return nil
}
