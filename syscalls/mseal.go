package syscalls

import (
	"syscall"

	"vmsim/vm"
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
	return p.Space.Walk(addr, end, vm.StopAtHole, p.sealArea)
}

// sealArea seals [start, end) of one area.
// Linux: do_mseal (mm/mseal.c).
func (p *Process) sealArea(a *vm.Area, start, end vm.Addr) error {
	if a.Flags.Has(vm.Sealed) {
		return nil
	}
	_, err := p.Space.ChangeFlags(a, start, end, a.Flags|vm.Sealed)
	return err
}
