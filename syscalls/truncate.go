package syscalls

import (
	"syscall"

	"vmsim/pagecache"
)

// Truncate changes the size of the file at path.
// Linux: do_sys_truncate, vfs_truncate (fs/open.c).
func (p *Process) Truncate(path string, size int64) error {
	p.enter(SysTruncate)
	return p.truncatePath(literally(path), size)
}

func (p *Process) truncatePath(path pathSource, size int64) error {
	if size < 0 {
		return p.refuse(syscall.EINVAL, "the size is negative")
	}
	at, err := p.existingAt(path)
	switch {
	case err != nil:
		return err
	case at.isDir():
		return p.refuse(syscall.EISDIR, "the path is a directory's")
	case at.file().Type() != pagecache.Regular:
		return p.refuse(syscall.EINVAL, "only regular files have a size that can change")
	case !p.permits(at.file(), mayWrite):
		return p.refuse(syscall.EACCES, "the file's mode forbids it")
	case at.file().Runs():
		return p.refuse(pagecache.ETXTBSY, runsNow)
	}
	return p.truncate(at.file(), size)
}

// Ftruncate changes the size of the file of fd.
// Linux: do_ftruncate (fs/open.c).
func (p *Process) Ftruncate(fd int, size int64) error {
	p.enter(SysFtruncate)
	if size < 0 {
		return p.refuse(syscall.EINVAL, "the size is negative")
	}
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	if d.file.Mode&pagecache.ModeWrite == 0 || !d.file.Mapping.Regular() {
		return p.refuseFor(syscall.EINVAL, cause{d.file.Mode&pagecache.ModeWrite == 0,
			"the file is not open for writing"}, cause{true, "the file is no regular one"})
	}
	if d.file.Mapping.Pidfd() {
		return p.refuse(syscall.EOPNOTSUPP, "a pidfd has no size that can change")
	}
	return p.truncate(d.file.Mapping, size)
}

func (p *Process) truncate(m *pagecache.Mapping, size int64) error {
	if size > m.Size() {
		if err := p.newSize(m, size); err != nil {
			return err
		}
	} else if m.Swapfile {
		return p.refuse(pagecache.ETXTBSY, inUseAsSwap)
	}
	if err := m.Truncate(size); err != nil {
		return p.fileRefuses(err)
	}
	p.removePrivileges(m)
	return nil
}

// newSize refuses a size that is too large for the file system, or for the process.
// Linux: inode_newsize_ok (fs/attr.c).
func (p *Process) newSize(m *pagecache.Mapping, size int64) error {
	if size > m.Size() && (size > m.Limit() || uint64(size) > p.Space.Limits.FileSize) {
		return p.passesFile(size-1, m.Limit())
	}
	return nil
}
