package pagecache

import (
	"syscall"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// A direct read or write moves bytes between the device and the program's own frames. While the device works, the
// frames must stay where they are: the call pins them, at most 256 for each request, and unpins them when the request
// is complete. Pinning faults pages in, as a load or a store would.
//
//	buffer    |     page 0     |     page 1     |     page 2     |
//	pin            [off --------- n bytes ------------]              frames 0 to 2, bytes pos to pos+n of the file
//
// The device works in sectors of 512 bytes; ext4align.go says which buffers it takes.
// Linux: bio_iov_iter_get_pages (block/bio.c).

// pin is frames of the process's that n bytes of the file from pos on go to or come from: from off in the first frame
// on.
type pin struct {
	frames []*phys.Frame
	off    int
	pos, n int64
}

// pin pins the process's frames for bytes of the file from at up to end; done is the end of the pinned part. A buffer
// that is not aligned ends it: the whole request is refused.
// Linux: iomap_dio_bio_iter (fs/iomap/direct-io.c).
func (t *directIO) pin(at, end int64) (done int64, err error) {
	for start := at; at < end; {
		first := len(t.pins)
		next, err := t.pinRequest(at, end)
		if err == nil {
			err = t.checkRequest(t.pins[first:])
		}
		if err != nil {
			t.pins = t.pins[:first]
			return at, err
		}
		if next == at {
			if at > start { // the first attempt returns how much it did
				_, _ = t.pinRequest(at, end)
			}
			return at, syscall.EFAULT
		}
		at = next
	}
	return end, nil
}

// checkRequest marks what the device is about to write to, and refuses a request that it does not take.
func (t *directIO) checkRequest(pins []pin) error {
	if t.op == disk.Read {
		for _, p := range pins {
			t.m.Cache.deviceWrites(p.frames)
		}
	}
	if !requestAligned(pins) {
		return t.m.Cache.refuse(syscall.EINVAL, "with O_DIRECT the buffer has to be aligned, so that no "+
			"sector of 512 bytes lies in two of its pages")
	}
	return nil
}

// pinRequest is pin for one request. It pins as many pages as one request holds, or as are there, and gives back the
// bytes after the last whole sector.
// Linux: bio_iov_iter_get_pages (block/bio.c).
func (t *directIO) pinRequest(from, end int64) (to int64, err error) {
	access := vm.Load
	if t.op == disk.Read {
		access = vm.Store
	}
	to = from
	for room := bioPages; to < end && room > 0; {
		if err := t.checkBuffer(from, to, end); err != nil {
			return from, err
		}
		a := t.base + vm.Addr(to)
		most := min(end-to, int64(room)<<vm.PageShift-int64(a.Offset()))
		frames, off, got := t.u.Pin(a, int(most), access)
		if got == 0 {
			break
		}
		t.held = append(t.held, frames...)
		t.pins = append(t.pins, pin{frames, off, to, int64(got)})
		to, room = to+int64(got), room-len(frames)
	}
	for cut := (to - from) % sector; cut > 0; {
		last := &t.pins[len(t.pins)-1]
		less := min(cut, last.n)
		last.n, cut, to = last.n-less, cut-less, to-less
		last.frames = last.frames[:(int64(last.off)+last.n+vm.PageMask)>>vm.PageShift]
		if last.n == 0 {
			t.pins = t.pins[:len(t.pins)-1]
		}
	}
	return to, nil
}

// unpin releases the process's frames. Each pin was a reference, so a process that has unmapped its buffer meanwhile
// has kept the frames alive until here.
// Linux: bio_release_pages (block/bio.c).
func (t *directIO) unpin() {
	for _, f := range t.held {
		t.m.Cache.Memory.Put(f)
	}
}
