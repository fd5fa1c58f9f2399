package vm

import (
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Fork copies the areas into child, an empty space, and those entries that a fault in the child could not rebuild: the
// entries of areas with private pages or with guard pages. Parent and child then share the private pages,
// write-protected in both. On an error the child has what was done so far. The cost of fork is the number of entries
// that are copied, not the amount of memory: pages of files are left out, and private pages are shared until one of the
// processes writes.
//
//	area                            entries of the child
//	private, with pages             copied, and write-protected in both
//	private, never stored to        none: a fault finds the file's page, or zeros
//	shared file or memory           none: a fault finds the page in the page cache
//	device, guard pages             copied, since no fault could make them
//	MADV_DONTFORK                   no area
//	MADV_WIPEONFORK                 an area without pages
//
// Linux: dup_mmap (mm/mmap.c).
func (s *Space) Fork(child *Space) error {
	child.Layout, child.Swap = s.Layout, s.Swap
	child.Stats.Total, child.Stats.Data = s.Stats.Total, s.Stats.Data
	child.Stats.Exec, child.Stats.Stack = s.Stats.Exec, s.Stats.Stack
	for a := s.first; a != nil; a = a.next {
		if a.Flags.Has(DontCopy) && !s.Profile.Errs(profile.DontForkIgnored) {
			child.Stats.count(a.Flags, -int64(a.Pages()))
			continue
		}
		if a.Flags.Has(Account) {
			if err := child.Commit.Charge(a.Pages()); err != nil {
				return err
			}
		}
		s.forkArea(child, a)
	}
	child.Stats.notePeak()
	return nil
}

// forkArea gives the child its copy of an area. Entries are copied only where a fault could not make them again:
// private memory, device memory, guard regions. Pages of a file are left for the child to fault in. The child's area is
// linked behind the parent's in the file's reverse map, so that both are found from a page. Locks are not inherited:
// mlock is the process's own.
// Linux: vma_needs_copy (mm/memory.c).
func (s *Space) forkArea(child *Space, a *Area) {
	b := &Area{
		Start: a.Start, End: a.End, Index: a.Index, drift: a.drift,
		Flags: a.Flags &^ (LockedMask | Registered), Backing: a.Backing, label: a.label, Window: a.Window,
	}
	wipes := a.Flags.Has(WipeOnFork) && !s.Profile.Errs(profile.WipeIgnored)
	if !wipes {
		b.forkAnon(a)
	}
	child.gaps.occupy(b.Start, b.End)
	child.adopt(b)
	if b.Backing != nil {
		b.tieAfter(a)
	}
	if a.Flags.Has(HugeTLB) && (a.Anon != nil || !s.Profile.Has(profile.HugeForksLazily)) {
		s.forkHuge(child, a)
		return
	}
	if !wipes && (a.Anon != nil || a.Flags.Any(PFNMap|MixedMap) || s.guarded(a)) {
		s.forkEntries(child, a)
	}
}

// guarded reports whether an area may have guard pages. Until 5.15 the same bit was VM_DENYWRITE. A guard marker is no
// page, but a fault could not make it again: so it makes fork copy the entries.
func (s *Space) guarded(a *Area) bool {
	return a.Flags.Has(MaybeGuard) && s.Profile.Has(profile.NoDenyWrite)
}

// forkEntries copies an area's entries. Both entries lose the write bit, so that either process faults at its next
// store; the frame loses Exclusive for the same reason. The parent's TLB must forget the writable translations before
// the child runs. The child's entries are not young: it has used nothing yet. In a shared area it gets no dirty bit,
// either: the parent's entry keeps that.
// Linux: copy_pte_range (mm/memory.c).
func (s *Space) forkEntries(child *Space, a *Area) {
	protected, table := false, a.Start.Page()/tableEntries
	s.table.mirror(&child.table, a.Start.Page(), a.End.Page())
	s.table.Each(a.Start.Page(), a.End.Page(), func(n VPN, e PTE) {
		if n/tableEntries != table {
			child.Stats.noteRSS()
			table = n / tableEntries
		}
		switch {
		case e.Marker():
			child.table.set(n, e.Unprotect())
			return
		case e.Swapped():
			s.forkSwapped(child, n, e)
			return
		}
		if f := s.NormalFrame(e); f != nil {
			f.Clear(phys.Exclusive)
			f.Mapped()
			child.Stats.addRSS(rssOf(f), 1)
		}
		taken := PTE(0)
		if a.Flags.MayBeCowed() && e.Writable() {
			shared := s.shared(e)
			taken = e &^ shared.parent & PteWrite
			s.table.set(n, shared.parent)
			e, protected = shared.child, true
		}
		if a.Flags.Has(Shared) {
			e &^= PteDirty
		}
		child.table.set(n, e.Unprotect()&^PteAccessed)
		stepEntryCopied(s.Log, n.Addr(), e.PFN(), uint64(taken))
	})
	child.Stats.noteRSS()
	if protected && !s.Profile.Errs(profile.ForkNoFlush) {
		s.flush(a.Start.Page(), a.End.Page())
	}
}

// forkSwapped copies an entry of a page in the swap area. Two processes have it now, so neither may write to the page
// without a copy when it comes back. The place in the swap area has one reference more, and is free only when both have
// given theirs up.
// Linux: copy_nonpresent_pte (mm/memory.c).
func (s *Space) forkSwapped(child *Space, n VPN, e PTE) {
	if e.SwapExclusive() {
		e &^= pteExclusive
		s.table.set(n, e)
	}
	child.list(s)
	if !s.Profile.Errs(profile.SwapCountLost) {
		s.Swap.Duplicate(e.SwapEntry())
	}
	child.Stats.addRSS(RSSSwap, 1)
	child.table.set(n, e.Unprotect())
}
