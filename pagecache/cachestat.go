package pagecache

import (
	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// CacheState counts the pages of a part of a file by their state. Evicted pages left a shadow, or are swapped out;
// those that would be activated if they came back now are RecentlyEvicted too.
// Linux: struct cachestat (include/uapi/linux/mman.h).
type CacheState struct {
	Cached, Dirty, Writeback, Evicted, RecentlyEvicted uint64
}

// CacheState counts the pages from first to last. Dirty pages of shared memory do not count as dirty: there is no disk
// to write them to.
// Linux: filemap_cachestat (mm/filemap.c).
func (m *Mapping) CacheState(first, last vm.PageIndex) (s CacheState) {
	m.EachPage(first, last, func(i vm.PageIndex, _ *phys.Frame) {
		s.Cached++
		if m.pages.HasTag(i, xarray.Dirty) {
			s.Dirty++
		}
		if m.pages.HasTag(i, xarray.Writeback) {
			s.Writeback++
		}
	})
	for i, x := range m.shadows {
		if i >= first && i <= last {
			m.countEvicted(x, &s)
		}
	}
	for i, e := range m.swapped {
		if i >= first && i <= last {
			m.countEvicted(m.Cache.Reclaim.swap.slot(e).left, &s)
		}
	}
	return s
}

// countEvicted counts a page that is out of memory. A swapped page has no shadow while the swap cache has the page.
func (m *Mapping) countEvicted(x shadow, s *CacheState) {
	s.Evicted++
	if !x.there {
		return
	}
	if _, recent := m.Cache.Reclaim.recent(x, filePages); recent {
		s.RecentlyEvicted++
	}
}
