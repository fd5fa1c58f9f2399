package syscalls

import "syscall"

// AtFlags are how a call takes a path.
// Linux: AT_* (include/uapi/linux/fcntl.h).
type AtFlags uint32

// The flags of the calls whose names end in at.
const (
	AtSymlinkNoFollow AtFlags = 0x100
	AtRemoveDir       AtFlags = 0x200
	AtNoAutomount     AtFlags = 0x800
	AtEmptyPath       AtFlags = 0x1000
	AtForceSync       AtFlags = 0x2000
	AtDontSync        AtFlags = 0x4000
)

// Unlink takes a name away. The file itself is freed when no open file and no area refers to it.
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
	at, err := p.parentOf(dirfd, path)
	switch {
	case err != nil:
		return err
	case at.dots:
		return p.refuse(syscall.EISDIR, "the path ends in no name")
	case at.file == nil:
		return p.refuse(syscall.ENOENT, "no file has that name")
	case !p.mayChange(parent(at.path)):
		return p.refuse(syscall.EACCES, "the directory's mode forbids it")
	case at.isDir():
		return p.refuse(syscall.EISDIR, "the path is a directory's")
	case at.slash:
		return p.refuse(syscall.ENOTDIR, "a slash ends the path, and it is not a directory's")
	}
	p.kernel.files.remove(at.path)
	p.kernel.renamed()
	return nil
}

func (p *Process) parentOf(dirfd int, path pathSource) (place, error) {
	name, err := path()
	if err != nil {
		return place{}, err
	}
	return p.lookUp(dirfd, name)
}

// removeDir refuses every directory: those that there are hold files, or are the roots of file systems.
// Linux: do_rmdir (fs/namei.c).
func (p *Process) removeDir(dirfd int, path pathSource) error {
	at, err := p.parentOf(dirfd, path)
	switch {
	case err != nil:
		return err
	case at.file == nil:
		return p.refuse(syscall.ENOENT, "no directory has that name")
	case !at.isDir():
		return p.refuse(syscall.ENOTDIR, "the path is not a directory's")
	}
	return p.refuse(syscall.EBUSY, "the directory is in use")
}

// renamed notes that maps may show other names for files than before.
func (k *Kernel) renamed() {
	k.Processes(func(p *Process) { p.Space.NamesChanged() })
}
