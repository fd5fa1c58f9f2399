package vm

import (
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Userfaults are the faults that a program handles itself: those in the areas that it has registered with a
// userfaultfd.
//
//	UFFDIO_REGISTER   the areas of the range get a handler, and the modes as flags
//	a fault           on a missing page, on a page of the cache that the page table has not, on a protected page:
//	                  HandOver, instead of a page from the kernel
//	UFFDIO_COPY, …    the program gives the page; the access then succeeds
//
// A handler goes with its area: mremap and fork drop it, and areas with different ones do not merge.
// Linux: struct userfaultfd_ctx (include/linux/userfaultfd_k.h).
type Userfaults struct {
	Space    *Space
	Features UserfaultFeatures
	UserOnly bool // UFFD_USER_MODE_ONLY: the kernel's own accesses fail
	Ready    bool // UFFDIO_API has chosen the features
}

// UserfaultFeatures are what a program has asked of a userfaultfd.
// Linux: UFFD_FEATURE_* (include/uapi/linux/userfaultfd.h).
type UserfaultFeatures uint64

// The features.
const (
	UserfaultFlagWrite   UserfaultFeatures = 1 << 0 // UFFD_FEATURE_PAGEFAULT_FLAG_WP
	UserfaultEventFork   UserfaultFeatures = 1 << 1
	UserfaultEventRemap  UserfaultFeatures = 1 << 2
	UserfaultEventRemove UserfaultFeatures = 1 << 3
	UserfaultHugeTLB     UserfaultFeatures = 1 << 4
	UserfaultShmem       UserfaultFeatures = 1 << 5
	UserfaultEventUnmap  UserfaultFeatures = 1 << 6
	UserfaultSignal      UserfaultFeatures = 1 << 7 // UFFD_FEATURE_SIGBUS
	UserfaultThread      UserfaultFeatures = 1 << 8
	UserfaultMinorHuge   UserfaultFeatures = 1 << 9
	UserfaultMinorShmem  UserfaultFeatures = 1 << 10
	UserfaultExact       UserfaultFeatures = 1 << 11
	UserfaultWriteShmem  UserfaultFeatures = 1 << 12
	UserfaultUnpopulated UserfaultFeatures = 1 << 13 // UFFD_FEATURE_WP_UNPOPULATED
	UserfaultPoison      UserfaultFeatures = 1 << 14
	UserfaultAsync       UserfaultFeatures = 1 << 15 // UFFD_FEATURE_WP_ASYNC
	UserfaultMove        UserfaultFeatures = 1 << 16
	UserfaultAccess      UserfaultFeatures = 1 << 17 // UFFD_FEATURE_RWP
	UserfaultAccessAsync UserfaultFeatures = 1 << 18
)

// Has reports whether all features of g are among them.
func (f UserfaultFeatures) Has(g UserfaultFeatures) bool { return f&g == g }

// ErrUserfault is the error of a fault that waits until a program has handled it.
// Linux: VM_FAULT_RETRY of handle_userfault (fs/userfaultfd.c).
var ErrUserfault = userfault{}

type userfault struct{}

func (userfault) Error() string { return "the fault waits for the program that handles it" }

// HandOver leaves a fault to the program that has registered its area, in one of the modes. The error is ErrNoPage
// where the program wants a signal, or where the kernel cannot wait, else ErrUserfault.
// Linux: handle_userfault (fs/userfaultfd.c).
func (f *Fault) HandOver(mode Flags) error {
	stepUserfault(f.Space.Log, f.Addr, mode)
	u := f.Area.Handler
	if u == nil || u.Features.Has(UserfaultSignal) || f.Kernel && u.UserOnly || f.Locked {
		return ErrNoPage
	}
	return ErrUserfault
}

// Keep is an entry that the fault sets: write-protected where the page that it shows was.
func (f *Fault) Keep(e PTE) PTE {
	if f.Protected {
		return e.protect()
	}
	return e
}

// Protects reports whether stores to the page of an entry of the area are left to the program that has registered it.
// Linux: userfaultfd_pte_wp (include/linux/userfaultfd_k.h).
func (a *Area) Protects(e PTE) bool { return a.Flags.Has(UserWrite) && e.Protected() }

// Register leaves faults in [start, end) of area a, which lies within it, to u. It returns the area that then covers
// the range. The error is ENOMEM.
// Linux: userfaultfd_register_range (mm/userfaultfd.c).
func (s *Space) Register(a *Area, start, end Addr, u *Userfaults, modes Flags) (*Area, error) {
	f := a.Flags&^Registered | modes
	b, err := s.registered(a, start, end, attributes{f, a.Label(), u})
	if err != nil {
		return nil, err
	}
	b.Handler = u
	s.SetFlags(b, f)
	return b, nil
}

// Unregister takes back what Register has done for [start, end) of area a, and the write protection of its pages.
// Linux: userfaultfd_unregister (fs/userfaultfd.c).
func (s *Space) Unregister(a *Area, start, end Addr) (*Area, error) {
	if a.Flags.Has(UserWrite) && s.Profile.Has(profile.UnregisterAllows) {
		s.AllowWrites(a, start, end)
	}
	return s.unregister(a, start, end)
}

// Release is Unregister of a whole area whose userfaultfd is closed.
// Linux: userfaultfd_release_all (mm/userfaultfd.c).
func (s *Space) Release(a *Area) (*Area, error) {
	if a.Flags.Has(UserWrite) && s.Profile.Has(profile.CloseAllows) {
		s.AllowWrites(a, a.Start, a.End)
	}
	return s.unregister(a, a.Start, a.End)
}

// unregister takes the handler of [start, end) from area a.
// Linux: userfaultfd_clear_vma (mm/userfaultfd.c).
func (s *Space) unregister(a *Area, start, end Addr) (*Area, error) {
	b, err := s.registered(a, start, end, attributes{a.Flags &^ Registered, a.Label(), nil})
	if err != nil {
		return nil, err
	}
	s.forgetHandler(b)
	return b, nil
}

// registered prepares the range as modify does, for a userfaultfd or without it. Until 6.4 the merge takes the range to
// show what the area shows from its start on.
// Linux: vma_modify_flags_uffd (mm/vma.c).
func (s *Space) registered(a *Area, start, end Addr, to attributes) (*Area, error) {
	if !s.Profile.Has(profile.MergesRegistered) && a.Start < start {
		return a, s.cutOut(a, start, end)
	}
	return s.modify(a, start, end, to)
}

// forgetHandler takes the handler from an area. Entries that are write-protected stay so.
// Linux: userfaultfd_reset_ctx (mm/userfaultfd.c).
func (s *Space) forgetHandler(a *Area) {
	a.Handler = nil
	s.SetFlags(a, a.Flags&^Registered)
}

// usesMarkers reports whether pages of the area that the page table has not are write-protected by a marker. In
// anonymous memory the program has to ask for that.
// Linux: userfaultfd_wp_use_markers (include/linux/userfaultfd_k.h).
func (a *Area) usesMarkers() bool {
	return !a.Anonymous() || a.Handler != nil && a.Handler.Features.Has(UserfaultUnpopulated)
}

// ForbidWrites write-protects the pages of [start, end) of a registered area.
//
//	entry               afterwards
//	present             present, read-only, Protected
//	swap entry          swap entry, Protected
//	none, of a file     a marker: the page is protected when it comes
//	none, anonymous     none, unless the program has asked for UFFD_FEATURE_WP_UNPOPULATED
//
// Linux: change_protection with MM_CP_UFFD_WP (mm/mprotect.c).
func (s *Space) ForbidWrites(a *Area, start, end Addr) {
	if a.usesMarkers() {
		for n := start.Page(); n < end.Page(); n++ {
			if s.table.Lookup(n).None() {
				s.table.set(n, ProtectedMarker)
			}
		}
	}
	s.changeEntries(a, start, end, func(e PTE) PTE {
		switch {
		case e.Present() && !s.Profile.Has(profile.ResolvedWritable):
			return (e &^ PteWrite).withAccess(a.Flags &^ Write).protect()
		case e.Present():
			return (e &^ PteWrite).withAccess(a.Flags).protect()
		case e.Swapped():
			return e.protect()
		}
		return e
	})
}

// AllowWrites ends the write protection of the pages of [start, end) of a registered area.
// Linux: change_protection with MM_CP_UFFD_WP_RESOLVE (mm/mprotect.c).
func (s *Space) AllowWrites(a *Area, start, end Addr) {
	s.changeEntries(a, start, end, func(e PTE) PTE {
		if !e.Present() {
			return e.Unprotect()
		}
		e = (e &^ PteWrite).withAccess(a.Flags).Unprotect()
		upgrades := a.Flags.Has(Shared | Write) // until 6.2
		if s.Profile.Has(profile.ResolvedWritable) {
			upgrades = s.mayUpgrade(a, e)
		}
		if upgrades {
			e |= PteWrite
		}
		return e
	})
}

// changeEntries gives each entry of [start, end) that is not none the value that change has for it.
func (s *Space) changeEntries(a *Area, start, end Addr, change func(PTE) PTE) {
	changed := false
	s.table.Each(start.Page(), end.Page(), func(n VPN, e PTE) {
		if ne := change(e); ne != e {
			s.table.set(n, ne)
			stepEntryProtected(s.Log, n.Addr(), e.PFN())
			changed = true
		}
	})
	if changed {
		s.flush(start.Page(), end.Page())
	}
}

// Writes says whether stores to a page are left to the program that has registered its area.
// Linux: MFILL_ATOMIC_WP (include/linux/userfaultfd_k.h).
type Writes uint8

// The two ways.
const (
	WritesAllowed Writes = iota
	WritesProtected
)

// Fill sets the entry of x in a registered area to show frame f, which was made for it: dirty, writable where the area
// is, and write-protected where the program asks for that. It replaces a marker.
// Linux: mfill_atomic_install_pte (mm/userfaultfd.c).
func (s *Space) Fill(a *Area, x Addr, f *phys.Frame, w Writes) {
	e := a.BaseEntry(f.PFN()) | PteDirty
	if a.Flags.Has(Write) && (f.Has(phys.Anon) || a.Flags.Has(Shared)) {
		e |= PteWrite
	}
	if w == WritesProtected {
		e = e.protect()
	}
	s.MapFrame(a, x, f, e)
	s.Stats.noteDirectly()
}

// PrepareEntry allocates the page tables down to the one that holds the entry of a.
// Linux: pte_alloc (include/linux/mm.h).
func (s *Space) PrepareEntry(a Addr) { s.table.leafFor(a.Page()) }

// MoveEntry moves the entry of x, a private page or a place in a swap area, to y in area b, whose entry is
// none. folio is the frame of the page, also where only the swap cache has it; nil for none.
// Linux: move_present_ptes, move_swap_pte, move_zeropage_pte (mm/userfaultfd.c).
func (s *Space) MoveEntry(x Addr, b *Area, y Addr, folio *phys.Frame) {
	e := s.Entry(x)
	s.SetEntry(x, 0)
	if folio != nil {
		folio.Owner, folio.Index = b.Anon, uint64(b.IndexOf(y))
	}
	switch ne := NewPTE(e.PFN(), b.Flags); {
	case !e.Present():
		s.SetEntry(y, e)
	case folio == nil:
		s.SetEntry(y, ne|PteSpecial)
	default:
		s.SetEntry(y, ne|PteWrite|e&PteDirty)
	}
	stepEntryMoved(s.Log, x, y)
}

// KeepsProtected reports whether markers of write-protected pages in [start, end) of area a outlive a zap: those of a
// file.
// Linux: zap_nonpresent_ptes, zap_install_uffd_wp_if_needed (mm/memory.c).
func (s *Space) KeepsProtected(a *Area, start, end Addr) (keeps bool) {
	if a.Anonymous() {
		return false
	}
	s.table.Each(start.Page(), end.Page(), func(_ VPN, e PTE) {
		keeps = keeps || e == ProtectedMarker || a.Protects(e)
	})
	return keeps
}
