package vm

import (
	"iter"
	"syscall"
)

// Placement is the policy of where the kernel puts a range if the program does not say: mmap without a free hint, and
// mremap that has to move. Without a policy the space follows Linux: the top of the highest gap that is long enough.
// Linux: arch_get_unmapped_area_topdown (arch/x86/kernel/sys_x86_64.c).
type Placement interface {
	// Place chooses the address of n bytes, a multiple of PageSize, within one of the free ranges; ok is false where
	// none is long enough. The ranges come from the highest to the lowest, no two are adjacent, and the guard gap below
	// a stack is not among them.
	Place(n uint64, free iter.Seq[Range]) (at Addr, ok bool)
}

// Range is a range of addresses, page-aligned.
// Linux: none; it passes start and end separately.
type Range struct{ Start, End Addr }

// Len is the range's length in bytes.
func (r Range) Len() uint64 { return uint64(r.End - r.Start) }

// Holds reports whether [at, at+n) lies in the range.
func (r Range) Holds(at Addr, n uint64) bool {
	return r.Start <= at && at <= r.End && uint64(r.End-at) >= n
}

// placeByPolicy asks the policy. An answer that is not free, or not aligned, counts as no answer.
func (s *Space) placeByPolicy(r Request, low Addr) (Addr, error) {
	free := s.freeRanges(max(low, s.Limits.MmapMin), s.Layout.MmapBase)
	x, ok := s.Placement.Place(r.Len+r.slack(), free)
	if ok && x.Aligned() {
		for g := range free {
			if g.Holds(x, r.Len+r.slack()) {
				x = (x + Addr(r.slack())) &^ Addr(r.slack())
				stepGapSearch(s.Log, x, r.Len, g.End, "the placement policy's choice")
				return x, nil
			}
		}
	}
	return 0, syscall.ENOMEM
}

// freeRanges are the free ranges within [low, high), the highest first.
func (s *Space) freeRanges(low, high Addr) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for top := high; top > low; {
			start, end, ok := s.gaps.highest(s.gaps.root, PageSize, low, top)
			if !ok {
				return
			}
			top = start
			if above := s.FindAfter(end); above != nil {
				end = min(end, above.guardStart())
			}
			if start < end && !yield(Range{start, end}) {
				return
			}
		}
	}
}
