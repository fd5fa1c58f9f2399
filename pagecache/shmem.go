package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// maxFileSize is the largest offset that Linux's file systems in general can do.
// Linux: MAX_LFS_FILESIZE (include/linux/fs.h).
const maxFileSize = 1<<63 - 1

// shmem is the store of files that live in memory alone: tmpfs, memfd, System V and anonymous shared memory.
// Linux: shmem_aops, shmem_vm_ops (mm/shmem.c).
type shmem struct{ quota *Quota }

// Quota is how many pages a tmpfs may hold.
// Linux: max_blocks of struct shmem_sb_info (include/linux/shmem_fs.h).
type Quota struct{ Max, Used uint64 }

// NewShared makes a file in memory. Its pages count against q where that is not nil.
func (c *Cache) NewShared(label string, q *Quota) *Mapping {
	m := c.newMapping(label, &shmem{q})
	m.Seals = SealSeal // only memfd_create makes files that take seals
	return m
}

func (*shmem) traits() vm.Traits { return vm.Traits{FaultAround: true, Shmem: true} }

func (*shmem) limit() int64 { return maxFileSize }

func (*shmem) device() uint32 { return 1 }

const shmemFlags = phys.SwapBacked

// page is page i, allocated where it is missing. The bytes of a new one are not yet said to be zero: it is not Uptodate.
// Linux: shmem_get_folio_gfp (mm/shmem.c).
func (s *shmem) page(m *Mapping, i vm.PageIndex) (*phys.Frame, error) {
	if f := m.pages.get(i); f != nil {
		m.Cache.Log.Step(trace.CacheHit, uint64(i), uint64(f.PFN()), m.Number)
		return f, nil
	}
	m.Cache.Log.Step(trace.CacheMiss, uint64(i), 0, m.Number)
	if s.quota != nil && s.quota.Used >= s.quota.Max {
		return nil, syscall.ENOSPC
	}
	f := m.add(i, shmemFlags)
	if f == nil {
		return nil, syscall.ENOMEM
	}
	if s.quota != nil {
		s.quota.Used++
	}
	return f, nil
}

// fill makes an allocated page readable: zeros.
func (s *shmem) fill(m *Mapping, f *phys.Frame) {
	if !f.Has(phys.Uptodate) {
		f.Set(phys.Uptodate)
		m.Cache.Log.Copy(trace.CopyZero, vm.PageSize, uint64(f.PFN()), 0)
	}
}

func (s *shmem) fault(m *Mapping, q *vm.Fault) (*phys.Frame, error) {
	if q.Index.FileOffset() >= m.size || uint64(q.Index) > maxFileSize>>vm.PageShift {
		return nil, vm.ErrNoPage
	}
	f, err := s.page(m, q.Index)
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

func (*shmem) makeWritable(*Mapping, *vm.Fault, *phys.Frame) error { return nil }

// readPage is a hole for what is missing, and for what fallocate made and nobody filled.
func (s *shmem) readPage(m *Mapping, _ *File, i vm.PageIndex) (*phys.Frame, error) {
	f := m.pages.get(i)
	if f == nil || !f.Has(phys.Uptodate) {
		m.Cache.Log.Step(trace.CacheMiss, uint64(i), 0, m.Number)
		return nil, nil
	}
	m.Cache.Log.Step(trace.CacheHit, uint64(i), uint64(f.PFN()), m.Number)
	return f, nil
}

func (s *shmem) beginWrite(m *Mapping, i vm.PageIndex, _, _ int, end int64) (*phys.Frame, error) {
	if err := m.Seals.write(end, m.size); err != nil {
		return nil, err
	}
	return s.page(m, i)
}

// endWrite takes in that n bytes were written from offset from on. Even where none were, the page is filled and the file
// reaches to where they would have begun.
// Linux: shmem_write_end (mm/shmem.c).
func (s *shmem) endWrite(m *Mapping, f *phys.Frame, from, n, _ int) int {
	if end := vm.PageIndex(f.Index).FileOffset() + int64(from+n); end > m.size {
		m.size = end
	}
	f.Set(phys.Uptodate)
	m.MarkDirty(f)
	return n
}

func (*shmem) punched(_, _ vm.PageIndex) {}
func (*shmem) gone()                     {}

func (*shmem) dirtied(*Mapping, *phys.Frame) {}

func (*shmem) resize(*Mapping, int64) error { return nil }

func (s *shmem) forget(_ *Mapping, _ *phys.Frame) {
	if s.quota != nil {
		s.quota.Used--
	}
}

// allocate makes sure that bytes from off to end have pages: fallocate. New ones are not filled yet.
// Linux: shmem_fallocate (mm/shmem.c).
func (s *shmem) allocate(m *Mapping, off, end int64) error {
	first, stop := vm.IndexOf(off), pagesFor(end)
	if s.quota != nil && uint64(stop-first) > s.quota.Max {
		return syscall.ENOSPC
	}
	for i := first; i < stop; i++ {
		had := m.pages.get(i) != nil
		f, err := s.page(m, i)
		if err != nil {
			s.unallocate(m, first, i)
			return err
		}
		if had {
			s.fill(m, f) // one that an earlier fallocate made
		}
		m.MarkDirty(f)
	}
	return nil
}

// unallocate takes back what a fallocate that failed half way had made: the pages that nobody filled.
func (s *shmem) unallocate(m *Mapping, first, stop vm.PageIndex) {
	for i, f := m.pages.nextPage(first, stop-1); f != nil && i < stop; i, f = m.pages.nextPage(i+1, stop-1) {
		if !f.Has(phys.Uptodate) {
			m.dropPage(i, f)
		}
	}
}
