package vm

// The radix of x86-64 with four levels: nine bits of the address a level, twelve within the page.
const (
	tableBits    = 9
	tableEntries = 1 << tableBits
	// PMDSize is what one table of the lowest level covers: 2 MiB.
	PMDSize = tableEntries * PageSize
)

// leaf is a table of the lowest level: the entries of 512 pages.
// Linux: a page of pte_t.
type leaf struct {
	entries [tableEntries]PTE // exactly one page, as in memory
}

// empty reports whether all entries are none. It compares all 512 entries: it is called only where a table may be
// freed.
func (l *leaf) empty() bool { return *l == leaf{} }

// middle is a table of the second level; its entries are leaves. used counts the leaves, so that the table is freed
// with the last of them without a look at all slots.
type middle struct {
	leaves [tableEntries]*leaf
	used   int
	huge   *[tableEntries]PTE // the entries that show a huge page in the place of a leaf; nil for none yet
}

// upper is a table of the third level.
type upper struct {
	middles [tableEntries]*middle
	used    int
}

// PageTable maps pages of virtual memory to frames: a tree of four levels that exists only where something is mapped.
// An address is four numbers of nine bits and an offset of twelve:
//
//	47..39  38..30  29..21  20..12  11..0
//	top     upper   middle  leaf    byte in the page
//	512 GiB 1 GiB   2 MiB   4 KiB   what one entry covers
//
// A process uses few addresses, far apart. The tree has tables only for those, and each is a page of memory, which
// VmPTE counts.
// Linux: pgd_t, pud_t, pmd_t, pte_t (arch/x86/include/asm/pgtable_types.h).
type PageTable struct {
	top    [tableEntries / 2]*upper // the user half
	leaves int                      // tables of each level that exist
	mids   int
	uppers int
}

// index is the slot of page n in the table of the given level, 0 for the leaf.
func (n VPN) index(level int) int { return int(n>>(tableBits*level)) & (tableEntries - 1) }

// leafOf is the leaf that holds page n's entry, nil where there is none.
func (t *PageTable) leafOf(n VPN) *leaf {
	u := t.top[n.index(3)&(tableEntries/2-1)]
	if u == nil {
		return nil
	}
	m := u.middles[n.index(2)]
	if m == nil {
		return nil
	}
	return m.leaves[n.index(1)]
}

// Lookup is page n's entry; zero where there is none.
func (t *PageTable) Lookup(n VPN) PTE {
	if l := t.leafOf(n); l != nil {
		return l.entries[n.index(0)]
	}
	return t.lookupHuge(n)
}

// upperFor is the table of the third level that covers page n, made where there is none.
func (t *PageTable) upperFor(n VPN) *upper {
	u := t.top[n.index(3)]
	if u == nil {
		u = new(upper)
		t.top[n.index(3)] = u
		t.uppers++
	}
	return u
}

// middleFor is the table of the second level that covers page n, made where there is none.
func (t *PageTable) middleFor(n VPN) *middle {
	u := t.upperFor(n)
	m := u.middles[n.index(2)]
	if m == nil {
		m = new(middle)
		u.middles[n.index(2)] = m
		u.used++
		t.mids++
	}
	return m
}

// leafFor is the leaf that holds page n's entry, made where there is none.
func (t *PageTable) leafFor(n VPN) *leaf {
	m := t.middleFor(n)
	l := m.leaves[n.index(1)]
	if l == nil {
		l = new(leaf)
		m.leaves[n.index(1)] = l
		m.used++
		t.leaves++
	}
	return l
}

// set writes page n's entry; a zero takes it out. A leaf that has become empty stays: tables go with their areas, not
// with their entries.
func (t *PageTable) set(n VPN, e PTE) {
	l := t.leafOf(n)
	if l == nil {
		if h := t.hugeSlot(n); h != nil && h.Present() {
			*h = e - PTE(n&(leafPages-1))<<PageShift
			return
		}
		if e == 0 {
			return
		}
		l = t.leafFor(n)
	}
	l.entries[n.index(0)] = e
}

// Each calls fn for every entry that is not zero from first up to but not including end, in order. fn may change the
// entry through Space; it must not free tables.
func (t *PageTable) Each(first, end VPN, fn func(VPN, PTE)) {
	for n := first; n < end; {
		l, next := t.nextLeaf(n, end)
		if l == nil {
			return
		}
		n = max(n, next)
		stop := min(end, next+tableEntries)
		for ; n < stop; n++ {
			if e := l.entries[n.index(0)]; e != 0 {
				fn(n, e)
			}
		}
	}
}

// nextLeaf is the first leaf that has a page at or above n and below end, and the first page that it covers. Whole
// tables that are missing are skipped at once, so that a walk of an empty space is cheap.
func (t *PageTable) nextLeaf(n, end VPN) (*leaf, VPN) {
	for n < end && n.index(3) < tableEntries/2 && n>>(4*tableBits) == 0 {
		u := t.top[n.index(3)]
		if u == nil || u.used == 0 {
			n = (n>>(3*tableBits) + 1) << (3 * tableBits)
			continue
		}
		m := u.middles[n.index(2)]
		if m == nil || m.used == 0 {
			n = (n>>(2*tableBits) + 1) << (2 * tableBits)
			continue
		}
		if l := m.leaves[n.index(1)]; l != nil {
			return l, n &^ (tableEntries - 1)
		}
		n = (n>>tableBits + 1) << tableBits
	}
	return nil, 0
}

// Tables is how many tables of the lowest level, and how many in all below the top, the page table has.
func (t *PageTable) Tables() (leaves, all int) { return t.leaves, t.leaves + t.mids + t.uppers }

// Pages is how many pages of memory all the tables take, the top one included.
func (t *PageTable) Pages() uint64 { return 1 + t.Below() }

// Below is how many pages the tables below the top one take: VmPTE.
// Linux: mm_pgtables_bytes (include/linux/mm.h).
func (t *PageTable) Below() uint64 { return uint64(t.leaves + t.mids + t.uppers) }
