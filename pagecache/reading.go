package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// reading is a read() or a splice in progress: its position, and the folios that it has looked up.
// Linux: struct kiocb and struct iov_iter with struct folio_batch (filemap_read, mm/filemap.c).
type reading struct {
	ahead *readaheadState // of the open file
	pos   int64
	left  int64        // bytes still to read from pos on
	known vm.PageIndex // the first page that has not been looked up yet
	pages pagesTaken
	batch *folioBatch // nil if nothing can reclaim meanwhile
}

// folioBatch holds references to the folios that a read has looked up until it has copied all of them, so that reclaim
// for the destination cannot free them. Reclaim passes over folios with references that it does not know.
// Linux: struct folio_batch (include/linux/pagevec.h).
type folioBatch struct{ heads []*phys.Frame }

// hold takes a reference to each folio of a range: a read copies from a batch of folios, and none may be freed before
// the last is copied.
// Linux: filemap_get_pages (mm/filemap.c).
func (b *folioBatch) hold(m *Mapping, first, last vm.PageIndex) {
	if b == nil {
		return
	}
	for i := first; i <= last; {
		f := m.folio(i)
		f.head.Hold()
		b.heads = append(b.heads, f.head)
		i = f.next()
	}
}

// releaseLast gives the reference to the last folio back: it does not belong to the batch after all.
// Linux: the label err of filemap_get_pages (mm/filemap.c).
func (b *folioBatch) releaseLast(m *phys.Memory) {
	if b == nil {
		return
	}
	n := len(b.heads) - 1
	m.Put(b.heads[n])
	b.heads = b.heads[:n]
}

// release gives the references back.
func (b *folioBatch) release(m *phys.Memory) {
	if b == nil {
		return
	}
	for _, head := range b.heads {
		m.Put(head)
	}
	b.heads = b.heads[:0]
}

// pagesTaken says which pages a read accepts.
// Linux: is_partially_uptodate of struct address_space_operations, which a pipe is not asked for (filemap_update_page).
type pagesTaken uint8

const (
	partlyFilled pagesTaken = iota // a page whose wanted blocks are filled
	wholePages                     // only filled pages: a pipe buffer refers to whole pages
)

// mostRead is how much one read() moves at most.
const mostRead = 1 << 30

// reading begins a read.
func (f *File) reading(pages pagesTaken) reading { return reading{ahead: &f.ahead, pages: pages} }

// readPage is the page that holds pos, from where n bytes are wanted; nil for a hole. It takes no reference to the
// frame.
func (m *Mapping) readPage(r *reading, pos int64, n uint64) (frame *phys.Frame, err error) {
	r.pos, r.left = pos, int64(min(n, mostRead))
	frame, r.known, err = m.ops.readPage(m, *r)
	return frame, err
}

// wanted is how many pages hold the bytes that are wanted. Bytes 4000 to 4200 lie in two pages.
func (r *reading) wanted() uint64 {
	return uint64(vm.IndexOf(r.pos+r.left-1)-vm.IndexOf(r.pos)) + 1
}

// passEnd marks the folio that begins where the file ends as accessed, if the read has looked it up with those before
// it. A write that failed has left it there.
// Linux: filemap_read (mm/filemap.c).
func (m *Mapping) passEnd(r *reading, pos int64) {
	i := vm.IndexOf(pos)
	if pos&vm.PageMask != 0 || i >= r.known {
		return
	}
	if f := m.folio(i); f.head != nil && f.first == i {
		m.markAccessed(f.head)
	}
}
