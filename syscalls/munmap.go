package syscalls

import (
	"syscall"

	"vmsim/vm"
)

// Munmap takes everything out of the n bytes at addr.
// Linux: __vm_munmap (mm/vma.c).
func (p *Process) Munmap(addr vm.Addr, n uint64) error {
	p.enter(SysMunmap)
	if err := p.Space.Unmap(addr, n); err != nil {
		return p.refuse(err.(syscall.Errno), "the range is no range of pages, or an area in it is sealed or indivisible")
	}
	return nil
}
