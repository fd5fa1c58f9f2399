package vm

import (
	"vmsim/vm/phys"
)

// Remap makes an area, which is new, show the frames in a row from first on: every entry is set now, and no access will
// fault. It is how a device shows its memory. A file never does this: its pages come and go, and are found when they
// are touched.
//
//	file     [area]  ->  no entries; the first access faults, and asks the page cache
//	device   [area]  ->  entry entry entry entry     (special: these frames have no map count)
//
// A private area keeps the number of its first frame where others keep the page of their file, so that the pages that
// were copied on a write are told apart from those that were not.
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
