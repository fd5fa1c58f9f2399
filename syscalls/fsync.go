package syscalls

import (
	"vmsim/pagecache"
	"vmsim/vm"
)

// Fsync makes the file of fd durable.
// Linux: do_fsync (fs/sync.c).
func (p *Process) Fsync(fd int) error {
	p.enter(SysFsync)
	return p.syncFile(fd, pagecache.AllOfIt)
}

// syncRange writes bytes first to last of the file to the disk.
// Linux: vfs_fsync_range (fs/sync.c).
func (p *Process) syncRange(f *pagecache.File, first, last int64, what pagecache.Durability) error {
	return p.fileRefuses(f.Sync(vm.IndexOf(first), vm.IndexOf(last), what))
}
