package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// RemapFilePages makes the size bytes at addr, part of a shared mapping, show the file from page index on. Linux
// answers it with an ordinary mmap since 3.16.
// Linux: sys_remap_file_pages (mm/mmap.c).
func (p *Process) RemapFilePages(addr vm.Addr, size uint64, prot vm.Protection, index vm.PageIndex,
	flags MapFlags) error {
	p.enter(SysRemapFilePages)
	start := addr.Floor()
	size &^= vm.PageMask
	end := start + vm.Addr(size)
	switch {
	case prot != 0:
		return p.refuse(syscall.EINVAL, "the protection must be 0")
	case end <= start:
		return p.refuseFor(syscall.EINVAL, cause{size == 0, "the range is empty"}, cause{true,
			"the range wraps around"})
	case index+vm.PageIndex(size>>vm.PageShift) < index:
		return p.refuse(syscall.EINVAL, "the range passes the largest file")
	}
	a := p.Space.Find(start)
	if a == nil || !a.Flags.Has(vm.Shared) {
		return p.refuse(syscall.EINVAL, "no shared mapping is there")
	}
	if !oneMapping(a, end) {
		return p.refuse(syscall.EINVAL, "the range is not one mapping of one file")
	}
	return p.remapPages(a, start, size, index, flags)
}

// oneMapping reports whether the areas from a up to an address show one file with the same flags, without a hole.
func oneMapping(a *vm.Area, end vm.Addr) bool {
	for b := a; b.End < end; b = b.Next() {
		n := b.Next()
		if n == nil || n.Start != b.End || n.Backing != a.Backing || n.Flags != a.Flags {
			return false
		}
	}
	return true
}

func (p *Process) remapPages(a *vm.Area, start vm.Addr, size uint64, index vm.PageIndex, flags MapFlags) error {
	m := &mapping{
		addr: start, n: size, index: index,
		prot:  vm.Protection(a.Flags & vm.AccessFlags),
		flags: flags&MapNonblock | MapShared | MapFixed | MapPopulate,
	}
	if a.Flags.Has(vm.Locked) {
		m.flags |= MapLocked
	}
	f := pagecache.FileOf(a)
	if f == nil {
		return p.refuse(syscall.EINVAL, "the mapping shows no file")
	}
	m.file = f
	f.Hold()
	defer f.Put()
	at, populate, err := p.mmap(m)
	if err == nil && populate {
		p.CPU.PopulateQuietly(at, at+vm.Addr(m.n))
	}
	return err
}
