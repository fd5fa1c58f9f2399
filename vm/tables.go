package vm

// What a table of each level covers, in pages.
//
//	leafPages = 512 (2 MiB), middlePages = 262,144 (1 GiB), upperPages = 134,217,728 (512 GiB)
const (
	leafPages   VPN = 1 << tableBits
	middlePages VPN = 1 << (2 * tableBits)
	upperPages  VPN = 1 << (3 * tableBits)
)

// middleOf is the table of the second level that covers page n, nil where there is none.
func (t *PageTable) middleOf(n VPN) *middle {
	u := t.top[n.index(3)&(tableEntries/2-1)]
	if u == nil {
		return nil
	}
	return u.middles[n.index(2)]
}

// PrepareTables allocates the tables above the entry of a page of so many bytes. A fault does so first, and the tables
// stay even if it then finds no page.
// Linux: __handle_mm_fault (mm/memory.c), huge_pte_alloc (mm/hugetlb.c).
func (s *Space) PrepareTables(a Addr, page uint64) {
	if page > PMDSize {
		s.table.upperFor(a.Page())
		return
	}
	s.table.middleFor(a.Page())
}

// HasUpperTable reports whether there is a table that leads to the table of entries for x.
// Linux: mm_find_pmd (mm/rmap.c).
func (s *Space) HasUpperTable(x Addr) bool { return s.table.middleOf(x.Page()) != nil }

// free frees the tables of the pages from start up to end, which no area has any more. It frees a table only if the
// whole range that the table covers lies between floor and ceil, the areas' neighbours. The tables go from the leaves
// up: one goes when nothing is left below it.
// Linux: free_pgd_range (mm/memory.c).
func (t *PageTable) free(start, end, floor, ceil VPN) {
	for n := start &^ (upperPages - 1); n < end && n.index(3) < tableEntries/2; n += upperPages {
		u := t.top[n.index(3)]
		if u == nil {
			continue
		}
		t.freeMiddles(u, max(start, n), min(end, n+upperPages), floor, ceil)
		if n >= floor && n+upperPages <= ceil && u.used == 0 {
			t.top[n.index(3)] = nil
			t.uppers--
		}
	}
}

// freeMiddles frees the tables of the second level between start and end that no area can use any more: those that lie
// wholly between floor and ceil.
// Linux: free_pmd_range (mm/memory.c).
func (t *PageTable) freeMiddles(u *upper, start, end, floor, ceil VPN) {
	for n := start &^ (middlePages - 1); n < end; n += middlePages {
		m := u.middles[n.index(2)]
		if m == nil {
			continue
		}
		t.freeLeaves(m, max(start, n), min(end, n+middlePages), floor, ceil)
		if n >= floor && n+middlePages <= ceil && m.used == 0 {
			u.middles[n.index(2)] = nil
			u.used--
			t.mids--
		}
	}
}

// freeLeaves does the same for the lowest level.
// Linux: free_pte_range (mm/memory.c).
func (t *PageTable) freeLeaves(m *middle, start, end, floor, ceil VPN) {
	for n := start &^ (leafPages - 1); n < end; n += leafPages {
		if m.leaves[n.index(1)] != nil && n >= floor && n+leafPages <= ceil {
			t.dropLeaf(m, n)
		}
	}
}

// dropLeaf frees the leaf of page n. Its entries must be none.
func (t *PageTable) dropLeaf(m *middle, n VPN) {
	m.leaves[n.index(1)] = nil
	m.used--
	t.leaves--
}

// reclaim frees the empty leaves that lie entirely within the pages from first up to end. Since 6.14 MADV_DONTNEED
// gives back tables that it has emptied; munmap always did.
// Linux: try_to_free_pte (mm/pt_reclaim.c).
func (t *PageTable) reclaim(first, end VPN) {
	for n := (first + leafPages - 1) &^ (leafPages - 1); n+leafPages <= end; {
		l, at := t.nextLeaf(n, end)
		if l == nil || at+leafPages > end {
			return
		}
		if l.empty() {
			t.dropLeaf(t.middleOf(at), at)
		}
		n = at + leafPages
	}
}

// mirror allocates in dst, empty, the tables that t has for the pages from first up to end. Fork allocates a table of
// the child even for a table of the parent without entries, and VmPTE counts it.
// Linux: copy_p4d_range and below (mm/memory.c).
func (t *PageTable) mirror(dst *PageTable, first, end VPN) {
	for n := first; n < end; {
		u := t.top[n.index(3)]
		if u == nil {
			n = n&^(upperPages-1) + upperPages
			continue
		}
		dst.upperFor(n)
		m := u.middles[n.index(2)]
		if m == nil {
			n = n&^(middlePages-1) + middlePages
			continue
		}
		dst.middleFor(n)
		if m.leaves[n.index(1)] != nil {
			dst.leafFor(n)
		}
		n = n&^(leafPages-1) + leafPages
	}
}

// moveLeaf moves the leaf of page from, whole, to page to; ok is false where a leaf is there already. mremap of 2 MiB
// so costs as much as one entry: the alignment of both places must be the same.
// Linux: move_normal_pmd (mm/mremap.c).
func (t *PageTable) moveLeaf(from, to VPN) (ok bool) {
	src, dst := t.middleOf(from), t.middleFor(to)
	if dst.leaves[to.index(1)] != nil {
		return false
	}
	dst.leaves[to.index(1)] = src.leaves[from.index(1)]
	src.leaves[from.index(1)] = nil
	src.used--
	dst.used++
	return true
}

// moveMiddle moves the table of the second level of page from, whole, to page to; ok is false where one is there
// already.
// Linux: move_normal_pud (mm/mremap.c).
func (t *PageTable) moveMiddle(from, to VPN) (ok bool) {
	src, dst := t.top[from.index(3)], t.upperFor(to)
	if dst.middles[to.index(2)] != nil {
		return false
	}
	dst.middles[to.index(2)] = src.middles[from.index(2)]
	src.middles[from.index(2)] = nil
	src.used--
	dst.used++
	return true
}
