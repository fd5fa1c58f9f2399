package syscalls

import (
	"fmt"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm/profile"
)

// umask are the permissions that new files do not get.
const umask = 0o022

// pathSource reads the path of a call after the checks that come before it.
type pathSource func() (string, error)

func literally(path string) pathSource { return func() (string, error) { return path, nil } }

// read reads a path at once. An error is returned only when the path is followed.
// Linux: getname (fs/namei.c).
func read(path pathSource) pathSource {
	text, err := path()
	return func() (string, error) { return text, err }
}

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

// Creat creates the file at path, or truncates it, and opens it for writing.
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
	name, fd, err := p.nameAndDescriptor(path)
	if err != nil {
		return -1, err
	}
	f, err := p.openFile(dirfd, name, flags, perm&0o7777&^umask)
	if err != nil {
		return -1, err
	}
	f.By = p.creds
	p.kernel.Log.Open()
	p.install(f, fd, inheritanceOf(flags))
	return fd, nil
}

// nameAndDescriptor reads the path of a call that opens it, and looks for a free descriptor.
// Linux: getname (fs/namei.c), get_unused_fd_flags (fs/file.c).
func (p *Process) nameAndDescriptor(path pathSource) (name string, fd int, err error) {
	name, bad := path()
	if bad == nil && name == "" {
		bad = p.refuse(syscall.ENOENT, "the path is empty")
	}
	if bad != nil && !p.follows(profile.DescriptorBeforePath) {
		return "", 0, bad
	}
	if fd, err = p.free(0); err != nil {
		return "", 0, err
	}
	return name, fd, bad
}

// sanitized drops unknown flags, and refuses contradictory ones.
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
		at, err := p.existing(dirfd, path, following(flags&OpenNoFollow == 0))
		if err != nil {
			return nil, err
		}
		if flags&OpenDirectory != 0 && !at.isDir() {
			return nil, p.refuse(syscall.ENOTDIR, "O_DIRECTORY, and the file is none")
		}
		return newFile(at.name, flags), nil
	}
	w := &walk{p: p}
	f := following(flags&OpenNoFollow == 0 && flags&(OpenCreate|OpenExclusive) != OpenCreate|OpenExclusive)
	at, err := w.parentOf(dirfd, path)
	for err == nil {
		if flags&OpenCreate != 0 && at.slash && !at.dots() {
			return nil, p.refuse(syscall.EISDIR, "O_CREAT, and a slash ends the path")
		}
		if err = w.resolve(&at); err != nil {
			return nil, err
		}
		switch {
		case w.leads(at, f):
			at, err = w.through(at)
		case at.name == nil:
			return p.openNew(at, flags, perm)
		default:
			return p.openExisting(at, flags)
		}
	}
	return nil, err
}

// openNew creates the file, with O_CREAT.
// Linux: lookup_open (fs/namei.c).
func (p *Process) openNew(at place, flags OpenFlags, perm uint32) (*pagecache.File, error) {
	if flags&OpenCreate == 0 {
		return nil, p.refuse(syscall.ENOENT, "no file has that name")
	}
	if err := p.mayAdd(at.dir); err != nil {
		return nil, err
	}
	x := p.kernel.files.create(at.path())
	x.File.Perm = perm
	if flags&OpenDirectory != 0 {
		return nil, p.refuse(syscall.ENOTDIR, "a directory was asked for, and the new file is none")
	}
	if err := p.mayDirect(x.File, flags); err != nil {
		return nil, err
	}
	return newFile(x, flags), nil
}

// openExisting opens a file that exists.
// Linux: do_open, may_open (fs/namei.c).
func (p *Process) openExisting(at place, flags OpenFlags) (*pagecache.File, error) {
	dir, file := at.isDir(), at.file()
	_, link := file.Target()
	switch {
	case flags&(OpenCreate|OpenExclusive) == OpenCreate|OpenExclusive:
		return nil, p.refuse(syscall.EEXIST, "O_EXCL, and the file exists")
	case dir && flags&OpenCreate != 0:
		return nil, p.refuse(syscall.EISDIR, "O_CREAT, and the path is a directory's")
	case !dir && (flags&OpenDirectory != 0 || at.slash):
		return nil, p.refuse(syscall.ENOTDIR, "a directory was asked for, and the file is none")
	case link:
		return nil, p.refuse(syscall.ELOOP, "O_NOFOLLOW, and the file is a symbolic link")
	case dir && flags.permission()&mayWrite != 0:
		return nil, p.refuse(syscall.EISDIR, "a directory cannot be written to")
	case !p.permits(file, flags.permission()):
		return nil, p.refuse(syscall.EACCES, "the file's mode forbids it")
	case flags&OpenNoAtime != 0 && !p.owns(file) && !p.kernel.capable(CapFOwner):
		return nil, p.refuse(syscall.EPERM, "O_NOATIME of a file that is root's")
	case flags.permission()&mayWrite != 0 && file.Writable() != nil:
		return nil, p.refuse(syscall.EROFS, readOnlyNow)
	case file.Whiteout():
		return nil, p.refuse(syscall.ENXIO, "no driver has the device that RENAME_WHITEOUT leaves")
	case flags.permission()&mayWrite != 0 && file.Runs():
		return nil, p.refuse(pagecache.ETXTBSY, runsNow)
	}
	if err := p.mayDirect(file, flags); err != nil {
		return nil, err
	}
	if flags&OpenTruncate != 0 && file.Type() == pagecache.Regular {
		if file.Swapfile {
			return nil, p.refuse(pagecache.ETXTBSY, inUseAsSwap)
		}
		if err := file.Truncate(0); err != nil {
			return nil, p.fileRefuses(err)
		}
		p.removePrivileges(file)
	}
	return newFile(at.name, flags), nil
}

// mayDirect refuses O_DIRECT for files without pages.
// Linux: do_dentry_open (fs/open.c).
func (p *Process) mayDirect(m *pagecache.Mapping, flags OpenFlags) error {
	if flags&OpenDirect != 0 && !p.canBeDirect(m) {
		return p.refuseFor(syscall.EINVAL,
			cause{m.Type() != pagecache.Regular, "O_DIRECT of something that is no regular file"},
			cause{true, "O_DIRECT of a file in memory, until 6.6"})
	}
	return nil
}

// canBeDirect reports whether the file supports direct I/O. Files in memory do since 6.6.
// Linux: FMODE_CAN_ODIRECT (include/linux/fs.h).
func (p *Process) canBeDirect(m *pagecache.Mapping) bool {
	return m.Type() == pagecache.Regular && (!m.InMemory() || p.follows(profile.DirectInMemory))
}

// openUnnamed makes a file in a directory that has no name there.
// Linux: do_tmpfile (fs/namei.c).
func (p *Process) openUnnamed(dirfd int, path string, flags OpenFlags, perm uint32) (*pagecache.File, error) {
	at, err := p.existing(dirfd, path, following(flags&OpenNoFollow == 0))
	switch {
	case err != nil:
		return nil, err
	case !at.isDir():
		return nil, p.refuse(syscall.ENOTDIR, "O_TMPFILE wants a directory")
	}
	if err := p.mayChange(at.name); err != nil {
		return nil, err
	}
	x := at.name.NewName(fmt.Sprintf("#%d", p.kernel.unnamed), nil)
	p.kernel.unnamed++
	x.File = p.kernel.newFile(x.Path())
	x.File.Perm, x.File.Linkable = perm, flags&OpenExclusive == 0
	f := newFile(x, flags)
	x.File.Linked(-1)
	return f, nil
}

// newFile is a new open file for a name.
func newFile(x *pagecache.Name, flags OpenFlags) *pagecache.File {
	return withFlags(x.File.OpenAs(x, flags.mode()), flags)
}

// withFlags is the open file with the flags that F_GETFL shows.
func withFlags(f *pagecache.File, flags OpenFlags) *pagecache.File {
	f.Flags = uint64(flags &^ (OpenCreate | OpenExclusive | openNoTTY | OpenTruncate | OpenCloseExec))
	return f
}
