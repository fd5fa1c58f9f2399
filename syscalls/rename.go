package syscalls

import (
	"syscall"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/vm"
)

// renameFlags are how renameat2 gives a name.
// Linux: RENAME_* (include/uapi/linux/fs.h).
type renameFlags uint32

// The flags of renameat2.
const (
	renameNoReplace renameFlags = 1
	renameExchange  renameFlags = 2
	renameWhiteout  renameFlags = 4
)

// renameAt renames a file or directory. Open files and areas show the new name.
// Linux: do_renameat2 (fs/namei.c).
func (p *Process) renameAt(fromDir int, from pathSource, toDir int, to pathSource, flags renameFlags) error {
	// Both paths are arguments of one call within the kernel, which its compiler fills in from the last to the first.
	to, from = read(to), read(from)
	switch {
	case flags&^(renameNoReplace|renameExchange|renameWhiteout) != 0:
		return p.refuse(syscall.EINVAL, "no such flag")
	case flags&renameExchange != 0 && flags != renameExchange:
		return p.refuse(syscall.EINVAL, "RENAME_EXCHANGE together with another flag")
	}
	old, target, err := p.ends(fromDir, from, toDir, to, flags)
	if err != nil {
		return err
	}
	if old.name == target.name || target.name != nil && old.file() == target.file() {
		return nil // both names are the same file's
	}
	if err := p.mayRename(old.name, target, flags); err != nil {
		return err
	}
	return p.rename(old.name, target, flags)
}

// ends are the places of both paths; the first has something.
// Linux: do_renameat2 (fs/namei.c).
func (p *Process) ends(fromDir int, from pathSource, toDir int, to pathSource, flags renameFlags) (old, target place,
	err error) {
	if old, err = p.parentAt(fromDir, from); err != nil {
		return old, target, err
	}
	if target, err = p.parentAt(toDir, to); err != nil {
		return old, target, err
	}
	f := &p.kernel.files
	switch {
	case f.fileSystem(old.dir) != f.fileSystem(target.dir):
		return old, target, p.refuse(syscall.EXDEV, "the names are on two file systems")
	case old.dots():
		return old, target, p.refuse(syscall.EBUSY, "the old path ends in no name")
	case target.dots() && flags&renameNoReplace != 0:
		return old, target, p.refuse(syscall.EEXIST, "the new path ends in no name")
	case target.dots():
		return old, target, p.refuse(syscall.EBUSY, "the new path ends in no name")
	}
	if err := p.lastOf(&old); err != nil {
		return old, target, err
	}
	if old.name == nil {
		return old, target, p.refuse(syscall.ENOENT, "nothing has the old name")
	}
	if err := p.lastOf(&target); err != nil {
		return old, target, err
	}
	return old, target, p.endsFit(old, target, flags)
}

// endsFit refuses combinations of the two places that are not allowed.
func (p *Process) endsFit(old, target place, flags renameFlags) error {
	exchange := flags&renameExchange != 0
	switch {
	case target.name != nil && flags&renameNoReplace != 0:
		return p.refuse(syscall.EEXIST, "something has the new name")
	case target.name == nil && exchange:
		return p.refuse(syscall.ENOENT, "nothing has the name to exchange with")
	case exchange && !target.isDir() && target.slash:
		return p.refuse(syscall.ENOTDIR, "a slash ends the new path, and it is not a directory's")
	case !old.isDir() && (old.slash || !exchange && target.slash):
		return p.refuse(syscall.ENOTDIR, "a slash ends a path, and the old one is not a directory's")
	case old.isDir() && target.dir.Within(old.name):
		return p.refuse(syscall.EINVAL, "the directory would be below itself")
	case target.isDir() && old.dir.Within(target.name) && exchange:
		return p.refuse(syscall.EINVAL, "the directory would be below itself")
	case target.isDir() && old.dir.Within(target.name):
		return p.refuse(syscall.ENOTEMPTY, "the directory of the new name holds the old one")
	}
	return nil
}

// mayRename checks the modes of the directories, and what has the new name.
// Linux: vfs_rename (fs/namei.c).
func (p *Process) mayRename(old *pagecache.Name, target place, flags renameFlags) error {
	if err := p.mayDelete(old, old.IsDir()); err != nil {
		return err
	}
	exchange := flags&renameExchange != 0
	switch {
	case target.name == nil:
		if err := p.mayAdd(target.dir); err != nil {
			return err
		}
	case exchange:
		if err := p.mayDelete(target.name, target.isDir()); err != nil {
			return err
		}
	default:
		if err := p.mayDelete(target.name, old.IsDir()); err != nil {
			return err
		}
	}
	if old.Up() != target.dir { // a directory's own .. changes
		moved := []*pagecache.Name{old}
		if exchange {
			moved = append(moved, target.name)
		}
		for _, x := range moved {
			if x.IsDir() && !p.permits(x.File, mayWrite) {
				return p.refuse(syscall.EACCES, "the directory's own mode forbids to move it")
			}
		}
	}
	shm := p.kernel.files.shm()
	switch {
	case old.File.Swapfile || target.name != nil && target.name.File.Swapfile:
		return p.refuse(syscall.EPERM, inUseAsSwap)
	case shm != nil && (old == shm || target.name == shm):
		return p.refuse(syscall.EBUSY, "a file system is mounted there")
	case !exchange && target.isDir() && !target.name.Empty():
		return p.refuse(syscall.ENOTEMPTY, "the directory of the new name has names in it")
	}
	return nil
}

// rename does it.
// Linux: ext4_rename2 (fs/ext4/namei.c), shmem_rename2 (mm/shmem.c), d_move, d_exchange (fs/dcache.c).
func (p *Process) rename(old *pagecache.Name, target place, flags renameFlags) error {
	k := p.kernel
	from, to := old.Path(), target.path()
	onDisk := k.files.onDisk(old)
	up, base := old.Up(), old.Base()
	switch {
	case flags&renameExchange != 0:
		if onDisk {
			k.Disk.Exchange(from, to)
		}
		old.Exchange(target.name)
		k.files.relabelled(target.name)
	default:
		if target.name != nil {
			old.File.AllocateDelayed()
			k.files.remove(target.name)
		}
		if onDisk {
			k.Disk.Rename(from, to)
		}
		old.Move(target.dir, target.last)
	}
	k.files.relabelled(old)
	old.File.Changed()
	if flags&renameWhiteout != 0 {
		block := int64(vm.PageSize)
		if onDisk {
			block = disk.FileBlockSize
		}
		up.NewName(base, k.Cache.NewWhiteout(from, block)).Add()
	}
	k.renamed()
	return nil
}
