package vm

import (
	"strings"

	"vmsim/vm/profile"
)

// NameOf is what maps shows as the area's name.
// Linux: get_vma_name (fs/proc/task_mmu.c).
func (s *Space) NameOf(a *Area) string {
	switch {
	case a.Backing != nil && a.label != nil:
		return "[anon_shmem:" + *a.label + "]"
	case a.Backing != nil:
		return strings.ReplaceAll(a.Backing.Name(), "\n", `\012`)
	case s.isHeap(a):
		return "[heap]"
	case a.Start <= s.Layout.StackTop && a.End >= s.Layout.StackTop:
		return "[stack]"
	case a.label != nil:
		return "[anon:" + *a.label + "]"
	}
	return ""
}

// isHeap reports whether maps calls the area the heap.
// Linux: vma_is_initial_heap (include/linux/mm.h).
func (s *Space) isHeap(a *Area) bool {
	if s.Profile.Has(profile.HeapApart) {
		return a.Start < s.Layout.Brk && a.End > s.Layout.StartBrk
	}
	return a.Start <= s.Layout.Brk && a.End >= s.Layout.StartBrk
}
