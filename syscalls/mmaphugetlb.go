package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// The sizes of the huge pages that a machine of this kind has a pool for; the first is the default.
const (
	hugePage     = 2 << 20
	giganticPage = 1 << 30
)

// hugePageOf is the size of a huge page that the flags of mmap, or of memfd_create, ask for; ok is false where there is
// no pool of such pages.
// Linux: hstate_sizelog (include/linux/hugetlb.h).
func hugePageOf(flags uint32) (page uint64, ok bool) {
	switch flags >> 26 & 0x3f {
	case 0, 21:
		return hugePage, true
	case 30:
		return giganticPage, true
	}
	return 0, false
}

// mmapHuge maps huge pages. The pool has to have as many free as the area may need, but for MAP_NORESERVE, which asks
// it for nothing yet: there an access for which it has none is a SIGBUS.
// Linux: hugetlb_file_setup, hugetlbfs_file_mmap (fs/hugetlbfs/inode.c).
func (p *Process) mmapHuge(m *mapping) (vm.Addr, error) {
	var page uint64
	if m.file != nil {
		page = m.file.Traits().HugePage()
	} else if n, ok := hugePageOf(uint32(m.flags)); ok {
		page = n
	} else {
		return 0, p.refuse(syscall.EINVAL, "no pool has huge pages of that size")
	}
	m.n = (m.n + page - 1) &^ (page - 1)
	if err := p.mmapSize(m); err != nil {
		return 0, err
	}
	m.area |= p.mappedFlags(m.prot) | p.flagBits(m) | p.Space.Future | vm.MayRead | vm.MayWrite | vm.MayExec
	if m.n > uint64(vm.TaskSize) {
		return 0, p.refuse(syscall.ENOMEM, "the range is longer than the address space")
	}
	if m.flags&MapFixed != 0 && uint64(m.addr)%page != 0 {
		return 0, p.refuse(syscall.EINVAL, "the address is not a multiple of the huge page size")
	}
	p.hintHuge(m, page)
	if err := p.mmapPlace(m); err != nil {
		return 0, err
	}
	if !p.Space.MayLock(m.area, m.n) {
		return 0, p.refuse(syscall.EAGAIN, "more memory would be locked than RLIMIT_MEMLOCK allows")
	}
	if m.file == nil {
		m.file = p.kernel.newHugeFile("/anon_hugepage", page)
		m.file.Mapping.Reach(int64(m.n))
		defer m.file.Put()
	}
	if err := p.mmapFile(m); err != nil {
		return 0, err
	}
	populate := m.area.Has(vm.Locked) || m.flags&(MapPopulate|MapNonblock) == MapPopulate
	a, err := p.mmapHugeRegion(m, page)
	if err == nil && populate {
		p.CPU.PopulateQuietly(a, a+vm.Addr(m.n))
	}
	return a, err
}

// hintHuge makes the address that the program wants one where a huge page begins. Until 6.13 it is rounded down, and 0
// is an address like others then.
// Linux: hugetlb_get_unmapped_area (fs/hugetlbfs/inode.c).
func (p *Process) hintHuge(m *mapping, page uint64) {
	m.align = page
	if p.follows(profile.HugeHintsUp) {
		m.addr = (m.addr + vm.Addr(page) - 1) &^ (vm.Addr(page) - 1)
		return
	}
	low := m.addr != 0 && uint64(m.addr) < page
	m.addr &^= vm.Addr(page) - 1
	if low && p.Space.FindIn(0, vm.Addr(m.n)) == nil {
		m.flags |= MapFixed
	}
}

// newHugeFile makes a nameless file of huge pages, open and with one reference.
func (k *Kernel) newHugeFile(path string, page uint64) *pagecache.File {
	m := k.Cache.NewHuge(path, page)
	m.Internal = true
	f := m.Open(path, pagecache.ModeRead|pagecache.ModeWrite)
	m.Linked(-1)
	return f
}

// mmapHugeRegion makes the area.
func (p *Process) mmapHugeRegion(m *mapping, page uint64) (vm.Addr, error) {
	if p.deniesExec(m.area, m.area) {
		return 0, p.refuse(syscall.EACCES, "PR_SET_MDWE, and the area would be writable and executable")
	}
	more := m.n>>vm.PageShift - p.mappedPages(m.addr, m.addr+vm.Addr(m.n))
	if !p.Space.MayExpand(m.area, more) {
		return 0, p.refuse(syscall.ENOMEM, p.Space.ExpandRefusal(more))
	}
	if m.flags&MapFixed != 0 {
		// The old mappings are unmapped before the reservation is tried.
		if err := p.Space.UnmapAligned(m.addr, m.addr+vm.Addr(m.n)); err != nil {
			return 0, err
		}
	}
	if uint64(m.index)%(page/vm.PageSize) != 0 {
		p.Space.UnmapRefused()
		return 0, p.refuse(syscall.EINVAL, "the offset is not a multiple of the huge page size")
	}
	m.area |= vm.HugeTLB | vm.DontExpand
	reserve, err := p.reserveHuge(m, page)
	if err != nil {
		p.Space.UnmapRefused()
		return 0, err
	}
	if m.area.Has(vm.Write) {
		m.file.Mapping.Reach(m.index.FileOffset() + int64(m.n))
	}
	a, err := p.Space.Map(vm.Region{Start: m.addr, End: m.addr + vm.Addr(m.n), Flags: m.area, Index: m.index,
		Backing: m.file})
	if err != nil {
		return 0, err
	}
	a.Reserve = reserve
	return m.addr, nil
}

// reserveHuge asks the pool for the pages of the area, where that is wanted. What it returns is the private area's.
// Linux: hugetlbfs_file_mmap (fs/hugetlbfs/inode.c).
func (p *Process) reserveHuge(m *mapping, page uint64) (*vm.Reserve, error) {
	if m.flags&MapNoReserve != 0 {
		m.area |= vm.NoReserve
		return nil, nil
	}
	first := uint64(m.index) / (page / vm.PageSize)
	s := pagecache.PrivateArea
	if m.area.Has(vm.MayShare) {
		s = pagecache.SharedArea
	}
	return m.file.Mapping.ReserveHuge(first, first+m.n/page, s)
}

// mappedPages is how many pages of [start, end) lie in areas.
func (p *Process) mappedPages(start, end vm.Addr) (n uint64) {
	for a := p.Space.FindIn(start, end); a != nil && a.Start < end; a = p.Space.FindAfter(a.End) {
		n += uint64(min(end, a.End)-max(start, a.Start)) >> vm.PageShift
	}
	return n
}
