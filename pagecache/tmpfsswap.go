package pagecache

import (
	"maps"
	"slices"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// Shared memory goes to the swap area as private memory does. Its swap entries are in the file, not in page tables: the
// entry takes the place of the page in the file.
//
//	file     page 4: frame 7                            mapped by any number of processes
//	   │ reclaim
//	file     page 4: entry 3      slot 3: count 1, frame 7 until it is written
//	   │ a fault, a read() or a write() of page 4
//	file     page 4: frame 9      slot 3: free          dirty, since no other place has its bytes
//
// Linux: shmem_writeout, shmem_swapin_folio (mm/shmem.c).

// present reports whether the file has page i, in memory or in the swap area.
func (m *Mapping) present(i vm.PageIndex) bool {
	_, away := m.swapped[i]
	return away || m.pages.Get(i) != nil
}

// Swapped is the entry of page i of a file in memory in the swap area; ok is false where it is not there.
// Linux: xa_to_value of what filemap_get_entry finds (mm/shmem.c).
func (m *Mapping) Swapped(i vm.PageIndex) (e vm.SwapEntry, ok bool) {
	e, ok = m.swapped[i]
	return e, ok
}

// nextPresent is the first page from first to last that the file has; its frame is nil if it is in the swap area. The
// map of swapped pages has no order, so all of it is looked at; it is empty on a machine without swap.
func (m *Mapping) nextPresent(first, last vm.PageIndex) (i vm.PageIndex, f *phys.Frame, ok bool) {
	i, f = m.pages.Next(first, last)
	ok = f != nil
	for at := range m.swapped {
		if at >= first && at <= last && (!ok || at < i) {
			i, f, ok = at, nil, true
		}
	}
	return i, f, ok
}

// ReadSwapped reads the pages from first to last that are in the swap area into the swap cache.
// Linux: shmem_swapin_range (mm/madvise.c).
func (m *Mapping) ReadSwapped(first, last vm.PageIndex) {
	c := m.Cache.Reclaim.swap
	for _, i := range slices.Sorted(maps.Keys(m.swapped)) {
		if e := m.swapped[i]; i >= first && i <= last && !c.InCore(e) {
			if f, err := c.readIn(e); err == nil {
				m.Cache.Memory.Put(f)
			}
		}
	}
}

// toSwap moves page i, which no page table maps, from the file to the swap area and writes it; ok is false if the area
// is full. The frame stays in the swap cache until it is freed. The entry belongs to the file and not to a page table:
// processes that map the page fault on an empty entry and ask the file. The frame loses its owner, since the file now
// refers to the slot and no longer to the frame.
// Linux: shmem_writeout (mm/shmem.c).
func (m *Mapping) toSwap(i vm.PageIndex, f *phys.Frame) (e vm.SwapEntry, ok bool) {
	c := m.Cache.Reclaim.swap
	if c == nil {
		return 0, false
	}
	if !f.Has(phys.Uptodate) { // fallocate made it
		f.Set(phys.Uptodate)
		stepCopyZero(m.Cache.Log, vm.PageSize, f.PFN(), 0)
	}
	if e, ok = c.place(f); !ok {
		return 0, false
	}
	c.Duplicate(e)
	m.pages.Remove(i)
	if m.swapped == nil {
		m.swapped = map[vm.PageIndex]vm.SwapEntry{}
	}
	m.swapped[i] = e
	stepCacheRemoved(m.Cache.Log, i, f.PFN(), m.Number)
	f.Owner, f.Index = nil, 0
	m.Cache.Memory.Put(f)
	f.Clear(phys.Dirty)
	if c.writeOut(e, f) != nil { // then the frame has its only copy
		f.Set(phys.Dirty)
	}
	return e, true
}

// fromSwap returns page i from the swap area to the file. The error is ENOMEM. The place is given up at once, unlike
// that of a private page: the file has the only copy.
// Linux: shmem_swapin_folio (mm/shmem.c).
func (m *Mapping) fromSwap(i vm.PageIndex, e vm.SwapEntry) (f *phys.Frame, err error) {
	c := m.Cache.Reclaim.swap
	if f = c.LookUp(e); f != nil {
		c.found(f, &c.around)
	} else if f, err = c.readShared(e); err != nil {
		return nil, err
	}
	if now, away := m.swapped[i]; !away || now != e { // the OOM killer has ended the process that had the file
		m.Cache.Memory.Put(f)
		return nil, syscall.ENOMEM
	}
	delete(m.swapped, i)
	f.Clear(phys.Anon)
	f.Owner, f.Index = m, uint64(i)
	m.pages.Put(i, f) // the file takes over the reference of LookUp
	stepCacheAdded(m.Cache.Log, i, f.PFN(), m.Number)
	c.Release(e)
	if f.Has(phys.SwapCached) {
		c.Forget(f)
	}
	m.noteDirty(f)
	return f, nil
}

// forgetSwapped releases the swap entries of pages from first to last, which the file loses.
// Linux: shmem_free_swap (mm/shmem.c).
func (m *Mapping) forgetSwapped(first, last vm.PageIndex) {
	for _, i := range slices.Sorted(maps.Keys(m.swapped)) {
		if i >= first && i <= last {
			m.Cache.Reclaim.swap.Release(m.swapped[i])
			delete(m.swapped, i)
			m.ops.forget(m, nil)
		}
	}
}

// bringBack returns every page of the file that is in area number in to memory. The error is ENOMEM.
// Linux: shmem_unuse_inode (mm/shmem.c).
func (m *Mapping) bringBack(in int) error {
	for _, i := range slices.Sorted(maps.Keys(m.swapped)) {
		if e, ok := m.swapped[i]; ok && e.Area() == in {
			_, err := m.fromSwap(i, e)
			if _, away := m.swapped[i]; err != nil && away {
				return err
			}
		}
	}
	return nil
}

// EachSwapped calls fn for every page that is in the swap area, in no particular order.
func (m *Mapping) EachSwapped(fn func(i vm.PageIndex, e vm.SwapEntry)) {
	for i, e := range m.swapped {
		fn(i, e)
	}
}
