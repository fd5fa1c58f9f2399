package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// MemfdFlags are how memfd_create makes a file.
// Linux: MFD_* (include/uapi/linux/memfd.h).
type MemfdFlags uint32

// The flags of memfd_create.
const (
	MemfdCloseExec    MemfdFlags = 0x01
	MemfdAllowSealing MemfdFlags = 0x02
	MemfdHugeTLB      MemfdFlags = 0x04
	MemfdNoExecSeal   MemfdFlags = 0x08
	MemfdExec         MemfdFlags = 0x10

	memfdAll      = MemfdCloseExec | MemfdAllowSealing | MemfdHugeTLB | MemfdNoExecSeal | MemfdExec
	memfdHugeSize = MemfdFlags(0x3f << 26)
)

// maxMemfdName is the longest name that a memfd may be given.
// Linux: MFD_NAME_MAX_LEN (mm/memfd.c).
const maxMemfdName = maxName - len("memfd:")

// MemfdCreate makes a file in memory that has no name in any directory and is freed with its last reference.
// Linux: sys_memfd_create (mm/memfd.c).
func (p *Process) MemfdCreate(name string, flags MemfdFlags) (int, error) {
	p.enter(SysMemfdCreate)
	return p.memfd(literally(name), flags)
}

func (p *Process) memfd(name pathSource, flags MemfdFlags) (int, error) {
	known := memfdAll
	if !p.follows(profile.ExecutableMemfds) {
		known &^= MemfdExec | MemfdNoExecSeal
	}
	if flags&MemfdHugeTLB != 0 {
		known |= memfdHugeSize
	}
	switch {
	case flags&^known != 0:
		return -1, p.refuse(syscall.EINVAL, "no such flag")
	case flags&(MemfdExec|MemfdNoExecSeal) == MemfdExec|MemfdNoExecSeal:
		return -1, p.refuse(syscall.EINVAL, "MFD_EXEC together with MFD_NOEXEC_SEAL")
	}
	text, err := name()
	switch {
	case err != nil:
		return -1, err
	case len(text) > maxMemfdName:
		return -1, p.refuse(syscall.EINVAL, "the name is too long")
	}
	fd, err := p.free(0)
	if err != nil {
		return -1, err
	}
	if _, ok := hugePageOf(uint32(flags)); flags&MemfdHugeTLB != 0 && !ok {
		return -1, p.refuse(syscall.ENODEV, "no pool has huge pages of that size")
	}
	how := keptByExec
	if flags&MemfdCloseExec != 0 {
		how = closedByExec
	}
	f := p.kernel.newMemfd(text, flags)
	f.By = p.creds
	p.install(f, fd, how)
	return fd, nil
}

// newMemfd is the file, open for reading and writing.
// Linux: alloc_file (mm/memfd.c).
func (k *Kernel) newMemfd(name string, flags MemfdFlags) *pagecache.File {
	path := "/memfd:" + name
	m := k.Cache.NewShared(path, nil)
	if page, _ := hugePageOf(uint32(flags)); flags&MemfdHugeTLB != 0 {
		m = k.Cache.NewHuge(path, page)
	}
	m.Perm, m.Private = 0o777, true
	switch {
	case flags&MemfdNoExecSeal != 0:
		m.Perm, m.Seals = 0o666, pagecache.SealExec
	case flags&MemfdAllowSealing != 0:
		m.Seals = 0
	}
	how := OpenReadWrite | OpenLargeFile
	f := withFlags(m.Open(path, how.mode()), how)
	m.Linked(-1)
	return f
}

// memfdName reads the name at a, up to the longest that is allowed.
// Linux: alloc_name (mm/memfd.c).
func (p *Process) memfdName(a vm.Addr) pathSource {
	return func() (string, error) { return p.stringAt(a, maxMemfdName+1) }
}
