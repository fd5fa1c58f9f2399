package vm

import "vmsim/vm/phys"

// folioRun is a run of entries that are taken together: they show page after page of one folio. What happens to a folio
// happens once for the run, as that it counts as used where an entry says so.
// Linux: folio_pte_batch (mm/internal.h), zap_present_folio_ptes (mm/memory.c).
type folioRun struct {
	next   VPN // the entry that would go on with it
	owner  phys.Owner
	index  uint64 // of the last page
	length int    // entries
	used   bool   // an entry has said that its page was used
}

// add takes in the entry e of page n, which shows frame f. It reports whether that is the first entry of the run which
// says that the folio was used.
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
