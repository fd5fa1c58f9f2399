package vm

import "vmsim/vm/phys"

// zapRun is a run of entries that a zap takes away together: they show page after page of one folio, and the folio
// counts as used once, however many of them say so.
// Linux: zap_present_folio_ptes (mm/memory.c), folio_pte_batch_flags (mm/internal.h).
type zapRun struct {
	next  VPN // the entry that would go on with it
	owner phys.Owner
	index uint64 // of the last page
	used  bool   // an entry has said that its page was used
}

// first takes in the entry e of page n, which shows frame f of a large folio. It is false where the run has said before
// that the folio was used.
func (r *zapRun) first(n VPN, f *phys.Frame, e PTE) bool {
	goesOn := n == r.next && n%tableEntries != 0 && f.Owner == r.owner && f.Index == r.index+1 && f.Index&(1<<f.Order()-1) != 0
	before := goesOn && r.used
	*r = zapRun{next: n + 1, owner: f.Owner, index: f.Index, used: before || e.Young()}
	return !before
}
