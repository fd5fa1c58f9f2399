package lru

import (
	"fmt"
	"iter"

	"vmsim/vm/phys"
)

// Group says whose frames a set of lists holds.
// Linux: struct lruvec (include/linux/mmzone.h), one for each control group and node.
type Group uint8

// The groups.
const (
	Everyone Group = iota // frames that count to no control group with a limit
	Limited               // frames that count to the control group of the programs: phys.Charged
	numGroups
)

const numLists = Unevictable + 1

// order keeps the order of the folios within each list. A machine that is never short of memory has none.
//
//	head: came last                         tail: came first, is scanned first
//	  │                                            │
//	  └→ folio ←older/newer→ folio ←older/newer→ folio
//
// A folio is linked by its first frame. A folio that reclaim has isolated, or that still waits in a batch, is in no
// row.
// Linux: lists of struct lruvec (include/linux/mmzone.h).
type order struct {
	links []link // by frame number
	rows  [numGroups][numLists]row
	aged  [numGroups]uint64 // Linux: nonresident_age
}

// row is one list. pages is the sum over the folios: a list with one folio of 512 pages has 512.
type row struct {
	head, tail uint32 // numbers of frames; 0 for none
	pages      uint64
}

// link is a folio's place in a row. Links are kept beside the frames and not in them, so that a machine that is never
// short pays nothing for them.
type link struct {
	newer, older uint32
	pages        uint32 // of the folio when it was put there
	list         List   // NoList for a folio that is in no row
	group        Group
}

// KeepOrder makes the lists keep the order of their frames from now on. Frames that are in use already are ordered by
// number. It is called when memory first runs short. What was used in which order until then is not known any more.
func (l *Lists) KeepOrder() {
	if l.order != nil {
		return
	}
	l.order = &order{}
	l.memory.EachUsed(func(f *phys.Frame) {
		if !l.isNew(f) {
			l.place(f)
		}
	})
}

// Ordered reports whether the lists keep the order of their frames.
func (l *Lists) Ordered() bool { return l.order != nil }

// groupOf is the group whose lists a frame is on.
func groupOf(f *phys.Frame) Group {
	if f.Has(phys.Charged) {
		return Limited
	}
	return Everyone
}

// place moves a folio, by its first frame f, to the head of the list that its flags name. Other frames of a folio are
// in no row. Being moved to the head means to be scanned last: the folio survives until all others of its list were
// examined.
func (l *Lists) place(f *phys.Frame) {
	if o := l.order; o != nil && f.Index&(1<<f.Order()-1) == 0 {
		o.unlink(f)
		o.link(f, ListOf(f.Flags), atHead)
	}
}

// replace is place for a folio that is in a row already.
func (l *Lists) replace(f *phys.Frame) {
	if l.order != nil && l.order.at(f).list != NoList {
		l.place(f)
	}
}

// Relist moves a frame whose flags have changed to the list that they name.
func (l *Lists) Relist(f *phys.Frame) { l.replace(f) }

// Restore puts a folio that reclaim has isolated back at the head of the list that its flags name.
// Linux: move_folios_to_lru (mm/vmscan.c).
func (l *Lists) Restore(f *phys.Frame) {
	l.place(f)
	if f.Has(phys.Active) {
		l.Age(f)
	}
}

// Rotate moves a folio to the tail, where reclaim scans first: it was to be freed once it was written back.
// Linux: folio_rotate_reclaimable, lru_move_tail (mm/swap.c).
func (l *Lists) Rotate(f *phys.Frame) {
	f = head(f)
	if l.order == nil || f.Flags&(phys.Locked|phys.Dirty|phys.Unevictable) != 0 || l.order.at(f).list == NoList {
		return
	}
	l.order.unlink(f)
	l.each(f, func(_ *Lists, x *phys.Frame) { x.Clear(phys.Active) })
	l.order.link(f, ListOf(f.Flags), atTail)
	l.Events.Rotated += uint64(1) << f.Order()
}

// Split puts the folios of a split large folio in its place: its first page stays there, and the others follow in
// reverse order.
//
//	before   head .. X [folio of 4] Y .. tail
//	after    head .. X 1 2 3 0 Y .. tail          0 keeps the place, so that all are scanned where the folio was
//
// Linux: lru_add_split_folio (mm/huge_memory.c).
func (l *Lists) Split(frames []*phys.Frame) {
	o, first := l.order, frames[0]
	if o == nil || o.at(first).list == NoList {
		return
	}
	k := o.at(first)
	r := &o.rows[k.group][k.list]
	r.pages -= uint64(k.pages)
	k.pages = 1 << first.Order()
	r.pages += uint64(k.pages)
	for _, f := range frames[1:] {
		if f.Index&(1<<f.Order()-1) == 0 {
			o.linkNewer(f, first)
		}
	}
}

// linkNewer links a folio into the row of another, as its next newer one.
func (o *order) linkNewer(f, older *phys.Frame) {
	at := *o.at(older)
	k := o.at(f)
	k.list, k.group, k.pages = at.list, at.group, 1<<f.Order()
	o.insert(f, at.newer, uint32(older.PFN()))
}

// TakeOldest removes the oldest folio from a list; nil if the list is empty.
// Linux: isolate_lru_folios (mm/vmscan.c).
func (l *Lists) TakeOldest(g Group, list List) *phys.Frame {
	o := l.order
	n := o.rows[g][list].tail
	if n == 0 {
		return nil
	}
	f := l.memory.Frame(phys.PFN(n))
	o.unlink(f)
	return f
}

// Pages is how many pages the folios of a list have.
// Linux: lruvec_lru_size (mm/vmscan.c).
func (l *Lists) Pages(g Group, list List) uint64 {
	if l.order == nil {
		return 0
	}
	return l.order.rows[g][list].pages
}

// Row is the folios of a list, by their first frames, in the order in which reclaim scans them.
func (l *Lists) Row(g Group, list List) iter.Seq[*phys.Frame] {
	return func(yield func(*phys.Frame) bool) {
		if l.order == nil {
			return
		}
		for n := l.order.rows[g][list].tail; n != 0; n = l.order.links[n].newer {
			if !yield(l.memory.Frame(phys.PFN(n))) {
				return
			}
		}
	}
}

// Age notes that a folio became active or was evicted: evicted pages are then older by its size.
// Linux: workingset_age_nonresident (mm/workingset.c).
func (l *Lists) Age(f *phys.Frame) { l.age(f, uint64(1)<<f.Order()) }

// age notes that pages have left the inactive lists, by eviction or activation. The difference between two readings is
// a refault distance.
// Linux: workingset_age_nonresident (mm/workingset.c).
func (l *Lists) age(f *phys.Frame, pages uint64) { l.AgeBy(groupOf(f), pages) }

// Aged is how many pages of a group became active or were evicted.
// Linux: nonresident_age of struct lruvec (include/linux/mmzone.h).
func (l *Lists) Aged(g Group) uint64 {
	if l.order == nil {
		return 0
	}
	return l.order.aged[g]
}

// end is where a folio is put into a row.
type end uint8

const (
	atHead end = iota
	atTail
)

// at is the link of a frame. Links lie in one slice by frame number, and grow with the frames that are used.
func (o *order) at(f *phys.Frame) *link {
	n := int(f.PFN())
	if n >= len(o.links) {
		o.links = append(o.links, make([]link, max(n+1-len(o.links), len(o.links)))...)
	}
	return &o.links[n]
}

// link puts a frame onto a list, at its head or its tail, and counts its pages.
func (o *order) link(f *phys.Frame, list List, where end) {
	if list == NoList {
		return
	}
	k := o.at(f)
	k.list, k.group, k.pages = list, groupOf(f), 1<<f.Order()
	if r := &o.rows[k.group][list]; where == atHead {
		o.insert(f, 0, r.head)
	} else {
		o.insert(f, r.tail, 0)
	}
}

// insert puts a folio, whose link names its row already, between two neighbours; 0 for newer makes it the head, 0 for
// older the tail.
func (o *order) insert(f *phys.Frame, newer, older uint32) {
	n := uint32(f.PFN())
	k := &o.links[n]
	r := &o.rows[k.group][k.list]
	o.join(r, newer, n)
	o.join(r, n, older)
	r.pages += uint64(k.pages)
}

// join makes two folios of a row neighbours. A folio that is joined to 0 becomes the end of the row on that side.
func (o *order) join(r *row, newer, older uint32) {
	if newer != 0 {
		o.links[newer].older = older
	} else {
		r.head = older
	}
	if older != 0 {
		o.links[older].newer = newer
	} else {
		r.tail = newer
	}
}

// unlink takes a frame off its list; one that is on none stays as it is.
func (o *order) unlink(f *phys.Frame) {
	k := o.at(f)
	if k.list == NoList {
		return
	}
	r := &o.rows[k.group][k.list]
	o.join(r, k.newer, k.older)
	r.pages -= uint64(k.pages)
	k.list = NoList
}

// Charge notes that a frame, which is on no list yet, counts to the control group of the programs.
// Linux: commit_charge (mm/memcontrol.c).
func (l *Lists) Charge(f *phys.Frame) {
	f.Set(phys.Charged)
	l.charged++
}

// Charged is how many frames count to the control group.
func (l *Lists) Charged() uint64 { return l.charged }

// forget is the part of free for lists that keep the order.
// Linux: __page_cache_release (mm/swap.c), mem_cgroup_uncharge (include/linux/memcontrol.h).
func (l *Lists) forget(f *phys.Frame) {
	l.order.unlink(f)
	if f.Has(phys.Charged) {
		l.charged--
	}
}

// AgeBy is Age for pages that are about to be read in. The count of a group goes up, and that of the machine with it,
// as in Linux those of all parents of a control group do.
func (l *Lists) AgeBy(g Group, pages uint64) {
	if l.order != nil {
		l.order.aged[Everyone] += pages
		if g != Everyone {
			l.order.aged[g] += pages
		}
	}
}

// Check recomputes the invariants of the rows: each folio in them is in use and in the row of its list and group, and
// the counts agree.
func (l *Lists) Check() error {
	if l.order == nil {
		return nil
	}
	for g := range numGroups {
		for list := NoList + 1; list < numLists; list++ {
			if err := l.checkRow(g, list); err != nil {
				return err
			}
		}
	}
	charged := uint64(0)
	l.memory.EachUsed(func(f *phys.Frame) {
		if f.Has(phys.Charged) {
			charged++
		}
	})
	if charged != l.charged {
		return fmt.Errorf("lru: %d frames count to the control group, %d are counted", charged, l.charged)
	}
	return nil
}

// checkRow walks a list from its oldest frame on: each is in use, belongs there by its flags, and knows its neighbour.
func (l *Lists) checkRow(g Group, list List) error {
	row, pages, newest := &l.order.rows[g][list], uint64(0), uint32(0)
	for n := row.tail; n != 0; n = l.order.links[n].newer {
		f, k := l.memory.Frame(phys.PFN(n)), l.order.links[n]
		switch {
		case f.Refs() == 0:
			return fmt.Errorf("lru: %v is free and in the row of %s", f, list)
		case k.list != list || k.group != g || ListOf(f.Flags) != list || groupOf(f) != g:
			return fmt.Errorf("lru: %v is in the row of %s, and belongs to %s", f, list, ListOf(f.Flags))
		case k.older != newest:
			return fmt.Errorf("lru: the row of %s is broken at %v", list, f)
		}
		pages, newest = pages+uint64(k.pages), n
	}
	if pages != row.pages || newest != row.head {
		return fmt.Errorf("lru: the row of %s has %d pages, counts %d", list, pages, row.pages)
	}
	return nil
}
