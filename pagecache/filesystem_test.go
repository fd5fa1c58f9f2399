package pagecache

import (
	"syscall"
	"testing"

	"vmsim/disk"
	"vmsim/vm"
)

// other is a file system that is ext4 but for its blocks' size, as another one would be written.
type other struct{ *ext4File }

func (other) blockSize() int64 { return vm.PageSize }

func TestFileSystemThatEmbedsFilesOfExt4HasTheirInodesAndBlocks(t *testing.T) {
	b := newUncheckedBench(t, 64)
	m := b.c.newMapping("/b", other{b.m.ops.onDisk()})
	if m.Inode() != b.m.Inode() || m.BlockSize() != vm.PageSize {
		t.Errorf("inode %p, wanted %p; blocks of %d bytes", m.Inode(), b.m.Inode(), m.BlockSize())
	}
	m.Fail(disk.Read, LastPage, syscall.EIO)
	if b.m.ops.onDisk().faulty == nil {
		t.Error("a failing disk does not fail the file")
	}
}
