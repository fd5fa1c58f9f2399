package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
)

// link is a symbolic link: a path in the place of content.
// Linux: shmem_short_symlink_operations (mm/shmem.c), ext4_fast_symlink_inode_operations (fs/ext4/symlink.c).
type link struct {
	pageless
	target string
	fs     *disk.FileSystem // nil for a tmpfs
}

// NewLink makes a symbolic link to target on a tmpfs, or on fs where that is not nil.
func (c *Cache) NewLink(label, target string, fs *disk.FileSystem) *Mapping {
	m := c.newMapping(label, link{target: target, fs: fs})
	m.size = int64(len(target))
	return m
}

func (link) fileType() FileType { return Link }

func (l link) blockSize() int64 {
	if l.fs != nil {
		return disk.FileBlockSize
	}
	return l.pageless.blockSize()
}

func (link) traits() vm.Traits { return vm.Device | vm.Unmappable }

func (link) beginWrite(*Mapping, int64, int64) (folio, error) { return folio{}, syscall.EINVAL }
func (link) resize(*Mapping, int64) error                     { return syscall.EINVAL }
func (link) punch(*Mapping, int64, int64) error               { return syscall.EINVAL }
func (link) allocate(*Mapping, int64, int64, int64) error     { return syscall.EINVAL }

// The longest targets that need no room besides the inode, their final zero included.
// Linux: SHORT_SYMLINK_LEN (mm/shmem.c), EXT4_N_BLOCKS (fs/ext4/ext4.h).
const (
	shortTarget = 128
	fastTarget  = 60
)

// sectors is how many blocks of 512 bytes the target takes up.
func (l link) sectors() uint64 {
	switch n := len(l.target) + 1; {
	case l.fs == nil && n > shortTarget:
		return disk.SectorsPerBlock
	case l.fs != nil && n > fastTarget:
		return disk.FileBlockSize / 512
	}
	return 0
}

// Target is the path that a symbolic link leads to; ok is false for any other file.
func (m *Mapping) Target() (path string, ok bool) {
	l, ok := m.ops.(link)
	return l.target, ok
}
