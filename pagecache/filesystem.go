package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// operations are what a file system, or a device, does for one of its files. The page cache calls file systems only
// through this interface. A new file system is a type that embeds pageless and overrides what is different.
//
//	ext4    ext4*.go        pages are read from blocks, and written back to them
//	tmpfs   tmpfs.go        pages are all there is: memfd, System V and shared anonymous memory are files of it, too
//	        directory.go    names and no pages
//	        devices.go      /dev/null and the frame buffer
//
// The caller has checked arguments and permissions. None of these functions is called for a range that it cannot have,
// such as a page beyond limit.
// Linux: struct address_space_operations, struct file_operations and struct inode_operations (include/linux/fs.h).
type operations interface {
	// fileType is what kind of file it is.
	fileType() FileType
	// traits say how areas that show the file behave.
	traits() vm.Traits
	// limit is the largest size that the file may have.
	limit() int64
	// device is the number of the file system.
	device() uint32
	// blockSize is the unit in which the file system allocates.
	blockSize() int64
	// chunk is how many bytes of a write are copied at a time.
	chunk(m *Mapping) int64
	// disk is the file system on a device that the file is on; nil where its pages are never written back.
	disk() *disk.FileSystem
	// onDisk is the file's inode and blocks; nil for a file without any. A file system that embeds ext4File has its.
	onDisk() *ext4File

	// fault finds page i for a page fault, with a reference; vm.ErrNoPage where there is none.
	fault(m *Mapping, f *vm.Fault) (*phys.Frame, error)
	// makeWritable is called before a shared page is written to through an area.
	makeWritable(m *Mapping, f *vm.Fault, frame *phys.Frame) error
	// readPage is the page at the read's position, nil for a hole, and the first page that it has not looked up yet. It
	// takes no reference to the frame.
	readPage(m *Mapping, r reading) (frame *phys.Frame, known vm.PageIndex, err error)
	// readAhead brings pages from first to last into the cache without waiting.
	readAhead(m *Mapping, ra *readaheadState, first, last vm.PageIndex)
	// readWhole brings the whole file into the cache.
	readWhole(m *Mapping) error
	// partlyThere reports whether the blocks of n bytes at pos are filled, though their folio as a whole is not.
	partlyThere(f folio, pos, n int64) bool

	// beginWrite prepares a folio for a write of n bytes at pos; the write ends at the end of the folio.
	beginWrite(m *Mapping, pos, n int64) (folio, error)
	// endWrite completes a write at pos of which n of wanted bytes were copied, and returns how many count.
	endWrite(m *Mapping, f folio, pos, n, wanted int64) int64
	// dirtied is called when a page was written to through a page table.
	dirtied(m *Mapping, frame *phys.Frame)
	// writeBack writes the dirty folios that have a page from first to last; sent, unless it is nil, gets those for
	// which a request was submitted.
	writeBack(m *Mapping, first, last vm.PageIndex, sent *[]folio)
	// flush writes back dirty folios with about as many pages as said, and does not wait for the disk.
	flush(m *Mapping, most uint64)
	// sync writes back and makes durable.
	sync(m *Mapping, first, last vm.PageIndex, what Durability) error
	// readDirect and writeDirect move bytes between the device and the process's frames.
	readDirect(m *Mapping, u User, a vm.Addr, n uint64, pos int64) (uint64, error)
	writeDirect(m *Mapping, u User, a vm.Addr, n uint64, pos int64) (uint64, error)

	// resize changes the file's size, in memory and on the medium.
	resize(m *Mapping, size int64) error
	// punch makes bytes from up to to a hole.
	punch(m *Mapping, from, to int64) error
	// allocate allocates bytes from up to to of the file, and extends the file to size if that is larger.
	allocate(m *Mapping, from, to, size int64) error
	// rearrange zeroes, collapses or inserts bytes from up to to, as mode says.
	rearrange(m *Mapping, mode AllocateMode, from, to, size int64) error
	// seek finds data or a hole at off or after it.
	seek(m *Mapping, off int64, what Sought) (at int64, ok bool)

	// release drops the states of a folio's blocks; false if a block is dirty.
	release(f folio) bool
	// invalidate clears the states of blocks that lie entirely in bytes from up to to, counted from the folio's start.
	invalidate(f folio, from, to int64)
	// leaving is called for a folio that is about to leave the cache, in any state.
	leaving(m *Mapping, f folio)
	// forget is called for a page that has left the cache.
	forget(m *Mapping, frame *phys.Frame)
	// modified and accessed note the file's times.
	modified(m *Mapping)
	accessed(m *Mapping)
	// closed is called when an open file is released, and deleted when the inode is deleted.
	closed(m *Mapping)
	deleted(m *Mapping)
	// check recomputes the file system's invariants.
	check(m *Mapping) error
}

// pageless is a file without pages on a file system without a disk: the defaults for directories, links and devices.
// Files with pages embed it too and override what is different.
// Linux: struct file_operations whose members are NULL (include/linux/fs.h).
type pageless struct{}

func (pageless) fileType() FileType     { return CharDevice }
func (pageless) limit() int64           { return maxFileSize }
func (pageless) device() uint32         { return 1 }
func (pageless) blockSize() int64       { return vm.PageSize }
func (pageless) chunk(*Mapping) int64   { return vm.PageSize }
func (pageless) disk() *disk.FileSystem { return nil }
func (pageless) onDisk() *ext4File      { return nil }

func (pageless) fault(*Mapping, *vm.Fault) (*phys.Frame, error)                  { return nil, vm.ErrNoPage }
func (pageless) makeWritable(*Mapping, *vm.Fault, *phys.Frame) error             { return vm.ErrNoPage }
func (pageless) readPage(*Mapping, reading) (*phys.Frame, vm.PageIndex, error)   { return nil, 0, nil }
func (pageless) readAhead(*Mapping, *readaheadState, vm.PageIndex, vm.PageIndex) {}
func (pageless) readWhole(*Mapping) error                                        { return nil }
func (pageless) partlyThere(folio, int64, int64) bool                            { return false }
func (pageless) endWrite(*Mapping, folio, int64, int64, int64) int64             { return 0 }
func (pageless) dirtied(*Mapping, *phys.Frame)                                   {}
func (pageless) flush(*Mapping, uint64)                                          {}
func (pageless) writeBack(*Mapping, vm.PageIndex, vm.PageIndex, *[]folio)        {}
func (pageless) sync(*Mapping, vm.PageIndex, vm.PageIndex, Durability) error     { return nil }
func (pageless) rearrange(*Mapping, AllocateMode, int64, int64, int64) error {
	return syscall.EOPNOTSUPP
}
func (pageless) release(folio) bool             { return true }
func (pageless) invalidate(folio, int64, int64) {}
func (pageless) leaving(*Mapping, folio)        {}
func (pageless) forget(*Mapping, *phys.Frame)   {}
func (pageless) modified(*Mapping)              {}
func (pageless) accessed(*Mapping)              {}
func (pageless) closed(*Mapping)                {}
func (pageless) deleted(*Mapping)               {}
func (pageless) check(*Mapping) error           { return nil }

func (pageless) seek(m *Mapping, off int64, what Sought) (int64, bool) {
	return m.seekPages(off, m.size, what)
}

func (pageless) readDirect(*Mapping, User, vm.Addr, uint64, int64) (uint64, error) {
	return 0, syscall.EINVAL
}

func (pageless) writeDirect(*Mapping, User, vm.Addr, uint64, int64) (uint64, error) {
	return 0, syscall.EINVAL
}

// Type is what kind of file it is.
func (m *Mapping) Type() FileType { return m.ops.fileType() }

// InMemory reports whether the file exists only in memory: tmpfs, memfd, shared anonymous memory.
// Linux: shmem_mapping (mm/shmem.c).
func (m *Mapping) InMemory() bool { return m.ops.traits().Has(vm.Shmem) }

// BlockSize is the unit in bytes in which the file system allocates room for the file.
// Linux: i_blocksize (include/linux/fs.h).
func (m *Mapping) BlockSize() uint32 { return uint32(m.ops.blockSize()) }

// Writable is nil, or why nothing on the file's file system can be changed: EROFS.
// Linux: sb_rdonly (include/linux/fs.h), ext4_emergency_state (fs/ext4/ext4.h).
func (m *Mapping) Writable() error {
	if fs := m.ops.disk(); fs != nil {
		return fs.Writable()
	}
	return nil
}

// Change is what a change of the file's mode begins with; the error is EROFS.
// Linux: ext4_journal_start (fs/ext4/ext4_jbd2.h).
func (m *Mapping) Change() error {
	if fs := m.ops.disk(); fs != nil {
		return fs.Start()
	}
	return nil
}

// modified notes that the file's mtime and ctime have changed.
// Linux: file_update_time (fs/inode.c).
func (m *Mapping) modified() { m.ops.modified(m) }

// Changed notes that the file's metadata has changed, such as its names or its mode.
// Linux: inode_set_ctime_current (fs/inode.c).
func (m *Mapping) Changed() { m.modified() }

// Accessed notes that the file was read or mapped, unless it was opened with O_NOATIME. With relatime this updates
// atime once after each change.
// Linux: file_accessed (include/linux/fs.h), relatime_need_update (fs/inode.c).
func (f *File) Accessed() {
	if f.Flags&NoAccessTime == 0 {
		f.Mapping.ops.accessed(f.Mapping)
	}
}
