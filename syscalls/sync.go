package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// Fdatasync makes the bytes of the file of fd durable, with only the metadata that is needed to find them.
// Linux: do_fsync (fs/sync.c).
func (p *Process) Fdatasync(fd int) error {
	p.enter(SysFdatasync)
	return p.syncFile(fd, pagecache.ItsBytes)
}

// syncFile is what fsync and fdatasync have in common.
// Linux: vfs_fsync_range (fs/sync.c).
func (p *Process) syncFile(fd int, what pagecache.Durability) error {
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	if t := d.file.Mapping.Type(); t == pagecache.CharDevice || t == pagecache.Nameless || d.file.Stream() {
		return p.refuse(syscall.EINVAL, "only a file has something to bring anywhere")
	}
	return p.syncRange(d.file, 0, maxFileSize, what)
}

// Sync makes everything durable. It always succeeds.
// Linux: ksys_sync (fs/sync.c).
func (p *Process) Sync() {
	p.enter(SysSync)
	_ = p.kernel.Cache.Writer.SyncAll()
}

// Syncfs makes the file system of fd durable.
// Linux: sys_syncfs (fs/sync.c).
func (p *Process) Syncfs(fd int) error {
	p.enter(SysSyncfs)
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	if d.file.Mapping.InMemory() || d.file.Stream() {
		return nil
	}
	if err := d.file.Mapping.Writable(); err != nil {
		return p.fileRefuses(err)
	}
	return p.fileRefuses(p.kernel.Cache.Writer.SyncAll())
}

// RangeFlags are what sync_file_range does, in this order.
// Linux: SYNC_FILE_RANGE_* (include/uapi/linux/fs.h).
type RangeFlags uint32

// The flags of sync_file_range.
const (
	RangeWaitBefore RangeFlags = 1
	RangeWrite      RangeFlags = 2
	RangeWaitAfter  RangeFlags = 4
)

// SyncFileRange writes n bytes of the file of fd from off on to the disk, an n of 0 up to the end. It does not make
// them durable.
// Linux: ksys_sync_file_range (fs/sync.c).
func (p *Process) SyncFileRange(fd int, off, n int64, flags RangeFlags) error {
	p.enter(SysSyncFileRange)
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	end := off + n
	switch {
	case flags&^(RangeWaitBefore|RangeWrite|RangeWaitAfter) != 0:
		return p.refuse(syscall.EINVAL, "no such flag")
	case off < 0 || end < off:
		return p.refuseFor(syscall.EINVAL, cause{off < 0, "the offset is negative"}, cause{n < 0,
			"the length is negative"}, cause{true, "offset and length together pass the largest offset"})
	case d.file.Mapping.Type() == pagecache.CharDevice, d.file.Stream(),
		d.file.Mapping.Type() == pagecache.Nameless && !d.file.Mapping.Regular():
		return p.refuse(syscall.ESPIPE, "the file has no pages to write")
	case n == 0:
		end = maxFileSize
	}
	if flags&RangeWrite == 0 {
		return nil
	}
	return p.fileRefuses(d.file.Mapping.WriteBack(vm.IndexOf(off), vm.IndexOf(max(off, end-1))))
}
