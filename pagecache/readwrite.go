package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// User is the memory of the process that reads or writes: where bytes are copied to and from, page faults included.
// Linux: struct iov_iter (include/linux/uio.h).
type User interface {
	// CopyOut copies buf to user address a; it returns how many bytes got there before a page could not be had.
	CopyOut(a vm.Addr, buf []byte) int
	// CopyInNoFault copies from user address a into buf, stopping at the first page that is not at hand.
	CopyInNoFault(a vm.Addr, buf []byte) int
	// FaultIn makes the pages of n bytes at a readable; it returns how many bytes could not be.
	FaultIn(a vm.Addr, n int) int
}

var zeroPage [vm.PageSize]byte

// Read copies n bytes of the file from offset pos on to the user's address a: from the page cache, page by page. It returns
// how many bytes were copied; the error counts only where none was.
// Linux: filemap_read (mm/filemap.c), shmem_file_read_iter (mm/shmem.c).
func (f *File) Read(u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	m := f.Mapping
	done := uint64(0)
	defer func() { f.ahead.prev = pos }()
	for done < n && pos < m.size {
		f.wanted = uint64(vm.IndexOf(pos+int64(min(n-done, 1<<30))-1)-vm.IndexOf(pos)) + 1
		frame, err := m.store.readPage(m, f, vm.IndexOf(pos))
		if err != nil {
			return done, err
		}
		off := int(pos & vm.PageMask)
		want := int(min(n-done, uint64(vm.PageSize-off), uint64(m.size-pos)))
		got := m.copyOut(u, frame, off, a+vm.Addr(done), want)
		done += uint64(got)
		pos += int64(got)
		if got < want {
			return done, syscall.EFAULT
		}
	}
	return done, nil
}

func (m *Mapping) copyOut(u User, frame *phys.Frame, off int, a vm.Addr, n int) int {
	if frame == nil {
		got := u.CopyOut(a, zeroPage[:n])
		m.Cache.Log.Copy(trace.CopyToUser, got, uint64(m.Cache.Memory.Zero().PFN()), uint64(a))
		return got
	}
	src := zeroPage[off : off+n]
	if d := frame.Data(); d != nil {
		src = d[off : off+n]
	}
	frame.Hold() // the copy may fault, and a fault may take the page out of the cache
	got := u.CopyOut(a, src)
	m.Cache.Memory.Put(frame)
	m.Cache.Log.Copy(trace.CopyToUser, got, uint64(frame.PFN()), uint64(a))
	return got
}

// Write copies n bytes from the user's address a into the file from offset pos on, page by page, through the page cache. It
// returns how many bytes were written; the error counts only where none was.
// Linux: generic_perform_write (mm/filemap.c).
func (f *File) Write(u User, a vm.Addr, n uint64, pos int64) (uint64, error) {
	done := uint64(0)
	for done < n {
		off := int(pos & vm.PageMask)
		want := int(min(n-done, uint64(vm.PageSize-off)))
		got, err := f.Mapping.writePage(u, a+vm.Addr(done), pos, want)
		if err != nil {
			return done, err
		}
		if got == 0 && u.FaultIn(a+vm.Addr(done), want) == want {
			return done, syscall.EFAULT
		}
		done += uint64(got)
		pos += int64(got)
	}
	return done, nil
}

// writePage copies what is at hand of n bytes into one page.
func (m *Mapping) writePage(u User, a vm.Addr, pos int64, n int) (int, error) {
	off := int(pos & vm.PageMask)
	frame, err := m.store.beginWrite(m, vm.IndexOf(pos), off, off+n, pos+int64(n))
	if err != nil {
		return 0, err
	}
	buf := m.Cache.bounce[:n]
	got := u.CopyInNoFault(a, buf)
	if got > 0 {
		m.Cache.Memory.Write(frame, off, buf[:got])
		m.Cache.Log.Copy(trace.CopyFromUser, got, uint64(a), uint64(frame.PFN()))
	}
	return m.store.endWrite(m, frame, off, got, n), nil
}

// Fill makes the file size bytes long, with what content says, through the page cache but without a program.
func (f *File) Fill(size int64, content func(off int64, buf []byte)) error {
	m := f.Mapping
	for pos := int64(0); pos < size; pos += vm.PageSize {
		n := int(min(size-pos, vm.PageSize))
		frame, err := m.store.beginWrite(m, vm.IndexOf(pos), 0, n, pos+int64(n))
		if err != nil {
			return err
		}
		content(pos, m.Cache.bounce[:n])
		m.Cache.Memory.Write(frame, 0, m.Cache.bounce[:n])
		m.store.endWrite(m, frame, 0, n, n)
	}
	return nil
}
