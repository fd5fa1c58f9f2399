package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// RemapFlags are what mremap may do.
// Linux: MREMAP_* (include/uapi/linux/mman.h).
type RemapFlags uint64

// The flags of mremap.
const (
	RemapMayMove   RemapFlags = 1
	RemapFixed     RemapFlags = 2
	RemapDontUnmap RemapFlags = 4
)

// remap is one call of mremap on its way: the part of it that concerns one area.
// Linux: struct vma_remap_struct (mm/mremap.c).
type remap struct {
	addr     vm.Addr
	old, new uint64 // lengths
	flags    RemapFlags
	to       vm.Addr
	area     *vm.Area
	populate bool // what was added is to be faulted in
}

func (r *remap) delta() uint64 { return max(r.old, r.new) - min(r.old, r.new) }

func (r *remap) expands() bool { return r.new > r.old }

// placed reports whether the caller says where the range goes, or wants it elsewhere.
func (r *remap) placed() bool { return r.flags&(RemapFixed|RemapDontUnmap) != 0 }

// Mremap makes the range of old bytes at addr one of new bytes: in place, or elsewhere where the flags allow that. It
// returns where it is then.
// Linux: do_mremap (mm/mremap.c).
func (p *Process) Mremap(addr vm.Addr, old, new uint64, flags RemapFlags, to vm.Addr) (vm.Addr, error) {
	p.enter(SysMremap)
	r := &remap{addr: addr, old: vm.PageAlign(old), new: vm.PageAlign(new), flags: flags, to: to}
	if err := p.checkRemap(r); err != nil {
		return 0, err
	}
	if r.flags&RemapFixed != 0 && r.old == r.new {
		return p.remapSeveral(r)
	}
	r.area = p.Space.Find(r.addr)
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
	r := &remap{addr: addr, old: vm.PageAlign(old), new: vm.PageAlign(new), flags: flags, to: to}
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

// checkRemap checks the arguments by themselves.
// Linux: check_mremap_params (mm/mremap.c).
func (p *Process) checkRemap(r *remap) error {
	switch {
	case r.flags&^(RemapMayMove|RemapFixed|RemapDontUnmap) != 0:
		return p.refuse(syscall.EINVAL, "an unknown flag")
	case !r.addr.Aligned():
		return p.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	case r.new == 0:
		return p.refuse(syscall.EINVAL, "the new length is zero")
	case r.new > uint64(vm.TaskSize):
		return p.refuse(syscall.EINVAL, "the new length is longer than the address space")
	case !r.placed():
		return nil
	case r.to > vm.TaskSize-vm.Addr(r.new):
		return p.refuse(syscall.EINVAL, "the new range lies outside the address space")
	case !r.to.Aligned():
		return p.refuse(syscall.EINVAL, "the new address is not a multiple of the page size")
	case r.flags&RemapMayMove == 0:
		return p.refuse(syscall.EINVAL, "MREMAP_FIXED or MREMAP_DONTUNMAP without MREMAP_MAYMOVE")
	case r.flags&RemapDontUnmap != 0 && r.old != r.new:
		return p.refuse(syscall.EINVAL, "MREMAP_DONTUNMAP may not change the length")
	case r.addr+vm.Addr(r.old) > r.to && r.to+vm.Addr(r.new) > r.addr:
		return p.refuse(syscall.EINVAL, "the new range overlaps the old one")
	case p.Space.Count()+2 >= p.Space.Limits.MaxMapCount-3:
		return p.refuse(syscall.ENOMEM, "moving needs more areas than vm.max_map_count leaves")
	}
	return nil
}

// checkRemapArea checks the arguments against the area.
// Linux: check_prep_vma (mm/mremap.c).
func (p *Process) checkRemapArea(r *remap) error {
	a := r.area
	switch {
	case a == nil:
		return p.refuse(syscall.EFAULT, "nothing is mapped at the old address")
	case a.Flags.Has(vm.Sealed):
		return p.refuse(syscall.EPERM, "the area is sealed")
	}
	if !r.placed() {
		r.to = r.addr
		if !r.expands() {
			return nil
		}
	}
	switch {
	case r.old == 0 && !a.Flags.Any(vm.Shared|vm.MayShare):
		return p.refuse(syscall.EINVAL, "an old length of zero duplicates shared memory only")
	case r.flags&RemapDontUnmap != 0 && a.Flags.Any(vm.DontExpand|vm.PFNMap):
		return p.refuse(syscall.EINVAL, "MREMAP_DONTUNMAP of an area of the kernel or of a device")
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
		return p.refuse(syscall.EFAULT, "an area of the kernel or of a device does not grow")
	case !p.Space.MayLock(a.Flags, r.delta()):
		return p.refuse(syscall.EAGAIN, "more memory would be locked than RLIMIT_MEMLOCK allows")
	case !p.Space.MayExpand(a.Flags, r.delta()>>vm.PageShift):
		return p.refuse(syscall.ENOMEM, "more memory than RLIMIT_AS or RLIMIT_DATA allows")
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
		return r.addr, p.remapShrink(r)
	}
	return p.remapExpand(r)
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
		one := &remap{addr: from, old: uint64(stop - from), new: uint64(stop - from), flags: r.flags, to: target + offset, area: a}
		if f := pagecache.FileOf(a); f != nil && f.Traits().KeepsCount && (seen || a.End < end) {
			return 0, p.refuse(syscall.EFAULT, "a segment of shared memory moves alone: it places itself")
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

// remapTo moves the range to a place that the caller chose, or leaves the old range empty.
// Linux: mremap_to (mm/mremap.c).
func (p *Process) remapTo(r *remap) (vm.Addr, error) {
	if r.flags&RemapFixed != 0 {
		if err := p.Space.Unmap(r.to, r.new); err != nil {
			return 0, err
		}
		if r.area = p.Space.Find(r.addr); r.area == nil {
			return 0, p.refuse(syscall.EFAULT, "the old range was unmapped with the new one")
		}
	}
	if r.new < r.old {
		if err := p.remapShrink(r); err != nil {
			return 0, err
		}
		if r.area = p.Space.Find(r.addr); r.area == nil {
			return 0, p.refuse(syscall.EFAULT, "nothing is mapped at the old address any more")
		}
		r.old = r.new
	}
	if r.flags&RemapDontUnmap != 0 && !p.Space.MayExpand(r.area.Flags, r.old>>vm.PageShift) {
		return 0, p.refuse(syscall.ENOMEM, "more memory than RLIMIT_AS or RLIMIT_DATA allows")
	}
	if err := p.remapPlace(r); err != nil {
		return 0, err
	}
	return p.remapMove(r)
}

func (p *Process) remapShrink(r *remap) error {
	return p.Space.Unmap(r.addr+vm.Addr(r.new), r.delta())
}

// remapExpand makes the range longer where it is, or else moves it.
// Linux: expand_vma (mm/mremap.c).
func (p *Process) remapExpand(r *remap) (vm.Addr, error) {
	a, d := r.area, r.delta()
	if uint64(a.End-r.addr) == r.old && p.Space.Expandable(a, d) {
		return r.addr, p.remapGrow(r)
	}
	if r.flags&RemapMayMove == 0 {
		return 0, p.refuse(syscall.ENOMEM, "there is no room after the range, and it may not move")
	}
	if err := p.remapPlace(r); err != nil {
		return 0, err
	}
	return p.remapMove(r)
}

func (p *Process) remapGrow(r *remap) error {
	a, d := r.area, r.delta()
	if a.Flags.Has(vm.Account) && p.Space.Commit.Promise(d>>vm.PageShift) != nil {
		return p.refuse(syscall.ENOMEM, "more memory than may be promised")
	}
	b := p.Space.Expand(a, d)
	if b == nil {
		if a.Flags.Has(vm.Account) {
			p.Space.Commit.Return(d >> vm.PageShift)
		}
		return p.refuse(syscall.ENOMEM, "the area cannot grow")
	}
	p.Space.CountArea(b, d)
	return nil
}

// remapPlace chooses the new address.
// Linux: vrm_set_new_addr (mm/mremap.c).
func (p *Process) remapPlace(r *remap) error {
	q := vm.Request{Len: r.new, Backing: r.area.Backing, Index: r.area.IndexOf(r.addr)}
	if r.placed() {
		q.Hint = r.to
	}
	if r.flags&RemapFixed != 0 {
		q.Flags |= vm.MapFixed
	}
	if r.area.Flags.Has(vm.MayShare) {
		q.Flags |= vm.MapShared
	}
	x, err := p.Space.Place(q)
	if err != nil {
		return err
	}
	r.to = x
	return nil
}

// remapMove makes the new area, moves the entries, and unmaps the old range.
// Linux: move_vma (mm/mremap.c).
func (p *Process) remapMove(r *remap) (vm.Addr, error) {
	s, a := p.Space, r.area
	if s.Count() >= s.Limits.MaxMapCount-3 {
		return 0, p.refuse(syscall.ENOMEM, "moving needs more areas than vm.max_map_count leaves")
	}
	split := a.Start != r.addr || a.End != r.addr+vm.Addr(r.old)
	if split && a.Backing != nil && a.Backing.Traits().Unsplittable {
		return 0, p.refuse(syscall.EINVAL, "the area is indivisible")
	}
	if err := p.remapCharge(r); err != nil {
		return 0, err
	}
	made, source := s.Copy(a, r.addr, r.to, r.new, r.old)
	// For a moment both ranges are counted; that is no peak.
	peak := s.Stats.PeakTotal
	defer func() { s.Stats.PeakTotal = peak }()
	s.CountArea(source, r.new)
	if r.flags&RemapDontUnmap != 0 {
		p.remapLeave(r, made, source)
		return r.to, nil
	}
	p.remapUnmap(r, source)
	return r.to, nil
}

func (p *Process) remapCharge(r *remap) error {
	if !r.area.Flags.Has(vm.Account) {
		return nil
	}
	pages := r.delta() >> vm.PageShift
	if r.flags&RemapDontUnmap != 0 {
		pages = r.new >> vm.PageShift
	}
	if p.Space.Commit.Promise(pages) != nil {
		return p.refuse(syscall.ENOMEM, "more memory than may be promised")
	}
	return nil
}

// remapLeave leaves the old range mapped but empty.
// Linux: dontunmap_complete (mm/mremap.c).
func (p *Process) remapLeave(r *remap, made, source *vm.Area) {
	whole := source.Start == r.addr && source.End == r.addr+vm.Addr(r.old)
	// What is left in it of other pages stays locked, out of reach of reclaim: nobody unlocks it.
	p.Space.SetFlags(source, source.Flags&^vm.LockedMask)
	if made != source && whole {
		p.Space.ForgetAnon(source)
	}
}

// remapUnmap takes the old range away without taking back the promise of memory, which moved along.
// Linux: unmap_source_vma (mm/mremap.c).
func (p *Process) remapUnmap(r *remap, source *vm.Area) {
	s := p.Space
	accounted := source.Flags.Has(vm.Account)
	start, end := source.Start, source.End
	if accounted {
		source.Flags &^= vm.Account
	}
	stop := r.addr + vm.Addr(r.old)
	if r.old != 0 {
		_ = s.UnmapAligned(r.addr, stop)
	}
	if !accounted {
		return
	}
	if start < r.addr {
		if b := s.Find(r.addr - 1); b != nil {
			b.Flags |= vm.Account
		}
	}
	if end > stop {
		if b := s.Find(stop); b != nil {
			b.Flags |= vm.Account
		}
	}
}
