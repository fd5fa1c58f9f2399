package pagecache

import (
	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// CacheState counts the cached pages of a part of a file by their state. Linux counts Evicted and RecentlyEvicted from
// shadow entries. Here both stay 0.
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
	return s
}
