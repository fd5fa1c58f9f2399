package vm

import "vmsim/vm/phys"

// gather collects what a zap does only once per folio, or only after the TLBs are flushed, while it clears the entries
// of one page table.
//
//	clear an entry of a large folio   the run of entries says whether its folio counts as used, and is unlocked, once
//	clear a dirty entry of a file     the frame stays locked: other processors may still store to it
//	the table is done, TLBs flushed   finish unlocks those frames
//
// Linux: struct mmu_gather (include/asm-generic/tlb.h).
type gather struct {
	late []*phys.Frame // to be unlocked when the table is done; each is held
	run  folioRun
	huge []*phys.Frame // huge pages that were unmapped
}

// begin makes the next entry start a run.
func (g *gather) begin() { g.run.next, g.run.length = 0, 0 }

// delay queues the unlocking of a frame.
// Linux: tlb_delay_rmap (include/asm-generic/tlb.h).
func (g *gather) delay(f *phys.Frame) {
	f.Hold()
	g.late = append(g.late, f)
}

// finish unlocks what was queued.
// Linux: tlb_flush_rmaps (mm/mmu_gather.c).
func (g *gather) finish(s *Space) {
	for _, f := range g.late {
		s.unlockFrame(f)
		s.Memory.Put(f)
	}
	g.late = g.late[:0]
}
