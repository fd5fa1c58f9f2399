package syscalls

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// Mseal permanently forbids unmapping, moving or reprotecting the n bytes at addr.
// Linux: do_mseal (mm/mseal.c).
func (p *Process) Mseal(addr vm.Addr, n uint64, flags uint64) error {
	p.enter(SysMseal)
	if flags != 0 {
		return p.refuse(syscall.EINVAL, "an unknown flag")
	}
	end, err := p.endOfPages(addr, n)
	if err != nil || end == addr {
		return err
	}
	mapped := func(*vm.Area, vm.Addr, vm.Addr) error { return nil }
	if err := p.Space.Walk(addr, end, vm.StopAtHole, mapped); err != nil {
		return err // before anything is sealed
	}
	s := sealing{process: p}
	return p.Space.Walk(addr, end, vm.StopAtHole, s.area)
}

// sealing is an mseal on its way through areas.
// Linux: mseal_apply (mm/mseal.c).
type sealing struct {
	process *Process
	last    *vm.Area // the area that the last step has left
	at      vm.Addr  // where the last step ended before that area merged with those behind it
}

// area seals [start, end) of one area.
func (s *sealing) area(a *vm.Area, start, end vm.Addr) (err error) {
	if a == s.last {
		return nil // the rest of a merged area, which is sealed
	}
	p, behind := s.process, s.last != nil && a.Start > s.at
	s.at, s.last = end, a
	switch {
	case a.Flags.Has(vm.Sealed):
	case behind && p.follows(profile.SealLosesItsPlace):
		return p.Space.ChangeFlagsApart(a, end, a.Flags|vm.Sealed)
	default:
		s.last, err = p.Space.ChangeFlags(a, start, end, a.Flags|vm.Sealed)
	}
	return err
}
