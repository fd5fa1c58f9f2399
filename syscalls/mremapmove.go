package syscalls

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

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
	if !p.follows(profile.RemapChecksFirst) {
		if err := p.checkRemapSize(r); err != nil {
			return 0, err // what was mapped at the new place is gone
		}
	}
	if r.flags&RemapDontUnmap != 0 && !p.Space.MayExpand(r.area.Flags, r.old>>vm.PageShift) {
		return 0, p.refuse(syscall.ENOMEM, p.Space.ExpandRefusal(r.old>>vm.PageShift))
	}
	if err := p.remapPlace(r); err != nil {
		return 0, err
	}
	return p.remapMove(r)
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
	var apart *vm.Area
	if r.flags&RemapDontUnmap != 0 && p.follows(profile.DontUnmapApart) {
		apart = a
	}
	made, source := s.Copy(a, r.addr, r.to, r.new, r.old, apart)
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

// remapLeave leaves the old range mapped but empty, and not locked.
// Linux: dontunmap_complete (mm/mremap.c).
func (p *Process) remapLeave(r *remap, made, source *vm.Area) {
	stop := r.addr + vm.Addr(r.old)
	whole := source.Start == r.addr && source.End == stop
	if made != source && whole {
		p.Space.ForgetAnon(source)
	}
	if source.Flags.Has(vm.Locked) && !p.follows(profile.RemapCountsLocked) {
		p.Space.Stats.Locked -= r.new >> vm.PageShift // until 6.15: it stays as much as was locked before
	}
	if source.Flags.Any(vm.LockedMask) && p.follows(profile.DontUnmapApart) {
		if left, err := p.Space.Modify(source, r.addr, stop, source.Flags&^vm.LockedMask); err == nil {
			source = left
		}
	}
	// Before, what is left in the area of other pages stays locked too, out of reach of reclaim, and no area's.
	left := source.Flags &^ vm.LockedMask
	if p.follows(profile.DontUnmapUnaccounted) {
		left &^= vm.Account // 6.15 and 6.16: for good
	}
	p.Space.SetFlags(source, left)
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
