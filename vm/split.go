package vm

import (
	"syscall"

	"vmsim/vm/trace"
)

// splitAt parts an area in two at x; a stays the part above it where keep is Above, else the part below.
// Linux: __split_vma (mm/vma.c).
func (s *Space) splitAt(a *Area, x Addr, keep half) error {
	if a.Backing != nil && a.Backing.Traits().Unsplittable {
		return syscall.EINVAL
	}
	b := &Area{Start: a.Start, End: a.End, Index: a.Index, Flags: a.Flags, Anon: a.Anon, Backing: a.Backing, space: s}
	b.cloneAnon(a)
	s.Log.Step(trace.AreaSplit, uint64(a.Start), uint64(a.End), uint64(x))
	if keep == above {
		b.End = x
		s.reshape(a, x, a.End, a.IndexOf(x))
	} else {
		b.Start, b.Index = x, a.IndexOf(x)
		s.reshape(a, a.Start, x, a.Index)
	}
	if b.Backing != nil {
		b.tie()
	}
	s.adopt(b)
	return nil
}

// half says which part of a split area the area itself becomes.
type half uint8

const (
	below half = iota
	above
)

// splitCounted is splitAt where the number of areas may not exceed its limit.
func (s *Space) splitCounted(a *Area, x Addr, keep half) error {
	if s.Count() >= s.Limits.MaxMapCount {
		return syscall.ENOMEM
	}
	return s.splitAt(a, x, keep)
}

// Modify prepares [start, end) of area a, which lies within it, for new flags: it merges with a neighbour that has them
// already, or is split off. The area that then covers the range is returned; its flags are for the caller to set.
// Linux: vma_modify_flags (mm/vma.c).
func (s *Space) Modify(a *Area, start, end Addr, f Flags) (*Area, error) {
	p := proposal{
		space: s, prev: a.prev, middle: a, start: start, end: end,
		index: a.IndexOf(start), flags: f, backing: a.Backing, anon: a.Anon,
	}
	if m := p.mergeExisting(); m != nil {
		return m, nil
	}
	if a.Start < start {
		if err := s.splitCounted(a, start, above); err != nil {
			return nil, err
		}
	}
	if a.End > end {
		if err := s.splitCounted(a, end, below); err != nil {
			return nil, err
		}
	}
	return a, nil
}
