package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// FileType tells files, directories and devices apart.
// Linux: S_IFMT (include/uapi/linux/stat.h).
type FileType uint32

// The types of file.
const (
	Nameless   FileType = 0 // a file that no path leads to and that is of no kind
	FIFO       FileType = 0o010000
	CharDevice FileType = 0o020000
	Directory  FileType = 0o040000
	Regular    FileType = 0o100000
	Link       FileType = 0o120000
	SocketFile FileType = 0o140000
)

// directory is a directory: it has names, and no pages.
// Linux: simple_offset_dir_operations (fs/libfs.c), ext4_dir_operations (fs/ext4/dir.c).
type directory struct {
	pageless
	fs *disk.FileSystem // nil for a tmpfs
}

// NewDirectory makes a directory of a tmpfs.
func (c *Cache) NewDirectory(label string) *Mapping { return c.newMapping(label, directory{}) }

// NewHashedDirectory makes a directory of ext4, whose names are indexed by their hashes.
func (c *Cache) NewHashedDirectory(label string, fs *disk.FileSystem) *Mapping {
	return c.newMapping(label, directory{fs: fs})
}

// hashed reports whether the file is a directory whose names are indexed by their hashes.
// Linux: is_dx_dir (fs/ext4/dir.c).
func (m *Mapping) hashed() bool {
	d, ok := m.ops.(directory)
	return ok && d.fs != nil && m.links > 0 // a removed one has no size any more
}

// Endless reports whether the file is a directory of a tmpfs, in which no call can seek from the end.
// Linux: offset_dir_llseek (fs/libfs.c).
func (m *Mapping) Endless() bool {
	d, ok := m.ops.(directory)
	return ok && d.fs == nil
}

func (directory) fileType() FileType { return Directory }

// A directory cannot be mapped: it has no pages of its own here.
func (directory) traits() vm.Traits { return vm.Device | vm.Unmappable }

func (directory) readPage(*Mapping, reading) (*phys.Frame, vm.PageIndex, error) {
	return nil, 0, syscall.EISDIR
}

func (directory) beginWrite(*Mapping, int64, int64) (folio, error) { return folio{}, syscall.EISDIR }
func (directory) resize(*Mapping, int64) error                     { return syscall.EISDIR }
func (directory) punch(*Mapping, int64, int64) error               { return syscall.EISDIR }
func (directory) allocate(*Mapping, int64, int64, int64) error     { return syscall.EISDIR }

// limit is that of any file of ext4 where the directory has none of its hashes' own.
func (d directory) limit() int64 {
	if d.fs == nil {
		return maxFileSize
	}
	return disk.MaxFileSize
}

// sync commits the journal, which makes the directory's names durable. The names of a tmpfs never are.
// Linux: ext4_fsync_journal (fs/ext4/fsync.c), noop_fsync (fs/libfs.c).
func (d directory) sync(m *Mapping, _, _ vm.PageIndex, _ Durability) error {
	if d.fs == nil || !d.fs.Changed() {
		return nil
	}
	return m.Cache.commit(d.fs)
}

// seek treats a hashed directory as data everywhere.
// Linux: ext4_dir_llseek (fs/ext4/dir.c).
func (d directory) seek(m *Mapping, off int64, what Sought) (int64, bool) {
	if m.hashed() {
		return off, what == SoughtData
	}
	return d.pageless.seek(m, off, what)
}
