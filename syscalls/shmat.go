package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// AttachFlags are the flags of shmat.
// Linux: SHM_* (include/uapi/linux/shm.h).
type AttachFlags uint64

// The flags.
const (
	AttachReadOnly AttachFlags = 0o10000
	AttachRound    AttachFlags = 0o20000 // the address is rounded down to a page
	AttachRemap    AttachFlags = 0o40000 // what is mapped there goes
	AttachExec     AttachFlags = 0o100000
)

// Shmat maps a segment into the address space: a shared mapping of the unlinked file behind it.
// Linux: do_shmat (ipc/shm.c).
func (p *Process) Shmat(id int, addr vm.Addr, f AttachFlags) (vm.Addr, error) {
	p.enter(SysShmat)
	m := &mapping{flags: MapShared, prot: vm.ProtRead | vm.ProtWrite}
	if err := p.attachAddress(m, id, addr, f); err != nil {
		return 0, err
	}
	mode, asked := pagecache.ModeRead|pagecache.ModeWrite, uint32(0o666)
	if f&AttachReadOnly != 0 {
		m.prot, mode, asked = vm.ProtRead, pagecache.ModeRead, 0o444
	}
	if f&AttachExec != 0 {
		m.prot |= vm.ProtExec
		asked |= 0o111
	}
	s := p.kernel.segments.find(id)
	switch {
	case s == nil:
		return 0, p.refuse(syscall.EINVAL, "no segment has that number")
	case !p.mayUse(s, asked):
		return 0, p.refuse(syscall.EACCES, "the segment's mode forbids it")
	case m.addr != 0 && f&AttachRemap == 0 && m.addr+vm.Addr(s.size) < m.addr:
		return 0, p.refuse(syscall.EINVAL, "the range wraps around")
	case m.addr != 0 && f&AttachRemap == 0 && p.Space.FindIn(m.addr, m.addr+vm.Addr(s.size)) != nil:
		return 0, p.refuse(syscall.EINVAL, "something is mapped there, and SHM_REMAP was not given")
	}
	m.file, m.n = s.file.Attach(mode), s.size
	defer m.file.Put()
	at, populate, err := p.mmap(m)
	if err == nil && populate {
		p.CPU.PopulateQuietly(at, at+vm.Addr(m.n))
	}
	return at, err
}

// attachAddress checks the address that the caller asks for.
func (p *Process) attachAddress(m *mapping, id int, addr vm.Addr, f AttachFlags) error {
	switch {
	case id < 0:
		return p.refuse(syscall.EINVAL, "the number is negative")
	case addr == 0 && f&AttachRemap != 0:
		return p.refuse(syscall.EINVAL, "SHM_REMAP without an address")
	case addr == 0:
		return nil
	case !addr.Aligned() && f&AttachRound == 0:
		return p.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	case addr.Floor() == 0 && f&AttachRemap != 0:
		return p.refuse(syscall.EINVAL, "SHM_REMAP of the page at address 0")
	}
	m.addr = addr.Floor()
	m.flags |= MapFixed
	return nil
}

// Shmdt unmaps the segment attached at addr, including parts that were split or moved.
// Linux: ksys_shmdt (ipc/shm.c).
func (p *Process) Shmdt(addr vm.Addr) error {
	p.enter(SysShmdt)
	if !addr.Aligned() {
		return p.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	}
	var file *pagecache.File
	for a := p.Space.FindAfter(addr); a != nil; {
		next := a.Next()
		if f := pagecache.FileOf(a); f != nil && f.Traits().Has(vm.Shmem|vm.KeepsCount) &&
			a.Index == vm.PageIndex((a.Start-addr)>>vm.PageShift) {
			if file != nil && (file != f || uint64(a.End-addr) > vm.PageAlign(uint64(file.Mapping.Size()))) {
				a = next
				continue
			}
			file = f
			_ = p.Space.UnmapAligned(a.Start, a.End)
		}
		a = next
	}
	if file == nil {
		return p.refuse(syscall.EINVAL, "no segment was attached there")
	}
	return nil
}
