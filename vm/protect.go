package vm

import (
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// BaseEntry is the entry that shows frame n in the area, before anything is known of the access: a shared writable area
// lets stores through at once, unless somebody wants to know of the first.
// Linux: vm_page_prot, vma_set_page_prot (mm/mmap.c).
func (a *Area) BaseEntry(n phys.PFN) PTE {
	e := NewPTE(n, a.Flags)
	if a.writesUnseen() {
		e |= PteWrite
	}
	return e
}

// WantsNotify reports whether the first store to each page has to be seen.
// Linux: vma_wants_writenotify (mm/vma.c).
func (a *Area) WantsNotify() bool {
	return a.Flags.Has(Shared|Write) && a.Backing != nil && a.Backing.Traits().NotifyWrite
}

func (a *Area) writesUnseen() bool { return a.Flags.Has(Shared|Write) && !a.WantsNotify() }

// Reprotect gives the entries of [start, end) the permissions that the area's flags ask for now.
// Linux: change_protection (mm/mprotect.c).
func (s *Space) Reprotect(a *Area, start, end Addr) {
	changed := false
	s.table.Each(start.Page(), end.Page(), func(n VPN, e PTE) {
		if !e.Present() {
			return
		}
		// Writing is taken away, and given back where no fault need see the next store.
		ne := (e &^ PteWrite).withAccess(a.Flags)
		if a.writesUnseen() || s.mayUpgrade(a, e) {
			ne |= PteWrite
		}
		if ne != e {
			s.table.set(n, ne)
			s.Log.Step(trace.EntryProtected, uint64(n.Addr()), uint64(e.PFN()), 0)
			changed = true
		}
	})
	if changed {
		s.flush(start.Page(), end.Page())
	}
}

// mayUpgrade reports whether the entry may be made writable without a fault: a private page that is this process's alone,
// a shared one that is known to be dirty.
// Linux: can_change_pte_writable (mm/mprotect.c).
func (s *Space) mayUpgrade(a *Area, e PTE) bool {
	if !a.Flags.Has(Write) {
		return false
	}
	if a.Flags.Has(Shared) {
		return e.Dirty()
	}
	f := s.NormalFrame(e)
	return f != nil && f.Has(phys.Anon|phys.Exclusive)
}

// WriteProtect makes the entry of x, which shows a file's frame, clean and not writable, so that the next store is seen;
// it reports whether there was anything to do.
// Linux: page_vma_mkclean_one (mm/rmap.c).
func (s *Space) WriteProtect(x Addr) bool {
	e := s.Entry(x)
	if !e.Present() || e&(PteWrite|PteDirty) == 0 {
		return false
	}
	s.SetEntry(x, e&^(PteWrite|PteDirty))
	s.Log.Step(trace.EntryProtected, uint64(x), uint64(e.PFN()), 0)
	return true
}
