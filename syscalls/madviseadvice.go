package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// adviseRemove punches a hole into the file.
// Linux: madvise_remove (mm/madvise.c).
func (p *Process) adviseRemove(a *vm.Area, start, end vm.Addr) error {
	f := pagecache.FileOf(a)
	switch {
	case a.Flags.Has(vm.Locked):
		return p.refuse(syscall.EINVAL, "MADV_REMOVE of a locked area")
	case f == nil:
		return p.refuse(syscall.EINVAL, "MADV_REMOVE of memory that no file backs")
	case !a.Flags.Has(vm.Shared | vm.MayWrite):
		return p.refuse(syscall.EACCES, "MADV_REMOVE of an area that is not shared and writable")
	}
	off := a.IndexOf(start).FileOffset()
	return p.fallocate(f, fallocPunchHole|fallocKeepSize, off, int64(end-start))
}

// adviseWillNeed reads ahead: from the swap area for private memory, from the disk for a file.
// Linux: madvise_willneed (mm/madvise.c).
func (p *Process) adviseWillNeed(a *vm.Area, start, end vm.Addr) error {
	f := pagecache.FileOf(a)
	switch {
	case f == nil:
		p.kernel.swap.ReadRange(p.Space, start, end)
		return nil
	case f.Mapping.InMemory():
		f.Mapping.ReadSwapped(a.IndexOf(start), a.IndexOf(end)-1)
		return nil
	}
	f.ReadAhead(a.IndexOf(start).FileOffset(), int64(end-start))
	return nil
}

// adviseReclaim deactivates pages, or reclaims them at once.
// Linux: madvise_cold, madvise_pageout (mm/madvise.c).
func (p *Process) adviseReclaim(a *vm.Area, start, end vm.Addr, v Advice) error {
	if a.Flags.Any(vm.Locked | vm.PFNMap | vm.HugeTLB) {
		return p.refuseFor(syscall.EINVAL, cause{a.Flags.Has(vm.Locked), "pages that are locked are not reclaimed"},
			cause{a.Flags.Has(vm.PFNMap), "pages of a device are not reclaimed"}, cause{true,
				"huge pages are not reclaimed"})
	}
	if f := pagecache.FileOf(a); v == AdvisePageOut && !a.Anonymous() && f != nil && !p.mayLookInto(f.Mapping) {
		if !a.Flags.Has(vm.MayShare) {
			p.kernel.Cache.Reclaim.PageOutCopies(p.Space, start, end)
		}
		return nil
	}
	if v == AdviseCold {
		p.kernel.Cache.Reclaim.Age(p.Space, start, end)
	} else {
		p.kernel.Cache.Reclaim.PageOut(p.Space, start, end)
	}
	return nil
}

// adviseDiscard drops pages, or for MADV_FREE lets reclaim drop them.
// Linux: madvise_dontneed_free (mm/madvise.c).
func (p *Process) adviseDiscard(a *vm.Area, start, end vm.Addr, v Advice) error {
	switch {
	case a.Flags.Any(p.keptFrom(v)):
		return p.refuseFor(syscall.EINVAL, cause{a.Flags.Has(vm.PFNMap), "pages of a device are not discarded"},
			cause{a.Flags.Has(vm.HugeTLB) && !a.Flags.Has(vm.Locked), "huge pages are not discarded"},
			cause{true, "pages that are locked are not discarded"})
	case v == AdviseFree && !a.Anonymous():
		return p.refuse(syscall.EINVAL, "MADV_FREE of memory that is not private and anonymous")
	case uint64(start)&(a.PageSize()-1) != 0:
		return p.refuse(syscall.EINVAL, "the address is not a multiple of the huge page size")
	case v == AdviseFree:
		p.Space.Free(a, start, end)
	case a.Flags.Has(vm.HugeTLB):
		p.Space.Discard(a, start, end&^vm.Addr(a.PageSize()-1))
	default:
		p.Space.Discard(a, start, end)
	}
	return nil
}

// keptFrom are the areas whose pages the advice does not discard.
// Linux: madvise_dontneed_free_valid_vma (mm/madvise.c).
func (p *Process) keptFrom(v Advice) vm.Flags {
	kept := vm.PFNMap
	if v != AdviseDontNeedLocked {
		kept |= vm.Locked
	}
	if !p.follows(profile.HugeDontNeed) {
		kept |= vm.HugeTLB
	}
	return kept
}

// adviseGuard makes pages guard pages, or ordinary ones again.
// Linux: madvise_guard_install, madvise_guard_remove (mm/madvise.c).
func (p *Process) adviseGuard(a *vm.Area, start, end vm.Addr, v Advice) error {
	forbidden := vm.Special | vm.HugeTLB
	if v == AdviseGuardInstall {
		forbidden |= vm.Locked
	}
	if a.Flags.Any(forbidden) {
		return p.refuseFor(syscall.EINVAL, cause{a.Flags.Has(vm.Locked), "guard pages in an area that is locked"},
			cause{a.Flags.Has(vm.HugeTLB), "guard pages in an area of huge pages"}, cause{true,
				"guard pages in an area that is no ordinary memory"})
	}
	if v == AdviseGuardRemove {
		p.Space.RemoveGuards(start, end)
		return nil
	}
	if p.Space.KeepsProtected(a, start, end) {
		return &Waits{p.PID, "a userfaultfd write-protects these pages of a file no more: until then Linux tries to " +
			"install guards again and again", "UFFDIO_WRITEPROTECT and UFFDIO_UNREGISTER end the protection"}
	}
	// Either makes fork copy the area's entries. Since 6.18.44 the flag does so, for files too.
	marked := p.follows(profile.GuardFlag)
	if marked {
		p.Space.SetFlags(a, a.Flags|vm.MaybeGuard)
	}
	if a.Anonymous() || !marked {
		a.PrepareAnon()
	}
	p.Space.InstallGuards(a, start, end)
	return nil
}

// adviseCollapse always fails: it would make huge pages of the range, and no area here can have them.
// Linux: madvise_collapse (mm/khugepaged.c).
func (p *Process) adviseCollapse(a *vm.Area, start, end vm.Addr) error {
	return p.refuse(syscall.EINVAL, "the area cannot have huge pages")
}
