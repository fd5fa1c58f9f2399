package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// Mprotect changes the protection of the n bytes at addr. If a check fails, the areas before are changed.
// Linux: do_mprotect_pkey (mm/mprotect.c).
func (p *Process) Mprotect(addr vm.Addr, n uint64, prot vm.Protection) error {
	p.enter(SysMprotect)
	return p.mprotect(addr, n, prot, noKey)
}

// PkeyMprotect is Mprotect that also gives the range a protection key, allocated by pkey_alloc; -1 is for none.
// Linux: sys_pkey_mprotect (mm/mprotect.c).
func (p *Process) PkeyMprotect(addr vm.Addr, n uint64, prot vm.Protection, key int) error {
	p.enter(SysPkeyMprotect)
	return p.mprotect(addr, n, prot, key)
}

func (p *Process) mprotect(addr vm.Addr, n uint64, prot vm.Protection, key int) error {
	grows := prot & (vm.ProtGrowsDown | vm.ProtGrowsUp)
	prot &^= vm.ProtGrowsDown | vm.ProtGrowsUp
	switch {
	case grows == vm.ProtGrowsDown|vm.ProtGrowsUp:
		return p.refuse(syscall.EINVAL, "both PROT_GROWSDOWN and PROT_GROWSUP")
	case !addr.Aligned():
		return p.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	case n == 0:
		return nil
	}
	start, end := addr, addr+vm.Addr(vm.PageAlign(n))
	switch {
	case end <= start:
		return p.refuse(syscall.ENOMEM, "the range wraps around")
	case prot&^(vm.ProtRead|vm.ProtWrite|vm.ProtExec|vm.ProtSem) != 0:
		return p.refuse(syscall.EINVAL, "an unknown protection")
	case key != noKey && !p.mm.keys.has(key, p.keys()):
		return p.refuse(syscall.EINVAL, "the protection key is not allocated")
	}
	a := p.Space.FindAfter(start)
	if a == nil || a.Start >= end {
		return p.refuse(syscall.ENOMEM, "nothing is mapped there")
	}
	switch {
	case grows == vm.ProtGrowsDown:
		if start = a.Start; !a.Flags.Has(vm.GrowsDown) {
			return p.refuse(syscall.EINVAL, "PROT_GROWSDOWN of an area that does not")
		}
	case a.Start > start:
		return p.refuse(syscall.ENOMEM, "the range begins where nothing is mapped")
	case grows == vm.ProtGrowsUp:
		return p.refuse(syscall.EINVAL, "PROT_GROWSUP: no area of this processor does")
	}
	return p.Space.Walk(start, end, vm.StopAtHole, func(a *vm.Area, start, end vm.Addr) error {
		f, err := p.wantedFlags(a, prot, key)
		if err != nil {
			return err
		}
		return p.protectArea(a, start, end, f)
	})
}

// wantedFlags are an area's flags after an mprotect with protection prot, or a pkey_mprotect with a key.
// Linux: do_mprotect_pkey (mm/mprotect.c).
func (p *Process) wantedFlags(a *vm.Area, prot vm.Protection, key int) (vm.Flags, error) {
	if prot&vm.ProtRead != 0 && p.personality&ReadImpliesExec != 0 && a.Flags.Has(vm.MayExec) {
		prot |= vm.ProtExec
	}
	f := (a.Flags&^vm.AccessFlags | prot.AreaFlags()).WithKey(p.protectedKey(a, prot, key))
	switch {
	case f&^(f>>4)&vm.AccessFlags != 0:
		return 0, p.refuse(syscall.EACCES, neverAllowed(a))
	case p.deniesExec(a.Flags, f):
		return 0, p.refuse(syscall.EACCES, "PR_SET_MDWE, and the area would gain execution")
	}
	return f, nil
}

// neverAllowed is why an area may never have a protection that it was mapped without, for people.
func neverAllowed(a *vm.Area) string {
	f := pagecache.FileOf(a)
	switch {
	case f == nil || a.Flags.Has(vm.MayWrite):
		return "the area may never have that protection"
	case f.Mapping.Seals&(pagecache.SealWrite|pagecache.SealFutureWrite) != 0:
		return "the file was sealed against writing when it was mapped"
	}
	return "a shared mapping of a file that was not opened for writing"
}

// protectArea gives [start, end) of one area the flags f. Locked private memory that becomes writable is faulted in.
// Linux: mprotect_fixup (mm/mprotect.c).
func (p *Process) protectArea(a *vm.Area, start, end vm.Addr, f vm.Flags) error {
	old := a.Flags
	b, err := p.Space.Protect(a, start, end, f)
	if err == nil && old&(vm.Write|vm.Shared|vm.Locked) == vm.Locked && f.Has(vm.Write) {
		_ = p.CPU.PopulateArea(b, start, end)
	}
	return err
}
