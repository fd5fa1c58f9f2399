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
		if err := p.Space.Shrink(r.addr, r.old, r.new); err != nil {
			return 0, err
		}
		if r.area = p.Space.Find(r.addr); r.area == nil {
			return 0, p.refuse(syscall.EFAULT, "nothing is mapped at the old address any more")
		}
		r.old = r.new
	}
	if !p.follows(profile.RemapChecksFirst) {
		if err := p.checkRemapSize(r); err != nil {
			return 0, err // the new place stays unmapped
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
		q.Flags |= vm.PlaceFixed
	}
	if r.area.Flags.Has(vm.MayShare) {
		q.Flags |= vm.PlaceShared
	}
	x, err := p.Space.Place(q)
	if err != nil {
		return err
	}
	r.to = x
	return nil
}

// remapMove moves the range to the chosen place.
// Linux: move_vma (mm/mremap.c).
func (p *Process) remapMove(r *remap) (vm.Addr, error) {
	m := vm.Move{Area: r.area, From: r.addr, To: r.to, Old: r.old, New: r.new, Leave: r.leaves()}
	if err := p.Space.Move(m); err != nil {
		return 0, err
	}
	return r.to, nil
}
