package vm

import (
	"syscall"

	"vmsim/vm/profile"
)

// PlaceFlags narrow down where a new range goes.
// Linux: the bits of mmap's flags that get_unmapped_area looks at (mm/mmap.c).
type PlaceFlags uint8

// What a caller of Place may ask for.
const (
	PlaceFixed   PlaceFlags = 1 << iota // at the hint, whatever is mapped there: MAP_FIXED
	PlaceLow                            // in the second GiB: MAP_32BIT
	PlaceAbove4G                        // above 4 GiB while there is room: MAP_ABOVE4G
	PlaceShared                         // shared memory, which is not aligned to huge pages: MAP_SHARED
)

// Request describes a range that needs a place.
// Linux: struct vm_unmapped_area_info (include/linux/mm.h).
type Request struct {
	Hint    Addr
	Len     uint64 // a multiple of the page size
	Flags   PlaceFlags
	Backing Backing
	Index   PageIndex // page of the backing that the range begins with
	Align   uint64    // what the address has to be a multiple of, where that is more than a page: a size of huge page
}

// slack is how much longer than the range a gap must be, so that the range still fits after it is aligned. For huge
// pages of 2 MiB these are 2 MiB less one page: in the worst case the gap begins one page behind a multiple.
// Linux: vm_unmapped_area_info.align_mask (include/linux/mm.h).
func (r Request) slack() uint64 {
	if r.Align <= PageSize {
		return 0
	}
	return r.Align - PageSize
}

// largestErrno is the largest error number. Linux returns an address or a negative error number in one word, so it
// takes the last 4095 addresses for errors: mmap(-1, ..., MAP_FIXED, ...) fails with EPERM, which is 1.
// Linux: MAX_ERRNO, IS_ERR_VALUE (include/linux/err.h).
const largestErrno = 4095

// Place finds where a new range goes: at the hint where that is free or with PlaceFixed, else in the highest gap below
// the mapping base. Where huge pages could serve the range it is aligned so that they fit. The checks at the end are
// made for every place, also for a fixed address: what MAP_FIXED asks for can be out of bounds.
//
//	0                                                                              TaskSize
//	| program | heap -->            ... <-- new areas |mmap_base|   stack gap   | <-- stack |
//
// The mapping area begins below the room that the stack may need, and grows down; the heap grows up towards it.
// Linux: __get_unmapped_area (mm/mmap.c), arch_get_unmapped_area_topdown (arch/x86/kernel/sys_x86_64.c).
func (s *Space) Place(r Request) (Addr, error) {
	if r.Len > uint64(TaskSize) {
		return 0, s.refuse(syscall.ENOMEM, "the range is longer than the address space")
	}
	x, err := s.placeUnchecked(r)
	switch {
	case err != nil:
		return 0, s.refuse(syscall.ENOMEM, "no free range is long enough")
	case x >= ^Addr(largestErrno-1):
		return 0, s.refuse(syscall.Errno(-x),
			"so near the end of all addresses, the fixed address is taken for an error")
	case x > TaskSize-Addr(r.Len):
		return 0, s.refuse(syscall.ENOMEM, "the range ends beyond the address space")
	case !x.Aligned():
		return 0, s.refuse(syscall.EINVAL, "the fixed address is not a multiple of the page size")
	case x < s.Limits.OwnMin:
		return 0, s.refuse(syscall.EPERM, "only CAP_SYS_RAWIO maps below vm.mmap_min_addr")
	}
	return x, nil
}

// placeUnchecked looks for a place where a huge page could begin first, for mappings that could have one.
// Linux: thp_get_unmapped_area_vmflags (mm/huge_memory.c).
func (s *Space) placeUnchecked(r Request) (Addr, error) {
	if s.wantsHuge(r) {
		if x, ok := s.placeHuge(r); ok {
			return x, nil
		}
	}
	return s.placeTopDown(r)
}

// wantsHuge reports whether the range is to be aligned to 2 MiB: private anonymous memory of whole 2 MiB without a
// hint, and files of a file system that asks for it.
func (s *Space) wantsHuge(r Request) bool {
	switch {
	case r.Align > PageSize:
		return false
	case r.Backing == nil:
		return s.Profile.Has(profile.AlignedAnonymous) && r.Flags&PlaceShared == 0 && r.Hint == 0 && r.Len%PMDSize == 0
	case r.Backing.Traits().Has(GivesAnonymous):
		return s.Profile.Has(profile.AlignedZeros)
	}
	return r.Backing.Traits().Has(HugeAligned) && s.Profile.Has(profile.AlignedFiles)
}

// placeHuge asks for 2 MiB more than needed and, within that, aligns the range to its offset in the file. The range and
// the file's offset have to be congruent modulo 2 MiB, since only then can an entry for 2 MiB show the file.
//
//	asked for: 4 MiB of a file from offset 1 MiB
//	found      [ 6 MiB                              ]
//	used           [ 4 MiB            ]                 so that address and offset agree modulo 2 MiB
//
// Linux: __thp_get_unmapped_area (mm/huge_memory.c).
func (s *Space) placeHuge(r Request) (Addr, bool) {
	off := uint64(r.Index) << PageShift
	if r.Backing == nil {
		off = 0
	}
	end, up := off+r.Len, (off+PMDSize-1)&^(PMDSize-1)
	if end <= up || end-up < PMDSize {
		return 0, false // no whole huge page lies in it
	}
	padded := r
	padded.Len += PMDSize
	if padded.Len > uint64(TaskSize) {
		return 0, false
	}
	x, err := s.placeTopDown(padded)
	if err != nil {
		return 0, false
	}
	if x == r.Hint {
		return x, x != 0
	}
	shift := (off - uint64(x)) % PMDSize
	if shift == 0 {
		shift = PMDSize // the room is at the top
	}
	x += Addr(shift)
	stepPlaced(s.Log, x, r.Len, "2 MiB more are searched for, so that within them it is aligned as huge pages want it")
	return x, true
}

// placeTopDown is the order in which Linux decides: MAP_FIXED, the hint, the highest gap below mmap_base, and, if none
// fits there, the lowest above it. The mapping area grows towards lower addresses, so new areas lie below the older
// ones, next to each other, and can merge.
//
//	areas                      [B][A] mmap_base      A was mapped first
//	new one, three pages    [C][B][A]                directly below B, which it may merge with
//	munmap(B)               [C]   [A]
//	new one, one page       [C]  D[A]                the highest gap that is long enough, at its top
//
// Linux: arch_get_unmapped_area_topdown (arch/x86/kernel/sys_x86_64.c).
func (s *Space) placeTopDown(r Request) (Addr, error) {
	if r.Flags&PlaceFixed != 0 {
		stepPlaced(s.Log, r.Hint, r.Len, "MAP_FIXED: the address is the caller's")
		return r.Hint, nil
	}
	if r.Flags&PlaceLow != 0 || s.Profile.Errs(profile.PlacesLowest) {
		return s.placeBottomUp(r)
	}
	if hint := r.Hint.Floor(); r.Hint != 0 && !s.Profile.Errs(profile.HintIgnored) {
		why := s.hintMisses(hint, r.Len)
		if why == "" {
			stepPlaced(s.Log, hint, r.Len, "the hint is free")
			return hint, nil
		}
		stepHintTaken(s.Log, hint, r.Len, why)
	}
	low := Addr(PageSize)
	if r.Flags&PlaceAbove4G != 0 {
		low = 1 << 32
	}
	if s.Placement != nil {
		return s.placeByPolicy(r, low)
	}
	if x, ok := s.searchDown(r, low, s.Layout.MmapBase); ok {
		return x, nil
	}
	return s.placeBottomUp(r)
}

// hintMisses is why n bytes cannot be placed at the hint, for people; empty if they can.
func (s *Space) hintMisses(hint Addr, n uint64) string {
	above, end := s.FindAfter(hint), hint+Addr(n)
	switch {
	case uint64(TaskSize)-n < uint64(hint):
		return "the range would pass the end of the address space"
	case above == nil || end <= above.guardStart():
		return ""
	case end <= above.Start:
		return "it is free, but nearer to the stack above it than the stack's guard gap"
	}
	return "something is mapped there"
}

// placeBottomUp searches upwards from a third of the address space if the search from the top has failed. For MAP_32BIT
// it is the only search. It is the way of old kernels, and still the fallback where the space below the mapping base is
// used up.
func (s *Space) placeBottomUp(r Request) (Addr, error) {
	low, high := (TaskSize / 3).ceilPage(), TaskSize
	if r.Flags&PlaceLow != 0 {
		low, high = 0x40000000, 0x80000000
	}
	if r.Len > uint64(high) {
		return 0, syscall.ENOMEM
	}
	if r.Hint != 0 {
		hint := r.Hint.ceilPage()
		above := s.FindAfter(hint)
		if uint64(high)-r.Len >= uint64(hint) && (above == nil || hint+Addr(r.Len) <= above.guardStart()) {
			return hint, nil
		}
	}
	if x, ok := s.searchUp(r, low, high); ok {
		return x, nil
	}
	return 0, syscall.ENOMEM
}

// ceilPage is the address rounded up to a page.
func (a Addr) ceilPage() Addr { return (a + PageMask).Floor() }

// searchDown is the highest place for r within [low, high) that leaves a stack above it its guard gap. A gap that is
// long enough may still be too near to a stack above it, which keeps a guard gap: the search then goes on below that.
// Linux: unmapped_area_topdown (mm/vma.c).
func (s *Space) searchDown(r Request, low, high Addr) (Addr, bool) {
	n, slack := r.Len, r.slack()
	low = max(low, s.Limits.MmapMin)
	for {
		start, end, ok := s.gaps.highest(s.gaps.root, n+slack, low, high)
		if !ok {
			return 0, false
		}
		if above := s.FindAfter(end); above != nil && above.Flags.Has(GrowsDown) && above.guardStart() < end {
			high = above.guardStart()
			if !s.Profile.Has(profile.GuardHidesGaps) && (high < start || uint64(high-start) < n+slack) {
				high = start // until 6.1 only this gap is left out
			}
			continue
		}
		x := (end - Addr(n)) &^ Addr(slack)
		stepGapSearch(s.Log, x, n, end, "the top of the highest gap below the mapping base that is long enough")
		return x, true
	}
}

// searchUp is the lowest such place.
// Linux: unmapped_area (mm/vma.c).
func (s *Space) searchUp(r Request, low, high Addr) (Addr, bool) {
	n, slack := r.Len, r.slack()
	low = max(low, s.Limits.MmapMin)
	for {
		start, _, ok := s.gaps.lowest(s.gaps.root, n+slack, low, high)
		if !ok {
			return 0, false
		}
		start = (start + Addr(slack)) &^ Addr(slack)
		end := start + Addr(n)
		if above := s.FindAfter(start); above != nil && above.Flags.Has(GrowsDown) && above.guardStart() < end {
			low = above.End
			continue
		}
		stepGapSearch(s.Log, start, n, end, "the lowest gap that is long enough, from the bottom up")
		return start, true
	}
}
