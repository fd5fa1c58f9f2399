package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// maxSegments is how many buffers one call may have.
// Linux: UIO_MAXIOV (include/uapi/linux/uio.h).
const maxSegments = 1024

// segment is one buffer of a readv or writev.
// Linux: struct iovec (include/uapi/linux/uio.h).
type segment struct {
	base vm.Addr
	n    uint64
}

// vector presents the buffers of a readv or writev as a pagecache.User: one range from address 0 on, with the buffers
// one after the other.
// Linux: struct iov_iter of type ITER_IOVEC (include/linux/uio.h).
type vector struct {
	user     pagecache.User
	segments []segment
}

// each calls fn for the parts of the buffers that make up n bytes from address a on, until fn moves fewer bytes than a
// part has; it returns how many bytes were moved.
func (v *vector) each(a vm.Addr, n int, fn func(at vm.Addr, from, to int) (moved int)) (done int) {
	skip := uint64(a)
	for _, s := range v.segments {
		if skip >= s.n {
			skip -= s.n
			continue
		}
		k := int(min(uint64(n-done), s.n-skip))
		got := fn(s.base+vm.Addr(skip), done, done+k)
		if done += got; got < k || done == n {
			break
		}
		skip = 0
	}
	return done
}

// CopyOut copies buf to the buffers from address a of the vector on.
func (v *vector) CopyOut(a vm.Addr, buf []byte) int {
	return v.each(a, len(buf), func(at vm.Addr, from, to int) int { return v.user.CopyOut(at, buf[from:to]) })
}

// CopyIn copies from the buffers into buf.
func (v *vector) CopyIn(a vm.Addr, buf []byte) int {
	return v.each(a, len(buf), func(at vm.Addr, from, to int) int { return v.user.CopyIn(at, buf[from:to]) })
}

// CopyInNoFault copies from the buffers into buf, stopping at the first page that would fault.
func (v *vector) CopyInNoFault(a vm.Addr, buf []byte) int {
	return v.each(a, len(buf), func(at vm.Addr, from, to int) int { return v.user.CopyInNoFault(at, buf[from:to]) })
}

// FaultIn makes the buffers readable and returns how many bytes could not be made so.
func (v *vector) FaultIn(a vm.Addr, n int) int {
	return n - v.each(a, n, func(at vm.Addr, from, to int) int { return to - from - v.user.FaultIn(at, to-from) })
}

// Pin is the frames of the buffer that address a of the vector is in.
func (v *vector) Pin(a vm.Addr, n int, k vm.Access) (frames []*phys.Frame, off, got int) {
	v.each(a, n, func(at vm.Addr, from, to int) int {
		frames, off, got = v.user.Pin(at, to-from, k)
		return 0
	})
	return frames, off, got
}

// Buffers are the buffers that n bytes from address a on lie in, the empty ones too, but for those that lie where the
// bytes before a end.
func (v *vector) Buffers(a vm.Addr, n uint64, fn func(at vm.Addr, n uint64) bool) {
	skip, begun := uint64(a), a == 0
	for _, s := range v.segments {
		if !begun && skip >= s.n {
			skip -= s.n
			continue
		}
		k := min(n, s.n-skip)
		if n -= k; !fn(s.base+vm.Addr(skip), k) || n == 0 {
			return
		}
		skip, begun = 0, true
	}
}

// Shown is the frame that address a of the vector is mapped to.
func (v *vector) Shown(a vm.Addr) (frame *phys.Frame, off, n int) {
	skip := uint64(a)
	for _, s := range v.segments {
		if skip < s.n {
			frame, off, n = v.user.Shown(s.base + vm.Addr(skip))
			return frame, off, int(min(uint64(n), s.n-skip))
		}
		skip -= s.n
	}
	return nil, 0, 0
}

// Buffer is how many of n bytes from a on are of one buffer.
func (v *vector) Buffer(a vm.Addr, n int) int {
	skip := uint64(a)
	for _, s := range v.segments {
		if skip < s.n {
			return int(min(uint64(n), s.n-skip))
		}
		skip -= s.n
	}
	return n
}

// segmentsAt reads n descriptions of buffers at addr.
// Linux: iovec_from_user (lib/iov_iter.c).
func (p *Process) segmentsAt(addr vm.Addr, n uint64) (all []segment, err error) {
	switch {
	case n == 0:
		return nil, nil
	case n > maxSegments:
		return nil, p.refuse(syscall.EINVAL, "more buffers than one call may have")
	case !userRange(addr, n*16):
		return nil, p.refuse(syscall.EFAULT, "the array of buffers lies outside the address space")
	}
	for i := range vm.Addr(n) {
		s, err := p.segmentAt(addr + 16*i)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// segmentAt reads one of them: the length before the address, as Linux does.
// Linux: copy_iovec_from_user (lib/iov_iter.c).
func (p *Process) segmentAt(a vm.Addr) (segment, error) {
	length, ok := p.wordAt(a + 8)
	base := uint64(0)
	if ok {
		base, ok = p.wordAt(a)
	}
	switch {
	case !ok:
		return segment{}, p.refuse(syscall.EFAULT, "the array of buffers is not readable")
	case int64(length) < 0:
		return segment{}, p.refuse(syscall.EINVAL, "a length is negative as the kernel sees it")
	}
	return segment{vm.Addr(base), length}, nil
}

// importVector reads n descriptions of buffers at addr; total is their size, limited to what one call moves.
// Linux: import_iovec (lib/iov_iter.c).
func (p *Process) importVector(addr vm.Addr, n uint32) (v *vector, total uint64, err error) {
	v = &vector{user: p.CPU}
	if v.segments, err = p.segmentsAt(addr, uint64(n)); err != nil {
		return nil, 0, err
	}
	for i := range v.segments {
		s := &v.segments[i]
		if n == 1 && p.follows(profile.BufferCut) {
			s.n = min(s.n, maxTransfer)
		}
		if !userRange(s.base, s.n) {
			return nil, 0, p.refuse(syscall.EFAULT, "a buffer lies outside the address space")
		}
		s.n = min(s.n, maxTransfer-total)
		total += s.n
	}
	return v, total, nil
}
