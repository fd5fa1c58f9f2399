package vm

// Merging is the policy of which neighbours merge: it is called when mmap makes a range, and when mprotect, madvise and
// others change one. Without a policy the space follows Linux.
// Linux: can_vma_merge_before, can_vma_merge_after (mm/vma.c).
type Merging interface {
	// Joins reports whether two ranges may be one area: below ends where above begins. It is not called if the private
	// pages of the two cannot have one owner.
	Joins(below, above Neighbour) bool
}

// Neighbour is an area, or a range that is about to be one, as Merging sees it.
// Linux: struct vma_merge_struct (mm/vma.h).
type Neighbour struct {
	Range
	Flags   Flags
	Backing Backing   // nil for private anonymous memory
	Index   PageIndex // page of the backing that Start shows; for anonymous memory Start's own page number at birth
	Label   string    // the name that the program has given to anonymous memory
}

// EndIndex is the page of the backing that would come next.
func (n Neighbour) EndIndex() PageIndex { return n.Index + PageIndex(n.Len()>>PageShift) }

// admitByPolicy asks the policy whether the range may merge with a, which touches it.
func (p *proposal) admitByPolicy(a *Area) bool {
	own := Neighbour{Range{p.start, p.end}, p.flags, p.backing, p.index, p.label}
	other := Neighbour{Range{a.Start, a.End}, a.Flags, a.Backing, a.Index, a.Label()}
	below, above := own, other
	if other.End == own.Start {
		below, above = other, own
	}
	switch {
	case a.Handler != p.handler:
		p.refuse(a, 0, handlersDiffer)
	case !p.anonCompatible(a):
		p.refuse(a, 0, anonDiffers)
	case !p.space.Merging.Joins(below, above):
		p.refuse(a, 0, policyRefuses)
	default:
		return true
	}
	return false
}
