package pagecache

import (
	"syscall"

	"vmsim/vm"
)

// What the log says if a page cannot be read, allocated or written.
const (
	ReadFails = "the disk fails to read the page"
	diskFull  = "the file system has no free block for the page"
	tmpfsFull = "the tmpfs is full"
	noFrame   = "no frame of memory is free"
)

// refuse logs why a page cannot be read or allocated, for people, and returns the errno. An errno says what failed, but
// not which of its several reasons holds; the step of the log does.
func (c *Cache) refuse(e syscall.Errno, why string) error {
	stepRefused(c.Log, e, why)
	return e
}

// loseFolio handles a failed write: the folio becomes clean although its bytes did not reach the disk. Linux keeps no
// record of what was lost: the page in memory still has the new bytes, clean, until it is evicted, and then the old
// ones come back from the disk.
// Linux: __filemap_set_wb_err (mm/filemap.c).
func (m *Mapping) loseFolio(f folio, err error) {
	e, _ := err.(syscall.Errno)
	for i := f.first; i < f.next(); i++ {
		m.lost(i, e)
	}
}

// lost logs that page i could not be written.
func (m *Mapping) lost(i vm.PageIndex, e syscall.Errno) {
	stepWritebackFailed(m.Cache.Log, i, e, m.Number)
}
