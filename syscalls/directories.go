package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// whereabouts is where a process's relative paths begin. Threads share it.
// Linux: struct fs_struct (include/linux/fs_struct.h).
type whereabouts struct{ cwd *pagecache.Name }

// makeDirAt makes a directory.
// Linux: do_mkdirat, vfs_mkdir (fs/namei.c).
func (p *Process) makeDirAt(dirfd int, path pathSource, mode uint32) error {
	at, err := p.toCreate(dirfd, path, true)
	if err != nil {
		return err
	}
	if err := p.mayAdd(at.dir); err != nil {
		return err
	}
	const kept, setGroup = 0o1777, 0o2000 // permissions and the sticky bit; the directory's group is inherited
	f := &p.kernel.files
	x := at.dir.NewName(at.last, nil)
	x.File = p.kernel.newDirectory(x.Path())
	x.File.Perm = mode&kept&^umask | at.dir.File.Perm&setGroup
	x.BeDirectory()
	x.Add()
	if f.onDisk(x) {
		p.kernel.Disk.MakeDir(x.Path())
	}
	return nil
}

// toCreate is the place for a new name, which must not exist.
// Linux: filename_create (fs/namei.c).
func (p *Process) toCreate(dirfd int, path pathSource, dir bool) (place, error) {
	at, err := p.parentAt(dirfd, path)
	switch {
	case err != nil:
		return at, err
	case at.dots():
		return at, p.refuse(syscall.EEXIST, "the path ends in no name")
	}
	if err := p.lastOf(&at); err != nil {
		return at, err
	}
	switch {
	case at.name != nil:
		return at, p.refuse(syscall.EEXIST, "something has that name")
	case at.slash && !dir:
		return at, p.refuse(syscall.ENOENT, "a slash ends the path, and it is to be no directory's")
	}
	return at, nil
}

// mayAdd refuses to make a name in a directory that is removed, or whose mode forbids it.
// Linux: may_create (fs/namei.c).
func (p *Process) mayAdd(dir *pagecache.Name) error {
	if dir.Unlinked() {
		return p.refuse(syscall.ENOENT, "the directory is removed")
	}
	return p.mayChange(dir)
}

// removeDir removes an empty directory.
// Linux: do_rmdir, vfs_rmdir (fs/namei.c).
func (p *Process) removeDir(dirfd int, path pathSource) error {
	at, err := p.parentAt(dirfd, path)
	if err != nil {
		return err
	}
	switch at.last {
	case "..":
		return p.refuse(syscall.ENOTEMPTY, "the directory above holds this one")
	case ".":
		return p.refuse(syscall.EINVAL, "the path ends in a dot")
	case "":
		return p.refuse(syscall.EBUSY, "it is the root directory")
	}
	if err := p.lastOf(&at); err != nil {
		return err
	}
	if at.name == nil {
		return p.refuse(syscall.ENOENT, "no directory has that name")
	}
	if err := p.mayDelete(at.name, true); err != nil {
		return err
	}
	switch {
	case at.name == p.kernel.files.shm():
		return p.refuse(syscall.EBUSY, "a file system is mounted there")
	case !at.name.Empty():
		return p.refuse(syscall.ENOTEMPTY, "the directory has names in it")
	}
	p.kernel.files.remove(at.name)
	return nil
}

// changeDir changes the working directory.
// Linux: sys_chdir (fs/open.c).
func (p *Process) changeDir(path pathSource) error {
	at, err := p.existingAt(path)
	switch {
	case err != nil:
		return err
	case !at.isDir():
		return p.refuse(syscall.ENOTDIR, "the path is not a directory's")
	}
	return p.moveTo(at.name)
}

// changeDirTo is changeDir with the descriptor of the directory.
// Linux: sys_fchdir (fs/open.c).
func (p *Process) changeDirTo(fd int) error {
	d, err := p.rawDescriptor(fd)
	switch {
	case err != nil:
		return err
	case d.file.Mapping.Type() != pagecache.Directory:
		return p.refuse(syscall.ENOTDIR, "the descriptor is not of a directory")
	}
	return p.moveTo(d.file.NameInDirectory())
}

func (p *Process) moveTo(dir *pagecache.Name) error {
	if err := p.maySearch(dir); err != nil {
		return err
	}
	p.fs.cwd = dir
	return nil
}

// getcwd stores the path of the working directory and is its length, with the final zero.
// Linux: sys_getcwd (fs/d_path.c).
func (p *Process) getcwd(buf vm.Addr, size uint64) (uint64, error) {
	if p.fs.cwd.Unlinked() {
		return 0, p.refuse(syscall.ENOENT, "the working directory is removed")
	}
	text := append([]byte(p.fs.cwd.Path()), 0)
	switch {
	case len(text) > maxPath:
		return 0, p.refuse(syscall.ENAMETOOLONG, "the path is longer than PATH_MAX")
	case uint64(len(text)) > size:
		return 0, p.refuse(syscall.ERANGE, "the path is longer than the buffer")
	}
	return uint64(len(text)), p.putBytes(buf, text)
}
