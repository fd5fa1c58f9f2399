package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// CopyFrameOut copies n bytes of a frame from off on to the user's address a. It returns how many bytes were copied
// before a fault failed.
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
func (c *Cache) copyInOnce(u User, frame *phys.Frame, off int, a vm.Addr, n int) (done int) {
	var copied copying
	for done < n {
		x := a + vm.Addr(done)
		if copied.over() {
			copied.begin(c.Memory, u.Buffer(x, n-done))
		}
		_, _, rest := u.Shown(x)
		part := c.bounce[:min(rest, n-done)]
		got := u.CopyIn(x, part)
		if got > 0 {
			from, at, _ := u.Shown(x)
			copied.write(frame, off+done, from, at, part[:got])
		}
		if done += got; got < len(part) {
			break
		}
	}
	return done
}
