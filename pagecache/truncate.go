package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// LastPage is the highest number that a page of a file can have.
const LastPage = ^vm.PageIndex(0)

// Truncate gives the file a new size. Pages beyond it leave the cache and every page table, private copies of them too;
// the rest of the page that holds the new end reads as zero.
// Linux: truncate_setsize (mm/truncate.c), shmem_setattr (mm/shmem.c).
func (m *Mapping) Truncate(size int64) error {
	if err := m.Seals.resize(m.size, size); err != nil {
		return err
	}
	old := m.size
	if err := m.store.resize(m, size); err != nil {
		return err
	}
	m.size = size
	if size > old {
		return nil
	}
	beyond := pagesFor(size)
	if old > beyond.FileOffset() {
		m.unmap(beyond, LastPage, vm.DropCopies)
	}
	m.dropPages(beyond, LastPage)
	m.zeroPartial(size, beyond.FileOffset())
	return nil
}

// Punch makes bytes from off to end of the file a hole: whole pages go, of others the bytes become zero. The size stays.
// Linux: shmem_fallocate with FALLOC_FL_PUNCH_HOLE (mm/shmem.c).
func (m *Mapping) Punch(off, end int64) {
	first, stop := pagesFor(off), vm.IndexOf(end)
	if stop > first {
		m.unmap(first, stop-1, vm.KeepCopies)
		m.dropPages(first, stop-1)
		m.store.punched(first, stop)
	}
	if vm.IndexOf(off) == vm.IndexOf(end) {
		m.zeroPartial(off, end)
		return
	}
	m.zeroPartial(off, first.FileOffset())
	m.zeroPartial(stop.FileOffset(), end)
}

// unmap takes pages from first to last out of all page tables.
// Linux: unmap_mapping_range (mm/memory.c).
func (m *Mapping) unmap(first, last vm.PageIndex, keep vm.Copies) {
	n := uint64(0)
	m.areas.Each(first, last, func(a *vm.Area, from vm.Addr, pages uint64) bool {
		a.Space().Drop(a, from, from+vm.Addr(pages<<vm.PageShift), keep)
		n++
		return true
	})
	if n > 0 {
		m.Cache.Log.Step(trace.Unmapped, uint64(first), n, 0)
	}
}

// dropPages takes pages from first to last out of the cache, and out of the page tables that still show them.
func (m *Mapping) dropPages(first, last vm.PageIndex) {
	for i, f := m.pages.nextPage(first, last); f != nil; i, f = m.pages.nextPage(i, last) {
		m.dropPage(i, f)
	}
}

func (m *Mapping) dropPage(i vm.PageIndex, f *phys.Frame) {
	if f.Maps() > 0 {
		m.unmap(i, i, vm.KeepCopies)
	}
	m.Cache.Log.Step(trace.PageTruncated, uint64(i), uint64(f.PFN()), m.Number)
	m.remove(i, f)
}

// zeroPartial clears bytes from off to end, which lie in one page, where that is in memory.
// Linux: truncate_inode_partial_folio (mm/truncate.c).
func (m *Mapping) zeroPartial(off, end int64) {
	if off >= end {
		return
	}
	f := m.pages.get(vm.IndexOf(off))
	if f == nil {
		return
	}
	from := int(off & vm.PageMask)
	to := from + int(end-off)
	m.MarkDirty(f)
	m.Cache.Memory.ZeroRange(f, from, to)
	m.Cache.Log.Copy(trace.CopyZero, to-from, uint64(f.PFN()), 0)
}

// Evict drops page i from the cache where it is clean and nobody else holds it.
// Linux: remove_mapping (mm/vmscan.c).
func (m *Mapping) Evict(i vm.PageIndex) {
	if f := m.pages.get(i); f != nil && f.Refs() == 1 && f.Flags&(phys.Dirty|phys.Writeback) == 0 {
		m.remove(i, f)
	}
}
