package vm

import (
	"syscall"

	"vmsim/vm/profile"
)

// splitAt splits an area in two at x. The area itself becomes the half that keep names; the other half becomes a new
// area. Both halves show what they did before: the upper one's Index is larger by the pages of the lower. Nothing
// happens to the entries, which do not know of areas.
//
//	before   [ a: pages 10 to 17 of the file          ]
//	after    [ a: 10 to 12    ][ b: 13 to 17          ]     keep is below: a keeps its start
//	         [ b: 10 to 12    ][ a: 13 to 17          ]     keep is above: a keeps its end
//
// Linux: __split_vma (mm/vma.c).
func (s *Space) splitAt(a *Area, x Addr, keep half) error {
	if a.Backing != nil && a.Backing.Traits().Has(Unsplittable) {
		return s.refuse(syscall.EINVAL, areaIndivisible)
	}
	if a.Backing != nil && uint64(x)&(a.PageSize()-1) != 0 {
		return s.refuse(syscall.EINVAL, "the boundary lies within a huge page of the area")
	}
	b := &Area{
		Start: a.Start, End: a.End, Index: a.Index, drift: a.drift, space: s,
		Flags: a.Flags, Anon: a.Anon, Backing: a.Backing, label: a.label, Reserve: a.Reserve, Lost: a.Lost,
		Window: a.Window, Handler: a.Handler,
	}
	stepAreaSplit(s.Log, a.Start, a.End, x)
	index := a.IndexOf(x)
	if s.Profile.Errs(profile.SplitSameOffset) && a.Backing != nil {
		index = a.Index
	}
	// Callers hold on to a, and want it to be the part that they work on.
	if keep == above {
		b.End = x
		b.cloneAnon(a)
		s.reshape(a, x, a.End, index)
	} else {
		b.Start, b.Index = x, index
		b.cloneAnon(a)
		s.reshape(a, a.Start, x, a.Index)
	}
	if b.Backing != nil {
		b.tie()
	}
	// The gaps do not change: the range of both together is what it was.
	s.adopt(b)
	return nil
}

// PageSize is the size in bytes of the pages that the area is made of.
// Linux: vma_kernel_pagesize (mm/hugetlb.c).
func (a *Area) PageSize() uint64 {
	if a.Backing != nil {
		if n := a.Backing.Traits().HugePage(); n != 0 {
			return n
		}
	}
	return PageSize
}

// half is one of the two parts of a split area.
type half uint8

const (
	below half = iota
	above
)

// splitCounted is splitAt where the number of areas may not exceed its limit.
func (s *Space) splitCounted(a *Area, x Addr, keep half) error {
	if s.Count() >= s.Limits.MaxMapCount {
		return s.refuse(syscall.ENOMEM, tooManyAreas)
	}
	return s.splitAt(a, x, keep)
}

// ChangeFlags gives [start, end) of area a, which lies within it, the flags f: the range merges with a neighbour that
// has them already, or is split off. It returns the area that then covers the range. A merge is tried before a split:
// mprotect of the end of one area to the flags of the next moves the boundary, and the number of areas stays.
// Linux: vma_modify_flags (mm/vma.c).
func (s *Space) ChangeFlags(a *Area, start, end Addr, f Flags) (*Area, error) {
	b, err := s.modify(a, start, end, attributes{f, a.Label(), a.Handler})
	if err == nil {
		s.SetFlags(b, f)
	}
	return b, err
}

// ChangeFlagsApart sets the flags of area a up to end, and merges it with no other.
// Linux: vma_modify_flags (mm/vma.c) for a range that begins before its area.
func (s *Space) ChangeFlagsApart(a *Area, end Addr, f Flags) error {
	err := s.cutOut(a, a.Start, end)
	if err == nil {
		s.SetFlags(a, f)
	}
	return err
}

// Rename gives [start, end) of area a, which lies within it, a name. It returns the area that then covers the range.
// Linux: vma_modify_name (mm/vma.c).
func (s *Space) Rename(a *Area, start, end Addr, label string) (*Area, error) {
	b, err := s.modify(a, start, end, attributes{a.Flags, label, a.Handler})
	if err == nil {
		b.setLabel(label)
		s.version++
	}
	return b, err
}

// cutOut makes [start, end) of area a, which lies within it, an area of its own: a is that afterwards.
func (s *Space) cutOut(a *Area, start, end Addr) error {
	if a.Start < start {
		if err := s.splitCounted(a, start, above); err != nil {
			return err
		}
	}
	if a.End > end {
		return s.splitCounted(a, end, below)
	}
	return nil
}

// attributes are what a part of an area is about to have: its flags, its name, and the userfaultfd that it is
// registered with.
type attributes struct {
	flags   Flags
	label   string
	handler *Userfaults
}

// modify prepares the range for new attributes: it returns the area that covers it, whose attributes are for the caller
// to set. If the second of two splits fails, the first stays.
func (s *Space) modify(a *Area, start, end Addr, to attributes) (*Area, error) {
	p := proposal{
		space: s, prev: a.prev, middle: a, start: start, end: end,
		index: a.IndexOf(start), flags: to.flags, backing: a.Backing, anon: a.Anon, drift: a.drift,
		label: to.label, handler: to.handler,
	}
	if m := p.mergeExisting(); m != nil {
		return m, nil
	}
	if err := s.cutOut(a, start, end); err != nil {
		return nil, err
	}
	return a, nil
}
