package vm

import "vmsim/vm/phys"

// folioRun is a run of entries that show consecutive pages of one folio. The folio is updated once for the whole run:
// it is marked as used once, however many entries have the accessed bit.
// Linux: folio_pte_batch (mm/internal.h), zap_present_folio_ptes (mm/memory.c).
type folioRun struct {
	next   VPN // the entry that would go on with it
	owner  phys.Owner
	index  uint64 // of the last page
	length int    // entries
	used   bool   // an entry of the run had the accessed bit
}

// add extends the run by the entry e of page n, which shows frame f. It reports whether e is the first entry of the run
// with the accessed bit.
func (r *folioRun) add(n VPN, f *phys.Frame, e PTE) (uses bool) {
	nextEntry := n == r.next && n%tableEntries != 0
	nextPage := f.Owner == r.owner && f.Index == r.index+1 && f.Index&(1<<f.Order()-1) != 0
	if !nextEntry || !nextPage {
		*r = folioRun{}
	}
	uses = e.Young() && !r.used
	*r = folioRun{next: n + 1, owner: f.Owner, index: f.Index, length: r.length + 1, used: r.used || e.Young()}
	return uses
}
