package syscalls

import "vmsim/vm"

// Munmap unmaps the n bytes at addr.
// Linux: __vm_munmap (mm/vma.c).
func (p *Process) Munmap(addr vm.Addr, n uint64) error {
	p.enter(SysMunmap)
	return p.Space.Unmap(addr, n)
}
