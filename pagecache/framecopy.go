package pagecache

import (
	"vmsim/pagecache/overlap"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// CopyFrameOut copies n bytes of a frame from off on to the user's address a. It returns how many bytes were copied
// before a fault failed. The frame is held during the copy, since a fault of the copy may reclaim.
// Linux: copy_page_to_iter (lib/iov_iter.c).
func (c *Cache) CopyFrameOut(u User, frame *phys.Frame, off int, a vm.Addr, n int) int {
	return c.copyOut(u, frame, off, a, n, true, tryAgain)
}

// CopyFrameIn copies n bytes from the user's address a to a frame, from off on. It returns how many bytes were copied
// before a fault failed. Where a part was copied it is tried again, until a try copies nothing.
// Linux: copy_page_from_iter (lib/iov_iter.c).
func (c *Cache) CopyFrameIn(u User, frame *phys.Frame, off int, a vm.Addr, n int) (done int) {
	for done < n {
		got := c.copyInOnce(u, frame, off+done, a+vm.Addr(done), n-done)
		if got == 0 {
			break
		}
		done += got
	}
	stepCopyFromUser(c.Log, done, a, frame.PFN())
	return done
}

// copyInOnce copies until the first fault that fails, page by page of the source, one of which may be the destination.
// A piece ends at the end of a page of the source, because the next page may be another frame; the destination is one
// frame throughout.
func (c *Cache) copyInOnce(u User, frame *phys.Frame, off int, a vm.Addr, n int) (done int) {
	var copied overlap.Copy
	for done < n {
		x := a + vm.Addr(done)
		if copied.Over() {
			copied.Begin(c.Memory, u.Buffer(x, n-done))
		}
		_, _, rest := u.Shown(x)
		part := c.bounce[:min(rest, n-done)]
		got := u.CopyIn(x, part)
		// The copy may have faulted the page in. Only now is it known which frame the bytes came from.
		if got > 0 {
			from, at, _ := u.Shown(x)
			copied.Write(frame, off+done, from, at, part[:got])
		}
		if done += got; got < len(part) {
			break
		}
	}
	return done
}

// memcpy copies n bytes of frame from at off into the folio, for offset pos of the file; no frame means zeros. It is
// the copy of splice and copy_file_range, in which both sides are pages. No processor fault can happen: both pages are
// in memory, with a reference, and the kernel maps all of memory.
func (m *Mapping) memcpy(x folio, pos int64, from *phys.Frame, off, n int) {
	memory := m.Cache.Memory
	if from == nil {
		from = memory.Zero()
	}
	// A file may be copied to itself, or a pipe may hold the page that is written. Later bytes of the source may then
	// be those that this copy has just written, and the order in which the processor moves them counts.
	onto := x.shows(from, pos, n)
	if onto {
		overlap.Within(memory, from, off, n, pos, func(at int64) (*phys.Frame, int) {
			return x.frame(vm.IndexOf(at)), int(at & vm.PageMask)
		})
	}
	for n > 0 {
		at := int(pos & vm.PageMask)
		k := min(n, vm.PageSize-at)
		frame, buf := x.frame(vm.IndexOf(pos)), m.Cache.bounce[:k]
		if !onto {
			from.Read(off, buf)
			memory.Write(frame, at, buf)
			// A byte that was undetermined in the source is so in the copy.
			if memory.HasUndetermined() {
				memory.CarryMask(frame, at, from, off, k)
			}
		}
		stepCopyKernel(m.Cache.Log, k, from.PFN(), frame.PFN())
		pos, off, n = pos+int64(k), off+k, n-k
	}
}

// shows reports whether one of the pages that hold n bytes of the file from pos on, all in the folio, is the frame. The
// answer decides whether the order of the copied bytes matters; nearly always it does not.
func (f folio) shows(frame *phys.Frame, pos int64, n int) bool {
	for i := vm.IndexOf(pos); i <= vm.IndexOf(pos+int64(n)-1); i++ {
		if f.frame(i) == frame {
			return true
		}
	}
	return false
}
