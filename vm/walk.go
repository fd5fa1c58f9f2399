package vm

import "syscall"

// Holes says what Walk does where nothing is mapped in a part of the range.
// Linux: none; each call decides for itself.
type Holes uint8

// The two ways to deal with a hole.
const (
	StopAtHole Holes = iota // the walk ends there: mprotect, mlock, mincore, msync(MS_ASYNC)
	SkipHoles               // the walk goes on behind it and fails at its end: madvise, msync
)

const rangeHasHole = "the range has a part where nothing is mapped"

// Walk calls fn for every area of [start, end), lowest first, with the part of the area that lies in the range, until
// fn fails. The error is fn's, or ENOMEM for a range with a hole: at once or after the rest, as holes says. fn may
// split the area or merge it with its neighbours, but not unmap what follows.
//
//	range       [.....................]
//	areas     [A      ]    [B    ][C     ]
//	fn(A, ..), then at the hole: StopAtHole fails with ENOMEM; SkipHoles calls fn(B), fn(C) and fails at the end
//
// Linux: madvise_walk_vmas (mm/madvise.c), apply_vma_lock_flags (mm/mlock.c), do_mprotect_pkey (mm/mprotect.c).
func (s *Space) Walk(start, end Addr, holes Holes, fn func(a *Area, start, end Addr) error) error {
	hole := false
	for at := start; at < end; {
		a := s.FindAfter(at)
		if a == nil || at < a.Start {
			if hole = true; a == nil || holes == StopAtHole {
				break
			}
			if at = a.Start; at >= end {
				break
			}
		}
		stop := min(end, a.End)
		if err := fn(a, at, stop); err != nil {
			return err
		}
		at = stop
	}
	if hole {
		return s.refuse(syscall.ENOMEM, rangeHasHole)
	}
	return nil
}
