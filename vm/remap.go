package vm

import (
	"vmsim/vm/phys"
)

// Remap maps consecutive frames from first on into a new area: it sets every entry now, so that no access faults.
// Devices map their memory in this way. A file never does: its pages are read and evicted, and a fault finds each one.
//
//	file     [area]  ->  no entries; the first access faults, and asks the page cache
//	device   [area]  ->  entry entry entry entry     (special: these frames have no map count)
//
// A private area keeps the number of its first frame in Index, so that copied pages can be distinguished from the
// device's own.
// Linux: remap_pfn_range (mm/memory.c).
func (s *Space) Remap(a *Area, first phys.PFN) {
	if a.Flags.MayBeCowed() {
		s.reshape(a, a.Start, a.End, PageIndex(first))
	}
	if a.Flags.Has(Locked) {
		s.Stats.Locked -= a.Pages()
	}
	s.SetFlags(a, a.Flags&^LockedMask|IO|PFNMap|DontExpand|DontDump)
	for n := a.Start.Page(); n < a.End.Page(); n++ {
		s.table.set(n, a.BaseEntry(first)|PteSpecial)
		stepFrameRemapped(s.Log, n.Addr(), first)
		first++
	}
}
