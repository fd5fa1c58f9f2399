package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// lseek with SEEK_DATA and SEEK_HOLE finds where a sparse file has bytes:
//
//	file       data      hole            data   end
//	           0         8192            40960  45056
//	SEEK_HOLE from 0 is 8192, SEEK_DATA from 8192 is 40960, SEEK_HOLE from 40960 is the end: 45056
//
// ext4 knows by its extents, and by the page cache where blocks are allocated but not written. A file in memory has
// only its pages.

// Sought is what lseek searches for: data or a hole.
// Linux: SEEK_DATA, SEEK_HOLE (include/uapi/linux/fs.h).
type Sought uint8

// What lseek can search for.
const (
	SoughtData Sought = iota
	SoughtHole
)

// Locate is where data, or a hole, begins at off or after it; the file's end counts as a hole. The error is ENXIO if
// off is beyond the end, or if no data follows. The file's end counts as a hole for every file, so SEEK_HOLE fails only
// beyond it.
// Linux: mapping_seek_hole_data (mm/filemap.c), iomap_seek_hole (fs/iomap/seek.c).
func (m *Mapping) Locate(off int64, what Sought) (int64, error) {
	if off < 0 || off >= m.SeekEnd() {
		return 0, syscall.ENXIO
	}
	at, ok := m.ops.seek(m, off, what)
	switch {
	case ok:
		return min(at, m.SeekEnd()), nil
	case what == SoughtHole:
		return m.SeekEnd(), nil
	}
	return 0, syscall.ENXIO
}

// SeekEnd is the file's end for lseek. A hashed directory ends after the largest hash, and is data everywhere.
// Linux: ext4_get_htree_eof (fs/ext4/dir.c).
func (m *Mapping) SeekEnd() int64 {
	if m.hashed() {
		return maxFileSize
	}
	return m.size
}

// seekPages searches for a filled page, or for a place without one, from off up to end. A page that fallocate made and
// no write has filled is no data. The end of the very last page that a file can have is negative, and the result is
// Linux's: no data, and a hole at that negative offset.
func (m *Mapping) seekPages(off, end int64, what Sought) (at int64, ok bool) {
	last := vm.IndexOf(end - 1)
	for i, f, ok := m.nextPresent(vm.IndexOf(off), last); ok; i, f, ok = m.nextPresent(i+1, last) {
		if begin := i.FileOffset(); off < begin {
			if what == SoughtHole {
				return off, true
			}
			off = begin
		}
		next := i.FileOffset() + vm.PageSize
		off = m.seekPresent(i, f, off, what)
		if off < next {
			return off, true
		}
		if off >= end {
			break
		}
	}
	return min(off, end), what == SoughtHole && off < end
}

// seekPresent is seekInPage for a page that may be in the swap area: such a page is filled.
func (m *Mapping) seekPresent(i vm.PageIndex, f *phys.Frame, off int64, what Sought) int64 {
	next := i.FileOffset() + vm.PageSize
	switch {
	case f != nil:
		return m.seekInPage(m.folioOf(i, f), off, next, what)
	case what == SoughtData:
		return off
	}
	return next
}

// seekInPage is where in a page the data or the hole begins, from off on; it is next, the page's end, if there is none.
// A page that is not filled may have filled blocks.
// Linux: folio_seek_hole_data (mm/filemap.c).
func (m *Mapping) seekInPage(f folio, off, next int64, what Sought) int64 {
	if f.has(phys.Uptodate) {
		if what == SoughtData {
			return off
		}
		return next
	}
	size := m.ops.blockSize()
	for off < next {
		block := off &^ (size - 1)
		if m.ops.partlyThere(f, block, size) == (what == SoughtData) {
			return off
		}
		off = block + size
	}
	return next
}
