package vm

import (
	"vmsim/vm/profile"
)

// proposal is a range that may merge with its neighbours: a new range between prev and next, or the whole or one end of
// the existing area middle, whose attributes are about to change. Merging is tried before an area is made or split, for
// each of: mmap, brk, mprotect and the other calls that change flags, names, and mremap. All ask the same question of
// the neighbours:
//
//	prev        the range     next          the answer
//	[rw-p  0-3] [rw-p  4-5 ]  [rw-p  6-9]   one area 0-9
//	[rw-p  0-3] [rw-p  4-5 ]  [r--p  6-9]   prev grows to 0-5
//	[rw-p  0-3] [rw-p  8-9 ]  ...           nothing: the pages do not continue
//
// Linux: struct vma_merge_struct (mm/vma.h).
type proposal struct {
	space              *Space
	prev, middle, next *Area
	start, end         Addr
	index              PageIndex
	drift              int64
	flags              Flags
	backing            Backing
	anon               *AnonVMA
	label              string
	handler            *Userfaults
	copiedFrom         *Area // the area whose pages will be moved here, for mremap
	apart              *Area // an area that the range must not merge with; nil for none
	above              bool  // next has priority: if prev and next cannot both merge, the range merges with next
}

// anonCompatible reports whether the pages of the range and those of a may share an AnonVMA. Areas that are still
// linked to AnonVMAs from before a fork do not share theirs. Until 6.16 an area without an AnonVMA did not take over
// its neighbour's, and until 6.18.7 this was not checked for what mremap moves. A page's owner is the AnonVMA of the
// area where it was made, and the reverse map finds an entry through it. If two areas with different ones were merged,
// the pages of one half could not be found any more.
// Linux: is_mergeable_anon_vma (mm/vma.c).
func (p *proposal) anonCompatible(a *Area) bool {
	which := p.space.Profile
	switch {
	case a.Anon == nil && p.anon != nil && !which.Has(profile.UnfaultedTakesPages):
		return false
	case a.Anon == nil && p.anon != nil:
		// The neighbour has no pages yet and may take over the AnonVMA, unless the range still depends on those of a
		// parent process: that list would have to be copied.
		return !p.middle.hadUncowedParents() && !(which.Has(profile.MoveKeepsAnon) && p.copiedFrom.hadUncowedParents())
	case a.Anon != nil && p.anon == nil:
		return !a.hadUncowedParents()
	}
	return a.Anon == p.anon
}

// takesOne reports whether the range may merge with one of its neighbours while the other is excluded.
func (p *proposal) takesOne() bool {
	beside := p.apart != nil && (p.prev == p.apart && p.prev.End == p.start ||
		p.next == p.apart && p.next.Start == p.end)
	return !beside || p.space.Profile.Has(profile.BesideSource)
}

// joinsPrev reports whether the range may merge with prev.
func (p *proposal) joinsPrev() bool {
	a := p.prev
	return a != nil && a != p.apart && p.takesOne() && a.End == p.start &&
		p.admit(a, a.Index+PageIndex(a.Pages()), p.index)
}

// joinsNext reports whether the range may merge with next.
func (p *proposal) joinsNext() bool {
	n := p.next
	return n != nil && n != p.apart && p.takesOne() && n.Start == p.end &&
		p.admit(n, p.index+PageIndex((p.end-p.start)>>PageShift), n.Index)
}

// neighboursAgree reports whether prev and next may merge: both can be compatible with the range without being
// compatible with each other. The range in the middle may fit both sides because it has no AnonVMA yet, while both
// sides have one already.
func (p *proposal) neighboursAgree() bool {
	// If next has priority, a prev without an AnonVMA takes no pages.
	missing := p.prev.Anon == nil && !p.above || p.next.Anon == nil
	if missing || p.prev.Anon == p.next.Anon {
		return true
	}
	p.refuse(p.next, 0, anonDiffers)
	return false
}

// admit reports whether the range may merge with a, which touches it: the lower of the two ends before page ends, the
// upper begins at page begins. If not, it logs why. The first reason that applies is the one that is logged; the order
// has no other effect.
// Linux: can_vma_merge_before, can_vma_merge_after (mm/vma.c).
func (p *proposal) admit(a *Area, ends, begins PageIndex) bool {
	if p.space.Merging != nil {
		return p.admitByPolicy(a)
	}
	switch {
	case (a.Flags^p.flags)&^Sticky != 0, p.space.Profile.Errs(profile.MergeNever):
		// Sticky flags do not keep areas apart: the merged area has those of both.
		p.refuse(a, (a.Flags^p.flags)&^Sticky, flagsDiffer)
	case a.Backing != p.backing:
		p.refuse(a, 0, backingDiffers)
	case a.Handler != p.handler:
		p.refuse(a, 0, handlersDiffer)
	case a.Label() != p.label:
		p.refuse(a, 0, namesDiffer)
	case ends != begins && !p.space.Profile.Errs(profile.MergeAnyOffset), a.drift != p.drift && p.drifts():
		p.refuse(a, 0, offsetJumps)
	case !p.anonCompatible(a):
		p.refuse(a, 0, anonDiffers)
	default:
		return true
	}
	return false
}

// drifts reports whether the numbers of private pages must be consecutive too: since 7.3, in private areas of a file.
// Before, such pages were numbered by their place in the file.
// Linux: needs_adjacent_anon_pgoff (mm/vma.c).
func (p *proposal) drifts() bool {
	return p.backing != nil && p.flags.MayBeCowed() && p.space.Profile.Has(profile.PrivateNumbers)
}

// mayVanish reports whether a merge may remove the area: not if its backing has a close operation, which counts areas.
// Device and System V areas count how often they are mapped by open and close; Linux refuses to remove one by a merge.
func (a *Area) mayVanish() bool { return a.Backing == nil || !a.Backing.Traits().Has(KeepsCount) }

// mergeNew merges a new range, which is free, with its neighbours; it returns nil if that is not possible. Of two
// neighbours that both fit, the lower one stays and grows over all three; the upper one is freed.
// Linux: vma_merge_new_range (mm/vma.c).
func (p *proposal) mergeNew() *Area {
	if p.flags.Any(Special) {
		return nil
	}
	left := p.joinsPrev()
	right := p.joinsNext()
	if left && right && !p.neighboursAgree() {
		left, right = !p.above, p.above
	}
	if left && right && !p.next.mayVanish() {
		right = false
	}
	s := p.space
	switch {
	case left && right:
		s.gaps.occupy(p.start, p.end)
		s.inheritAnon(p.prev, p.next)
		s.inheritAnon(p.prev, p.copiedFrom)
		end := p.next.End
		p.flags |= p.next.Flags
		s.absorb(p.next)
		s.reshape(p.prev, p.prev.Start, end, p.prev.Index)
		return p.merged(p.prev)
	case left:
		s.gaps.occupy(p.start, p.end)
		s.inheritAnon(p.prev, p.copiedFrom)
		s.reshape(p.prev, p.prev.Start, p.end, p.prev.Index)
		return p.merged(p.prev)
	case right:
		s.gaps.occupy(p.start, p.end)
		s.inheritAnon(p.next, p.copiedFrom)
		s.reshape(p.next, p.start, p.next.End, p.index)
		return p.merged(p.next)
	}
	return nil
}

// merged completes a merge: the area gets the sticky flags of the range. The step says which range has become part of
// which area.
func (p *proposal) merged(into *Area) *Area {
	p.space.SetFlags(into, into.Flags|p.flags&Sticky)
	stepAreaMerged(p.space.Log, p.start, p.end, into.Start)
	return into
}

// mergeExisting merges the range, which is all or one end of middle, with the neighbours whose attributes it is about
// to share; it returns nil if that is not possible. The range is part of an area already, whose attributes are about to
// change; the area's own pages and frames stay where they are.
// Linux: vma_merge_existing_range (mm/vma.c).
func (p *proposal) mergeExisting() *Area {
	m := p.middle
	leftEnd, rightEnd := p.start == m.Start, p.end == m.End
	// In the middle of its area the range touches no neighbour.
	if p.flags.Any(Special) || !leftEnd && !rightEnd {
		return nil
	}
	left := leftEnd && p.joinsPrev()
	right := false
	if rightEnd {
		p.next = m.next
		right = p.joinsNext() && (!left || p.neighboursAgree())
	}
	if !left && !right || p.whole() && !m.mayVanish() {
		return nil
	}
	if left && right && !p.next.mayVanish() {
		right = false
	}
	switch {
	case left && right:
		return p.mergeBoth()
	case left:
		return p.mergeLeft()
	}
	return p.mergeRight()
}

// whole reports whether the range is all of middle.
func (p *proposal) whole() bool { return p.start == p.middle.Start && p.end == p.middle.End }

// mergeBoth makes one area of three: the one below grows to the end of the one above. If only the one above has an
// anon_vma, the result takes that.
func (p *proposal) mergeBoth() *Area {
	s, end := p.space, p.next.End
	from := p.middle
	if p.next.Anon != nil {
		from = p.next
	}
	s.inheritAnon(p.prev, from)
	p.flags |= p.middle.Flags | p.next.Flags
	s.absorb(p.middle)
	s.absorb(p.next)
	s.reshape(p.prev, p.prev.Start, end, p.prev.Index)
	return p.merged(p.prev)
}

// mergeLeft lets the area below grow over the range; what is left of the middle begins behind it.
//
//	before   [prev  ][middle        ]      the first part of middle becomes like prev
//	after    [prev      ][middle    ]
func (p *proposal) mergeLeft() *Area {
	s, m := p.space, p.middle
	p.flags |= m.Flags
	s.inheritAnon(p.prev, m)
	if p.whole() {
		s.absorb(m)
	} else {
		s.reshape(m, p.end, m.End, m.IndexOf(p.end))
	}
	s.reshape(p.prev, p.prev.Start, p.end, p.prev.Index)
	return p.merged(p.prev)
}

// mergeRight lets the area above grow down over the range; what is left of the middle ends before it.
func (p *proposal) mergeRight() *Area {
	s, m, n := p.space, p.middle, p.next
	p.flags |= m.Flags
	s.inheritAnon(n, m)
	if p.whole() {
		s.absorb(m)
	} else {
		s.reshape(m, m.Start, p.start, m.Index)
	}
	s.reshape(n, p.start, n.End, p.index)
	return p.merged(n)
}

// inheritAnon gives dst, which has none, the AnonVMA of src, so that the merged area's pages are found. The area keeps
// its own if it has one: then the two are the same, or the merge was refused.
func (s *Space) inheritAnon(dst, src *Area) {
	if src != nil && src.Anon != nil && dst.Anon == nil {
		dst.Anon = src.Anon
		dst.cloneAnon(src)
	}
}

// absorb removes an area whose range has become part of another. Its pages stay in the page table: they belong to the
// other area now.
func (s *Space) absorb(a *Area) {
	s.drop(a)
	a.unlinkAnon()
	if a.Backing != nil {
		a.untie()
	}
}

// tie puts the area into its backing's reverse map.
func (a *Area) tie() {
	if set := a.Backing.Areas(); set != nil {
		a.fileLink = set.add(a, nil)
	}
	a.Backing.Opened(a)
}

// tieAfter is tie for the copy of an area that a child gets: it comes right behind the parent's.
func (a *Area) tieAfter(parent *Area) {
	if set := a.Backing.Areas(); set != nil {
		a.fileLink = set.addAfter(a, parent.fileLink)
	}
	a.Backing.Opened(a)
}

// untie takes an area out of its file's reverse map, and gives back its reference to the file.
// Linux: vma_close, fput (mm/vma.c).
func (a *Area) untie() {
	if a.fileLink != nil {
		a.fileLink.set.remove(a.fileLink)
		a.fileLink = nil
	}
	a.Backing.Closed(a)
}
