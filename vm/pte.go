package vm

import (
	"strings"

	"vmsim/vm/phys"
)

// PTE is an entry of a page table. Present entries are laid out as the processor wants them:
//
//	63  62..52  51..12  11  10         9        8..7  6  5  4..3  2  1  0
//	NX          frame       Protected  Special        D  A        U  W  P
//
// An entry that is neither present nor zero is a swap entry or a marker of the kernel's:
//
//	63..12        11         10         9      8     7
//	swap entry    Protected  Exclusive  Guard  Swap  Poison
//
// A present entry says all that the processor asks. What it does not say, such as the page's place in its file, the
// area knows. Bits 52 to 62 and 9 to 11 are free for software.
// Linux: pte_t (arch/x86/include/asm/pgtable_types.h).
type PTE uint64

// The bits of an entry.
const (
	PtePresent PTE = 1 << 0
	PteWrite   PTE = 1 << 1
	// The kernel keeps the frame of such a page, and the processor denies every access: the fault finds out that the
	// area forbids it.
	PteUser     PTE = 1 << 2 // clear in an area with PROT_NONE
	PteAccessed PTE = 1 << 5
	PteDirty    PTE = 1 << 6
	PteSpecial  PTE = 1 << 9 // shows a frame without a reference count: the zero page, a device's
	// PteProtected says that a userfaultfd has write-protected the page.
	PteProtected PTE = 1 << 10
	PteNoExec    PTE = 1 << 63

	ptePoison    PTE = 1 << 7
	pteSwap      PTE = 1 << 8
	pteGuard     PTE = 1 << 9
	pteExclusive PTE = 1 << 10
	pteProtected PTE = 1 << 11 // in the place of PteProtected, of a page that is not present
	ptePFNMask   PTE = (1<<52 - 1) &^ PageMask
)

// SwapEntry is a page's place in a swap area, from 1, and which area that is. The first area is number 0, so that its
// entries are the places themselves.
// Linux: swp_entry_t (include/linux/mm_types.h).
type SwapEntry uint64

// placeBits is how many bits of an entry are its place.
const placeBits = 40

// NewSwapEntry is the entry of a place of an area.
// Linux: swp_entry (include/linux/swapops.h).
func NewSwapEntry(area int, place uint64) SwapEntry {
	return SwapEntry(area)<<placeBits | SwapEntry(place)
}

// Area is the number of the entry's area.
// Linux: swp_type (include/linux/swapops.h).
func (e SwapEntry) Area() int { return int(e >> placeBits) }

// Place is the entry's place in its area.
// Linux: swp_offset (include/linux/swapops.h).
func (e SwapEntry) Place() uint64 { return uint64(e & (1<<placeBits - 1)) }

// GuardMarker is the entry of a guard region's page: every access to it raises a signal.
// Linux: PTE_MARKER_GUARD (include/linux/swapops.h).
const GuardMarker = pteGuard

// PoisonMarker is the entry of a page that UFFDIO_POISON has made unusable: every access to it raises a signal.
// Linux: PTE_MARKER_POISONED (include/linux/swapops.h).
const PoisonMarker = ptePoison

// ProtectedMarker is the entry of a page that is not mapped and that a userfaultfd has write-protected.
// Linux: PTE_MARKER_UFFD_WP (include/linux/swapops.h).
const ProtectedMarker = pteProtected

// NewPTE is the entry that shows frame n with the permissions of an area with the given flags: young, as the kernel
// makes all its entries, clean, not writable. Young, because the access that faulted is about to happen. Write is left
// to the caller, which knows whether the frame is exclusive.
func NewPTE(n phys.PFN, f Flags) PTE {
	e := PTE(n)<<PageShift | PtePresent | PteAccessed
	return e.withAccess(f)
}

// withAccess gives e the user and execute bits that an area's flags ask for.
func (e PTE) withAccess(f Flags) PTE {
	e = e&^PteNoExec | PteUser
	if !f.Any(AccessFlags) {
		e &^= PteUser
	}
	if !f.Has(Exec) {
		e |= PteNoExec
	}
	return e
}

// Withheld reports whether the processor denies every access to a page that is present.
// Linux: pte_protnone (arch/x86/include/asm/pgtable.h).
func (e PTE) Withheld() bool { return e&(PtePresent|PteUser) == PtePresent }

// Given is the entry of a page of an area with those flags, whose access was withheld until now.
// Linux: do_numa_page (mm/memory.c).
func (e PTE) Given(f Flags) PTE { return e.withAccess(f) | PteAccessed }

// swapPTE is the entry of a page that is in the swap area.
func swapPTE(s SwapEntry) PTE { return PTE(s)<<PageShift | pteSwap }

// Present reports whether the entry maps a frame.
func (e PTE) Present() bool { return e&PtePresent != 0 }

// None reports whether the entry is empty.
func (e PTE) None() bool { return e == 0 }

// Writable reports whether a store succeeds without a fault.
func (e PTE) Writable() bool { return e&PteWrite != 0 }

// Dirty reports whether the page was written to through this entry.
func (e PTE) Dirty() bool { return e&PteDirty != 0 }

// Young reports whether the page was accessed through this entry.
func (e PTE) Young() bool { return e&PteAccessed != 0 }

// Guard reports whether the entry is a guard marker.
func (e PTE) Guard() bool { return !e.Present() && e&pteGuard != 0 }

// Swapped reports whether the page is in the swap area.
func (e PTE) Swapped() bool { return !e.Present() && e&pteSwap != 0 }

// Poisoned reports whether the entry is a marker of UFFDIO_POISON.
func (e PTE) Poisoned() bool { return !e.Present() && e&ptePoison != 0 }

// Marker reports whether the entry is one of the kernel's markers, which say something of a page that is not there.
// Linux: is_pte_marker (include/linux/swapops.h).
func (e PTE) Marker() bool { return !e.Present() && !e.None() && e&pteSwap == 0 }

// Vacant reports whether the entry shows and keeps no page: it is none or a marker.
// Linux: pte_none_mostly (include/linux/swapops.h).
func (e PTE) Vacant() bool { return e.None() || e.Marker() }

// Protected reports whether a userfaultfd has write-protected the page, present or not.
// Linux: pte_uffd_wp, pte_swp_uffd_wp_any (include/linux/userfaultfd_k.h).
func (e PTE) Protected() bool {
	if e.Present() {
		return e&PteProtected != 0
	}
	return e&pteProtected != 0
}

// protect is the entry of a page that a userfaultfd has write-protected.
// Linux: pte_mkuffd_wp, pte_swp_mkuffd_wp (arch/x86/include/asm/pgtable.h).
func (e PTE) protect() PTE {
	if e.Present() {
		return e&^PteWrite | PteProtected
	}
	return e | pteProtected
}

// Unprotect is the entry without that. A marker that says nothing else is none then.
// Linux: pte_clear_uffd_wp, pte_swp_clear_uffd_wp (arch/x86/include/asm/pgtable.h).
func (e PTE) Unprotect() PTE {
	if e.Present() {
		return e &^ PteProtected
	}
	return e &^ pteProtected
}

// SwapEntry is where in the swap area the page is.
func (e PTE) SwapEntry() SwapEntry { return SwapEntry(e &^ PteNoExec >> PageShift) }

// SwapExclusive reports whether the swapped page belongs to this process alone.
func (e PTE) SwapExclusive() bool { return e.Swapped() && e&pteExclusive != 0 }

// PFN is the frame that the entry shows.
func (e PTE) PFN() phys.PFN { return phys.PFN(e & ptePFNMask >> PageShift) }

// Allows reports whether the processor allows an access of kind k. This is the processor's test, which knows nothing of
// areas.
func (e PTE) Allows(k Access) bool {
	if e&(PtePresent|PteUser) != PtePresent|PteUser {
		return false
	}
	switch k {
	case Store:
		return e&PteWrite != 0
	case Fetch:
		return e&PteNoExec == 0
	}
	return true
}

// pteNames are the letters of the bits, in the order in which people read them.
var pteNames = [...]struct {
	bit  PTE
	name string
}{{PtePresent, "P"}, {PteWrite, "RW"}, {PteAccessed, "A"}, {PteDirty, "D"}, {PteSpecial, "S"}, {PteProtected, "UW"}}

// String is the entry's flags for people: P present, RW writable, A accessed, D dirty, S special, UW write-protected by
// a userfaultfd, X executable.
func (e PTE) String() string {
	switch {
	case e.None():
		return "none"
	case e.Guard():
		return "guard"
	case e.Poisoned():
		return "poison"
	case e == ProtectedMarker:
		return "protected"
	case e.Swapped():
		return "swap"
	}
	return e.flagNames()
}

func (e PTE) flagNames() string {
	var names []string
	for _, b := range pteNames {
		if e&b.bit != 0 {
			names = append(names, b.name)
		}
	}
	if e&PteNoExec == 0 {
		names = append(names, "X")
	}
	return strings.Join(names, " ")
}
