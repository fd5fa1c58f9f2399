package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// pipePages are frames of a pipe's own as a User: address 0 is the first byte of the first. It lets code that fills a
// user's buffer fill a pipe's pages instead, such as a read with O_DIRECT for a splice.
// Linux: struct iov_iter of kind ITER_BVEC (include/linux/uio.h).
type pipePages struct {
	memory *phys.Memory
	frames []*phys.Frame
}

// newPipePages allocates frames for n bytes; nil if there are not enough.
func newPipePages(r *Reclaim, n uint64) *pipePages {
	p := &pipePages{memory: r.cache.Memory}
	for range (n + vm.PageMask) >> vm.PageShift {
		f := r.KernelFrame(nil, 0, phys.Uptodate)
		if f == nil {
			p.release(0)
			return nil
		}
		p.frames = append(p.frames, f)
	}
	return p
}

// release frees the frames from the i-th on.
func (p *pipePages) release(i int) {
	for _, f := range p.frames[i:] {
		p.memory.Put(f)
	}
	p.frames = p.frames[:i]
}

// The methods of User. The frames are neither swapped nor unmapped, so a copy never stops short, and what a fault could
// do in a program's memory cannot happen here.

// Pin is the frames from a on, each with a reference for the device, as for a program's buffer.
func (p *pipePages) Pin(a vm.Addr, n int, _ vm.Access) (frames []*phys.Frame, off, got int) {
	off = int(a.Offset())
	frames = p.frames[a.Page():][:(off+n+vm.PageMask)>>vm.PageShift]
	for _, f := range frames {
		f.Hold()
	}
	return frames, off, n
}

// Shown is the frame at a.
func (p *pipePages) Shown(a vm.Addr) (frame *phys.Frame, off, n int) {
	off = int(a.Offset())
	return p.frames[a.Page()], off, vm.PageSize - off
}

// Buffer is all of it.
func (p *pipePages) Buffer(_ vm.Addr, n int) int { return n }

// CopyOut copies buf to a.
func (p *pipePages) CopyOut(a vm.Addr, buf []byte) (done int) {
	for done < len(buf) {
		f, off, n := p.Shown(a + vm.Addr(done))
		n = min(n, len(buf)-done)
		p.memory.Write(f, off, buf[done:done+n])
		done += n
	}
	return done
}

// CopyInNoFault copies from a into buf.
func (p *pipePages) CopyInNoFault(a vm.Addr, buf []byte) (done int) {
	for done < len(buf) {
		f, off, n := p.Shown(a + vm.Addr(done))
		n = min(n, len(buf)-done)
		f.Read(off, buf[done:done+n])
		done += n
	}
	return done
}

// CopyIn is CopyInNoFault: nothing faults.
func (p *pipePages) CopyIn(a vm.Addr, buf []byte) (done int) { return p.CopyInNoFault(a, buf) }

// FaultIn does nothing: the frames are always present.
func (p *pipePages) FaultIn(vm.Addr, int) int { return 0 }

// gatherFromDevice has the device fill the pipe's own frames.
// A transfer that fails gives no piece. Frames that the device has not filled, since the file ended before, are freed.
// Linux: copy_splice_read (fs/splice.c).
func (f *File) gatherFromDevice(pieces []piece, n uint64, pos int64) (_ []piece, got uint64, err error) {
	pages := newPipePages(&f.Mapping.Cache.Reclaim, n)
	if pages == nil {
		return pieces, 0, syscall.ENOMEM
	}
	if got, err = f.ReadDirect(pages, 0, n, pos); err != nil {
		got = 0
	}
	pages.release(int((got + vm.PageMask) >> vm.PageShift))
	for i, frame := range pages.frames {
		pieces = append(pieces, piece{frame, 0, int(min(vm.PageSize, got-uint64(i)<<vm.PageShift))})
	}
	return pieces, got, err
}
