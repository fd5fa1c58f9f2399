package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// reading is a read() or a splice under way: where it is, and what it has found.
// Linux: struct kiocb and struct iov_iter with struct folio_batch (filemap_read, mm/filemap.c).
type reading struct {
	ahead *readaheadState // of the open file
	pos   int64
	left  int64        // bytes that are still wanted from pos on
	known vm.PageIndex // the page behind those that have been looked up already
	pages pagesTaken
}

// pagesTaken says which pages a read takes.
// Linux: is_partially_uptodate of struct address_space_operations, which a pipe is not asked for (filemap_update_page).
type pagesTaken uint8

const (
	partlyFilled pagesTaken = iota // a page of which the blocks that are wanted are filled is good enough
	wholePages                     // a pipe cannot say which part of a page counts
)

// mostRead is how much one read() moves at most.
const mostRead = 1 << 30

// reading begins a read.
func (f *File) reading(pages pagesTaken) reading { return reading{ahead: &f.ahead, pages: pages} }

// readPage is the page that holds pos, from where n bytes are wanted; nil for a hole. The frame has no reference of its
// own.
func (m *Mapping) readPage(r *reading, pos int64, n uint64) (frame *phys.Frame, err error) {
	r.pos, r.left = pos, int64(min(n, mostRead))
	frame, r.known, err = m.ops.readPage(m, *r)
	return frame, err
}

// wanted is how many pages hold the bytes that are wanted.
func (r *reading) wanted() uint64 {
	return uint64(vm.IndexOf(r.pos+r.left-1)-vm.IndexOf(r.pos)) + 1
}
