package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// diskFile is the store of a file on a disk file system: pages are read when they are missed, blocks are chosen when they
// are written back.
// Linux: ext4_da_aops, ext4_file_vm_ops (fs/ext4/inode.c, fs/ext4/file.c).
type diskFile struct {
	fs    *disk.FileSystem
	inode *disk.Inode
}

// NewOnDisk makes an empty file on a disk file system.
func (c *Cache) NewOnDisk(label string, fs *disk.FileSystem) *Mapping {
	return c.newMapping(label, &diskFile{fs: fs, inode: fs.NewInode()})
}

// Extents are where the file's pages lie on the disk; nil for a file that is not on one.
func (m *Mapping) Extents() []disk.Extent {
	if d, ok := m.store.(*diskFile); ok {
		return d.inode.Extents()
	}
	return nil
}

// Allocated is how many blocks of 512 bytes the file has, as stat tells.
func (m *Mapping) Allocated() uint64 {
	if d, ok := m.store.(*diskFile); ok {
		return d.inode.Blocks() * disk.SectorsPerBlock
	}
	return m.pages.count * disk.SectorsPerBlock
}

func (*diskFile) traits() vm.Traits {
	return vm.Traits{FaultAround: true, NotifyWrite: true, HugeAligned: true}
}

func (*diskFile) limit() int64   { return disk.MaxFileSize }
func (*diskFile) device() uint32 { return 7 << 20 }

// fault finds the page in the cache, or reads it in with its neighbours and waits.
// Linux: filemap_fault (mm/filemap.c).
func (d *diskFile) fault(m *Mapping, q *vm.Fault) (*phys.Frame, error) {
	if q.Index >= pagesFor(m.size) {
		return nil, vm.ErrNoPage
	}
	file := q.Area.Backing.(*File)
	f := m.pages.get(q.Index)
	if f != nil {
		m.Cache.Log.Step(trace.CacheHit, uint64(q.Index), uint64(f.PFN()), m.Number)
		d.aheadOfFault(m, file, q, f)
	} else {
		m.Cache.Log.Step(trace.CacheMiss, uint64(q.Index), 0, m.Number)
		q.Major = true
		d.aroundFault(m, file, q)
		if f = m.pages.get(q.Index); f == nil {
			d.readPages(m, q.Index, 1, noMark)
			f = m.pages.get(q.Index)
		}
	}
	switch {
	case f == nil:
		return nil, syscall.ENOMEM
	case !f.Has(phys.Uptodate):
		return nil, vm.ErrNoPage // the disk failed
	}
	m.wait(f)
	f.Hold()
	return f, nil
}

// makeWritable promises room on the disk before the page is written to.
// Linux: ext4_page_mkwrite (fs/ext4/inode.c).
func (d *diskFile) makeWritable(m *Mapping, q *vm.Fault, f *phys.Frame) error {
	if q.Index >= pagesFor(m.size) || f.Owner != phys.Owner(m) {
		return vm.ErrNoPage
	}
	if d.inode.Reserve(disk.Page(q.Index)) != nil {
		return vm.ErrNoPage
	}
	m.MarkDirty(f)
	return nil
}

// readPage is the page for read(): from the cache, else from the disk with what is likely to be read next. A hole becomes a
// page of zeros.
// Linux: filemap_get_pages (mm/filemap.c).
func (d *diskFile) readPage(m *Mapping, file *File, i vm.PageIndex) (*phys.Frame, error) {
	f := m.pages.get(i)
	if f == nil {
		m.Cache.Log.Step(trace.CacheMiss, uint64(i), 0, m.Number)
		d.aheadOfRead(m, file, i)
		if f = m.pages.get(i); f == nil {
			d.readPages(m, i, 1, noMark)
			f = m.pages.get(i)
		}
	} else {
		m.Cache.Log.Step(trace.CacheHit, uint64(i), uint64(f.PFN()), m.Number)
		if f.Has(phys.ReadaheadMark) {
			d.goOnReading(m, file, i, f, 1)
		}
	}
	switch {
	case f == nil:
		return nil, syscall.ENOMEM
	case !f.Has(phys.Uptodate):
		return nil, syscall.EIO
	}
	m.wait(f)
	return f, nil
}

// beginWrite readies the page: what a partial write leaves must be there first.
// Linux: ext4_da_write_begin (fs/ext4/inode.c).
func (d *diskFile) beginWrite(m *Mapping, i vm.PageIndex, from, to int, _ int64) (*phys.Frame, error) {
	f := m.pages.get(i)
	if f == nil {
		if f = m.add(i, 0); f == nil {
			return nil, syscall.ENOMEM
		}
	}
	if !f.Has(phys.Uptodate) && (from > 0 || to < vm.PageSize) {
		if e, ok := d.inode.Map(disk.Page(i), 1); ok && e.State == disk.Written {
			if err := d.readInto(m, i, []*phys.Frame{f}); err != nil {
				return nil, err
			}
			m.wait(f)
		} else {
			m.Cache.Memory.ZeroRange(f, 0, vm.PageSize)
			f.Set(phys.Uptodate)
		}
	}
	if err := d.inode.Reserve(disk.Page(i)); err != nil {
		return nil, err
	}
	return f, nil
}

// endWrite takes in n written bytes. Half a page that was to be written whole counts as none: the rest is not known.
// Linux: ext4_da_write_end (fs/ext4/inode.c).
func (d *diskFile) endWrite(m *Mapping, f *phys.Frame, from, n, wanted int) int {
	if n < wanted && !f.Has(phys.Uptodate) {
		n = 0
	}
	if n == 0 {
		return 0
	}
	f.Set(phys.Uptodate)
	m.MarkDirty(f)
	if end := vm.PageIndex(f.Index).FileOffset() + int64(from+n); end > m.size {
		m.size = end
	}
	return n
}

func (d *diskFile) dirtied(m *Mapping, f *phys.Frame) {
	m.pages.setTag(vm.PageIndex(f.Index), TagDirty)
	m.Cache.Writer.dirtied(m)
}

// resize frees the blocks beyond the new end; the page that holds it is read in, so that the rest of it can be zeroed.
// Linux: ext4_setattr, ext4_truncate (fs/ext4/inode.c).
func (d *diskFile) resize(m *Mapping, size int64) error {
	if size >= m.size {
		m.zeroTail(m.size, size)
		return nil
	}
	if i := vm.IndexOf(size); size&vm.PageMask != 0 && m.pages.get(i) == nil {
		if e, ok := d.inode.Map(disk.Page(i), 1); ok && e.State == disk.Written {
			d.readPages(m, i, 1, noMark)
		}
	}
	d.inode.Punch(disk.Page(pagesFor(size)), ^disk.Page(0))
	return nil
}

// zeroTail clears what a mapping may have written beyond the old end, before the file reaches there.
func (m *Mapping) zeroTail(old, size int64) {
	if end := pagesFor(old).FileOffset(); old < end {
		if f := m.pages.get(vm.IndexOf(old)); f != nil && size > old {
			m.zeroPartial(old, min(end, size))
		}
	}
}

func (d *diskFile) punched(first, stop vm.PageIndex) {
	d.inode.Punch(disk.Page(first), disk.Page(stop))
}

func (d *diskFile) forget(m *Mapping, f *phys.Frame) {
	if f.Has(phys.Dirty) {
		m.Cache.Writer.dirty--
	}
}

func (d *diskFile) gone() { d.fs.Forget(d.inode) }

// allocate gives the range blocks that read as zero.
// Linux: ext4_fallocate (fs/ext4/extents.c).
func (d *diskFile) allocate(_ *Mapping, off, end int64) error {
	first := vm.IndexOf(off)
	return d.inode.Preallocate(disk.Page(first), uint64(pagesFor(end)-first))
}
