package fault

import "vmsim/vm"

// findArea is the area that holds a; a stack above a is expanded down to it.
//
//	[ gap      x          ][ stack        ]     x is below the stack: it grows down to x, up to RLIMIT_STACK
//	[ area ][ gap  x  ][ area ]                 SIGSEGV, SEGV_MAPERR
//
// Linux: lock_mm_and_find_vma (mm/mmap_lock.c).
func (h *Handler) findArea(s *vm.Space, a vm.Addr) (*vm.Area, *Signal) {
	area := s.FindAfter(a)
	if area == nil {
		return nil, &Signal{SIGSEGV, SegvMapErr, a}
	}
	if area.Start > a {
		if s.GrowDown(area, a) != nil {
			return nil, &Signal{SIGSEGV, SegvMapErr, a}
		}
		stepStackGrown(s.Log, a, area.Start)
	}
	stepFaultArea(s.Log, area.Start, area.End)
	return area, nil
}
