package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// User is the memory of the process that reads or writes: where bytes are copied to and from, page faults included. A
// transfer may fault, reclaim and even change the very file that it copies from, if the buffer is a mapping of it. The
// interface has what the page cache must know to do all of this in Linux's order. fault.CPU implements it.
// Linux: struct iov_iter (include/linux/uio.h).
type User interface {
	// CopyOut copies buf to user address a; it returns how many bytes were copied before a fault failed.
	CopyOut(a vm.Addr, buf []byte) int
	// CopyIn copies from user address a into buf; it returns how many bytes came before a page could not be faulted in.
	CopyIn(a vm.Addr, buf []byte) int
	// CopyInNoFault copies from user address a into buf with page faults disabled; it stops at the first page that
	// would fault.
	CopyInNoFault(a vm.Addr, buf []byte) int
	// FaultIn makes the pages of n bytes at a readable; it returns how many bytes could not be.
	FaultIn(a vm.Addr, n int) int
	// Pin returns the frames of n bytes at a, each with a reference, within one buffer and up to the first page that
	// cannot be faulted in, with the offset of a in the first frame and the number of bytes covered. Missing pages are
	// faulted in for an access of kind k.
	Pin(a vm.Addr, n int, k vm.Access) (frames []*phys.Frame, off, got int)
	// Shown is the frame that a is mapped to, the offset of a in it, and how many bytes follow; the frame is nil if a
	// is not mapped.
	Shown(a vm.Addr) (frame *phys.Frame, off, n int)
	// Buffer is how many of n bytes from a on are copied in one go: those of one buffer.
	Buffer(a vm.Addr, n int) int
}

var zeroPage [vm.PageSize]byte

// Read copies n bytes of the file from offset pos on to the user's address a: from the page cache, page by page. It
// returns how many bytes were copied; the error counts only where none was. It stops at the end of the file, at an
// error, or at a page of the buffer that cannot be reached; what was copied until then counts.
// Linux: filemap_read (mm/filemap.c), shmem_file_read_iter (mm/shmem.c).
func (f *File) Read(u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	m := f.Mapping
	if n == 0 && !m.InMemory() {
		return 0, nil // ext4 does not take it for an access
	}
	done, prev := uint64(0), f.ahead.prev
	r := f.reading(partlyFilled)
	// Without a shortage nothing takes a page, so the references can be saved. With a limit the first shortage may come
	// while the read copies.
	if m.Cache.Reclaim.short || m.Cache.Reclaim.Limit > 0 {
		r.batch = &folioBatch{}
	}
	defer func() {
		r.batch.release(m.Cache.Memory)
		f.ahead.prev = prev
		f.Accessed()
	}()
	if n == 0 && m.InMemory() {
		return 0, m.readNothing(f, pos)
	}
	for done < n && pos < m.size {
		frame, err := m.readPage(&r, pos, n-done)
		if err != nil {
			return done, err
		}
		off := int(pos & vm.PageMask)
		if frame != nil && !frame.Has(phys.Huge) && m.readingAnew(pos, prev) {
			m.markAccessed(frame)
		}
		want := int(min(n-done, uint64(vm.PageSize-off), uint64(m.size-pos)))
		// The file's size was read before: a truncate by the fault of the copy is not noticed before the next page.
		got := m.copyOut(u, frame, off, a+vm.Addr(done), want)
		done += uint64(got)
		pos += int64(got)
		if prev = pos; m.Cache.Profile.Has(profile.PlaceAsItReads) { // until 6.5
			f.ahead.prev = pos
		}
		if got < want {
			return done, syscall.EFAULT
		}
	}
	if done < n {
		m.passEnd(&r, pos)
	}
	m.readBeyond(&r, pos, n-done)
	return done, nil
}

// readBeyond is what a read does that reaches the end of the file before it has n bytes more, until 5.16: it brings the
// page behind into the cache and finds then that the file ends.
// Linux: filemap_read (mm/filemap.c).
func (m *Mapping) readBeyond(r *reading, pos int64, n uint64) {
	if n > 0 && !m.InMemory() && pos < m.Limit() && !m.Cache.Profile.Has(profile.ReadsToEnd) {
		m.readPage(r, pos, n) // an error is forgotten
	}
}

// readNothing is a read of no bytes: shared memory looks up the page all the same, and so marks it accessed.
// Linux: shmem_file_read_iter (mm/shmem.c).
func (m *Mapping) readNothing(f *File, pos int64) error {
	if pos >= m.size {
		return nil
	}
	r := f.reading(partlyFilled)
	frame, err := m.readPage(&r, pos, 0)
	if frame != nil && m.readingAnew(pos, 0) {
		m.markAccessed(frame)
	}
	return err
}

// readingAnew reports whether a read at pos marks its page accessed: in shared memory if it begins at the start of the
// page, in other files if the last read ended in another folio. A program that reads a page in small pieces has used it
// once, not many times.
// Linux: shmem_file_read_iter (mm/shmem.c), filemap_read (mm/filemap.c).
func (m *Mapping) readingAnew(pos, last int64) bool {
	if m.InMemory() {
		return pos&vm.PageMask == 0
	}
	f := m.folio(vm.IndexOf(pos))
	return last-1 < f.pos() || last-1 >= f.end()
}

// markAccessed marks a frame of the file, and with it its folio, as accessed.
// Linux: folio_mark_accessed (mm/swap.c).
func (m *Mapping) markAccessed(frame *phys.Frame) {
	m.Cache.LRU.Accessed(frame)
	m.Cache.Reclaim.accessed(m, frame)
}

// Write copies n bytes from the user's address a into the file from offset pos on, folio by folio, through the page
// cache. It returns how many bytes were written; the error counts only where none was. The source is not locked in
// memory. Linux makes its page present first, or after a failed attempt, and copies with page faults disabled while it
// holds the lock of the destination: else a write from a mapping of the same page would wait for itself.
//
//	balance      wait if too many pages are dirty
//	beginWrite   find or make the folio, read what is not overwritten
//	copyIn       without faults
//	endWrite     mark the blocks dirty, move the end of the file
//	             if nothing came: fault the source in, and again
//
// Linux: generic_perform_write (mm/filemap.c).
func (f *File) Write(u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	m, done := f.Mapping, uint64(0)
	m.modified()
	if err := m.Writable(); err != nil {
		return 0, err
	}
	if n > 0 {
		if err := m.zeroEnd(pos); err != nil {
			return 0, err
		}
	}
	// A write is cut at multiples of the chunk, which is the largest folio.
	chunk, most := m.ops.chunk(m), int64(0)
	fruitless := 0 // times in a row that nothing was copied
	for done < n {
		want := int64(min(n-done, 1<<40))
		if most > 0 {
			want, most = min(want, most), 0
		}
		want = min(chunk-pos&(chunk-1), want)
		m.Cache.Writer.balance()
		if !m.Cache.Profile.Has(profile.WriteCopiesFirst) && m.unreadable(u, a+vm.Addr(done), int(want)) { // until 6.16
			return done, syscall.EFAULT
		}
		x, err := m.ops.beginWrite(m, pos, want)
		if err != nil {
			return done, err
		}
		want = min(want, x.end()-pos)
		copied := m.copyIn(u, x, a+vm.Addr(done), pos, want)
		got := m.ops.endWrite(m, x, pos, copied, want)
		done += uint64(got)
		pos += got
		if fruitless++; got > 0 {
			fruitless = 0
			continue
		}
		// A large folio may need many pages of the source at once: next time fewer.
		if chunk > vm.PageSize {
			chunk /= 2
		}
		if most, err = m.readySource(u, x, a+vm.Addr(done), copied, want, fruitless); err != nil {
			return done, err
		}
	}
	return done, nil
}

// Fill gives the file size bytes of content, as one write() of the whole would, but without a program. It is how a
// machine's files get their content before the program begins.
func (f *File) Fill(size int64, content func(off int64, buf []byte)) error {
	m, chunk := f.Mapping, f.Mapping.ops.chunk(f.Mapping)
	m.modified()
	for pos := int64(0); pos < size; {
		m.Cache.Writer.balance()
		want := min(chunk-pos&(chunk-1), size-pos)
		x, err := m.ops.beginWrite(m, pos, want)
		if err != nil {
			return err
		}
		want = min(want, x.end()-pos)
		for at := pos; at < pos+want; {
			n := min(pos+want-at, int64(vm.PageSize))
			content(at, m.Cache.bounce[:n])
			m.Cache.Memory.Write(x.frame(vm.IndexOf(at)), 0, m.Cache.bounce[:n])
			at += n
		}
		m.ops.endWrite(m, x, pos, want, want)
		pos += want
	}
	return nil
}

// ReadDirect moves n bytes of the file from offset pos on to the user's address a, past the page cache. An error is
// returned even if some bytes were moved: EINVAL for offsets or lengths that are not multiples of a sector, EFAULT for
// a page of the process that cannot be faulted in.
// Linux: read_iter of struct file_operations with IOCB_DIRECT (include/linux/fs.h).
func (f *File) ReadDirect(u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	if n > 0 {
		defer f.Accessed()
	}
	return f.Mapping.ops.readDirect(f.Mapping, u, a, n, pos)
}

// WriteDirect moves n bytes from the user's address a to the file from offset pos on, past the page cache.
// Linux: write_iter of struct file_operations with IOCB_DIRECT (include/linux/fs.h).
func (f *File) WriteDirect(u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	return f.Mapping.ops.writeDirect(f.Mapping, u, a, n, pos)
}
