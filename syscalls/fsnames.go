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
	if c.FS != Ext4 {
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
	return k.Cache.NewOnDisk(path, k.Disk)
}

// newDirectory makes the directory of a path on the file system that it leads to. The directory of devices is not on
// the disk.
func (k *Kernel) newDirectory(path string) *pagecache.Mapping {
	if k.Disk == nil || path == deviceDir || strings.HasPrefix(path+"/", shmDir+"/") {
		return k.Cache.NewDirectory(path)
	}
	return k.Cache.NewHashedDirectory(path, k.Disk)
}
