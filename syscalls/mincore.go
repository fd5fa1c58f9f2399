package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Mincore writes to vec a byte for each page of the n bytes at addr: 1 if the page is in memory.
// Linux: sys_mincore (mm/mincore.c).
func (p *Process) Mincore(addr vm.Addr, n uint64, vec vm.Addr) error {
	p.enter(SysMincore)
	switch {
	case !addr.Aligned():
		return p.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	case !userRange(addr, n):
		return p.refuse(syscall.ENOMEM, "the range lies outside the address space")
	}
	pages := (n + vm.PageMask) >> vm.PageShift
	if !userRange(vec, pages) {
		return p.refuse(syscall.EFAULT, "the vector lies outside the address space")
	}
	return p.Space.Walk(addr, addr+vm.Addr(pages<<vm.PageShift), vm.StopAtHole,
		func(a *vm.Area, start, end vm.Addr) error {
			return p.mincoreArea(a, start, end, vec+vm.Addr(start.Page()-addr.Page()))
		})
}

// mincoreArea writes the bytes of [start, end) of one area to vec.
// Linux: do_mincore (mm/mincore.c).
func (p *Process) mincoreArea(a *vm.Area, start, end, vec vm.Addr) error {
	var buf [vm.PageSize]byte
	for at := start; at < end; {
		k := min(vm.PageSize, uint64(end-at)>>vm.PageShift)
		for i := range k {
			buf[i] = p.inCore(a, at+vm.Addr(i<<vm.PageShift))
		}
		if !p.copyOut(vec, buf[:k]) {
			return p.refuse(syscall.EFAULT, "the vector is not writable")
		}
		vec, at = vec+vm.Addr(k), at+vm.Addr(k<<vm.PageShift)
	}
	return nil
}

// inCore is what mincore says of the page of x. Special areas and files of other users count as resident, to reveal
// nothing about them.
func (p *Process) inCore(a *vm.Area, x vm.Addr) byte {
	e, f := p.Space.Entry(x), pagecache.FileOf(a)
	switch {
	case p.errs(profile.MincoreAll):
		return 1
	case !a.Anonymous() && f != nil && !p.mayLookInto(f.Mapping), e.Present():
		return 1
	case a.Flags.Has(vm.HugeTLB):
		return 0
	case e.Swapped():
		if p.kernel.swap.InCore(e.SwapEntry()) {
			return 1
		}
		return 0
	case a.Anonymous():
		return 0
	}
	if f == nil || f.Mapping.InCore(a.IndexOf(x)) {
		return 1
	}
	return 0
}
