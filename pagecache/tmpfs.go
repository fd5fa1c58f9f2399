package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// maxFileSize is the largest file size of Linux's VFS.
// Linux: MAX_LFS_FILESIZE (include/linux/fs.h).
const maxFileSize = 1<<63 - 1

// tmpfsFile is a file that exists only in memory: tmpfs, memfd, System V and anonymous shared memory. A page has no
// other home than memory and the swap area. So it is never written back to a file, and a missing page is a hole: zeros.
// Linux: shmem_aops, shmem_vm_ops (mm/shmem.c).
type tmpfsFile struct {
	pageless
	quota   *Quota
	segment bool // a System V segment, which counts the areas that show it
}

// Quota is how many pages a tmpfs may hold. A page counts from its allocation until the file loses it; swapping it out
// frees memory, but no room in the file system.
// Linux: max_blocks of struct shmem_sb_info (include/linux/shmem_fs.h).
type Quota struct{ Max, Used uint64 }

// NewShared makes a file in memory. Its pages count against q where that is not nil.
func (c *Cache) NewShared(label string, q *Quota) *Mapping {
	m := c.newMapping(label, &tmpfsFile{quota: q})
	m.Seals = SealSeal // only files of memfd_create allow seals
	return m
}

// NewSegment makes the file behind a segment of System V shared memory. Its number is the segment's.
// Linux: newseg (ipc/shm.c).
func (c *Cache) NewSegment(label string, number uint64, size int64) *Mapping {
	m := c.newMapping(label, &tmpfsFile{segment: true})
	m.Seals, m.Number, m.size = SealSeal, number, size
	return m
}

// traits says that a fault of a SysV segment maps one page, and of any other file the cached neighbours too.
func (s *tmpfsFile) traits() vm.Traits {
	if s.segment {
		return vm.Shmem | vm.KeepsCount
	}
	return vm.Shmem | vm.FaultAround
}

func (*tmpfsFile) fileType() FileType { return Regular }

// chunk is a page, since all folios are: the largest folio that there might be, from 6.11 to 6.13 and since 7.2.
// Linux: mapping_max_folio_size (include/linux/pagemap.h).
func (*tmpfsFile) chunk(m *Mapping) int64 {
	if p := m.Cache.Profile; p.Has(profile.TmpfsFaultsFar) || p.Has(profile.TmpfsChunks) {
		return vm.PMDSize
	}
	return vm.PageSize
}

// shmemFlags are those of a new page: reclaim treats it like private memory, since only the swap area can take it.
const shmemFlags = phys.SwapBacked

// page is page i; it allocates the page if it is missing. A new page is not yet zeroed: it is not Uptodate. It is
// called for faults, writes and fallocate. A hole that is only read gets no page: read() copies zeros. The quota is the
// size= option of the mount, which does not limit shared anonymous memory. In this order: the page in memory, the page
// in the swap area, the quota, a new frame.
// Linux: shmem_get_folio_gfp (mm/shmem.c).
func (s *tmpfsFile) page(m *Mapping, i vm.PageIndex) (*phys.Frame, error) {
	if f := m.pages.Get(i); f != nil {
		stepCacheHit(m.Cache.Log, i, f.PFN(), m.Number)
		return f, nil
	}
	stepCacheMiss(m.Cache.Log, i, 0, m.Number)
	if e, away := m.swapped[i]; away {
		return m.fromSwap(i, e)
	}
	if s.quota != nil && s.quota.Used >= s.quota.Max {
		m.tooMany(i)
		return nil, m.Cache.refuse(syscall.ENOSPC, tmpfsFull)
	}
	f := m.add(i, shmemFlags)
	if f == nil {
		return nil, m.Cache.refuse(syscall.ENOMEM, noFrame)
	}
	if s.quota != nil {
		s.quota.Used++
	}
	return f, nil
}

// tooMany removes page i from the cache again, if it was added before the quota was checked.
// Linux: shmem_alloc_and_add_folio (mm/shmem.c).
func (m *Mapping) tooMany(i vm.PageIndex) {
	if f := m.Cache.Memory.Alloc(m, uint64(i), shmemFlags); f != nil {
		stepCacheRemoved(m.Cache.Log, i, f.PFN(), m.Number)
		m.Cache.Memory.Put(f)
	}
}

// fill makes an allocated page readable: zeros. Zeroing is left to the first use, as a write of the whole page makes it
// unnecessary.
func (s *tmpfsFile) fill(m *Mapping, f *phys.Frame) {
	if !f.Has(phys.Uptodate) {
		f.Set(phys.Uptodate)
		stepCopyZero(m.Cache.Log, vm.PageSize, f.PFN(), 0)
	}
}

// fault finds or makes the page of a file in memory. A page that is not there is zeros; a full file system is SIGBUS. A
// load of a hole allocates a page, too: there is no shared zero page for files.
// Linux: shmem_fault (mm/shmem.c).
func (s *tmpfsFile) fault(m *Mapping, q *vm.Fault) (*phys.Frame, error) {
	if q.Index.FileOffset() >= m.size || uint64(q.Index) > maxFileSize>>vm.PageShift {
		return nil, vm.ErrNoPage
	}
	// A userfaultfd comes before anything is allocated or brought back: what the page is to hold is the program's to
	// decide.
	if err := m.handOver(q); err != nil {
		return nil, err
	}
	// A page that comes back from the swap area makes the fault a major one, but only if it had to be read: it may
	// still be in the swap cache.
	_, away := m.swapped[q.Index]
	reads := m.Cache.Reclaim.swapReads()
	f, err := s.page(m, q.Index)
	q.Major = q.Major || away && reads != m.Cache.Reclaim.swapReads()
	// A fault has no way to return ENOSPC: the program gets SIGBUS, as beyond the end of the file.
	if err == syscall.ENOSPC {
		return nil, vm.ErrNoPage
	}
	if err != nil {
		return nil, err
	}
	s.fill(m, f)
	f.Hold()
	return f, nil
}

// handOver hands a fault over to the userfaultfd of its area, if that handles faults of pages that the file has, or
// lacks, as it may be. It is nil where none does.
// Linux: handle_userfault (fs/userfaultfd.c).
func (m *Mapping) handOver(q *vm.Fault) error {
	switch there := m.present(q.Index); {
	case there && q.Area.Flags.Has(vm.UserMinor):
		return q.HandOver(vm.UserMinor)
	case !there && q.Area.Flags.Has(vm.UserMissing):
		return q.HandOver(vm.UserMissing)
	}
	return nil
}

func (*tmpfsFile) makeWritable(*Mapping, *vm.Fault, *phys.Frame) error { return nil }

// readPage returns nil, a hole, for a missing page and for one that fallocate made and no write has filled. Until 5.18
// a copy from file to file allocates a page for a hole, and marks every page dirty.
func (s *tmpfsFile) readPage(m *Mapping, r reading) (*phys.Frame, vm.PageIndex, error) {
	i := vm.IndexOf(r.pos)
	if r.pages == wholePages && !m.Cache.Profile.Has(profile.HolesStay) {
		f, err := s.dirtyPage(m, i)
		return f, 0, err
	}
	f := m.pages.Get(i)
	if e, away := m.swapped[i]; away {
		f, err := m.fromSwap(i, e)
		return f, 0, err
	}
	if f == nil || !f.Has(phys.Uptodate) {
		stepCacheMiss(m.Cache.Log, i, 0, m.Number)
		return nil, 0, nil
	}
	stepCacheHit(m.Cache.Log, i, f.PFN(), m.Number)
	return f, 0, nil
}

// dirtyPage is page i, allocated if it is missing, filled and dirty.
// Linux: shmem_getpage with SGP_CACHE (mm/shmem.c) of Linux 5.10.
func (s *tmpfsFile) dirtyPage(m *Mapping, i vm.PageIndex) (*phys.Frame, error) {
	f, err := s.page(m, i)
	if err != nil {
		return nil, err
	}
	s.fill(m, f)
	m.noteDirty(f)
	return f, nil
}

// Preload allocates and fills n pages from first on of a file in memory, and marks them as used. It does nothing for
// other files or beyond the end.
func (m *Mapping) Preload(first vm.PageIndex, n uint64) {
	s, ok := m.ops.(*tmpfsFile)
	if !ok {
		return
	}
	for i := first; i < min(first+vm.PageIndex(n), pagesFor(m.size)); i++ {
		if m.present(i) {
			continue
		}
		if f, err := s.page(m, i); err == nil {
			f.Set(phys.Uptodate | phys.Referenced | phys.Active)
			m.Cache.LRU.Relist(f)
			m.MarkDirty(f)
		}
	}
}

// beginWrite finds or makes the page that a write goes to. A page that was there counts as used, a new one starts as
// referenced.
// Linux: shmem_write_begin, shmem_get_folio_gfp (mm/shmem.c).
func (s *tmpfsFile) beginWrite(m *Mapping, pos, n int64) (folio, error) {
	i := vm.IndexOf(pos)
	chunk := s.chunk(m)
	end := pos + min(n, chunk-pos&(chunk-1)) // the end of the last possible page does not fit into an int64
	if err := m.mayWrite(end); err != nil {
		return folio{}, err
	}
	// Two uses make a page active. A page that this write makes has been used once, which the referenced flag notes.
	had := m.present(i)
	f, err := s.page(m, i)
	switch {
	case err != nil:
	case had:
		m.Cache.LRU.Accessed(f)
	default:
		f.Set(phys.Referenced)
	}
	return folio{m, i, f}, err
}

// endWrite completes a write of n bytes at pos. Even if n is 0, the page is filled and the file extends to pos. The
// page is dirty for good: a page of a file in memory becomes clean only in the swap area.
// Linux: shmem_write_end (mm/shmem.c).
func (s *tmpfsFile) endWrite(m *Mapping, f folio, pos, n, _ int64) int64 {
	m.size = max(m.size, pos+n)
	f.set(phys.Uptodate)
	m.noteDirty(f.head)
	return n
}

func (*tmpfsFile) dirtied(m *Mapping, f *phys.Frame) { m.noteDirty(f) }

// resize changes the size: it drops the pages beyond it and zeroes the rest of the page that holds the new end.
// Linux: shmem_setattr (mm/shmem.c).
func (s *tmpfsFile) resize(m *Mapping, size int64) error {
	// The new size comes first: a fault on a page beyond it fails from here on, so none of the pages that are dropped
	// below can come back.
	old := m.size
	if m.size = size; size > old {
		return nil
	}
	beyond := pagesFor(size)
	// Private copies of pages beyond the end are dropped too: an access there is SIGBUS in every mapping. A hole, in
	// contrast, leaves them.
	if old > beyond.FileOffset() {
		m.unmap(beyond, LastPage, vm.DropCopies)
	}
	m.dropWhole(beyond, LastPage)
	m.forgetSwapped(beyond, LastPage)
	s.zero(m, size, beyond.FileOffset())
	return nil
}

// punch makes bytes a hole: it drops whole pages and zeroes parts of others.
// Linux: shmem_fallocate with FALLOC_FL_PUNCH_HOLE (mm/shmem.c).
func (s *tmpfsFile) punch(m *Mapping, from, to int64) error {
	first, stop := pagesFor(from), vm.IndexOf(to)
	m.unmapWhole(first, stop)
	m.dropWhole(first, stop)
	if stop > first {
		m.forgetSwapped(first, stop-1)
	}
	if vm.IndexOf(from) == vm.IndexOf(to) {
		s.zero(m, from, to)
		return nil
	}
	s.zero(m, from, first.FileOffset())
	s.zero(m, stop.FileOffset(), to)
	return nil
}

// zero clears bytes from up to to, which lie in one page, where that is in memory. A page in the swap area is brought
// back for it: the bytes cannot be changed there.
// Linux: shmem_undo_range (mm/shmem.c).
func (s *tmpfsFile) zero(m *Mapping, from, to int64) {
	if from >= to {
		return
	}
	i := vm.IndexOf(from)
	if e, away := m.swapped[i]; away {
		_, _ = m.fromSwap(i, e)
	}
	// A page that is not in memory reads as zeros already.
	if f := m.folio(i); f.head != nil {
		m.noteDirty(f.head)
		f.zero(from-f.pos(), to-f.pos())
	}
}

// forget gives the page's room back to the file system, whether the page was in memory or in the swap area.
// Linux: shmem_recalc_inode (mm/shmem.c).
func (s *tmpfsFile) forget(_ *Mapping, _ *phys.Frame) {
	if s.quota != nil {
		s.quota.Used--
	}
}

// deleted releases the swap entries of the file's pages.
// Linux: shmem_evict_inode (mm/shmem.c).
func (*tmpfsFile) deleted(m *Mapping) { m.forgetSwapped(0, LastPage) }

// allocate allocates pages for bytes from off to end: fallocate. New pages are not filled yet. The pages are there and
// count, but a read sees zeros without any being written.
// Linux: shmem_fallocate (mm/shmem.c).
func (s *tmpfsFile) allocate(m *Mapping, off, end, size int64) error {
	first, stop := vm.IndexOf(off), pagesFor(end)
	// A range that can never fit fails before a page is allocated.
	if s.quota != nil && uint64(stop-first) > s.quota.Max {
		return syscall.ENOSPC
	}
	for i := first; i < stop; i++ {
		had := m.present(i)
		f, err := s.page(m, i)
		if err != nil {
			s.unallocate(m, first, i)
			return err
		}
		if had {
			s.fill(m, f) // an earlier fallocate made the page
		}
		m.noteDirty(f)
	}
	m.size = max(m.size, size)
	return nil
}

// unallocate undoes a fallocate that failed half way: it drops the pages that are not filled.
func (s *tmpfsFile) unallocate(m *Mapping, first, stop vm.PageIndex) {
	for i, f := m.pages.Next(first, stop-1); f != nil && i < stop; i, f = m.pages.Next(i+1, stop-1) {
		if !f.Has(phys.Uptodate) {
			m.folioOf(i, f).drop()
		}
	}
}
