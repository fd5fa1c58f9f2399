package syscalls

import (
	"syscall"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Advice is a program's advice about a range of its memory.
// Linux: MADV_* (include/uapi/asm-generic/mman-common.h).
type Advice int32

// The advices of Linux 6.18.
const (
	AdviseNormal         Advice = 0
	AdviseRandom         Advice = 1
	AdviseSequential     Advice = 2
	AdviseWillNeed       Advice = 3
	AdviseDontNeed       Advice = 4
	AdviseFree           Advice = 8
	AdviseRemove         Advice = 9
	AdviseDontFork       Advice = 10
	AdviseDoFork         Advice = 11
	AdviseMergeable      Advice = 12
	AdviseUnmergeable    Advice = 13
	AdviseHugePage       Advice = 14
	AdviseNoHugePage     Advice = 15
	AdviseDontDump       Advice = 16
	AdviseDoDump         Advice = 17
	AdviseWipeOnFork     Advice = 18
	AdviseKeepOnFork     Advice = 19
	AdviseCold           Advice = 20
	AdvisePageOut        Advice = 21
	AdvisePopulateRead   Advice = 22
	AdvisePopulateWrite  Advice = 23
	AdviseDontNeedLocked Advice = 24
	AdviseCollapse       Advice = 25
	AdviseHWPoison       Advice = 100
	AdviseSoftOffline    Advice = 101
	AdviseGuardInstall   Advice = 102
	AdviseGuardRemove    Advice = 103
)

// newerAdvices are the advices that not every release has, each with its rule.
var newerAdvices = map[Advice]profile.Rule{
	AdvisePopulateRead:   profile.PopulateAdvice,
	AdvisePopulateWrite:  profile.PopulateAdvice,
	AdviseDontNeedLocked: profile.DontNeedLocked,
	AdviseCollapse:       profile.CollapseAdvice,
	AdviseGuardInstall:   profile.GuardRegions,
	AdviseGuardRemove:    profile.GuardRegions,
}

// has reports whether the machine's release knows the advice; the kernel modelled here is built without memory-failure
// handling.
func (k *Kernel) has(v Advice) bool {
	if rule, newer := newerAdvices[v]; newer {
		return k.config.Profile.Has(rule)
	}
	return v >= AdviseNormal && v <= AdviseDontNeed || v >= AdviseFree && v <= AdviseCollapse
}

// Madvise applies an advice to the n bytes at addr. If a check fails, the areas before are done; with a hole in the
// range it does all areas and returns ENOMEM.
// Linux: do_madvise (mm/madvise.c).
func (p *Process) Madvise(addr vm.Addr, n uint64, v Advice) error {
	p.enter(SysMadvise)
	return p.madvise(addr, n, v)
}

func (p *Process) madvise(addr vm.Addr, n uint64, v Advice) error {
	if !p.kernel.has(v) {
		return p.refuse(syscall.EINVAL, "an unknown advice")
	}
	end, err := p.endOfPages(addr, n)
	if err != nil || end == addr {
		return err
	}
	switch v {
	case AdvisePopulateRead:
		return p.prefault(addr, end, vm.Load)
	case AdvisePopulateWrite:
		return p.prefault(addr, end, vm.Store)
	}
	return p.Space.Walk(addr, end, vm.SkipHoles, func(a *vm.Area, start, end vm.Addr) error {
		return p.adviseArea(a, start, end, v)
	})
}

// endOfPages is the end of the range of n bytes at addr, rounded up to whole pages; addr itself if n is 0.
// Linux: is_valid_madvise (mm/madvise.c), do_mseal (mm/mseal.c).
func (p *Process) endOfPages(addr vm.Addr, n uint64) (vm.Addr, error) {
	size := vm.PageAlign(n)
	end := addr + vm.Addr(size)
	switch {
	case !addr.Aligned():
		return 0, p.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	case n != 0 && size == 0, end < addr:
		return 0, p.refuse(syscall.EINVAL, "the range wraps around")
	}
	return end, nil
}

var prefaultReasons = map[syscall.Errno]string{
	syscall.ENOMEM: "the range has a part where nothing is mapped",
	syscall.EINVAL: "an area of the range does not allow that access",
	syscall.EFAULT: "a page of the range cannot be faulted in",

	fault.PoisonErrno: "a page of the range is poisoned",
}

func (p *Process) prefault(start, end vm.Addr, k vm.Access) error {
	if !p.follows(profile.PopulateAcrossAreas) { // until 6.9, area by area, also behind a hole
		return p.Space.Walk(start, end, vm.SkipHoles, func(_ *vm.Area, start, end vm.Addr) error {
			return p.prefaultRange(start, end, k)
		})
	}
	return p.prefaultRange(start, end, k)
}

func (p *Process) prefaultRange(start, end vm.Addr, k vm.Access) error {
	if err := p.CPU.Prefault(start, end, k); err != nil {
		for a := p.Space.FindIn(start, end); a != nil && a.Start < end; a = a.Next() {
			if err == syscall.EINVAL && a.Flags.Any(vm.IO|vm.PFNMap) {
				return p.refuse(syscall.EINVAL, "an area of the range shows a device")
			}
		}
		return p.refuse(err.(syscall.Errno), prefaultReasons[err.(syscall.Errno)])
	}
	return nil
}

// adviseArea applies an advice to [start, end), all or a part of one area.
// Linux: madvise_vma_behavior (mm/madvise.c).
func (p *Process) adviseArea(a *vm.Area, start, end vm.Addr, v Advice) error {
	if a.Flags.Has(vm.Sealed) && v.discards() && p.sealKeeps(a) && !p.CPU.MayStore(a) {
		return p.refuse(syscall.EPERM, "the area is sealed, and the advice would discard what is in it")
	}
	switch v {
	case AdviseRemove:
		return p.adviseRemove(a, start, end)
	case AdviseWillNeed:
		return p.adviseWillNeed(a, start, end)
	case AdviseCold, AdvisePageOut:
		return p.adviseReclaim(a, start, end, v)
	case AdviseDontNeed, AdviseDontNeedLocked, AdviseFree:
		return p.adviseDiscard(a, start, end, v)
	case AdviseCollapse:
		return p.adviseCollapse(a, start, end)
	case AdviseGuardInstall, AdviseGuardRemove:
		return p.adviseGuard(a, start, end, v)
	}
	f, err := p.advisedFlags(a, v)
	if err != nil || f == a.Flags {
		return err
	}
	_, err = p.Space.ChangeFlags(a, start, end, f)
	if err == syscall.ENOMEM {
		return p.refuse(syscall.EAGAIN, "the area cannot be split: there are as many areas as vm.max_map_count allows")
	}
	return err
}

// sealKeeps reports whether a seal of an area that is not writable keeps what is in it from advices.
// Linux: can_madvise_modify (mm/madvise.c).
func (p *Process) sealKeeps(a *vm.Area) bool {
	if p.follows(profile.SealsZeroDevice) {
		return a.Anonymous()
	}
	return a.Backing == nil || a.Backing.Traits().Has(vm.NoFile)
}

// discards reports whether the advice discards content.
func (v Advice) discards() bool {
	switch v {
	case AdviseFree, AdviseDontNeed, AdviseDontNeedLocked, AdviseRemove, AdviseDontFork, AdviseWipeOnFork,
		AdviseGuardInstall:
		return true
	}
	return false
}

// advisedFlags are the area's flags after the advice.
func (p *Process) advisedFlags(a *vm.Area, v Advice) (vm.Flags, error) {
	f := a.Flags
	switch v {
	case AdviseNormal:
		f &^= vm.RandRead | vm.SeqRead
	case AdviseSequential:
		f = f&^vm.RandRead | vm.SeqRead
	case AdviseRandom:
		f = f&^vm.SeqRead | vm.RandRead
	case AdviseDontFork:
		f |= vm.DontCopy
	case AdviseDoFork:
		switch {
		case f.Has(vm.IO):
			return f, p.refuse(syscall.EINVAL, "MADV_DOFORK of an area of a device")
		case f.Any(vm.Special) && p.follows(profile.SpecialStaysAlone): // since 7.0
			return f, p.refuse(syscall.EINVAL, "MADV_DOFORK of a special area, such as [vvar]")
		}
		f &^= vm.DontCopy
	case AdviseWipeOnFork:
		if pagecache.FileOf(a) != nil || f.Has(vm.Shared) {
			return f, p.refuse(syscall.EINVAL, "MADV_WIPEONFORK of memory that is not private and anonymous")
		}
		f |= vm.WipeOnFork
	case AdviseKeepOnFork:
		if f.Has(vm.Droppable) {
			return f, p.refuse(syscall.EINVAL, "MADV_KEEPONFORK of droppable memory")
		}
		f &^= vm.WipeOnFork
	case AdviseDontDump:
		f |= vm.DontDump
	case AdviseDoDump:
		if !f.Has(vm.HugeTLB) && f.Any(vm.Special) || f.Has(vm.Droppable) {
			return f, p.refuseFor(syscall.EINVAL, cause{f.Has(vm.Droppable), "MADV_DODUMP of droppable memory"},
				cause{true, "MADV_DODUMP of an area that is no ordinary memory"})
		}
		f &^= vm.DontDump
	case AdviseMergeable:
		if !f.Any(vm.Shared | vm.MayShare | vm.Special | vm.HugeTLB | vm.Droppable) {
			f |= vm.Mergeable
		}
	case AdviseUnmergeable:
		f &^= vm.Mergeable
	case AdviseHugePage:
		f = f&^vm.NoHugePage | vm.HugePage
	case AdviseNoHugePage:
		f = f&^vm.HugePage | vm.NoHugePage
	}
	return f, nil
}
