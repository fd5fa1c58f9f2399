package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// swapIn maps a page that was swapped out: from the swap cache if it is there, else from the disk. Only a page that had
// to be read makes the fault major. One in the swap cache is minor: it is on its way to the area or from it, or was
// read ahead with a neighbour.
//
//	entry   swap entry 3, Exclusive           frame 9 in the swap cache, or read from the device
//	then    frame 9, writable if exclusive    slot 3 has one reference less
//
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
	if s.Entry(f.Addr) != e { // the OOM killer has ended the process meanwhile
		h.Memory.Put(frame)
		return nil
	}
	f.Protected = e.Protected()
	ne := f.Keep(vm.NewPTE(frame.PFN(), f.Area.Flags))
	// The bit in the swap entry keeps what the frame's flag said when the page was unmapped: fork clears it. Without
	// it, the page is exclusive only if this entry holds the last reference.
	own := e.SwapExclusive()
	// The entry gives up its share of the slot. The slot is free when no entry and no cached page refers to it.
	h.Swap.Release(entry)
	// A page that stays in the swap cache can be reclaimed again without a write, as long as it is clean; one that is
	// going to be written to has no use for its old copy.
	if h.Swap.MayForget(frame, f) {
		h.Swap.Forget(frame)
	}
	if own || frame.Refs() == 1 {
		frame.Set(phys.Exclusive)
		if f.Area.Flags.Has(vm.Write) && !f.Area.Protects(ne) {
			ne |= vm.PteWrite
			if f.Access == vm.Store {
				ne |= vm.PteDirty
			}
		}
	}
	fresh := frame.Owner == nil
	s.ReplaceSwapEntry(f.Area, f.Addr, frame, ne)
	if fresh {
		adopt(f, frame)
	}
	h.Memory.Put(frame)
	if f.Access == vm.Store && !ne.Writable() {
		return h.writeProtected(f, ne)
	}
	return nil
}

// adopt gives a frame that was just read from the swap area an owner. A page that other processes may share belongs to
// the oldest AnonVMA, through which the reverse map finds them all.
// Linux: __folio_set_anon (mm/rmap.c).
func adopt(f *vm.Fault, frame *phys.Frame) {
	owner := f.Area.Anon
	if !frame.Has(phys.Exclusive) {
		owner = owner.Root()
	}
	frame.Owner, frame.Index = owner, uint64(f.Index)
}

// BringBack returns the private pages of a space that are in a swap area to memory. Their entries are not accessed and
// write-protected: the next store faults. The error is ENOMEM. The addresses are collected first: reading a page may
// reclaim others, which changes the table under the walk.
// Linux: unuse_mm (mm/swapfile.c).
func (h *Handler) BringBack(s *vm.Space, area int) error {
	var at []vm.Addr
	s.Table().Each(0, vm.TaskSize.Page(), func(n vm.VPN, e vm.PTE) {
		if e.Swapped() && e.SwapEntry().Area() == area {
			at = append(at, n.Addr())
		}
	})
	for _, x := range at {
		if err := h.bringBack(s, x); err != nil {
			return err
		}
	}
	return nil
}

// putBack shows the frame of a page from the swap area.
// Linux: unuse_pte (mm/swapfile.c).
func (h *Handler) putBack(q *vm.Fault, e vm.PTE, frame *phys.Frame) {
	fresh := frame.Owner == nil
	q.Protected = e.Protected()
	q.Space.ReplaceSwapEntry(q.Area, q.Addr, frame, q.Keep(vm.NewPTE(frame.PFN(), q.Area.Flags)&^vm.PteAccessed))
	if e.SwapExclusive() {
		frame.Set(phys.Exclusive)
	}
	if fresh {
		adopt(q, frame)
	}
	h.Swap.Release(e.SwapEntry())
}

// bringBack reads a page from the swap area into memory and maps it, as swapoff does for each entry of a process. No
// access has happened, so the entry is not marked accessed.
// Linux: unuse_pte_range (mm/swapfile.c).
func (h *Handler) bringBack(s *vm.Space, x vm.Addr) (err error) {
	e := s.Entry(x)
	if !e.Swapped() { // the OOM killer has ended the process meanwhile
		return nil
	}
	a := s.Find(x)
	q := &vm.Fault{Space: s, Area: a, Addr: x, Index: a.IndexOf(x)}
	frame := h.Swap.LookUp(e.SwapEntry())
	if frame == nil {
		if frame, err = h.Swap.ReadAround(q, e.SwapEntry()); err != nil {
			return err
		}
	}
	if s.Entry(x) == e { // as above
		h.putBack(q, e, frame)
	}
	if frame.Has(phys.SwapCached) {
		h.Swap.Forget(frame)
	}
	h.Memory.Put(frame)
	return nil
}
