package pagecache

import (
	"syscall"

	"vmsim/pagecache/overlap"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// How bytes go between a file's pages and a program's memory:
//
//	read()    copyOut     the destination faults as a store does; a fault may sleep, so the source is held
//	write()   copyIn      page faults are disabled: a fault on the folio that is locked would wait for it for ever
//	          readySource faults the source in between two attempts, when no folio is locked
//
// A copy can end early: the program has no page there, or its disk has failed. The call then returns how many bytes it
// has copied, and an error only if there are none.
//
// Source and destination may be the same frame, if the program's buffer is a mapping of the file. Then the copy moves
// bytes within a frame, and the result depends on the processor: see package overlap.
// Linux: lib/iov_iter.c, lib/usercopy.c.

// copyOut copies a part of a frame, or zeros for none, to the user. After a partial copy it tries again, until a try
// copies nothing.
// Linux: copy_page_to_iter (lib/iov_iter.c).
func (m *Mapping) copyOut(u User, frame *phys.Frame, off int, a vm.Addr, n int) int {
	if frame == nil {
		got := u.CopyOut(a, zeroPage[:n])
		for again := got; again > 0 && got < n; got += again {
			again = u.CopyOut(a+vm.Addr(got), zeroPage[got:n])
		}
		stepCopyToUser(m.Cache.Log, got, m.Cache.Memory.Zero().PFN(), a)
		return got
	}
	return m.Cache.copyOut(u, frame, off, a, n, m.areas.Len() > 0, tryAgain)
}

// copyOutUntilFault is copyOut that ends at the first fault that fails.
// Linux: copy_to_iter (include/linux/uio.h).
func (m *Mapping) copyOutUntilFault(u User, frame *phys.Frame, off int, a vm.Addr, n int) int {
	if frame == nil {
		got := u.CopyOut(a, zeroPage[:n])
		stepCopyToUser(m.Cache.Log, got, m.Cache.Memory.Zero().PFN(), a)
		return got
	}
	return m.Cache.copyOut(u, frame, off, a, n, m.areas.Len() > 0, giveUp)
}

// afterFault is what a copy does after a fault that fails, where a part came through.
type afterFault uint8

const (
	tryAgain afterFault = iota // once more, until a try copies nothing. Linux: the loop of copy_page_to_iter
	giveUp                     // the copy ends. Linux: copy_to_iter
)

// copyOut copies a part of a frame to the user. mappable says that an area shows the frame's file: then a fault of the
// copy itself may map the frame as the destination, and the copy has to be watched byte by byte.
func (c *Cache) copyOut(u User, frame *phys.Frame, off int, a vm.Addr, n int, mappable bool, then afterFault) int {
	src := zeroPage[off : off+n]
	if d := frame.Data(); d != nil {
		src = d[off : off+n]
	}
	frame.Hold() // the copy may fault, and reclaim in the fault may evict the page
	got := c.copyOutOnce(u, frame, off, a, src, mappable)
	for again := got; then == tryAgain && again > 0 && got < n; got += again {
		again = c.copyOutOnce(u, frame, off+got, a+vm.Addr(got), src[got:], mappable)
	}
	c.Memory.Put(frame)
	stepCopyToUser(c.Log, got, frame.PFN(), a)
	return got
}

// copyOutOnce copies until the first fault that fails. The simple case, in which no byte of the source can be a byte of
// the destination, is one call.
func (c *Cache) copyOutOnce(u User, frame *phys.Frame, off int, a vm.Addr, src []byte, mappable bool) (done int) {
	// The copy itself may map the frame, if an area shows the file. A pipe lends frames that no file has.
	if !mappable && frame.Maps() == 0 && !c.Memory.HasUndetermined() {
		return u.CopyOut(a, src)
	}
	for done < len(src) {
		n := u.Buffer(a+vm.Addr(done), len(src)-done)
		got := c.copyOutOnto(u, frame, off+done, a+vm.Addr(done), src[done:done+n])
		if done += got; got < n {
			break
		}
	}
	return done
}

// copyOutOnto copies to one buffer, part of which may be mapped to the source frame itself. If the buffer shows the
// frame that is copied from, the bytes move within one frame, and an overlap gives what the processor's copy
// instruction gives: see package overlap.
//
//	buffer     [page of the source frame][another page][...]     piece by piece, as each page may be another frame
//	source     what is copied from is read again for each piece: the piece before may have changed it
func (c *Cache) copyOutOnto(u User, frame *phys.Frame, off int, a vm.Addr, src []byte) int {
	var copied overlap.Copy
	copied.Begin(c.Memory, len(src))
	for !copied.Over() {
		x := a + vm.Addr(copied.Done())
		before, at, n := u.Shown(x)
		want := min(len(src)-copied.Done(), n)
		saved, mask := c.bounce[:0], phys.Mask{}
		if before == nil || before == frame {
			saved = c.bounce[:want]
			frame.Read(at, saved)
			mask = c.Memory.Mask(frame)
		}
		got := u.CopyOut(x, src[copied.Done():copied.Done()+want])
		switch shown, _, _ := u.Shown(x); {
		case got == 0:
		case shown == frame:
			c.Memory.Write(frame, at, saved[:got])
			c.Memory.SetMask(frame, &mask)
			copied.Move(frame, at, frame, off+copied.Done(), got)
		case copied.StoredTo(frame):
			copied.Move(shown, at, frame, off+copied.Done(), got)
		default:
			copied.Moved(shown, at, frame, off+copied.Done(), got)
		}
		if got < want || want == 0 {
			break
		}
	}
	return copied.Done()
}

// readySource faults in the source of a write whose last attempt copied too little, and returns how many bytes the next
// attempt copies at most; 0 for no limit. After an attempt that copied something, the next one asks for no more than
// that. The error is EFAULT, if the source cannot be read at all.
// Linux: generic_perform_write, after write_end (mm/filemap.c).
func (m *Mapping) readySource(u User, x folio, from vm.Addr, copied, want int64, fruitless int) (int64, error) {
	switch {
	case copied > 0:
		return copied, nil
	case !m.Cache.Profile.Has(profile.WriteCopiesFirst):
	case fruitless > mostFruitless: // in so little memory source and destination evict each other
		x.head.Hold()
		missing := u.FaultIn(from, 1)
		if m.Cache.Memory.Put(x.head); missing == 1 {
			return 0, syscall.EFAULT
		}
		return 1, nil
	case u.FaultIn(from, int(want)) == int(want):
		return 0, syscall.EFAULT
	}
	return 0, nil
}

// mostFruitless is how often a write tries in vain to have its source and its destination in memory at the same time.
// Then it holds the destination and copies a byte, which takes a single page of the source. Linux would loop for ever.
const mostFruitless = 20

// unreadable reports whether a write ends because the n bytes at a cannot be read: until 5.16 any of them, since then
// all.
// Linux: fault_in_iov_iter_readable (lib/iov_iter.c).
func (m *Mapping) unreadable(u User, a vm.Addr, n int) bool {
	missing := u.FaultIn(a, n)
	return missing == n || missing > 0 && !m.Cache.Profile.Has(profile.WritesWhatIsThere)
}

// copyIn copies n bytes at the user's address a into a folio, for offset pos of the file, up to the first page that
// would fault. It may copy less than n bytes; the caller then faults the source in and tries again.
// Linux: copy_folio_from_iter_atomic (lib/iov_iter.c).
func (m *Mapping) copyIn(u User, x folio, a vm.Addr, pos, n int64) (copied int64) {
	var c overlap.Copy
	memory := m.Cache.Memory
	careful := m.areas.Len() > 0 || memory.HasUndetermined()
	for copied < n {
		off, at := int(pos&vm.PageMask), a+vm.Addr(copied)
		want := int(min(n-copied, int64(vm.PageSize-off)))
		frame := x.frame(vm.IndexOf(pos))
		buf, got := m.Cache.bounce[:want], 0
		if careful {
			got = m.copyInOnto(u, &c, frame, off, at, int(n-copied), buf)
		} else if got = u.CopyInNoFault(at, buf); got > 0 {
			memory.Write(frame, off, buf[:got])
		}
		if got > 0 {
			stepCopyFromUser(m.Cache.Log, got, at, frame.PFN())
		}
		copied += int64(got)
		pos += int64(got)
		if got < want {
			break
		}
	}
	return copied
}

// copyInOnto copies len(buf) bytes to a frame. left is how many bytes at a go into the folio: one run of the
// processor's copy instruction covers all of them, and overlaps count from its start. The source may be mapped to the
// same frame, or to another frame of the folio.
func (m *Mapping) copyInOnto(u User, c *overlap.Copy, frame *phys.Frame, off int, a vm.Addr, left int,
	buf []byte) (done int) {
	for done < len(buf) {
		x := a + vm.Addr(done)
		if c.Over() {
			c.Begin(m.Cache.Memory, u.Buffer(x, left-done))
		}
		shown, at, n := u.Shown(x)
		part := buf[:min(len(buf)-done, n)]
		got := u.CopyInNoFault(x, part)
		if got > 0 {
			c.Write(frame, off+done, shown, at, part[:got])
		}
		if done += got; got < len(part) || got == 0 {
			break
		}
	}
	return done
}
