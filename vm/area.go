package vm

import "math/bits"

// Area is one contiguous range of an address space with one backing and one protection.
// Linux: struct vm_area_struct (include/linux/mm_types.h).
type Area struct {
	Start, End Addr // page-aligned, Start < End
	// It links addresses with pages: the page of x is Index + (x - Start)/PageSize. Two areas can merge only if the
	// pages continue as the addresses do. Anonymous memory has no file, but numbers its pages all the same, so that
	// this rule works for it and the reverse map finds its entries.
	Index PageIndex // page of the backing that Start shows; for anonymous memory Start's own page number at birth
	// Linux: vm_flags. maps shows the access and sharing, smaps all of them.
	Flags   Flags
	Anon    *AnonVMA   // who may own its anonymous pages; nil until the first is made
	Backing Backing    // what supplies its pages; nil for anonymous private memory
	Window  SwapWindow // of swap-in

	// Reserve says which huge pages of a private area have used the reservation up that mmap made for all of them;
	// nil where none was made, as in a child. Parts of a split area share it.
	// Linux: vm_private_data with HPAGE_RESV_OWNER (mm/hugetlb.c).
	// See the pool of huge pages in phys.
	Reserve *Reserve
	// Lost says that a parent took a huge page away from the area, for want of another.
	// Linux: HPAGE_RESV_UNMAPPED (mm/hugetlb.c).
	Lost bool

	// Handler is the userfaultfd that handles faults of the area; nil where it is registered with none.
	// Linux: vm_userfaultfd_ctx (include/linux/mm_types.h).
	Handler *Userfaults

	// drift is by how many pages mremap has moved the area since its first private page was made: such pages keep the
	// numbers that they had at their first place.
	drift int64
	label *string // the name that the program has given to anonymous memory; nil for none
	// After a fork a page may belong to an AnonVMA of the parent, so a child's area is listed there as well.
	chain      *link // every AnonVMA that may own a page of it, its own included; the newest last
	fileLink   *link // its place in the backing's reverse map
	space      *Space
	prev, next *Area // neighbours in address order
}

// Label is the name that the program has given to anonymous memory; empty for none.
// Linux: anon_vma_name (include/linux/mm_inline.h).
func (a *Area) Label() string {
	if a.label == nil {
		return ""
	}
	return *a.label
}

// setLabel names the area; empty for no name.
func (a *Area) setLabel(name string) {
	if a.label = nil; name != "" {
		a.label = &name
	}
}

// Len is the area's length in bytes.
func (a *Area) Len() uint64 { return uint64(a.End - a.Start) }

// Pages is the area's length in pages.
func (a *Area) Pages() uint64 { return a.Len() >> PageShift }

// Contains reports whether x lies in the area.
func (a *Area) Contains(x Addr) bool { return a.Start <= x && x < a.End }

// Space is the address space that the area belongs to.
func (a *Area) Space() *Space { return a.space }

// Next is the area at the next higher addresses, nil for the last.
func (a *Area) Next() *Area { return a.next }

// Prev is the area at the next lower addresses, nil for the first.
func (a *Area) Prev() *Area { return a.prev }

// IndexOf is the page of the backing that address x of the area shows.
func (a *Area) IndexOf(x Addr) PageIndex {
	return a.Index + PageIndex((x-a.Start)>>PageShift)
}

// Accessible reports whether any access at all is allowed.
func (a *Area) Accessible() bool { return a.Flags.Any(AccessFlags) }

// Anonymous reports whether the area's pages are private memory that begins as zeros: it has no backing, or it is a
// private area of /dev/zero, which has a file but no operations.
// Linux: vma_is_anonymous (include/linux/mm.h).
func (a *Area) Anonymous() bool { return a.Backing == nil || a.Backing.Traits().Has(GivesAnonymous) }

// guardStart is the area's start, or for a stack the start of the guard gap below it, which must stay free. An area
// that grows down needs a gap below it, so that an overrun of the stack faults and does not write into what lies below.
// Linux: stack_guard_gap, 256 pages.
func (a *Area) guardStart() Addr {
	if !a.Flags.Has(GrowsDown) {
		return a.Start
	}
	if a.Start < StackGuardGap {
		return 0
	}
	return a.Start - StackGuardGap
}

// String is the area's line of /proc/PID/maps without device and inode.
func (a *Area) String() string {
	return string(a.Append(nil))
}

// Append appends what String gives.
func (a *Area) Append(b []byte) []byte {
	b = append(appendHex(b, uint64(a.Start), 8), '-')
	b = append(appendHex(b, uint64(a.End), 8), ' ')
	b = append(append(b, a.Flags.Permissions()...), ' ')
	return appendHex(b, a.mapsOffset(), 8)
}

// mapsOffset is the third column of maps: an area of no file shows 0.
func (a *Area) mapsOffset() uint64 {
	if a.Backing == nil || a.Backing.Traits().Has(NoFile) {
		return 0
	}
	return uint64(a.Index) << PageShift
}

// appendHex appends a number in hexadecimal, with at least so many digits.
func appendHex(b []byte, n uint64, digits int) []byte {
	for digits = max(digits, (bits.Len64(n)+3)/4); digits > 0; digits-- {
		b = append(b, "0123456789abcdef"[n>>(4*(digits-1))&15])
	}
	return b
}
