package vm

import "vmsim/vm/profile"

// AnonVMA says who may map an anonymous frame: every area that is linked to it. An area has none until its first
// private page is allocated. Areas with different AnonVMAs never merge. Fork makes it necessary: a child shows the
// parent's frames and later makes its own. A frame keeps the owner that it got when it was made, until it is known to
// be exclusive, and that owner has to know every area, in any process, that may still show it:
//
//	before fork   area A, own v1                  v1: A
//	fork          child's area B, own v2          v1: A, B    v2: B
//	B stores      B's copy is owned by v2         v2 leads to B alone
//
// So a frame of the parent is searched in both processes, and one of the child in the child only.
// Linux: struct anon_vma (include/linux/rmap.h).
type AnonVMA struct {
	areas    AreaSet
	parent   *AnonVMA // itself for one without a parent
	children int      // AnonVMAs whose parent it is, itself counted where it has none
	// An AnonVMA that is no area's own any more, and that has at most one child, may be taken over by a later child: a
	// chain of forks would otherwise grow without end.
	active int // areas whose own AnonVMA it is
}

// FrameOwner names an anonymous frame's owner.
func (v *AnonVMA) FrameOwner() string { return "anon" }

// Root is the oldest AnonVMA that v descends from: every area that may map a frame of v is linked to it.
// Linux: root of struct anon_vma (include/linux/rmap.h).
func (v *AnonVMA) Root() *AnonVMA {
	for v.parent != v {
		v = v.parent
	}
	return v
}

// Areas are the areas that may map a frame of v.
func (v *AnonVMA) Areas() *AreaSet { return &v.areas }

// PrepareAnon gives a an AnonVMA before its first private page: a neighbour's where the two may merge later, else a new
// one. Sharing a neighbour's lets the two areas merge later, when mprotect makes their flags equal again.
func (a *Area) PrepareAnon() {
	if a.Anon != nil {
		return
	}
	v := a.mergeableAnon()
	if v == nil {
		v = &AnonVMA{children: 1}
		v.parent = v
	}
	a.Anon = v
	a.linkAnon(v)
	v.active++
}

// linkAnon puts the area under v, at the end of its chain: the chain has the area's own anon_vma and those of its
// ancestors, so that a frame that was made before a fork is found from every process that may map it.
// Linux: anon_vma_chain_link (mm/rmap.c).
func (a *Area) linkAnon(v *AnonVMA) {
	last := &a.chain
	for *last != nil {
		last = &(*last).also
	}
	*last = v.areas.add(a, v)
}

// onlyOne reports whether the area is linked to just one AnonVMA.
func (a *Area) onlyOne() bool { return a.chain != nil && a.chain.also == nil }

// mergeableAnon looks at the next area, then at the one before, for an AnonVMA that a may share.
func (a *Area) mergeableAnon() *AnonVMA {
	if n := a.next; n != nil {
		if v := reusableAnon(n, a, n); v != nil {
			return v
		}
	}
	if p := a.prev; p != nil {
		return reusableAnon(p, p, a)
	}
	return nil
}

// reusableAnon is old's AnonVMA if low and high differ only in what mprotect changes. An area that has been through a
// fork does not share its AnonVMA: the chain would grow.
func reusableAnon(old, low, high *Area) *AnonVMA {
	compatible := low.End == high.Start && low.Backing == high.Backing &&
		(low.Flags^high.Flags)&^(AccessFlags|Sticky) == 0 &&
		high.Index == low.Index+PageIndex(low.Pages()) &&
		(high.drift == low.drift || !old.space.Profile.Has(profile.PrivateNumbers)) // since 7.3
	if compatible && old.Anon != nil && old.onlyOne() {
		return old.Anon
	}
	return nil
}

// cloneAnon links dst to every AnonVMA that src is linked to. A child without one of its own takes over an ancestor's
// that no area uses any more.
func (dst *Area) cloneAnon(src *Area) {
	for l := src.chain; l != nil; l = l.also {
		v := l.anon
		dst.linkAnon(v)
		if dst.Anon == nil && src.Anon != nil && v.children < 2 && v.active == 0 {
			dst.Anon = v
		}
	}
	if dst.Anon != nil {
		dst.Anon.active++
	}
}

// forkAnon gives the child's copy of parent its AnonVMA: linked to all of the parent's, so that frames from before the
// fork are found, and to a new one for its own frames.
func (child *Area) forkAnon(parent *Area) {
	child.Anon = nil
	if parent.Anon == nil {
		return
	}
	child.cloneAnon(parent)
	if child.Anon != nil {
		return
	}
	v := &AnonVMA{parent: parent.Anon, active: 1}
	child.Anon = v
	child.linkAnon(v)
	v.parent.children++
}

// unlinkAnon takes the area out of every AnonVMA; those that no area is linked to are freed.
func (a *Area) unlinkAnon() {
	for l := a.chain; l != nil; l = l.also {
		v := l.anon
		v.areas.remove(l)
		if v.areas.n == 0 {
			v.parent.children--
		}
	}
	a.chain = nil
	if a.Anon != nil {
		a.Anon.active--
		a.Anon = nil
	}
}

// hadUncowedParents reports whether the area is still linked to AnonVMAs from before a fork: such areas do not merge.
func (a *Area) hadUncowedParents() bool {
	return a != nil && a.Anon != nil && !a.onlyOne()
}
