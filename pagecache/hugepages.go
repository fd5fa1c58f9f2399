package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// hugeFile is a file whose pages come from a pool of huge pages. The pool is empty: the file has a size, and no page.
// Linux: hugetlbfs_file_operations, hugetlb_vm_ops (fs/hugetlbfs/inode.c, mm/hugetlb.c).
type hugeFile struct {
	pageless
	page int64 // bytes
}

// NewHuge makes a file of huge pages of that size.
func (c *Cache) NewHuge(label string, page uint64) *Mapping {
	m := c.newMapping(label, hugeFile{page: int64(page)})
	m.Seals = SealSeal
	return m
}

func (hugeFile) fileType() FileType   { return Regular }
func (h hugeFile) blockSize() int64   { return h.page }
func (h hugeFile) traits() vm.Traits  { return vm.HugePages(h.page) | vm.KeepsCount }
func (h hugeFile) whole(n int64) bool { return n%h.page == 0 }

func (hugeFile) fault(m *Mapping, _ *vm.Fault) (*phys.Frame, error) {
	_ = m.Cache.refuse(syscall.ENOMEM, "the pool of huge pages is empty")
	return nil, vm.ErrNoPage
}

func (hugeFile) beginWrite(*Mapping, int64, int64) (folio, error) { return folio{}, syscall.EINVAL }

func (h hugeFile) resize(m *Mapping, size int64) error {
	if !h.whole(size) {
		return syscall.EINVAL
	}
	m.size = size
	return nil
}

// seek finds data all over: the file does not know of holes.
// Linux: generic_file_llseek (fs/read_write.c).
func (hugeFile) seek(_ *Mapping, off int64, what Sought) (int64, bool) {
	return off, what == SoughtData
}

func (hugeFile) punch(*Mapping, int64, int64) error           { return nil }
func (hugeFile) allocate(*Mapping, int64, int64, int64) error { return syscall.ENOSPC }

// Sealable reports whether the file is of a kind that takes seals.
// Linux: memfd_file_seals_ptr (mm/memfd.c).
func (m *Mapping) Sealable() bool {
	_, huge := m.ops.(hugeFile)
	return huge || m.InMemory()
}

// Reach makes the file at least so large, as an area does that may write to it.
// Linux: hugetlbfs_file_mmap (fs/hugetlbfs/inode.c).
func (m *Mapping) Reach(size int64) { m.size = max(m.size, size) }
