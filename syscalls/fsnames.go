package syscalls

import (
	"strings"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/vm"
)

// FS is the file system that a machine's files are on.
// Linux: struct file_system_type (include/linux/fs.h).
type FS string

// The file systems. Files under /dev/shm are always on a tmpfs.
const (
	Tmpfs FS = "tmpfs"
	Ext4  FS = "ext4"
)

// diskFile opens a file of the machine's disk.
type diskFile func(c *pagecache.Cache, path string, on *disk.FileSystem, n *disk.Inode) *pagecache.Mapping

// fileSystems are the file systems that a machine can have, and what opens their files; nil where files are in memory
// alone.
var fileSystems = []struct {
	name FS
	open diskFile
}{
	{Tmpfs, nil},
	{Ext4, (*pagecache.Cache).OpenOnDisk},
}

// FileSystems are the names of the file systems that a machine can have.
func FileSystems() (names []string) {
	for _, f := range fileSystems {
		names = append(names, string(f.name))
	}
	return names
}

// opener is what opens the files of a file system on a disk; nil for one in memory.
func (fs FS) opener() diskFile {
	for _, f := range fileSystems {
		if f.name == fs {
			return f.open
		}
	}
	return nil
}

// shmDir is where a tmpfs is mounted on every machine.
const shmDir = "/dev/shm"

// defaultDiskSize is the size of the machine's disk in bytes. The disk is sparse: what was never written takes nothing.
const defaultDiskSize = 1 << 40

// mountDisk makes the disk and its file system, where the machine has one.
func (k *Kernel) mountDisk() {
	c := &k.config
	if c.ReadAheadKB != nil {
		k.Cache.ReadaheadPages = *c.ReadAheadKB << 10 / vm.PageSize
	}
	if c.FS.opener() == nil {
		return
	}
	if c.DiskSize == 0 {
		c.DiskSize = defaultDiskSize
	}
	k.Disk = disk.NewFileSystem(disk.NewDevice(disk.Block(c.DiskSize/disk.BlockSize), c.Disk))
}

// newFile makes the file of a new name on the file system that the path leads to.
func (k *Kernel) newFile(path string) *pagecache.Mapping {
	if k.Disk == nil || strings.HasPrefix(path, shmDir+"/") {
		return k.Cache.NewShared(path, k.tmpfs)
	}
	return k.openOnDisk(path, k.Disk.NewInode())
}

// openOnDisk opens a file that the disk has.
func (k *Kernel) openOnDisk(path string, n *disk.Inode) *pagecache.Mapping {
	return k.config.FS.opener()(k.Cache, path, k.Disk, n)
}

// newDirectory makes the directory of a path on the file system that it leads to. The directory of devices is not on
// the disk.
func (k *Kernel) newDirectory(path string) *pagecache.Mapping {
	if k.Disk == nil || path == deviceDir || strings.HasPrefix(path+"/", shmDir+"/") {
		return k.Cache.NewDirectory(path)
	}
	return k.Cache.NewHashedDirectory(path, k.Disk)
}
