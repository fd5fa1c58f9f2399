package vm

import (
	"syscall"

	"vmsim/vm/profile"
)

// Move is the part of one area that mremap moves, after it has checked its arguments and chosen a place.
//
//	before   AAAA[from  Old ]AAAA        [to: free      ]
//	after    AAAA            AAAA        [New bytes of A]     the entries of min(Old, New) bytes have moved along
//
// With an Old of 0 the new range maps the same pages as the old one, which stays.
// Linux: struct vma_remap_struct (mm/mremap.c).
type Move struct {
	Area     *Area
	From, To Addr
	Old, New uint64 // lengths in bytes; Old is not larger than New
	Leave    Leftover
}

// Leftover says what becomes of the range that a move leaves.
// Linux: MREMAP_DONTUNMAP (include/uapi/linux/mman.h).
type Leftover uint8

// What may become of it.
const (
	UnmapOld Leftover = iota
	KeepOld           // it stays mapped, without pages
)

// stop is the end of the old range.
func (m *Move) stop() Addr { return m.From + Addr(m.Old) }

// Move makes the new area, moves the entries, and unmaps the old range or leaves it empty. The new range is free. The
// error is ENOMEM, or EINVAL for a part of an area that cannot be split. The entries move, not the pages: frames keep
// their places and their contents, and nothing is copied.
// Linux: move_vma (mm/mremap.c).
func (s *Space) Move(m Move) error {
	if s.crowded(&m) {
		return s.refuse(syscall.ENOMEM, movingNeedsMore)
	}
	part := m.Area.Start != m.From || m.Area.End != m.stop()
	if part && m.Area.Backing != nil && m.Area.Backing.Traits().Has(Unsplittable) {
		return s.refuse(syscall.EINVAL, areaIndivisible)
	}
	if whole, ok := m.Area.Backing.(MovesWhole); ok && !whole.MayMove(m.New>>PageShift) {
		return s.refuse(syscall.EINVAL, "the kernel's own area moves in one piece")
	}
	if s.cutsOut(&m) {
		if err := s.cutOut(m.Area, m.From, m.stop()); err != nil {
			return err
		}
	}
	if err := s.chargeMove(m); err != nil {
		return err
	}
	made, source := s.copyRange(m)
	// Both ranges are counted until the old one is unmapped. Linux leaves that out of VmPeak.
	peak := s.Stats.PeakTotal
	defer func() { s.Stats.PeakTotal = peak }()
	s.countMoved(source, m.New)
	if m.Leave == KeepOld {
		s.leaveEmpty(m, made, source)
	} else {
		s.unmapOld(m, source)
	}
	return nil
}

// cutsOut reports whether the old range is split off as an area of its own before the move: since 7.2, if it stays
// mapped but unlocked.
// Linux: needs_pre_split (mm/mremap.c).
func (s *Space) cutsOut(m *Move) bool {
	return m.Leave == KeepOld && m.Area.Flags.Has(Locked) && s.Profile.Has(profile.DontUnmapApart)
}

// RoomToMove is ENOMEM if the move could exceed vm.max_map_count, counting the splits at both places. Until 7.1 the
// check demands more than that needs.
//
//	AAAAAAAA             the middle of A moves to the middle of B: each is cut in three, which adds two areas each
//	AA[  ]AA   BB[AA]BB
//
// Linux: check_map_count_against_split_early (mm/mremap.c).
func (s *Space) RoomToMove(l Leftover) error {
	adds, most := 4, s.Limits.MaxMapCount // two at each place
	if l == KeepOld && s.Profile.Has(profile.DontUnmapApart) {
		adds++
	}
	if !s.Profile.Has(profile.RemapCountsAreas) {
		adds = 6
	}
	if s.Count()+adds > most {
		return s.refuse(syscall.ENOMEM, movingNeedsMore)
	}
	return nil
}

// crowded reports whether the move alone could exceed vm.max_map_count.
// Linux: check_map_count_against_split (mm/mremap.c).
func (s *Space) crowded(m *Move) bool {
	adds := 2 // the new area, and one more if the old range lies in the middle of its area
	if s.cutsOut(m) {
		adds++
	}
	if !s.Profile.Has(profile.RemapCountsAreas) {
		adds = 4
	}
	return s.Count()+adds > s.Limits.MaxMapCount
}

// chargeMove charges the commit limit for what a move adds. A plain move charges only what the area grows by, because
// the old place is given up; with MREMAP_DONTUNMAP both stay.
// Linux: vrm_charge (mm/mremap.c).
func (s *Space) chargeMove(m Move) error {
	if !m.Area.Flags.Has(Account) {
		return nil
	}
	bytes := m.New - m.Old
	if m.Leave == KeepOld {
		bytes = m.New
	}
	return s.chargeMoved(bytes)
}

// chargeMoved asks for the memory that the new place may need: for a moment both places count.
// Linux: prep_move_vma, security_vm_enough_memory_mm (mm/mremap.c).
func (s *Space) chargeMoved(bytes uint64) error {
	if s.Commit.Charge(bytes>>PageShift) != nil {
		return s.refuse(syscall.ENOMEM, s.Commit.Reason())
	}
	return nil
}

// copyRange makes the new area and moves the entries. It returns the new area, and the area that holds the old range: a
// merge may have made them the same. An area without pages is renumbered, so that it can merge at its new place. A
// reservation of huge pages goes along: what is left of the area has none, also where only a part has moved.
// Linux: copy_vma_and_data (mm/mremap.c), clear_vma_resv_huge_pages (mm/hugetlb.c).
func (s *Space) copyRange(m Move) (made, source *Area) {
	a, index, drift := m.Area, m.Area.IndexOf(m.From), int64(0)
	if a.Anon != nil {
		drift = a.drift + int64(m.From.Page()) - int64(m.To.Page())
	}
	if a.Anonymous() && a.Anon == nil {
		index = PageIndex(m.To.Page())
	}
	var apart *Area
	if m.Leave == KeepOld && s.Profile.Has(profile.DontUnmapApart) {
		apart = a
	}
	made, source = s.copyArea(a, Region{Start: m.To, End: m.To + Addr(m.New), Index: index}, drift, apart)
	if a.Flags.Has(HugeTLB) {
		s.moveHuge(m.From, m.To, m.Old)
		a.Reserve, a.Lost = nil, false
		return made, source
	}
	s.moveEntries(source, made, m.From, m.To, m.Old)
	s.forgetHandler(made)
	return made, source
}

// copyArea makes an area of the region's range with a's attributes, or merges the range into a neighbour other than
// apart.
// Linux: copy_vma (mm/vma.c).
func (s *Space) copyArea(a *Area, r Region, drift int64, apart *Area) (made, source *Area) {
	next := s.FindAfter(r.Start)
	p := proposal{
		space: s, prev: s.before(next), next: next, start: r.Start, end: r.End, index: r.Index, drift: drift,
		flags: a.Flags, backing: a.Backing, anon: a.Anon, label: a.Label(), copiedFrom: a, apart: apart,
		handler: a.Handler,
	}
	if m := p.mergeNew(); m != nil {
		if m.Contains(a.Start) {
			return m, m
		}
		return m, a
	}
	b := &Area{
		Start: r.Start, End: r.End, Index: r.Index, drift: drift,
		Flags: a.Flags, Anon: a.Anon, Backing: a.Backing, label: a.label, Reserve: a.Reserve, Lost: a.Lost,
		Window: a.Window, Handler: a.Handler,
	}
	b.cloneAnon(a)
	stepAreaNew(s.Log, r.Start, r.End, b.Flags)
	s.insert(b)
	if b.Backing != nil {
		b.tie()
	}
	return b, a
}

// leaveEmpty leaves the old range mapped but empty, and not locked. A userfaultfd that watches the old range gets the
// faults on it from then on: this is what the flag was made for.
// Linux: dontunmap_complete (mm/mremap.c).
func (s *Space) leaveEmpty(m Move, made, source *Area) {
	whole := source.Start == m.From && source.End == m.stop()
	if made != source && whole && s.Profile.Has(profile.DontUnmapForgets) {
		s.forgetAnon(source)
	}
	if source.Flags.Has(Locked) && !s.Profile.Has(profile.RemapCountsLocked) {
		s.Stats.Locked -= m.New >> PageShift // until 6.15: VmLck stays as it was before the move
	}
	// Until 7.2 the rest of the old area loses its lock flags too, but its pages stay unevictable.
	left := source.Flags &^ LockedMask
	if s.Profile.Has(profile.DontUnmapUnaccounted) {
		left &^= Account // 6.15 and 6.16: for good
	}
	s.SetFlags(source, left)
}

// forgetAnon updates an area that has lost all its pages. Since 7.2 one without a file is renumbered, as an area that
// never had any. A private area of /dev/zero has a file, and keeps its numbers.
func (s *Space) forgetAnon(a *Area) {
	a.unlinkAnon()
	if !s.Profile.Has(profile.DontUnmapApart) {
		return
	}
	a.drift = 0
	if a.Backing == nil {
		s.reshape(a, a.Start, a.End, PageIndex(a.Start.Page()))
	}
}

// unmapOld unmaps the old range. The commit charge has moved with the pages, so it is not returned. The flag Account is
// taken off the source meanwhile, so that the unmap returns nothing, and given back to what is left of it on both
// sides.
// Linux: unmap_source_vma (mm/mremap.c).
func (s *Space) unmapOld(m Move, source *Area) {
	accounted := source.Flags.Has(Account)
	start, end := source.Start, source.End
	if accounted {
		source.Flags &^= Account
	}
	if m.Old != 0 {
		_ = s.UnmapAligned(m.From, m.stop())
	}
	if !accounted {
		return
	}
	if start < m.From {
		s.account(m.From - 1)
	}
	if end > m.stop() {
		s.account(m.stop())
	}
}

// account marks the area of an address, if there is one, as charged again.
func (s *Space) account(x Addr) {
	if b := s.Find(x); b != nil {
		b.Flags |= Account
	}
}

// MayGrow reports whether the n bytes after a's end are free and lie in the address space.
// Linux: vma_expandable (mm/mremap.c).
func (s *Space) MayGrow(a *Area, n uint64) bool {
	end := a.End + Addr(n)
	return end >= a.End && end <= TaskSize && s.FindIn(a.End, end) == nil
}

// Grow makes an area n bytes longer, which MayGrow has found free, and merges it with what it then touches, as Linux
// does since 6.0. The error is ENOMEM. It moves nothing: only the end of the area changes. So mremap tries this first.
// Linux: expand_vma_in_place (mm/mremap.c), vma_merge_extend (mm/vma.c).
func (s *Space) Grow(a *Area, n uint64) error {
	accounted := a.Flags.Has(Account)
	if accounted {
		if err := s.chargeMoved(n); err != nil {
			return err
		}
	}
	p := proposal{
		space: s, prev: a, next: a.next, start: a.End, end: a.End + Addr(n),
		index: a.IndexOf(a.End), flags: a.Flags, backing: a.Backing, anon: a.Anon, label: a.Label(),
		drift: a.drift, handler: a.Handler,
	}
	if !s.Profile.Has(profile.MergesGrown) {
		p.next = nil
	}
	b := p.mergeNew()
	if b == nil {
		if accounted {
			s.Commit.Return(n >> PageShift)
		}
		return s.refuse(syscall.ENOMEM, "the area cannot grow")
	}
	s.countMoved(b, n)
	return nil
}

// Shrink makes the range of old bytes at start one of new bytes: the end is unmapped.
// Linux: shrink_vma (mm/mremap.c).
func (s *Space) Shrink(start Addr, old, new uint64) error { return s.Unmap(start+Addr(new), old-new) }

// countMoved adds bytes of area a to the totals.
// Linux: vrm_stat_account (mm/mremap.c).
func (s *Space) countMoved(a *Area, bytes uint64) {
	s.Stats.count(a.Flags, int64(bytes>>PageShift))
	if a.Flags.Has(Locked) {
		s.Stats.Locked += bytes >> PageShift
	}
}
