package fault

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// What a program gives to an area that it has registered with a userfaultfd. Nothing of it counts as a fault.

// NewPrivate takes a frame for page x of a private area; MapGiven must follow, or Put. The error is ENOMEM.
// Linux: mfill_atomic_pte_copy (mm/userfaultfd.c).
func (h *Handler) NewPrivate(a *vm.Area, x vm.Addr) (*phys.Frame, error) {
	return h.newAnon(&vm.Fault{Space: a.Space(), Area: a, Addr: x, Index: a.IndexOf(x)})
}

// MapGiven maps a frame that a program has given as page x of an area, and drops the reference to it.
// Linux: mfill_atomic_install_pte (mm/userfaultfd.c).
func (h *Handler) MapGiven(a *vm.Area, x vm.Addr, frame *phys.Frame, w vm.Writes) {
	s := a.Space()
	s.Fill(a, x, frame, w)
	if frame.Has(phys.Anon) {
		s.LRU.Add(frame)
	}
	h.Memory.Put(frame)
}

// MapZeros maps the frame of zeros that all processes share as page x of a private area.
// Linux: mfill_atomic_pte_zeropage (mm/userfaultfd.c).
func (h *Handler) MapZeros(a *vm.Area, x vm.Addr) {
	h.mapZeros(&vm.Fault{Space: a.Space(), Area: a, Addr: x})
}
