package vm

import (
	"fmt"

	"vmsim/vm/phys"
)

// Check recomputes the invariants of the space: the areas are in order and disjoint; the tree, the list and the gaps
// agree; entries lie only inside areas; the counts are right. The error says which invariant is broken. Tests call it
// after every statement, so an error is found at the call that made it, and not where it shows.
func (s *Space) Check() error {
	if err := s.checkAreas(); err != nil {
		return err
	}
	if err := s.checkGaps(); err != nil {
		return err
	}
	if err := s.checkHuge(); err != nil {
		return err
	}
	return s.checkEntries()
}

// checkHuge holds the entries of huge pages against their areas and the count. Each entry must show the first frame of
// a huge page, and may be writable only if its area is.
func (s *Space) checkHuge() (err error) {
	pages := uint64(0)
	for a := s.first; a != nil; a = a.next {
		if !a.Flags.Has(HugeTLB) {
			continue
		}
		s.table.EachHuge(a.Start.Page(), a.End.Page(), func(n VPN, e PTE) {
			pages += uint64(leafPages)
			if f := s.Memory.Frame(e.PFN()); err == nil && (!f.Has(phys.Huge) || f.Index != 0 || f.Maps() == 0) {
				err = fmt.Errorf("vm: %v shows %v, which is no huge page that counts entries", n.Addr(), f)
			}
			if err == nil && e.Writable() && !a.Flags.Has(Write) {
				err = fmt.Errorf("vm: %v is writable in the area %v, which is not", n.Addr(), a)
			}
		})
	}
	if err == nil && pages != s.Stats.Huge {
		err = fmt.Errorf("vm: huge pages show %d pages, %d are counted", pages, s.Stats.Huge)
	}
	return err
}

// checkAreas holds the tree of areas against the chain of areas: the same ones in the same order, page-aligned, apart,
// and as many pages as are counted.
func (s *Space) checkAreas() (err error) {
	var total uint64
	var prev *Area
	next := s.first
	s.tree.each(func(a *Area) bool {
		switch {
		case a != next || a.prev != prev:
			err = fmt.Errorf("vm: the tree has %v where the chain has %v", a, next)
		case a.Start >= a.End || !a.Start.Aligned() || !a.End.Aligned() || a.End > TaskSize:
			err = fmt.Errorf("vm: area %v is no range", a)
		case prev != nil && prev.End > a.Start:
			err = fmt.Errorf("vm: areas %v and %v overlap", prev, a)
		case a.space != s:
			err = fmt.Errorf("vm: area %v belongs to another space", a)
		case (a.Handler != nil) != a.Flags.Any(Registered):
			err = fmt.Errorf("vm: area %v is registered with no userfaultfd, or in no mode", a)
		default:
			err = a.checkLinks()
		}
		total += a.Pages()
		prev, next = a, a.next
		return err == nil
	})
	switch {
	case err != nil:
		return err
	case next != nil:
		return fmt.Errorf("vm: the chain goes on with %v after the tree ends", next)
	case total != s.Stats.Total:
		return fmt.Errorf("vm: %d pages are mapped, %d are counted", total, s.Stats.Total)
	}
	return nil
}

// checkLinks holds an area against the reverse maps that it is in: of its anon_vma and the ancestors', and of its file.
// A missing link would hide entries from reclaim and truncation: the page would be freed while an entry still maps it.
func (a *Area) checkLinks() error {
	own := a.Anon == nil
	for l := a.chain; l != nil; l = l.also {
		if l.area != a || l.anon == nil {
			return fmt.Errorf("vm: the chain of %v has a foreign link", a)
		}
		if err := l.check(); err != nil {
			return err
		}
		own = own || l.anon == a.Anon
	}
	if !own || a.Anon == nil && a.chain != nil {
		return fmt.Errorf("vm: area %v is not linked to its own anon_vma", a)
	}
	if a.fileLink != nil && (a.Backing == nil || a.fileLink.set != a.Backing.Areas()) {
		return fmt.Errorf("vm: area %v is in another file's reverse map", a)
	}
	if a.fileLink != nil {
		return a.fileLink.check()
	}
	return nil
}

// checkGaps walks gaps and areas side by side: together they cover the whole address space, without an overlap. A gap
// that the index has lost is room that mmap never finds; one too many would let two areas overlap.
func (s *Space) checkGaps() (err error) {
	at, a := Addr(0), s.first
	s.gaps.each(s.gaps.root, func(start, end Addr) {
		for a != nil && a.Start == at {
			at, a = a.End, a.next
		}
		if err == nil && (start != at || end <= start || a != nil && end != a.Start) {
			err = fmt.Errorf("vm: gap %v-%v is not what the areas leave free at %v", start, end, at)
		}
		at = end
	})
	for a != nil && a.Start == at {
		at, a = a.End, a.next
	}
	if err == nil && (a != nil || at != TaskSize) {
		err = fmt.Errorf("vm: the gaps end at %v", at)
	}
	return err
}

// checkEntries holds each page-table entry against its area and its frame, and the counts of resident pages against
// what the entries add up to. RSS is counted entry by entry as entries change, so the sum over the table must give the
// same numbers.
func (s *Space) checkEntries() (err error) {
	var rss [NumRSS]uint64
	a := s.first
	s.table.Each(0, TaskSize.Page(), func(n VPN, e PTE) {
		x := n.Addr()
		for a != nil && a.End <= x {
			a = a.next
		}
		f := s.NormalFrame(e)
		switch {
		case err != nil:
		case a == nil || !a.Contains(x):
			err = fmt.Errorf("vm: %v has an entry (%v) outside all areas", x, e)
		case e.Swapped():
			rss[RSSSwap]++
		case f == nil:
		case f.Maps() == 0:
			err = fmt.Errorf("vm: %v shows %v, which counts no entry", x, f)
		default:
			rss[rssOf(f)]++
			err = a.checkEntry(x, e, f)
		}
	})
	if err == nil && rss != s.Stats.RSS {
		err = fmt.Errorf("vm: resident pages are %v, counted are %v", rss, s.Stats.RSS)
	}
	return err
}

// checkEntry is what copy-on-write relies on: no entry allows a store that the area does not, nor one to private memory
// that another process may share.
func (a *Area) checkEntry(x Addr, e PTE, f *phys.Frame) error {
	switch {
	case e.Writable() && !a.Flags.Has(Write):
		return fmt.Errorf("vm: %v is writable in the area %v, which is not", x, a)
	case e.Writable() && a.Protects(e):
		return fmt.Errorf("vm: %v is writable, and a userfaultfd has write-protected it", x)
	case f.Has(phys.Anon) && a.Anon == nil:
		return fmt.Errorf("vm: %v shows private memory in %v, which has no anon_vma", x, a)
	case f.Has(phys.Anon) && e.Writable() && !f.Has(phys.Exclusive):
		return fmt.Errorf("vm: %v is writable but shared: %v", x, f)
	case PageIndex(f.Index) != a.IndexOf(x):
		return fmt.Errorf("vm: %v shows page %d where page %d belongs", x, f.Index, a.IndexOf(x))
	}
	return nil
}
