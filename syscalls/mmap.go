package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// MapFlags are what a program asks of mmap besides protection. Their names and meanings: script/flagsets.go.
// Linux: MAP_* (include/uapi/asm-generic/mman.h).
type MapFlags uint64

// The flags of mmap.
const (
	MapShared         MapFlags = 0x01
	MapPrivate        MapFlags = 0x02
	MapSharedValidate MapFlags = 0x03
	MapDroppable      MapFlags = 0x08
	MapType           MapFlags = 0x0f
	MapFixed          MapFlags = 0x10
	MapAnonymous      MapFlags = 0x20
	Map32Bit          MapFlags = 0x40
	MapAbove4G        MapFlags = 0x80
	MapGrowsDown      MapFlags = 0x100
	MapDenyWrite      MapFlags = 0x800
	MapExecutable     MapFlags = 0x1000
	MapLocked         MapFlags = 0x2000
	MapNoReserve      MapFlags = 0x4000
	MapPopulate       MapFlags = 0x8000
	MapNonblock       MapFlags = 0x10000
	MapStack          MapFlags = 0x20000
	MapHugeTLB        MapFlags = 0x40000
	MapSync           MapFlags = 0x80000
	MapFixedNoReplace MapFlags = 0x100000
	MapUninitialized  MapFlags = 0x4000000
)

// legacyMapMask are the flags of mmap that MAP_SHARED_VALIDATE knows for every file. A flag that is
// newer than MAP_SHARED_VALIDATE is not in it: only files whose driver names the flag accept it.
// Linux: LEGACY_MAP_MASK (include/linux/mman.h).
const legacyMapMask = MapShared | MapPrivate | MapFixed | MapAnonymous | MapDenyWrite |
	MapExecutable | MapUninitialized | MapGrowsDown | MapLocked | MapNoReserve | MapPopulate |
	MapNonblock | MapStack | MapHugeTLB | Map32Bit | MapAbove4G | 21<<26 | 30<<26

// mapping is the state of one call of mmap.
type mapping struct {
	addr  vm.Addr
	n     uint64
	prot  vm.Protection
	flags MapFlags
	file  *pagecache.File // nil for anonymous memory
	index vm.PageIndex
	area  vm.Flags
	align uint64 // what the address has to be a multiple of; 0 for a page
}

// Mmap maps n bytes of file fd from offset off on, or of anonymous memory, into the address space.
// Linux: ksys_mmap_pgoff, do_mmap (mm/mmap.c).
func (p *Process) Mmap(addr vm.Addr, n uint64, prot vm.Protection, flags MapFlags, fd int, off uint64) (vm.Addr,
	error) {
	p.enter(SysMmap)
	if off%vm.PageSize != 0 {
		return 0, p.refuse(syscall.EINVAL, "the offset is not a multiple of the page size")
	}
	m := &mapping{addr: addr, n: n, prot: prot, flags: flags, index: vm.PageIndex(off >> vm.PageShift)}
	switch {
	case flags&MapAnonymous == 0:
		d, err := p.descriptor(fd)
		if err != nil {
			return 0, err
		}
		m.file = d.file
		stepDescriptorFound(p.kernel.Log, fd, d.file.Mapping.Number)
		if d.file.Traits().HugePage() != 0 {
			return p.mmapHuge(m)
		}
		if flags&MapHugeTLB != 0 {
			return 0, p.refuse(syscall.EINVAL, "MAP_HUGETLB wants anonymous memory or a hugetlbfs file")
		}
	case flags&MapHugeTLB != 0:
		return p.mmapHuge(m)
	}
	start, populate, err := p.mmap(m)
	if err != nil {
		return 0, err
	}
	if populate {
		p.CPU.PopulateQuietly(start, start+vm.Addr(m.n))
	}
	return start, nil
}

// mmap checks, places and maps; populate says that the pages are to be faulted in.
func (p *Process) mmap(m *mapping) (start vm.Addr, populate bool, err error) {
	if err := p.mmapSize(m); err != nil {
		return 0, false, err
	}
	m.area |= p.mappedFlags(m.prot) | p.flagBits(m) | p.Space.Future | vm.MayRead | vm.MayWrite | vm.MayExec
	if err := p.mmapPlace(m); err != nil {
		return 0, false, err
	}
	if !p.Space.MayLock(m.area, m.n) {
		return 0, false, p.refuse(syscall.EAGAIN, "more memory would be locked than RLIMIT_MEMLOCK allows")
	}
	if m.file != nil {
		err = p.mmapFile(m)
	} else {
		err = p.mmapAnonymous(m)
	}
	if err != nil {
		return 0, false, err
	}
	if m.flags&MapNoReserve != 0 && p.kernel.Commit.Policy != vm.OvercommitNever {
		m.area |= vm.NoReserve
	}
	if start, err = p.mmapRegion(m); err != nil {
		return 0, false, err
	}
	populate = m.area.Has(vm.Locked) || m.flags&(MapPopulate|MapNonblock) == MapPopulate
	return start, populate, nil
}

// mmapSize checks what does not depend on the file.
func (p *Process) mmapSize(m *mapping) error {
	if m.n == 0 {
		return p.refuse(syscall.EINVAL, "the length is zero")
	}
	if m.prot&vm.ProtRead != 0 && p.personality&ReadImpliesExec != 0 && !p.noExec(m.file) {
		m.prot |= vm.ProtExec
	}
	if m.flags&MapFixedNoReplace != 0 {
		m.flags |= MapFixed
	}
	if m.flags&MapFixed == 0 {
		p.raiseHint(m)
	}
	m.n = vm.PageAlign(m.n)
	switch {
	case m.n == 0:
		return p.refuse(syscall.ENOMEM, "the length does not fit into an address space")
	case uint64(m.index)+m.n>>vm.PageShift < uint64(m.index):
		return p.refuse(syscall.EOVERFLOW, "offset and length together pass the largest file")
	case p.Space.Count() > p.Space.Limits.MaxMapCount:
		return p.refuse(syscall.ENOMEM, "the process has more areas than vm.max_map_count")
	}
	return nil
}

// raiseHint rounds the hint down to a page, and up to the lowest address that may be mapped.
// Linux: round_hint_to_min (mm/mmap.c).
func (p *Process) raiseHint(m *mapping) {
	asked := m.addr
	if m.addr = p.hintAboveMinimum(asked); m.addr != asked.Floor() {
		stepHintTaken(p.kernel.Log, asked, m.n, "it lies below vm.mmap_min_addr, which is the hint then")
	}
}

// hintAboveMinimum is a hint rounded to a page that may be mapped.
// Linux: round_hint_to_min (mm/mmap.c).
func (p *Process) hintAboveMinimum(a vm.Addr) vm.Addr {
	if a = a.Floor(); a != 0 && a < p.Space.Limits.MmapMin {
		return p.Space.Limits.MmapMin
	}
	return a
}

// flagBits are the area flags that follow from mmap's flags.
// Linux: calc_vm_flag_bits (include/linux/mman.h).
func (p *Process) flagBits(m *mapping) (f vm.Flags) {
	stack := vm.NoHugePage
	if !p.follows(profile.StacksWithoutHuge) {
		stack = 0
	}
	for _, b := range [...]struct {
		from MapFlags
		to   vm.Flags
	}{{MapGrowsDown, vm.GrowsDown}, {MapLocked, vm.Locked}, {MapSync, vm.Sync}, {MapStack, stack}} {
		if m.flags&b.from != 0 {
			f |= b.to
		}
	}
	return f
}

// place are those of the flags that decide where the range goes.
func (f MapFlags) place() (to vm.PlaceFlags) {
	for _, b := range [...]struct {
		from MapFlags
		to   vm.PlaceFlags
	}{{MapFixed, vm.PlaceFixed}, {Map32Bit, vm.PlaceLow}, {MapAbove4G, vm.PlaceAbove4G}, {MapShared, vm.PlaceShared}} {
		if f&b.from != 0 {
			to |= b.to
		}
	}
	return to
}

func (p *Process) mmapPlace(m *mapping) error {
	var backing vm.Backing
	if m.file != nil && !(m.file.Traits().Has(vm.GivesAnonymous) && m.flags&MapShared != 0) {
		backing = m.file
	}
	a, err := p.Space.Place(vm.Request{Hint: m.addr, Len: m.n, Flags: m.flags.place(), Backing: backing, Index: m.index,
		Align: m.align})
	if err != nil {
		return err
	}
	m.addr = a
	taken := m.flags&MapFixedNoReplace != 0 && p.Space.FindIn(a, a+vm.Addr(m.n)) != nil
	if taken && !p.errs(profile.NoReplaceReplaces) {
		return p.refuse(syscall.EEXIST, "MAP_FIXED_NOREPLACE, and something is mapped there")
	}
	if m.flags&MapLocked != 0 && !p.mayLock() {
		return p.refuse(syscall.EPERM, "RLIMIT_MEMLOCK is 0")
	}
	return nil
}

func (p *Process) mmapAnonymous(m *mapping) error {
	switch m.flags & MapType {
	case MapShared:
		if m.area.Has(vm.GrowsDown) {
			return p.refuse(syscall.EINVAL, "MAP_GROWSDOWN of shared memory")
		}
		if p.errs(profile.SharedAnonymousPrivate) {
			m.index = vm.PageIndex(m.addr.Page())
			return nil
		}
		m.index = 0
		m.area |= vm.Shared | vm.MayShare
	case MapDroppable:
		return p.mmapDroppable(m)
	case MapPrivate:
		m.index = vm.PageIndex(m.addr.Page())
	default:
		return p.refuse(syscall.EINVAL, neitherType)
	}
	return nil
}

// mmapDroppable is for memory that reclaim may drop without writing it: it is neither reserved nor dumped, and a child
// gets none of it.
func (p *Process) mmapDroppable(m *mapping) error {
	if !p.follows(profile.DroppableMemory) {
		return p.refuse(syscall.EINVAL, neitherType)
	}
	if m.flags&(MapLocked|MapHugeTLB) != 0 || m.area.Has(vm.GrowsDown) {
		return p.refuse(syscall.EINVAL, "MAP_DROPPABLE with a flag that contradicts it")
	}
	m.area |= vm.Droppable | vm.NoReserve | vm.WipeOnFork | vm.DontDump
	m.index = vm.PageIndex(m.addr.Page())
	return nil
}

const neitherType = "neither MAP_SHARED nor MAP_PRIVATE"

// mmapRegion makes the area.
// Linux: mmap_region (mm/vma.c).
func (p *Process) mmapRegion(m *mapping) (vm.Addr, error) {
	r := vm.Region{Start: m.addr, End: m.addr + vm.Addr(m.n), Flags: m.area, Index: m.index}
	if p.deniesExec(r.Flags, r.Flags) {
		return 0, p.refuse(syscall.EACCES, "PR_SET_MDWE, and the area would be writable and executable")
	}
	early := p.follows(profile.MergeableEarly)
	if early {
		r.Flags = p.mm.futureFlags(r.Flags)
	}
	shared := m.area.Has(vm.Shared) && (m.file == nil || m.file.Traits().Has(vm.GivesAnonymous))
	switch {
	case m.file != nil && m.area.Has(vm.Sync) && m.file.Traits().Has(vm.KnowsSync):
		r.Backing = m.file
		return 0, p.mmapRefused(r, syscall.EOPNOTSUPP, "MAP_SYNC of a file whose pages are not memory that lasts")
	case m.file != nil && m.file.Socket() != nil:
		r.Backing = m.file
		return 0, p.mmapRefused(r, syscall.ENODEV, "the mmap operation of a socket refuses everything")
	case m.file != nil && !shared:
		stepFileMmap(p.kernel.Log, r.Start, r.End, m.file.Mapping.Number)
		r.Backing = m.file
		m.file.Accessed()
	case shared:
		f := p.kernel.newSharedAnonymous(m.n, m.area)
		if f == nil {
			return 0, p.refuse(syscall.ENOMEM, p.kernel.Commit.Reason())
		}
		defer f.Put()
		r.Backing = f
	}
	a, err := p.Space.Map(r)
	if err != nil {
		return 0, err
	}
	if !early && a.Start == r.Start && a.End == r.End {
		p.Space.SetFlags(a, p.mm.futureFlags(a.Flags)) // until 6.17, of areas that became part of no other
	}
	if m.file != nil && m.file.Traits().Has(vm.Remaps) {
		return r.Start, p.mmapScreen(a, m.file)
	}
	return r.Start, nil
}

// mmapRefused is what the mmap operation of a file refuses. By then the old mappings of the range are unmapped.
// Linux: ext4_file_mmap_prepare (fs/ext4/file.c), sock_no_mmap (net/core/sock.c), vms_abort_munmap_vmas (mm/vma.c).
func (p *Process) mmapRefused(r vm.Region, err syscall.Errno, why string) error {
	if refused := p.Space.MapRefused(r); refused != nil {
		return refused
	}
	return p.refuse(err, why)
}

// newSharedAnonymous makes the unlinked file of shared anonymous memory, open and with one reference; nil if its size
// exceeds the commit limit.
// Linux: shmem_zero_setup (mm/shmem.c).
func (k *Kernel) newSharedAnonymous(n uint64, f vm.Flags) *pagecache.File {
	m := k.Cache.NewShared("/dev/zero", nil)
	m.Internal = true
	if !f.Has(vm.NoReserve) {
		if k.Commit.Charge(n>>vm.PageShift) != nil {
			return nil
		}
		m.Deleted = func() { k.Commit.Return(n >> vm.PageShift) }
	}
	_ = m.Truncate(int64(n))
	file := m.Open("/dev/zero", pagecache.ModeRead|pagecache.ModeWrite)
	m.Linked(-1)
	return file
}
