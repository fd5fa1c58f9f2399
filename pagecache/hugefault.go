package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// A file of huge pages takes its pages from the pool of the machine, and reserves them when it is mapped: so mmap fails
// with ENOMEM, and a later fault does not fail with SIGBUS.
//
//	mmap, shared     the file reserves the pages of the range that it has not reserved yet
//	mmap, private    the area reserves all of its pages: each may need a copy
//	a fault          takes a reserved page, or a free one if none is reserved
//	a copy           of a page that a fork shares takes a free page; if the pool is empty, that is SIGBUS
//
// Linux: mm/hugetlb.c.

const hugePoolEmpty = "the pool has no free huge page that is not reserved"

// HugePage is the first frame of huge page i of the file; nil where the file does not have it.
// Linux: filemap_lock_hugetlb_folio (include/linux/hugetlb.h).
func (m *Mapping) HugePage(i uint64) *phys.Frame { return m.ops.(*hugeFile).pages[i] }

// HugeEnd is how many huge pages the file has room for, by its size.
func (m *Mapping) HugeEnd() uint64 {
	h := m.ops.(*hugeFile)
	return h.number(m.size)
}

// NewHugePage takes huge page i from the pool for a fault in area a, out of what is reserved for the area or the file
// where that has a reservation left. Of a shared area the page is the file's then. The error is vm.ErrNoPage.
// Linux: alloc_hugetlb_folio (mm/hugetlb.c).
func (m *Mapping) NewHugePage(a *vm.Area, i uint64) (*phys.Frame, error) {
	h := m.ops.(*hugeFile)
	shared := a.Flags.Has(vm.MayShare)
	reserve, missing := a.Reserve, true
	switch {
	case shared:
		reserve, missing = h.reserve, !h.reserve.Has(i)
	case reserve != nil:
		missing = reserve.Has(i) // used up
	}
	f := m.takeHuge(h, reserve, i, missing)
	if f == nil {
		_ = m.Cache.refuse(syscall.ENOSPC, hugePoolEmpty)
		return nil, vm.ErrNoPage
	}
	if shared {
		h.put(m, i, f)
	}
	return f, nil
}

// takeHuge takes huge page i from the pool, and notes that in reserve, where there is one; missing says that no
// reservation is left for it.
func (m *Mapping) takeHuge(h *hugeFile, reserve *vm.Reserve, i uint64, missing bool) (f *phys.Frame) {
	if missing {
		f = h.pool.Take()
	} else {
		f = h.pool.TakeReserved()
	}
	if f != nil && reserve != nil {
		reserve.Add(i)
	}
	return f
}

// NewHugeCopy takes a page for a copy of one that was the area's own: what is reserved for the area does not count.
// Linux: alloc_hugetlb_folio with cow_from_owner (mm/hugetlb.c).
func (m *Mapping) NewHugeCopy() (*phys.Frame, error) {
	if f := m.ops.(*hugeFile).pool.Take(); f != nil {
		return f, nil
	}
	_ = m.Cache.refuse(syscall.ENOSPC, hugePoolEmpty)
	return nil, vm.ErrNoPage
}

// ReserveHuge asks the pool for the huge pages that a new area shows: for those of a shared one that the file has no
// reservation of yet, and for all of a private one, which get what it returns. The error is ENOMEM.
// Linux: hugetlb_reserve_pages (mm/hugetlb.c).
func (m *Mapping) ReserveHuge(first, end uint64, s Sharing) (*vm.Reserve, error) {
	h := m.ops.(*hugeFile)
	n := end - first
	if s == SharedArea {
		n -= h.reserve.Count(first, end)
	}
	if !h.pool.Reserve(n) {
		return nil, m.Cache.refuse(syscall.ENOMEM, "the pool has fewer free huge pages than the area would reserve")
	}
	if s == PrivateArea {
		return vm.NewReserve(), nil
	}
	for i := first; i < end; i++ {
		h.reserve.Add(i)
	}
	return nil, nil
}

// Sharing says whose the pages of an area are.
// Linux: VM_MAYSHARE (include/linux/mm.h).
type Sharing uint8

// The two kinds of areas.
const (
	SharedArea Sharing = iota
	PrivateArea
)
