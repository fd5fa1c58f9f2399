package syscalls

import (
	"syscall"

	"vmsim/vm"
)

// Mseal forbids for ever to unmap, move or reprotect the n bytes at addr.
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
	for at := addr; at < end; {
		a := p.Space.Find(at)
		if a == nil {
			return p.refuse(syscall.ENOMEM, "the range has a part where nothing is mapped")
		}
		at = a.End
	}
	for at := addr; at < end; {
		a := p.Space.Find(at)
		stop := min(end, a.End)
		if !a.Flags.Has(vm.Sealed) {
			b, err := p.Space.Modify(a, at, stop, a.Flags|vm.Sealed)
			if err != nil {
				return err
			}
			p.Space.SetFlags(b, b.Flags|vm.Sealed)
		}
		at = stop
	}
	return nil
}
