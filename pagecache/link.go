package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// link is a symbolic link: its content is a path. A short target is in the inode. A long one takes a block on a disk,
// or a page of the page cache on a tmpfs, where it counts against the size of the file system. A target of 59 bytes
// fits into the 60 bytes of an ext4 inode that otherwise hold its extents; one of 60 needs a block.
// Linux: shmem_short_symlink_operations (mm/shmem.c), ext4_fast_symlink_inode_operations (fs/ext4/symlink.c).
type link struct {
	pageless
	target string
	fs     *disk.FileSystem // nil for a tmpfs
}

// NewLink makes a symbolic link to target on a disk.
func (c *Cache) NewLink(label, target string, fs *disk.FileSystem) *Mapping {
	return c.newLink(label, target, link{target: target, fs: fs})
}

// The size of a link is the length of its target: what lstat returns.
func (c *Cache) newLink(label, target string, ops operations) *Mapping {
	m := c.newMapping(label, ops)
	m.size = int64(len(target))
	return m
}

// NewSharedLink makes a symbolic link to target on a tmpfs. A long target has a page, which counts against q: ENOSPC
// where there is no room for it.
// Linux: shmem_symlink (mm/shmem.c).
func (c *Cache) NewSharedLink(label, target string, q *Quota) (*Mapping, error) {
	if len(target) < shortTarget {
		return c.newLink(label, target, link{target: target}), nil
	}
	long := &longLink{link: link{target: target}, room: tmpfsFile{quota: q}}
	m := c.newLink(label, target, long)
	page, err := long.room.page(m, 0)
	if err != nil {
		m.Linked(-1)
		return nil, err
	}
	c.Memory.Write(page, 0, append([]byte(target), 0))
	page.Set(phys.Uptodate | phys.Referenced)
	m.noteDirty(page)
	return m, nil
}

// longLink is a link on a tmpfs whose target is in a page, like a file's content. The page counts against the size of
// the mount, may be swapped out, and is read by following the link.
// Linux: shmem_symlink_inode_operations (mm/shmem.c).
type longLink struct {
	link
	room tmpfsFile
}

func (*longLink) traits() vm.Traits                  { return vm.Shmem | vm.Device | vm.Unmappable }
func (l *longLink) forget(m *Mapping, f *phys.Frame) { l.room.forget(m, f) }

func (link) fileType() FileType { return Link }

// blockSize is st_blksize: a symbolic link on a disk has the disk's.
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

// The longest targets that fit into the inode, including the final zero byte.
// Linux: SHORT_SYMLINK_LEN (mm/shmem.c), EXT4_N_BLOCKS (fs/ext4/ext4.h).
const (
	shortTarget = 128
	fastTarget  = 60
)

// sectors is how many blocks of 512 bytes a target outside the page cache takes up.
func (l link) sectors() uint64 {
	if l.fs != nil && len(l.target) >= fastTarget {
		return disk.FileBlockSize / 512
	}
	return 0
}

// Target is the path that a symbolic link leads to; ok is false for any other file.
func (m *Mapping) Target() (path string, ok bool) {
	switch l := m.ops.(type) {
	case link:
		return l.target, true
	case *longLink:
		return l.target, true
	}
	return "", false
}

// Followed notes that a call has read the target of a symbolic link. That uses its page, where it has one.
// Linux: shmem_put_link (mm/shmem.c).
func (m *Mapping) Followed() {
	if _, ok := m.ops.(*longLink); ok {
		m.markAccessed(m.pages.Get(0))
	}
}
