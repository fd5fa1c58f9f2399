package vm

import (
	"syscall"

	"vmsim/vm/profile"
)

// Unmap unmaps [start, start+n): munmap. Areas that it has split stay split if a later check fails.
// Linux: do_vmi_munmap (mm/vma.c).
func (s *Space) Unmap(start Addr, n uint64) error {
	if !start.Aligned() {
		return s.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	}
	if start > TaskSize || n > uint64(TaskSize-start) {
		return s.refuse(syscall.EINVAL, "the range ends beyond the address space")
	}
	end := start + Addr(PageAlign(n))
	if s.Profile.Errs(profile.UnmapRoundsDown) {
		end = start + Addr(n).Floor()
	}
	if end == start {
		return s.refuse(syscall.EINVAL, "the length is 0")
	}
	return s.UnmapAligned(start, end)
}

// UnmapAligned is Unmap for a range whose arguments have been checked. It first does all that can fail and then all
// that cannot: so munmap that fails has split areas, but unmapped nothing.
// Linux: do_vmi_align_munmap (mm/vma.c).
func (s *Space) UnmapAligned(start, end Addr) error {
	v, err := s.victimsOf(start, end)
	if err != nil {
		return err
	}
	s.clear(v)
	if s.listed {
		s.listed = false
		s.Swap.Unlist(s)
	}
	s.Commit.Return(v.accounted)
	return nil
}

// victims are the areas that make up a range that is going to be unmapped, after the splits at its ends.
// Linux: struct vma_munmap_struct (mm/vma.h).
type victims struct {
	first            *Area // nil where nothing is mapped in the range
	start, end       Addr
	pages, accounted uint64
}

// victimsOf splits the areas at both ends of [start, end) and checks that all within may be unmapped. The checks are
// made area by area from below, so that a sealed area in the middle is found after the split at the start has been
// made. The split stays, and maps shows it.
// Linux: vms_gather_munmap_vmas (mm/vma.c).
func (s *Space) victimsOf(start, end Addr) (victims, error) {
	v := victims{start: start, end: end}
	a := s.FindIn(start, end)
	if a == nil {
		return v, nil
	}
	if a.Start < start {
		switch {
		case a.End > end && s.Count() >= s.Limits.MaxMapCount:
			// Only a hole in the middle of one area makes the number of areas grow.
			return v, s.refuse(syscall.ENOMEM, tooManyAreas)
		case a.Flags.Has(Sealed):
			return v, s.refuse(syscall.EPERM, areaSealed)
		}
		if err := s.splitAt(a, start, above); err != nil {
			return v, err
		}
	}
	v.first = a
	for ; a != nil && a.Start < end; a = a.next {
		if a.Flags.Has(Sealed) {
			return v, s.refuse(syscall.EPERM, areaSealed)
		}
		if a.End > end {
			if err := s.splitAt(a, end, below); err != nil {
				return v, err
			}
		}
		v.pages += a.Pages()
		if a.Flags.Has(Account) {
			v.accounted += a.Pages()
		}
	}
	return v, nil
}

// clear removes the gathered areas, their pages and their tables. Nothing here fails. The order is Linux's: pages
// first, then the areas, then the tables that none needs any more. The order matters to others: a page must be out of
// every table before its frame is freed, and a table must be empty before it is.
// Linux: vms_complete_munmap_vmas (mm/vma.c).
func (s *Space) clear(v victims) {
	if v.first == nil {
		return
	}
	// VmPeak is noted before the total becomes smaller.
	s.Stats.PeakTotal = s.Stats.Peak()
	s.Stats.notePeak()
	before := v.first.prev
	s.clearHuge(v)
	a, last := v.first, v.first.End
	for a != nil && a.Start < v.end {
		next := a.next
		s.empty(a)
		s.drop(a)
		s.gaps.release(a.Start, a.End)
		last = a.End
		a.space = nil
		a = next
	}
	s.freeTables(v.first.Start, last, before, a)
}

// clearHuge takes the huge pages of the gathered areas away: all of them are free before the first area gives back what
// it has reserved.
// Linux: vms_clear_ptes (mm/vma.c).
func (s *Space) clearHuge(v victims) {
	for a := v.first; a != nil && a.Start < v.end; a = a.next {
		if a.Flags.Has(HugeTLB) {
			s.zapHuge(a, a.Start, a.End, nil)
		}
	}
	s.freeHuge()
}

// empty releases what an area holds: its pages, its links to AnonVMAs, its backing, and its part of the totals.
func (s *Space) empty(a *Area) {
	s.zap(a, a.Start, a.End, zapOptions{markers: true})
	stepAreaRemoved(s.Log, a.Start, a.End)
	a.unlinkAnon()
	if a.Backing != nil {
		a.untie()
	}
	if a.Flags.Has(Locked) {
		s.Stats.Locked -= a.Pages()
	}
	s.Stats.count(a.Flags, -int64(a.Pages()))
}

// freeTables frees the page tables of a range that two areas enclose. A table may be shared with a neighbouring area,
// as it covers 2 MiB or more whatever the areas are: only the range up to the neighbours is free for sure.
//
//	before ends at 0x201000, the range is 0x300000 to 0x500000, after begins at 0x600000
//	leaf of 0x200000 to 0x3fffff    stays: before may have pages in it
//	leaf of 0x400000 to 0x5fffff    is freed
func (s *Space) freeTables(start, end Addr, before, after *Area) {
	floor, ceil := VPN(0), TaskSize.ceilPage().Page()+1
	if before != nil {
		floor = before.End.Page()
	}
	if after != nil {
		ceil = after.Start.Page()
	}
	s.table.free(start.Page(), end.Page(), floor, ceil)
}

// UnmapAll removes every area: the process exits, or execs.  The commit charge is returned as one sum, since no call
// can look at the space meanwhile.
// Linux: exit_mmap (mm/mmap.c).
func (s *Space) UnmapAll() {
	v := victims{first: s.first, start: 0, end: ^Addr(0)}
	for a := s.first; a != nil; a = a.next {
		if a.Flags.Has(Account) {
			v.accounted += a.Pages()
		}
	}
	s.clear(v)
	s.Commit.Return(v.accounted)
}
