package vm

import "vmsim/vm/profile"

// Sharing is the policy of fork for private pages: which entries parent and child get.
// Linux: copy_present_ptes (mm/memory.c).
type Sharing interface {
	// Share returns the entries of parent and child for a private page that the parent may write to, whose entry was e.
	// Only PteWrite, PteDirty and PteAccessed of them count; the other bits stay.
	Share(e PTE) (parent, child PTE)
}

// pair are the entries of parent and child.
type pair struct{ parent, child PTE }

// shared is what becomes of the entry e of a private page that the parent may write to: Linux write-protects both.
// Linux: __copy_present_ptes (mm/memory.c).
func (s *Space) shared(e PTE) pair {
	if s.Sharing == nil {
		if s.Profile.Errs(profile.ForkParentWritable) {
			return pair{e, e &^ PteWrite}
		}
		return pair{e &^ PteWrite, e &^ PteWrite}
	}
	const free = PteWrite | PteDirty | PteAccessed
	parent, child := s.Sharing.Share(e)
	return pair{e&^free | parent&free, e&^free | child&free}
}
