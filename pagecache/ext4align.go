package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// A device takes memory in sectors of 512 bytes. Which of a direct transfer's buffers Linux refuses is a matter of when
// it looks:
//
//	until 6.17   before anything is done: each buffer of the whole call begins and ends with a sector
//	6.18 to 7.1  at each request, at the bytes in memory: a request within one page may begin anywhere
//	since 7.2    at each buffer, when its pages are pinned
//
//	buffers      [512, +16) [528, +496) of one page: refused until 6.17, and since 7.2

// manyBuffers is a User that is several buffers.
type manyBuffers interface {
	// Buffers calls fn for the buffers that n bytes from a on lie in, with the address and the length of each, until fn
	// returns false.
	Buffers(a vm.Addr, n uint64, fn func(at vm.Addr, n uint64) bool)
}

// wholeSectors reports whether a buffer begins and ends with a sector.
func wholeSectors(at vm.Addr, n uint64) bool { return (uint64(at)|n)%sector == 0 }

const unalignedBuffer = "with O_DIRECT each buffer has to begin and end at a multiple of 512"

// checkBuffers refuses buffers from at up to the end of the whole transfer.
// Linux: bdev_iter_is_aligned (include/linux/blkdev.h), until 6.17.
func (t *directIO) checkBuffers(at int64) error {
	if t.m.Cache.Profile.Has(profile.DirectChecksRequests) {
		return nil
	}
	ok := true
	t.buffers(at, t.end, func(a vm.Addr, n uint64) bool { ok = wholeSectors(a, n); return ok })
	if !ok {
		return t.m.Cache.refuse(syscall.EINVAL, unalignedBuffer)
	}
	return nil
}

// checkBuffer refuses the buffer that byte at of a request lies in; the request begins at from, and goes up to end at
// most. Of a pipe's pieces only the first is looked at, and only where it begins.
// Linux: iov_iter_extract_bvecs (lib/iov_iter.c), bio_iov_bvec_aligned (block/bio.c).
func (t *directIO) checkBuffer(from, at, end int64) error {
	if !t.m.Cache.Profile.Has(profile.DirectChecksBuffers) {
		return nil
	}
	_, pieces := t.u.(piecewise)
	if _, many := t.u.(manyBuffers); many && !pieces {
		end = t.end // the buffer's own end, not that of the run of blocks
	}
	ok := true
	t.buffers(at, end, func(a vm.Addr, n uint64) bool {
		if pieces {
			n = 0
		}
		ok = pieces && at > from || wholeSectors(a, n)
		return false
	})
	if !ok {
		return t.m.Cache.refuse(syscall.EINVAL, unalignedBuffer)
	}
	return nil
}

// buffers calls fn for the buffers of the bytes from at up to end.
func (t *directIO) buffers(at, end int64, fn func(a vm.Addr, n uint64) bool) {
	a, n := t.base+vm.Addr(at), uint64(end-at)
	if u, many := t.u.(manyBuffers); many {
		u.Buffers(a, n, fn)
		return
	}
	fn(a, n)
}

// run is bytes of one frame that follow each other in a request.
type run struct {
	frame  *phys.Frame
	off, n int
}

// runsOf are the runs of a request that is made of pins. Pages that follow each other in memory need not be put
// together: where a run begins with a sector, so does its next page.
// Linux: bio_iov_add_page, bvec_try_merge_page (block/bio.c).
func runsOf(pins []pin) (runs []run) {
	for _, p := range pins {
		for off, end := p.off, p.off+int(p.n); off < end; {
			frame, in := p.frames[off>>vm.PageShift], off&vm.PageMask
			n := min(end-off, vm.PageSize-in)
			if k := len(runs) - 1; k >= 0 && runs[k].frame == frame && runs[k].off+runs[k].n == in {
				runs[k].n += n
			} else {
				runs = append(runs, run{frame, in, n})
			}
			off += n
		}
	}
	return runs
}

// requestAligned reports whether the device takes a request that is made of pins: one within a page may begin anywhere.
// Linux: bio_may_need_split (block/blk.h), bio_split_io_at (block/blk-merge.c).
func requestAligned(pins []pin) bool {
	runs := runsOf(pins)
	for _, r := range runs {
		if r.n%sector != 0 || r.off%sector != 0 && len(runs) > 1 {
			return false
		}
	}
	return true
}
