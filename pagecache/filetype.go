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
	CharDevice FileType = 0o020000
	Directory  FileType = 0o040000
	Regular    FileType = 0o100000
)

// Type is what kind of file it is.
func (m *Mapping) Type() FileType {
	switch m.store.(type) {
	case directory:
		return Directory
	case *shmem, *diskFile:
		return Regular
	}
	return CharDevice
}

// InMemory reports whether the file lives in memory alone: tmpfs, memfd.
// Linux: shmem_mapping (mm/shmem.c).
func (m *Mapping) InMemory() bool {
	_, ok := m.store.(*shmem)
	return ok
}

// BlockSize is the size in bytes in which the file system gives room to the file.
// Linux: i_blocksize (include/linux/fs.h).
func (m *Mapping) BlockSize() uint32 {
	if _, ok := m.store.(*diskFile); ok {
		return 1 << blockBits
	}
	return vm.PageSize
}

// directory is the store of a directory: it has names, and no pages.
// Linux: simple_offset_dir_operations (fs/libfs.c), ext4_dir_operations (fs/ext4/dir.c).
type directory struct {
	fs *disk.FileSystem // nil for a tmpfs
}

// NewDirectory makes a directory of a tmpfs.
func (c *Cache) NewDirectory(label string) *Mapping { return c.newMapping(label, directory{}) }

// NewHashedDirectory makes a directory of ext4, in which names have places by their hashes.
func (c *Cache) NewHashedDirectory(label string, fs *disk.FileSystem) *Mapping {
	return c.newMapping(label, directory{fs})
}

// Hashed reports whether the file is a directory whose names have places by their hashes.
// Linux: is_dx_dir (fs/ext4/dir.c).
func (m *Mapping) Hashed() bool {
	d, ok := m.store.(directory)
	return ok && d.fs != nil
}

func (directory) traits() vm.Traits { return vm.Traits{Device: true, Unmappable: true} }

func (directory) fault(*Mapping, *vm.Fault) (*phys.Frame, error)      { return nil, vm.ErrNoPage }
func (directory) makeWritable(*Mapping, *vm.Fault, *phys.Frame) error { return vm.ErrNoPage }

func (directory) readPage(*Mapping, *File, int64) (*phys.Frame, error) { return nil, syscall.EISDIR }

func (directory) beginWrite(*Mapping, int64, int64) (folio, error) { return folio{}, syscall.EISDIR }

func (directory) endWrite(*Mapping, folio, int64, int64, int64) int64 { return 0 }
func (directory) dirtied(*Mapping, *phys.Frame)                       {}
func (directory) resize(*Mapping, int64) error                        { return syscall.EISDIR }
func (directory) punch(*Mapping, int64, int64) error                  { return syscall.EISDIR }
func (directory) gone()                                               {}
func (directory) leaving(*Mapping, folio)                             {}
func (directory) forget(*Mapping, *phys.Frame)                        {}
func (directory) limit() int64                                        { return maxFileSize }
func (directory) device() uint32                                      { return 1 }
func (directory) allocate(*Mapping, int64, int64, int64) error        { return syscall.EISDIR }
