package vm

import (
	"syscall"

	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// BaseEntry is the entry that shows frame n in the area, whatever the access: in a shared writable area it is writable
// at once, unless the backing must see the first store. A store to a page that is shared and needs no notice gets
// through without a fault. Such a page becomes dirty by the processor alone, which tmpfs does not mind: it has no
// writeback.
// Linux: vm_page_prot, vma_set_page_prot (mm/mmap.c).
func (a *Area) BaseEntry(n phys.PFN) PTE {
	e := NewPTE(n, a.Flags)
	if a.writesUnseen() {
		e |= PteWrite
	}
	return e
}

// wantsNotify reports whether the first store to each page must fault. A file system must learn of the first store to a
// clean page: to allocate its block, to count it as dirty, and to hold it back while it is being written.
// Linux: vma_wants_writenotify (mm/vma.c).
func (a *Area) wantsNotify() bool {
	return a.Flags.Has(Shared|Write) && a.Backing != nil &&
		(a.Backing.Traits().Has(NotifyWrite) || a.Flags.Has(UserWrite))
}

func (a *Area) writesUnseen() bool { return a.Flags.Has(Shared|Write) && !a.wantsNotify() }

// Protect gives [start, end) of area a, which lies within it, the flags f, which differ in the access that they allow:
// it charges what becomes writable, splits or merges the area, and changes the entries. It returns the area that then
// covers the range. The error is EPERM for a sealed area, or ENOMEM. Adding a permission changes no entry where a fault
// has something to do first; taking one away changes them all, at once, with a flush.
// Linux: mprotect_fixup (mm/mprotect.c).
func (s *Space) Protect(a *Area, start, end Addr, f Flags) (*Area, error) {
	old, pages := a.Flags, uint64(end-start)>>PageShift
	switch {
	case old.Has(Sealed):
		return nil, s.refuse(syscall.EPERM, "the area is sealed")
	case f == old:
		return a, nil
	}
	f, charged, err := s.chargeWritable(a, f, pages)
	if err != nil {
		return nil, err
	}
	b, err := s.modify(a, start, end, attributes{f, a.Label(), a.Handler})
	if err != nil {
		// The area could not be split: nothing has changed.
		s.Commit.Return(charged)
		return nil, err
	}
	s.SetFlags(b, f)
	s.reprotect(b, start, end)
	if f.Key() != old.Key() {
		s.flush(start.Page(), end.Page()) // the entries have the key too
	}
	if old.Has(Account) && !f.Has(Account) {
		s.Commit.Return(pages)
	}
	s.Stats.count(old, -int64(pages))
	s.Stats.count(f, int64(pages))
	return b, nil
}

// chargeWritable charges the commit limit for pages of area a that become writable with the flags f. It returns f with
// Account as it is then, and how many pages were charged. Memory that was never written to is uncharged when it becomes
// read-only. A private page that may be written to may need a frame of its own, so it counts from now on, even if it
// never is.
// Linux: mprotect_fixup (mm/mprotect.c).
func (s *Space) chargeWritable(a *Area, f Flags, pages uint64) (_ Flags, charged uint64, err error) {
	old := a.Flags
	switch {
	case !f.Has(Write):
		// No page was ever made, so none can be private: there is nothing to keep memory for.
		untouched := old.Has(Account) && a.Anonymous() && a.Anon == nil
		if untouched && s.Profile.Has(profile.UntouchedUncharged) {
			f &^= Account
		}
	case !s.MayExpand(f, pages) && s.MayExpand(old, pages):
		return 0, 0, s.refuse(syscall.ENOMEM, "more data than RLIMIT_DATA allows")
	case !old.Any(Account | Write | HugeTLB | Shared | NoReserve):
		if s.Commit.Charge(pages) != nil {
			return 0, 0, s.refuse(syscall.ENOMEM, s.Commit.Reason())
		}
		return f | Account, pages, nil
	}
	return f, 0, nil
}

// Reprotect gives all pages of an area the access that its flags ask for.
func (s *Space) Reprotect(a *Area) { s.reprotect(a, a.Start, a.End) }

// reprotect gives the entries of [start, end) the permissions that the area's flags ask for now. An entry without a
// frame has no permissions; the fault that fills it takes them from the area.
// Linux: change_protection (mm/mprotect.c).
func (s *Space) reprotect(a *Area, start, end Addr) {
	if a.Flags.Has(HugeTLB) {
		s.reprotectHuge(a, start, end)
		return
	}
	changed := false
	s.table.Each(start.Page(), end.Page(), func(n VPN, e PTE) {
		// Swap entries and markers keep what they say.
		if !e.Present() {
			return
		}
		// Write permission is removed, and restored where the next store need not fault.
		ne := (e &^ PteWrite).withAccess(a.Flags)
		if a.writesUnseen() || s.mayUpgrade(a, e) || e.Writable() && s.Profile.Errs(profile.ProtectKeepsWrite) {
			ne |= PteWrite
		}
		if ne != e {
			s.table.set(n, ne)
			stepEntryProtected(s.Log, n.Addr(), e.PFN())
			changed = true
		}
	})
	if changed && !s.Profile.Errs(profile.ProtectNoFlush) {
		s.flush(start.Page(), end.Page())
	}
}

// mayUpgrade reports whether the entry may become writable without a fault: a private page that is exclusive to this
// process, or a shared page that is dirty already, of a file system that sees first stores. It saves the fault of the
// next store where that fault would only set the bit: no file system has to be asked, and nothing has to be copied.
// Shared memory in an area that is registered for stores is not upgraded.
// Linux: can_change_pte_writable, vma_wants_manual_pte_write_upgrade (mm/mprotect.c, include/linux/mm.h).
func (s *Space) mayUpgrade(a *Area, e PTE) bool {
	if !a.Flags.Has(Write) || a.Protects(e) {
		return false
	}
	if a.Flags.Has(Shared) {
		return e.Dirty() && a.Backing.Traits().Has(NotifyWrite)
	}
	f := s.NormalFrame(e)
	return f != nil && f.Has(phys.Anon|phys.Exclusive) && s.Profile.Has(profile.ProtectUpgrades)
}

// WriteProtect makes the entry of x, which shows a file's frame, clean and read-only, so that the next store faults; it
// reports whether it changed the entry. Writeback calls it for every mapping of a page before it writes it: a store
// after that is a new change, and must be noticed.
// Linux: page_vma_mkclean_one (mm/rmap.c).
func (s *Space) WriteProtect(x Addr) bool {
	e := s.Entry(x)
	if !e.Present() || e&(PteWrite|PteDirty) == 0 {
		return false
	}
	s.SetEntry(x, e&^(PteWrite|PteDirty))
	stepEntryProtected(s.Log, x, e.PFN())
	return true
}
