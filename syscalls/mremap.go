package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// RemapFlags are the flags of mremap.
// Linux: MREMAP_* (include/uapi/linux/mman.h).
type RemapFlags uint64

// The flags of mremap.
const (
	RemapMayMove   RemapFlags = 1
	RemapFixed     RemapFlags = 2
	RemapDontUnmap RemapFlags = 4
)

// remap is the state of a call of mremap for one area.
// Linux: struct vma_remap_struct (mm/mremap.c).
type remap struct {
	addr     vm.Addr
	old, new uint64 // lengths
	flags    RemapFlags
	to       vm.Addr
	area     *vm.Area
	resizes  bool // the lengths differ: until 6.17 to the byte, since then in pages
	populate bool // what was added is to be faulted in
}

func (p *Process) newRemap(addr vm.Addr, old, new uint64, flags RemapFlags, to vm.Addr) *remap {
	r := &remap{addr: addr, old: vm.PageAlign(old), new: vm.PageAlign(new), flags: flags, to: to, resizes: old != new}
	if p.follows(profile.RemapChecksFirst) {
		r.resizes = r.old != r.new
	}
	return r
}

func (r *remap) delta() uint64 { return max(r.old, r.new) - min(r.old, r.new) }

func (r *remap) expands() bool { return r.new > r.old }

// placed reports whether the caller chooses the new place, or wants another one.
func (r *remap) placed() bool { return r.flags&(RemapFixed|RemapDontUnmap) != 0 }

// Mremap makes the range of old bytes at addr one of new bytes: in place, or elsewhere where the flags allow that. It
// returns the new address.
// Linux: do_mremap (mm/mremap.c).
func (p *Process) Mremap(addr vm.Addr, old, new uint64, flags RemapFlags, to vm.Addr) (vm.Addr, error) {
	p.enter(SysMremap)
	r := p.newRemap(addr, old, new, flags, to)
	if err := p.checkRemap(r); err != nil {
		return 0, err
	}
	if r.flags&RemapFixed != 0 && r.old == r.new && p.follows(profile.MoveSeveralAreas) { // since 6.17
		return p.remapSeveral(r)
	}
	r.area = p.Space.Find(r.addr)
	if !p.follows(profile.RemapFindsFirst) {
		if done, err := p.remapUnseen(r); done || err != nil {
			return r.addr, err
		}
	}
	if err := p.checkRemapArea(r); err != nil {
		return 0, err
	}
	x, err := p.remapOne(r)
	if err == nil && r.populate {
		p.CPU.PopulateQuietly(x+vm.Addr(r.old), x+vm.Addr(r.new))
	}
	return x, err
}

// ChooseRemap is what Mremap with MREMAP_DONTUNMAP or MREMAP_FIXED would return, without doing it.
func (p *Process) ChooseRemap(addr vm.Addr, old, new uint64, flags RemapFlags, to vm.Addr) (vm.Addr, error) {
	r := p.newRemap(addr, old, new, flags, to)
	if err := p.checkRemap(r); err != nil {
		return 0, err
	}
	r.area = p.Space.Find(r.addr)
	if err := p.checkRemapArea(r); err != nil {
		return 0, err
	}
	if err := p.remapPlace(r); err != nil {
		return 0, err
	}
	return r.to, nil
}

// checkRemap checks the arguments alone, and since 6.17 the new place as well.
// Linux: check_mremap_params (mm/mremap.c).
func (p *Process) checkRemap(r *remap) error {
	early, placeFirst := p.follows(profile.RemapChecksFirst), p.follows(profile.RemapPlaceFirst)
	switch {
	case r.flags&^(RemapMayMove|RemapFixed|RemapDontUnmap) != 0:
		return p.refuse(syscall.EINVAL, "an unknown flag")
	case !r.addr.Aligned():
		return p.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	case r.new == 0:
		return p.refuse(syscall.EINVAL, "the new length is zero")
	case early && r.new > uint64(vm.TaskSize):
		return p.refuse(syscall.EINVAL, "the new length is longer than the address space")
	case !r.placed():
		return p.checkRemapCount(r)
	case early && r.outside():
		return p.refuse(syscall.EINVAL, outsideSpace)
	case placeFirst && !r.to.Aligned():
		return p.refuse(syscall.EINVAL, misaligned)
	case r.flags&RemapMayMove == 0:
		return p.refuseFor(syscall.EINVAL, cause{r.flags&RemapDontUnmap != 0,
			"MREMAP_DONTUNMAP without MREMAP_MAYMOVE"}, cause{true, "MREMAP_FIXED without MREMAP_MAYMOVE"})
	case r.flags&RemapDontUnmap != 0 && r.resizes:
		return p.refuse(syscall.EINVAL, "MREMAP_DONTUNMAP may not change the length")
	case early && r.overlaps():
		return p.refuse(syscall.EINVAL, overlapping)
	case placeFirst:
		return p.Space.RoomToMove(r.leaves())
	}
	return nil
}

// checkRemapCount checks calls without a new place: since 7.1 every call must leave room for new areas, even if it does
// not move.
func (p *Process) checkRemapCount(r *remap) error {
	if !p.follows(profile.RemapCountsAreas) {
		return nil
	}
	return p.Space.RoomToMove(r.leaves())
}

// Reasons to refuse a new place.
const (
	outsideSpace = "the new range lies outside the address space"
	misaligned   = "the new address is not a multiple of the page size"
	overlapping  = "the new range overlaps the old one"
)

// outside reports whether the new range reaches beyond the address space.
func (r *remap) outside() bool {
	return r.new > uint64(vm.TaskSize) || r.to > vm.TaskSize-vm.Addr(r.new)
}

func (r *remap) overlaps() bool {
	return r.addr+vm.Addr(r.old) > r.to && r.to+vm.Addr(r.new) > r.addr
}

// leaves says what happens to the old range.
func (r *remap) leaves() vm.Leftover {
	if r.flags&RemapDontUnmap != 0 {
		return vm.KeepOld
	}
	return vm.UnmapOld
}

// checkRemapPlace checks the new place, as releases before 6.17 do once they have found the area.
// Linux: mremap_to (mm/mremap.c).
func (p *Process) checkRemapPlace(r *remap) error {
	switch {
	case !r.to.Aligned():
		return p.refuse(syscall.EINVAL, misaligned)
	case r.outside():
		return p.refuse(syscall.EINVAL, outsideSpace)
	case r.overlaps():
		return p.refuse(syscall.EINVAL, overlapping)
	}
	return p.Space.RoomToMove(r.leaves())
}

// checkRemapArea checks the arguments against the area. Until 6.17 a call with a new place checks the size later, after
// it has unmapped that place.
// Linux: check_prep_vma (mm/mremap.c).
func (p *Process) checkRemapArea(r *remap) error {
	switch {
	case r.area == nil:
		return p.refuse(syscall.EFAULT, "nothing is mapped at the old address")
	case r.area.Flags.Has(vm.Sealed):
		return p.refuse(syscall.EPERM, "the area is sealed")
	case r.area.Flags.Has(vm.HugeTLB) && p.follows(profile.RemapFindsFirst) && !r.alignToHuge():
		return p.refuse(syscall.EINVAL, "huge pages move as wholes, and their areas do not grow")
	case r.placed() && !p.follows(profile.RemapChecksFirst):
		return p.checkRemapPlace(r)
	case !r.placed():
		r.to = r.addr
		if !r.expands() {
			return nil
		}
	}
	return p.checkRemapSize(r)
}

// alignToHuge makes the lengths multiples of the area's page; false if the addresses are not multiples, or if the range
// would grow.
// Linux: align_hugetlb (mm/mremap.c).
func (r *remap) alignToHuge() bool {
	mask := r.area.PageSize() - 1
	r.old, r.new = (r.old+mask)&^mask, (r.new+mask)&^mask
	return (uint64(r.addr)|uint64(r.to))&mask == 0 && r.new <= r.old
}

// checkRemapSize checks whether the old range can be moved and have the new length.
// Linux: check_prep_vma (mm/mremap.c); vma_to_resize before 6.15.
func (p *Process) checkRemapSize(r *remap) error {
	a := r.area
	switch {
	case r.old == 0 && !a.Flags.Any(vm.Shared|vm.MayShare):
		return p.refuse(syscall.EINVAL, "an old length of zero duplicates shared memory only")
	case r.flags&RemapDontUnmap != 0 && !a.Anonymous() && !p.follows(profile.DontUnmapFiles):
		return p.refuse(syscall.EINVAL, "MREMAP_DONTUNMAP of memory that is not private and anonymous")
	case r.flags&RemapDontUnmap != 0 && a.Flags.Any(vm.DontExpand|vm.PFNMap):
		return p.refuse(syscall.EINVAL, "MREMAP_DONTUNMAP of an area that is no ordinary memory")
	case a.Flags.Has(vm.HugeTLB) && !p.follows(profile.RemapFindsFirst):
		return p.refuse(syscall.EINVAL, "before 5.16 huge pages do not move")
	}
	old := min(r.old, r.new)
	switch {
	case old > uint64(a.End-r.addr):
		return p.refuse(syscall.EFAULT, "the old range reaches beyond the area")
	case old == r.new:
		return nil
	}
	r.populate = a.Flags.Has(vm.Locked)
	index := uint64(a.IndexOf(r.addr))
	switch {
	case index+r.new>>vm.PageShift < index:
		return p.refuse(syscall.EINVAL, "the new range passes the largest file")
	case a.Flags.Any(vm.DontExpand | vm.PFNMap):
		return p.refuse(syscall.EFAULT, "an area that is no ordinary memory does not grow")
	case !p.Space.MayLock(a.Flags, r.delta()):
		return p.refuse(syscall.EAGAIN, "more memory would be locked than RLIMIT_MEMLOCK allows")
	case !p.Space.MayExpand(a.Flags, r.delta()>>vm.PageShift):
		return p.refuse(syscall.ENOMEM, p.Space.ExpandRefusal(r.delta()>>vm.PageShift))
	}
	return nil
}

func (p *Process) remapOne(r *remap) (vm.Addr, error) {
	switch {
	case r.placed():
		return p.remapTo(r)
	case r.old == r.new:
		return r.addr, nil
	case !r.expands():
		return r.addr, p.Space.Shrink(r.addr, r.old, r.new)
	}
	return p.remapExpand(r)
}

// remapUnseen is what mremap does until 5.16 before it looks up the area: it checks a new place, and unmaps what
// exceeds the new length.
// Linux: sys_mremap (mm/mremap.c) of Linux 5.15.
func (p *Process) remapUnseen(r *remap) (done bool, err error) {
	switch {
	case r.placed():
		return false, p.remapNowhere(r)
	case r.expands():
		return false, nil
	case r.old != r.new:
		err = p.Space.Shrink(r.addr, r.old, r.new)
	}
	return true, err
}

// remapNowhere handles a range that begins where nothing is mapped: it unmaps the new place, and the part beyond the
// new length.
func (p *Process) remapNowhere(r *remap) error {
	if err := p.checkRemapPlace(r); err != nil || r.area != nil {
		return err
	}
	if r.flags&RemapFixed != 0 {
		if err := p.Space.Unmap(r.to, r.new); err != nil {
			return err
		}
	}
	if r.new < r.old {
		return p.Space.Shrink(r.addr, r.old, r.new)
	}
	return nil
}

// remapSeveral moves all areas of the range, with the gaps between them, without changing the length.
// Linux: remap_move (mm/mremap.c).
func (p *Process) remapSeveral(r *remap) (vm.Addr, error) {
	start, end := r.addr, r.addr+vm.Addr(r.old)
	target := r.to // where the next area goes, but for the gap before it
	var first, last vm.Addr
	seen := false
	for a := p.Space.FindIn(start, end); a != nil; {
		if !seen && start < a.Start {
			return 0, p.refuse(syscall.EFAULT, "the old range begins where nothing is mapped")
		}
		offset := vm.Addr(0)
		if seen {
			offset = a.Start - last
		}
		from, stop := max(a.Start, start), min(a.End, end)
		last = a.End
		one := &remap{addr: from, old: uint64(stop - from), new: uint64(stop - from), flags: r.flags,
			to: target + offset, area: a}
		if movesAlone(a) && (seen || a.End < end) {
			return 0, p.refuseFor(syscall.EFAULT, cause{a.Flags.Any(vm.Registered),
				"an area that is registered with a userfaultfd moves alone"}, cause{true,
				"an area whose file finds the place of its areas moves alone"})
		}
		if err := p.checkRemapArea(one); err != nil {
			return 0, err
		}
		x, err := p.remapTo(one)
		if err != nil {
			return 0, err
		}
		if !seen {
			first = x
		}
		seen = true
		target = x + vm.Addr(one.new)
		if a = nil; stop < end {
			a = p.Space.FindIn(stop, end)
		}
	}
	if !seen {
		return 0, p.refuse(syscall.EFAULT, "nothing is mapped in the old range")
	}
	return first, nil
}

// movesAlone reports whether mremap moves no other area with this one: it is registered with a userfaultfd, or its file
// has a way of its own to find a place.
// Linux: vma_multi_allowed (mm/mremap.c).
func movesAlone(a *vm.Area) bool {
	f := pagecache.FileOf(a)
	return a.Flags.Any(vm.Registered) || f != nil && f.Traits()&(vm.KeepsCount|vm.GivesAnonymous) != 0
}

// remapExpand extends the range in place, or else moves it.
// Linux: expand_vma (mm/mremap.c).
func (p *Process) remapExpand(r *remap) (vm.Addr, error) {
	a, d := r.area, r.delta()
	if uint64(a.End-r.addr) == r.old && p.Space.MayGrow(a, d) {
		return r.addr, p.Space.Grow(a, d)
	}
	if r.flags&RemapMayMove == 0 {
		return 0, p.refuse(syscall.ENOMEM, "there is no room after the range, and it may not move")
	}
	if err := p.remapPlace(r); err != nil {
		return 0, err
	}
	return p.remapMove(r)
}
