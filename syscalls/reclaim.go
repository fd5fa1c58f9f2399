package syscalls

import (
	"syscall"

	"vmsim/vm"
)

func (p *Process) swapInAhead(a *vm.Area, start, end vm.Addr) {}

func (p *Process) reclaimRange(a *vm.Area, start, end vm.Addr, v Advice) {
	if v == AdviseCold {
		p.Space.Age(start, end)
	}
}

// adviseCollapse would make huge pages of the range.
func (p *Process) adviseCollapse(a *vm.Area, start, end vm.Addr) error {
	return p.refuse(syscall.EINVAL, "the area cannot have huge pages")
}
