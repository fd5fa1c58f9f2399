package syscalls

import (
	"syscall"

	"vmsim/pagecache"
)

// AtFlags say how a call interprets a path.
// Linux: AT_* (include/uapi/linux/fcntl.h).
type AtFlags uint32

// The flags of the calls whose names end in at.
const (
	AtSymlinkNoFollow AtFlags = 0x100
	AtRemoveDir       AtFlags = 0x200
	AtEACCESS         AtFlags = 0x200 // of faccessat2
	AtSymlinkFollow   AtFlags = 0x400
	AtNoAutomount     AtFlags = 0x800
	AtEmptyPath       AtFlags = 0x1000
	AtForceSync       AtFlags = 0x2000
	AtDontSync        AtFlags = 0x4000
)

// Unlink removes a name. The file itself is freed when no open file and no area refers to it.
// Linux: do_unlinkat (fs/namei.c).
func (p *Process) Unlink(path string) error {
	p.enter(SysUnlink)
	return p.unlinkAt(AtCWD, literally(path))
}

// Unlinkat is Unlink with a directory to begin at, or with AtRemoveDir the removal of a directory.
// Linux: sys_unlinkat (fs/namei.c).
func (p *Process) Unlinkat(dirfd int, path string, flags AtFlags) error {
	p.enter(SysUnlinkat)
	return p.removeAt(dirfd, literally(path), flags)
}

func (p *Process) removeAt(dirfd int, path pathSource, flags AtFlags) error {
	switch {
	case flags&^AtRemoveDir != 0:
		return p.refuse(syscall.EINVAL, "no such flag")
	case flags == AtRemoveDir:
		return p.removeDir(dirfd, path)
	}
	return p.unlinkAt(dirfd, path)
}

func (p *Process) unlinkAt(dirfd int, path pathSource) error {
	at, err := p.parentAt(dirfd, path)
	switch {
	case err != nil:
		return err
	case at.dots():
		return p.refuse(syscall.EISDIR, "the path ends in no name")
	}
	if err := p.lastOf(&at); err != nil {
		return err
	}
	switch {
	case at.name == nil:
		return p.refuse(syscall.ENOENT, "no file has that name")
	case at.slash && !at.isDir():
		return p.refuse(syscall.ENOTDIR, "a slash ends the path, and it is not a directory's")
	case at.slash:
		return p.refuse(syscall.EISDIR, "the path is a directory's")
	}
	if err := p.mayDelete(at.name, false); err != nil {
		return err
	}
	if at.name.File.Swapfile {
		return p.refuse(syscall.EPERM, inUseAsSwap)
	}
	p.kernel.files.remove(at.name)
	p.kernel.renamed()
	return nil
}

// mayDelete refuses to take a name away, from a directory whose mode forbids it or where a directory is meant and the
// name is none, or the other way round.
// Linux: may_delete (fs/namei.c).
func (p *Process) mayDelete(x *pagecache.Name, dir bool) error {
	if err := p.mayChange(x.Up()); err != nil {
		return err
	}
	const sticky = 0o1000
	switch {
	case x.Up().File.Perm&sticky != 0 && !p.owns(x.File) && !p.owns(x.Up().File) && !p.kernel.capable(CapFOwner):
		return p.refuse(syscall.EPERM, "the directory is sticky, and it and the file are root's")
	case dir && !x.IsDir():
		return p.refuse(syscall.ENOTDIR, "the path is not a directory's")
	case dir && x.IsRoot():
		return p.refuse(syscall.EBUSY, "it is the root of the file system")
	case !dir && x.IsDir():
		return p.refuse(syscall.EISDIR, "the path is a directory's")
	}
	return nil
}

// renamed notes that maps may show other names for files than before.
func (k *Kernel) renamed() {
	k.Processes(func(p *Process) { p.Space.NamesChanged() })
}
