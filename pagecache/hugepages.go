package pagecache

import (
	"maps"
	"slices"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// hugeFile is a file whose pages come from a pool of huge pages: what MAP_HUGETLB, memfd_create(MFD_HUGETLB) and
// shmget(SHM_HUGETLB) make. It counts its pages in huge ones.
//
//	reserve   pages 0 1 2 3     reserved for it in the pool, or there already: by mmap of a shared area, by faults
//	pages       [0] - [2]       there
//
// Pages are never read, written back or reclaimed: the file is memory, in larger pieces. read() works, write() does
// not.
// Linux: hugetlbfs_file_operations, hugetlb_vm_ops (fs/hugetlbfs/inode.c, mm/hugetlb.c).
type hugeFile struct {
	pageless
	page    int64 // bytes
	pool    *phys.HugePool
	pages   map[uint64]*phys.Frame // the first frames, by the number of the huge page
	reserve *vm.Reserve
}

// NewHuge makes a file of huge pages of that size. There is a pool of pages of 2 MiB; the one of 1 GiB is empty.
func (c *Cache) NewHuge(label string, page uint64) *Mapping {
	pool := c.Huge
	if page != vm.PMDSize {
		pool = phys.NewHugePool(c.Memory)
	}
	m := c.newMapping(label, &hugeFile{page: int64(page), pool: pool, pages: map[uint64]*phys.Frame{},
		reserve: vm.NewReserve()})
	m.Seals = SealSeal
	return m
}

func (h *hugeFile) fileType() FileType          { return Regular }
func (h *hugeFile) blockSize() int64            { return h.page }
func (h *hugeFile) traits() vm.Traits           { return vm.HugePages(h.page) | vm.KeepsCount }
func (h *hugeFile) whole(n int64) bool          { return n%h.page == 0 }
func (h *hugeFile) index(i uint64) vm.PageIndex { return vm.IndexOf(int64(i) * h.page) }
func (h *hugeFile) number(n int64) uint64       { return uint64(n / h.page) }

func (h *hugeFile) beginWrite(*Mapping, int64, int64) (folio, error) { return folio{}, syscall.EINVAL }

// readPage is the frame of a huge page that a read is at; nil for a hole.
// Linux: hugetlbfs_read_iter (fs/hugetlbfs/inode.c).
func (h *hugeFile) readPage(m *Mapping, r reading) (*phys.Frame, vm.PageIndex, error) {
	i := vm.IndexOf(r.pos)
	head := h.pages[h.number(r.pos)]
	if head == nil {
		return nil, i + 1, nil
	}
	return m.Cache.Memory.Frame(head.PFN() + phys.PFN(i)%phys.HugeFrames), i + 1, nil
}

// resize gives the file a new size, a multiple of a huge page: areas lose what lies beyond, private copies as well, and
// the pool gets back what is not needed any more, reservations too.
// Linux: hugetlbfs_setattr, hugetlb_vmtruncate (fs/hugetlbfs/inode.c).
func (h *hugeFile) resize(m *Mapping, size int64) error {
	if !h.whole(size) {
		return syscall.EINVAL
	}
	m.size = size
	m.unmap(vm.IndexOf(size), LastPage, vm.DropCopies)
	h.cut(m, h.number(size))
	return nil
}

// cut drops the huge pages from page first on, with what is reserved for such pages. A page that was faulted in gives
// itself back; one that was only reserved gives the reservation back.
// Linux: remove_inode_hugepages, hugetlb_unreserve_pages (mm/hugetlb.c).
func (h *hugeFile) cut(m *Mapping, first uint64) {
	freed := h.drop(m, first, ^uint64(0))
	if n := h.reserve.Cut(first, ^uint64(0)); n > freed {
		h.pool.Return(n - freed)
	}
}

// drop frees the huge pages from first up to end.
// Linux: hugetlb_delete_from_page_cache (fs/hugetlbfs/inode.c).
func (h *hugeFile) drop(m *Mapping, first, end uint64) (freed uint64) {
	for _, i := range slices.Sorted(maps.Keys(h.pages)) {
		if i >= first && i < end {
			stepCacheRemoved(m.Cache.Log, h.index(i), h.pages[i].PFN(), m.Number)
			h.pages[i].Clear(phys.Dirty)
			h.pool.Put(h.pages[i])
			delete(h.pages, i)
			freed++
		}
	}
	return freed
}

// seek treats the whole file as data.
// Linux: generic_file_llseek (fs/read_write.c).
func (*hugeFile) seek(_ *Mapping, off int64, what Sought) (int64, bool) {
	return off, what == SoughtData
}

// punch frees the huge pages that lie whole in bytes from up to to, and zeroes the rest of the range. What was reserved
// for the pages goes with them; pages that are not there keep their reservation. The areas keep their mappings, and a
// fault makes a new page of zeros, if the pool has one.
// Linux: hugetlbfs_punch_hole (fs/hugetlbfs/inode.c).
func (h *hugeFile) punch(m *Mapping, from, to int64) error {
	first, end := h.number(from+h.page-1), h.number(to)
	start, stop := int64(first)*h.page, int64(end)*h.page
	if from < start {
		h.zero(m, from, min(to, start))
	}
	if stop > start {
		m.unmap(vm.IndexOf(start), vm.IndexOf(stop)-1, vm.DropCopies)
	}
	if to > stop && to > start {
		h.zero(m, stop, to)
	}
	for i := first; i < end; i++ {
		if h.pages[i] != nil {
			h.reserve.Remove(i)
		}
	}
	h.drop(m, first, end)
	return nil
}

// zero makes bytes from up to to zero, which lie in one huge page.
// Linux: hugetlbfs_zero_partial_page (fs/hugetlbfs/inode.c).
func (h *hugeFile) zero(m *Mapping, from, to int64) {
	head := h.pages[h.number(from)]
	if head == nil {
		return
	}
	for from < to {
		in := from % vm.PageSize
		n := min(to-from, vm.PageSize-in)
		f := m.Cache.Memory.Frame(head.PFN() + phys.PFN(vm.IndexOf(from))%phys.HugeFrames)
		m.Cache.Memory.ZeroRange(f, int(in), int(in+n))
		from += n
	}
}

// allocate takes the huge pages that bytes from up to to touch from the pool. fallocate fails with ENOSPC where a fault
// would be SIGBUS, so a program can ask for its pages in advance.
// Linux: hugetlbfs_fallocate (fs/hugetlbfs/inode.c).
func (h *hugeFile) allocate(m *Mapping, from, to, size int64) error {
	for i := h.number(from); i < h.number(to+h.page-1); i++ {
		if h.pages[i] != nil {
			continue
		}
		f := m.takeHuge(h, h.reserve, i, !h.reserve.Has(i))
		if f == nil {
			return m.Cache.refuse(syscall.ENOSPC, hugePoolEmpty)
		}
		h.put(m, i, f)
	}
	m.size = max(m.size, size)
	return nil
}

// put makes a page that was taken one of the file's: its reservation, where it had one, is used up for good. It is
// dirty at once, so that nothing takes it for a page that can be read again.
// Linux: hugetlb_add_to_page_cache (mm/hugetlb.c).
func (h *hugeFile) put(m *Mapping, i uint64, f *phys.Frame) {
	f.Clear(phys.RestoresReserve)
	f.Set(phys.Dirty)
	h.pages[i] = f
	stepCacheAdded(m.Cache.Log, h.index(i), f.PFN(), m.Number)
}

func (h *hugeFile) deleted(m *Mapping) { h.cut(m, 0) }

// Sealable reports whether the file supports seals.
// Linux: memfd_file_seals_ptr (mm/memfd.c).
func (m *Mapping) Sealable() bool {
	_, huge := m.ops.(*hugeFile)
	return huge || m.InMemory()
}

// Reach extends the file to at least that size, as mmap of a writable area does.
// Linux: hugetlbfs_file_mmap (fs/hugetlbfs/inode.c).
func (m *Mapping) Reach(size int64) { m.size = max(m.size, size) }
