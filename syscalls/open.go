package syscalls

import (
	"fmt"
	"strings"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm/profile"
)

// umask is what a new file's permissions lack.
const umask = 0o022

// pathSource gives the path of a call once the checks before it are done.
type pathSource func() (string, error)

func literally(path string) pathSource { return func() (string, error) { return path, nil } }

// Open opens the file at path and returns the descriptor's number.
// Linux: do_sys_openat2 (fs/open.c).
func (p *Process) Open(path string, flags OpenFlags, perm uint32) (int, error) {
	p.enter(SysOpenat)
	return p.openAt(AtCWD, literally(path), flags, perm)
}

// Openat opens the file at path, which begins at directory dirfd where it is not absolute.
// Linux: do_sys_openat2 (fs/open.c).
func (p *Process) Openat(dirfd int, path string, flags OpenFlags, perm uint32) (int, error) {
	p.enter(SysOpenat)
	return p.openAt(dirfd, literally(path), flags, perm)
}

// Creat makes the file at path, or empties it, and opens it for writing.
// Linux: sys_creat (fs/open.c).
func (p *Process) Creat(path string, perm uint32) (int, error) {
	p.enter(SysCreat)
	return p.openAt(AtCWD, literally(path), OpenCreate|OpenWriteOnly|OpenTruncate, perm)
}

func (p *Process) openAt(dirfd int, path pathSource, flags OpenFlags, perm uint32) (int, error) {
	flags, err := p.sanitized(flags)
	if err != nil {
		return -1, err
	}
	name, err := path()
	if err != nil {
		return -1, err
	}
	if name == "" {
		return -1, p.refuse(syscall.ENOENT, "the path is empty")
	}
	fd, err := p.free(0)
	if err != nil {
		return -1, err
	}
	f, err := p.openFile(dirfd, name, flags, perm&0o7777&^umask)
	if err != nil {
		return -1, err
	}
	p.install(f, fd, inheritanceOf(flags))
	return fd, nil
}

// sanitized drops the flags that mean nothing, and refuses what contradicts itself.
// Linux: build_open_how, build_open_flags (fs/open.c).
func (p *Process) sanitized(f OpenFlags) (OpenFlags, error) {
	f &= openValid
	if f&OpenPath != 0 {
		f &= OpenPath | OpenDirectory | OpenNoFollow | OpenCloseExec
	} else {
		f |= OpenLargeFile
	}
	switch {
	case f&(OpenDirectory|OpenCreate) == OpenDirectory|OpenCreate && p.follows(profile.NoCreateDirectory):
		return f, p.refuse(syscall.EINVAL, "O_DIRECTORY together with O_CREAT")
	case f&openTmpfileBit != 0 && f&OpenDirectory == 0:
		return f, p.refuse(syscall.EINVAL, "half of O_TMPFILE")
	case f&openTmpfileBit != 0 && f&OpenAccess == OpenReadOnly:
		return f, p.refuse(syscall.EINVAL, "O_TMPFILE for reading only")
	}
	if f&openSyncBit != 0 {
		f |= OpenDSync
	}
	return f, nil
}

// openFile finds or makes the file, and opens it.
// Linux: path_openat (fs/namei.c).
func (p *Process) openFile(dirfd int, path string, flags OpenFlags, perm uint32) (*pagecache.File, error) {
	switch {
	case flags&openTmpfileBit != 0:
		return p.openUnnamed(dirfd, path, flags, perm)
	case flags&OpenPath != 0:
		at, err := p.existing(dirfd, path)
		if err != nil {
			return nil, err
		}
		if flags&OpenDirectory != 0 && !at.isDir() {
			return nil, p.refuse(syscall.ENOTDIR, "O_DIRECTORY, and the file is none")
		}
		return newFile(at, flags), nil
	}
	at, err := p.lookUp(dirfd, path)
	switch {
	case err != nil:
		return nil, err
	case flags&OpenCreate != 0 && at.slash && !at.dots:
		return nil, p.refuse(syscall.EISDIR, "O_CREAT, and a slash ends the path")
	case at.file == nil && flags&OpenCreate == 0:
		return nil, p.refuse(syscall.ENOENT, "no file has that name")
	case at.file == nil && !p.mayChange(parent(at.path)):
		return nil, p.refuse(syscall.EACCES, "the directory's mode forbids it")
	case at.file == nil:
		at.file = p.kernel.files.create(at.path)
		at.file.Perm = perm
		if flags&OpenDirectory != 0 {
			return nil, p.refuse(syscall.ENOTDIR, "a directory was asked for, and the new file is none")
		}
		if err := p.mayDirect(at, flags); err != nil {
			return nil, err
		}
		return newFile(at, flags), nil
	}
	return p.openExisting(at, flags)
}

// openExisting opens a file that has been there before.
// Linux: do_open, may_open (fs/namei.c).
func (p *Process) openExisting(at place, flags OpenFlags) (*pagecache.File, error) {
	dir := at.isDir()
	switch {
	case flags&(OpenCreate|OpenExclusive) == OpenCreate|OpenExclusive:
		return nil, p.refuse(syscall.EEXIST, "O_EXCL, and the file exists")
	case dir && flags&OpenCreate != 0:
		return nil, p.refuse(syscall.EISDIR, "O_CREAT, and the path is a directory's")
	case !dir && (flags&OpenDirectory != 0 || at.slash):
		return nil, p.refuse(syscall.ENOTDIR, "a directory was asked for, and the file is none")
	case dir && flags.permission()&mayWrite != 0:
		return nil, p.refuse(syscall.EISDIR, "a directory cannot be written to")
	case !p.permits(at.file, flags.permission()):
		return nil, p.refuse(syscall.EACCES, "the file's mode forbids it")
	case flags&OpenNoAtime != 0 && !p.owns(at.file) && !p.kernel.capable(CapFOwner):
		return nil, p.refuse(syscall.EPERM, "O_NOATIME of a file that is root's")
	}
	if err := p.mayDirect(at, flags); err != nil {
		return nil, err
	}
	if flags&OpenTruncate != 0 && at.file.Type() == pagecache.Regular {
		if err := at.file.Truncate(0); err != nil {
			return nil, p.fileRefuses(err)
		}
		p.loseIdentity(at.file)
	}
	return newFile(at, flags), nil
}

// mayDirect refuses O_DIRECT for what has no pages of its own.
// Linux: do_dentry_open (fs/open.c).
func (p *Process) mayDirect(at place, flags OpenFlags) error {
	if flags&OpenDirect != 0 && !p.canBeDirect(at.file) {
		return p.refuseFor(syscall.EINVAL,
			cause{at.file.Type() != pagecache.Regular, "O_DIRECT of something that is no regular file"},
			cause{true, "O_DIRECT of a file in memory, until 6.6"})
	}
	return nil
}

// canBeDirect reports whether transfers may go past the file's pages. Files in memory say so since 6.6.
// Linux: FMODE_CAN_ODIRECT (include/linux/fs.h).
func (p *Process) canBeDirect(m *pagecache.Mapping) bool {
	return m.Type() == pagecache.Regular && (!m.InMemory() || p.follows(profile.DirectInMemory))
}

// openUnnamed makes a file in a directory that has no name there.
// Linux: do_tmpfile (fs/namei.c).
func (p *Process) openUnnamed(dirfd int, path string, flags OpenFlags, perm uint32) (*pagecache.File, error) {
	at, err := p.existing(dirfd, path)
	switch {
	case err != nil:
		return nil, err
	case !at.isDir():
		return nil, p.refuse(syscall.ENOTDIR, "O_TMPFILE wants a directory")
	case !p.permits(at.file, mayWrite):
		return nil, p.refuse(syscall.EACCES, "the directory's mode forbids it")
	}
	name := fmt.Sprintf("%s/#%d", strings.TrimSuffix(at.path, "/"), p.kernel.unnamed)
	p.kernel.unnamed++
	at = place{path: name, file: p.kernel.files.create(name)}
	at.file.Perm = perm
	f := newFile(at, flags)
	p.kernel.files.remove(name)
	return f, nil
}

// newFile is an open file of what is at a place.
func newFile(at place, flags OpenFlags) *pagecache.File {
	f := at.file.Open(at.path, flags.mode())
	f.Flags = uint64(flags &^ (OpenCreate | OpenExclusive | openNoTTY | OpenTruncate | OpenCloseExec))
	return f
}
