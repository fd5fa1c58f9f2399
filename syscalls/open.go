package syscalls

import (
	"syscall"

	"vmsim/pagecache"
)

// OpenFlags are how a file is opened.
// Linux: O_* (include/uapi/asm-generic/fcntl.h).
type OpenFlags uint64

// The flags of open.
const (
	OpenReadOnly  OpenFlags = 0
	OpenWriteOnly OpenFlags = 1
	OpenReadWrite OpenFlags = 2
	OpenAccess    OpenFlags = 3
	OpenCreate    OpenFlags = 0o100
	OpenExclusive OpenFlags = 0o200
	OpenTruncate  OpenFlags = 0o1000
	OpenAppend    OpenFlags = 0o2000
	OpenNonblock  OpenFlags = 0o4000
	OpenDSync     OpenFlags = 0o10000
	OpenDirect    OpenFlags = 0o40000
	OpenLargeFile OpenFlags = 0o100000
	OpenDirectory OpenFlags = 0o200000
	OpenCloseExec OpenFlags = 0o2000000
	OpenSync      OpenFlags = 0o4010000
	OpenPath      OpenFlags = 0o10000000
)

// mode is what the open file may be used for.
func (f OpenFlags) mode() pagecache.OpenMode {
	m := [...]pagecache.OpenMode{pagecache.ModeRead, pagecache.ModeWrite, pagecache.ModeRead | pagecache.ModeWrite, 0}[f&OpenAccess]
	for _, b := range [...]struct {
		flag OpenFlags
		mode pagecache.OpenMode
	}{{OpenAppend, pagecache.ModeAppend}, {OpenDirect, pagecache.ModeDirect}, {OpenSync, pagecache.ModeSync},
		{OpenDSync, pagecache.ModeDSync}, {OpenPath, pagecache.ModePath}} {
		if f&b.flag == b.flag {
			m |= b.mode
		}
	}
	return m
}

// Open opens the file at path and returns the descriptor's number.
// Linux: do_sys_openat2 (fs/open.c).
func (p *Process) Open(path string, flags OpenFlags, perm uint32) (int, error) {
	p.enter(SysOpenat)
	m := p.kernel.files.find(path)
	switch {
	case m == nil && flags&OpenCreate == 0:
		return -1, p.refuse(syscall.ENOENT, "no file has that name")
	case m == nil:
		m = p.kernel.files.create(path)
	case flags&(OpenCreate|OpenExclusive) == OpenCreate|OpenExclusive:
		return -1, p.refuse(syscall.EEXIST, "O_EXCL, and the file exists")
	}
	f := m.Open(path, flags.mode())
	f.Flags = uint64(flags &^ (OpenCreate | OpenExclusive | OpenTruncate | OpenCloseExec))
	fd, err := p.install(f, 0)
	if err != nil {
		f.Put()
		return -1, err
	}
	if flags&OpenTruncate != 0 && f.Mode&pagecache.ModeWrite != 0 {
		_ = m.Truncate(0)
	}
	p.fds[fd].cloexec = flags&OpenCloseExec != 0
	return fd, nil
}
