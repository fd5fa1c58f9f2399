package vm

import "vmsim/vm/profile"

// tableMove is entries on their way from one range of pages to another.
//
//	a whole upper entry    1 GiB     one pointer moves
//	a whole leaf           2 MiB     one pointer moves
//	anything else          4 KiB     the entry moves
//
// Whole tables can move only if both ranges lie alike in their tables, and the destination has no table there yet.
// Linux: struct pagetable_move_control (mm/internal.h).
type tableMove struct {
	space    *Space
	from, to VPN
	end      VPN // of the old range
	// single means that entries move one at a time, since each loses the write protection of a userfaultfd.
	// Linux: vma_has_uffd_without_event_remap (include/linux/userfaultfd_k.h).
	single bool
}

// moveEntries moves the entries of the n bytes from old in area a to start in area b: a whole table at once where it
// can, else entry by entry.
// Linux: move_page_tables (mm/mremap.c).
func (s *Space) moveEntries(a, b *Area, old, start Addr, n uint64) {
	if n == 0 {
		return
	}
	m := tableMove{s, old.Page(), start.Page(), (old + Addr(n)).Page(), a.Handler != nil || b.Handler != nil}
	first, shift := m.from, m.to-m.from
	if m.mayAlign(a, b, old, start, n) {
		m.from &^= leafPages - 1
		m.to &^= leafPages - 1
	}
	for m.from < m.end {
		step := m.step()
		m.from += step
		m.to += step
	}
	s.flush(first, m.end)
	s.flush(first+shift, m.end+shift)
}

// extent is how many pages are left until either range reaches the end of its table, which covers so many.
func (m *tableMove) extent(covers VPN) VPN {
	return min(m.end-m.from, covers-m.from&(covers-1), covers-m.to&(covers-1))
}

// step moves what one table covers, and says how many pages that were.
func (m *tableMove) step() VPN {
	t := &m.space.table
	n := m.extent(middlePages)
	if t.middleOf(m.from) == nil {
		return n
	}
	t.upperFor(m.to)
	if m.whole(n, middlePages, t.moveMiddle) {
		return n
	}
	n = m.extent(leafPages)
	if t.leafOf(m.from) == nil {
		return n
	}
	t.middleFor(m.to)
	if m.whole(n, leafPages, t.moveLeaf) {
		return n
	}
	t.leafFor(m.to)
	t.Each(m.from, m.from+n, func(v VPN, e PTE) {
		to := v - m.from + m.to
		t.set(v, 0)
		if v == m.end-1 && m.space.Profile.Errs(profile.MoveLosesLast) {
			return
		}
		if m.single {
			e = e.Unprotect()
		}
		t.set(to, e)
		stepEntryMoved(m.space.Log, v.Addr(), to.Addr())
	})
	return n
}

// whole moves a table, which covers so many pages, in one piece where the n pages are all of it, and reports whether it
// did.
func (m *tableMove) whole(n, covers VPN, move func(from, to VPN) bool) bool {
	if n != covers || m.single || !move(m.from, m.to) {
		return false
	}
	m.logMoves(n)
	return true
}

// logMoves logs the entries that have moved with their table.
func (m *tableMove) logMoves(n VPN) {
	m.space.table.Each(m.to, m.to+n, func(v VPN, _ PTE) {
		stepEntryMoved(m.space.Log, (v - m.to + m.from).Addr(), v.Addr())
	})
}

// mayAlign reports whether the move may begin at the start of both ranges' tables, to move whole tables: both ranges
// have the same offset in their tables, the move reaches the end of the first table, and nothing is mapped between the
// start of the tables and the areas. An example: a move of 3 MiB from 0x2ff000 to 0x6ff000, both with nothing below in
// their tables, begins at 0x200000 and 0x600000: the leaf that holds the first page moves as a whole.
// Linux: can_realign_addr (mm/mremap.c).
func (m *tableMove) mayAlign(a, b *Area, old, start Addr, n uint64) bool {
	into := m.from & (leafPages - 1)
	if into == 0 || into != m.to&(leafPages-1) || n>>PageShift < uint64(leafPages-into) {
		return false
	}
	free := func(c *Area, x Addr) bool {
		return c.Start == x && m.space.FindIn(x&^(PMDSize-1), x) == nil
	}
	return free(a, old) && free(b, start)
}
