package pagecache

import "vmsim/vm"

// SetUnevictable makes pages that are added to the cache from now on unevictable. Pages that are cached already stay
// evictable. SHM_LOCK of shmctl does this to a segment: unlike mlock it locks the file, not an area, and faults nothing
// in.
// Linux: mapping_set_unevictable (include/linux/pagemap.h), lru_add (mm/swap.c).
func (m *Mapping) SetUnevictable() { m.unevictable = true }

// ClearUnevictable ends that, and makes the cached pages evictable.
// Linux: shmem_unlock_mapping (mm/shmem.c), check_move_unevictable_folios (mm/vmscan.c).
func (m *Mapping) ClearUnevictable() {
	m.unevictable = false
	for i, f := m.pages.Next(0, ^vm.PageIndex(0)); f != nil; i, f = m.pages.Next(i+1, ^vm.PageIndex(0)) {
		m.Cache.LRU.Rescue(f)
	}
}

// Unevictable reports whether the file's pages are unevictable, mlocked or not.
func (m *Mapping) Unevictable() bool { return m.unevictable }
