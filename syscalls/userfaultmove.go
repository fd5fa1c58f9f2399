package syscalls

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// fillByMove moves private pages of the process to a registered range.
// Linux: userfaultfd_move (fs/userfaultfd.c).
func (p *Process) fillByMove(u *vm.Userfaults, a vm.Addr) error {
	const allowHoles = 2
	w, err := p.words(a, 4)
	if err != nil {
		return err
	}
	if u.Space != p.Space {
		return p.refuse(syscall.EINVAL, "the userfaultfd is of another process's memory")
	}
	for _, at := range []uint64{w[0], w[1]} {
		if err := p.checkGiven(at, w[2]); err != nil {
			return err
		}
	}
	if w[3]&^(dontWake|allowHoles) != 0 {
		return p.refuse(syscall.EINVAL, unknownMode)
	}
	g := filling{u: u, to: vm.Addr(w[0]), from: vm.Addr(w[1]), n: w[2], holes: w[3]&allowHoles != 0, answer: a + 32}
	done, err := p.moveAll(g)
	return p.filled(g, done, err)
}

// moveAll moves the pages of a range, up to the first that cannot be moved.
// Linux: move_pages (mm/userfaultfd.c).
func (p *Process) moveAll(g filling) (done uint64, err error) {
	to := p.Space.Find(g.to)
	if to == nil {
		return 0, p.refuse(syscall.ENOENT, "nothing is mapped there")
	}
	if !to.Flags.Has(vm.Shared) {
		to.PrepareAnon()
	}
	from := p.Space.Find(g.from)
	if from == nil {
		return 0, p.refuse(syscall.ENOENT, "nothing is mapped where the pages come from")
	}
	if err := p.mayMove(g, from, to); err != nil {
		return 0, err
	}
	for ; done < g.n; done += vm.PageSize {
		if err := p.movePage(g, to, vm.Addr(done)); err != nil {
			return done, err
		}
	}
	return done, nil
}

// mayMove checks the areas that pages move between.
// Linux: validate_move_areas (mm/userfaultfd.c).
func (p *Process) mayMove(g filling, from, to *vm.Area) error {
	differ := from.Flags ^ to.Flags
	both := from.Flags | to.Flags
	for _, c := range []cause{
		{both.Has(vm.Shared), "one of the areas is shared"},
		{g.from+vm.Addr(g.n) > from.End || g.to+vm.Addr(g.n) > to.End, "a range does not lie in one area"},
		{differ.Any(vm.AccessFlags) || from.Flags.Key() != to.Flags.Key(), "the areas allow different accesses"},
		{differ.Has(vm.Locked), "one of the areas is locked"},
		{!from.Flags.Has(vm.Write), "the areas are not writable"},
		{both.Any(vm.PFNMap | vm.IO | vm.HugeTLB | vm.MixedMap), "an area is no ordinary memory"},
		{to.Handler != g.u, "the area is not registered with this userfaultfd"},
		{!from.Anonymous() || !to.Anonymous(), "an area is not anonymous"},
	} {
		if c.is {
			return p.refuse(syscall.EINVAL, c.text)
		}
	}
	return nil
}

// movePage moves the page so many bytes into the range.
// Linux: move_pages_ptes (mm/userfaultfd.c).
func (p *Process) movePage(g filling, to *vm.Area, off vm.Addr) error {
	s, x, y := p.Space, g.from+off, g.to+off
	const nothing = "nothing is where the page comes from"
	if !s.HasTable(x) {
		if !g.holes {
			if s.HasUpperTable(x) {
				s.PrepareTables(y, vm.PageSize)
			}
			return p.refuse(syscall.ENOENT, nothing)
		}
		s.PrepareEntry(x)
	}
	s.PrepareEntry(y)
	e := s.Entry(x)
	switch {
	case !s.Entry(y).None():
		return p.refuse(syscall.EEXIST, "the page table has an entry for the page already")
	case e.None() && g.holes:
		return nil
	case e.None():
		return p.refuse(syscall.ENOENT, nothing)
	case e.Marker():
		return p.refuse(syscall.EFAULT, "a marker is where the page comes from")
	}
	folio, err := p.movable(e)
	if err != nil {
		return err
	}
	s.MoveEntry(x, to, y, folio)
	return nil
}

// movable is the frame of a page that is to be moved, nil for none; EBUSY where another process may have the page.
func (p *Process) movable(e vm.PTE) (*phys.Frame, error) {
	const shared = "the page may be another process's, too"
	if e.Swapped() {
		if !e.SwapExclusive() {
			return nil, p.refuse(syscall.EBUSY, shared)
		}
		f := p.kernel.swap.LookUp(e.SwapEntry())
		if f != nil {
			p.kernel.Memory.Put(f)
		}
		return f, nil
	}
	f := p.Space.NormalFrame(e)
	if f != nil && !f.Has(phys.Exclusive) {
		return nil, p.refuse(syscall.EBUSY, shared)
	}
	return f, nil
}
