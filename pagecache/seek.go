package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// Sought is what lseek looks for besides places.
// Linux: SEEK_DATA, SEEK_HOLE (include/uapi/linux/fs.h).
type Sought uint8

// What may be sought.
const (
	SoughtData Sought = iota
	SoughtHole
)

// Locate says where data, or a hole, begins at off or after it; the file's end counts as a hole. The error is ENXIO
// where off lies beyond the end, or no data follows.
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

// SeekEnd is where seeking takes the file's end to be. A directory with hashes ends behind the largest, and is data all
// over.
// Linux: ext4_get_htree_eof (fs/ext4/dir.c).
func (m *Mapping) SeekEnd() int64 {
	if m.Hashed() {
		return maxFileSize
	}
	return m.size
}

// seekPages looks for a filled page, or a place without one, from off up to end. A page that fallocate made and no
// write has filled is no data. The end of the very last page that a file can have is negative, and what is found there
// is what Linux finds: no data, and a hole at that negative place.
func (m *Mapping) seekPages(off, end int64, what Sought) (at int64, ok bool) {
	last := vm.IndexOf(end - 1)
	for i, f := m.pages.nextPage(vm.IndexOf(off), last); f != nil; i, f = m.pages.nextPage(i+1, last) {
		if begin := i.FileOffset(); off < begin {
			if what == SoughtHole {
				return off, true
			}
			off = begin
		}
		next := i.FileOffset() + vm.PageSize
		off = m.seekInPage(m.folioOf(i, f), off, next, what)
		if off < next {
			return off, true
		}
		if off >= end {
			break
		}
	}
	return min(off, end), what == SoughtHole && off < end
}

// seekInPage is where in a page what is sought begins, from off on; next, the page's end, where nothing of it is there.
// A page that is not filled may have blocks that are.
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
