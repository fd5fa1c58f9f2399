package syscalls

import (
	"syscall"

	"vmsim/vm"
)

// The sizes of the huge pages that a machine of this kind has a pool for; the first is what no size means.
const (
	hugePage     = 2 << 20
	giganticPage = 1 << 30
)

// mmapHuge answers MAP_HUGETLB as a machine does whose pool of huge pages is empty.
// Linux: hugetlb_file_setup, hugetlbfs_file_mmap (fs/hugetlbfs/inode.c).
func (p *Process) mmapHuge(m *mapping) (vm.Addr, error) {
	page := uint64(hugePage)
	switch m.flags >> 26 & 0x3f {
	case 0, 21:
	case 30:
		page = giganticPage
	default:
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
	if m.flags&vm.MapFixed != 0 && uint64(m.addr)%page != 0 {
		return 0, p.refuse(syscall.EINVAL, "the address is not a multiple of the huge page size")
	}
	m.addr, m.align = (m.addr+vm.Addr(page)-1)&^(vm.Addr(page)-1), page
	if err := p.mmapPlace(m); err != nil {
		return 0, err
	}
	if !p.Space.MayLock(m.area, m.n) {
		return 0, p.refuse(syscall.EAGAIN, "more memory would be locked than RLIMIT_MEMLOCK allows")
	}
	if m.beyond(maxFileSize) {
		return 0, p.refuse(syscall.EOVERFLOW, "the range lies beyond the largest offset that a file can have")
	}
	switch m.flags & vm.MapType {
	case vm.MapSharedValidate:
		if m.flags&^legacyMapMask != 0 {
			return 0, p.refuse(syscall.EOPNOTSUPP, "MAP_SHARED_VALIDATE, and a flag that huge pages do not know")
		}
	case vm.MapShared, vm.MapPrivate:
	default:
		return 0, p.refuse(syscall.EINVAL, "neither MAP_SHARED nor MAP_PRIVATE")
	}
	if m.area.Has(vm.GrowsDown) {
		return 0, p.refuse(syscall.EINVAL, "MAP_GROWSDOWN of huge pages")
	}
	if p.deniesExec(m.area, m.area) {
		return 0, p.refuse(syscall.EACCES, "PR_SET_MDWE, and the area would be writable and executable")
	}
	more := m.n>>vm.PageShift - p.mappedPages(m.addr, m.addr+vm.Addr(m.n))
	if !p.Space.MayExpand(m.area, more) {
		return 0, p.refuse(syscall.ENOMEM, p.Space.ExpandRefusal(more))
	}
	if m.flags&vm.MapFixed != 0 {
		// What was mapped there is gone before the pool is asked.
		if err := p.Space.UnmapAligned(m.addr, m.addr+vm.Addr(m.n)); err != nil {
			return 0, err
		}
	}
	if uint64(m.index)%(page/vm.PageSize) != 0 {
		return 0, p.refuse(syscall.EINVAL, "the offset is not a multiple of the huge page size")
	}
	return 0, p.refuse(syscall.ENOMEM, "the pool of huge pages is empty")
}

// mappedPages is how many pages of [start, end) lie in areas.
func (p *Process) mappedPages(start, end vm.Addr) (n uint64) {
	for a := p.Space.FindIn(start, end); a != nil && a.Start < end; a = p.Space.FindAfter(a.End) {
		n += uint64(min(end, a.End)-max(start, a.Start)) >> vm.PageShift
	}
	return n
}
