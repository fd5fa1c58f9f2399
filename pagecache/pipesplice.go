package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// What moves references to pages in and out of a pipe. Bytes are copied only where a file takes them:
//
//	Fill        file → pipe           references to pages of the page cache
//	Lend        program → pipe        references to the program's own pages (vmsplice)
//	Move, Tee   pipe → pipe           the references themselves, or second ones
//	WriteTo     pipe → file           a copy into the page cache of the file
//	Discard     pipe → /dev/null      the references are dropped
//
// A reference shows the page as it is when it is read, not as it was when it was put in: a later write to the file, or
// a store to a page that was lent, shows at the reader.

// Fill puts references to the pages with up to n bytes of the file from offset pos on into the pipe. The error counts
// only where there are none.
// Linux: splice_file_to_pipe (fs/splice.c).
func (p *Pipe) Fill(in *File, n uint64, pos int64) (got uint64, err error) {
	pieces, got, err := in.gather(nil, n, pos, p.most-len(p.ring))
	for _, x := range pieces {
		p.put(buffer{piece: x})
	}
	return got, err
}

// WriteFrom copies n bytes of the file from offset pos on into the pipe, as writes do. The error counts only where
// nothing was written.
// Linux: splice_direct_to_actor (fs/splice.c), as sendfile to a pipe until 5.12.
func (p *Pipe) WriteFrom(in *File, n uint64, pos int64, mode OpenMode) (done uint64, err error) {
	memory := p.inode.Cache.Memory
	for done < n {
		pieces, got, err := in.gather(nil, n-done, pos+int64(done), pipeBuffers)
		if got == 0 {
			return done, err
		}
		put, err := p.Write(piecewise{memory: memory, pieces: pieces}, 0, got, mode)
		for _, x := range pieces {
			p.release(x)
		}
		if done += put; put < got {
			return done, err
		}
	}
	return done, nil
}

// WriteTo writes up to n bytes of the pipe to offset pos of the file: pages are copied to pages of its cache. Nothing
// is written at or beyond limit. The error counts only where nothing was written.
// Linux: iter_file_splice_write (fs/splice.c).
func (p *Pipe) WriteTo(out *File, n uint64, pos, limit int64) (done uint64, err error) {
	for done < n {
		if p.SkipEmpty(); len(p.ring) == 0 {
			break
		}
		pieces, got := p.front(n - done)
		put, err := out.scatter(pieces, got, pos+int64(done), limit)
		p.consume(int(put))
		if done += put; err != nil || put == 0 {
			return done, err
		}
	}
	return done, nil
}

// front is the pieces with the first n bytes of the ring.
func (p *Pipe) front(n uint64) (pieces []piece, got uint64) {
	for _, b := range p.ring {
		if got == n {
			break
		}
		x := b.piece
		if x.n = int(min(uint64(x.n), n-got)); x.n > 0 {
			pieces, got = append(pieces, x), got+uint64(x.n)
		}
	}
	return pieces, got
}

// Discard takes up to n bytes out of the pipe, and goes no further than to an empty piece.
// Linux: splice_write_null (drivers/char/mem.c).
func (p *Pipe) Discard(n uint64) (done uint64) {
	for done < n && len(p.ring) > 0 && p.ring[0].n > 0 {
		k := min(uint64(p.ring[0].n), n-done)
		p.consume(int(k))
		done += k
	}
	return done
}

// Move moves up to n bytes to another pipe: whole pieces as they are, and of a last one that is longer a second
// reference to its page.
// Linux: splice_pipe_to_pipe (fs/splice.c).
func (p *Pipe) Move(to *Pipe, n uint64) (done uint64) {
	for done < n && len(p.ring) > 0 && !to.Full() {
		b := p.ring[0]
		if uint64(b.n) <= n-done {
			p.ring = p.ring[1:]
			to.put(b)
			done += uint64(b.n)
			continue
		}
		to.put(b.shared(int(n - done)))
		p.ring[0].off += int(n - done)
		p.ring[0].n -= int(n - done)
		done = n
	}
	return done
}

// Tee puts a second reference to each page with the first n bytes into another pipe. Both pipes hold the page; reading
// one does not take it from the other.
// Linux: link_pipe (fs/splice.c).
func (p *Pipe) Tee(to *Pipe, n uint64) (done uint64) {
	for i := 0; done < n && i < len(p.ring) && !to.Full(); i++ {
		b := p.ring[i].shared(int(min(uint64(p.ring[i].n), n-done)))
		to.put(b)
		done += uint64(b.n)
	}
	return done
}

// shared is the first n bytes of a piece with a reference of its own. No write fills up its page. A page that two pipes
// refer to must not be appended to by either.
func (b buffer) shared(n int) buffer {
	if b.frame != nil {
		b.frame.Hold()
	}
	b.n, b.grows = n, false
	return b
}

// lentAtATime is how many pages of the program's memory are looked up at a time.
const lentAtATime = 16

// Lend puts references to the program's own pages into the pipe, those of n bytes at a of one buffer. What is stored
// there later shows at the reader. vmsplice: the program must not change the pages until the reader is done, since
// nothing was copied.
// Linux: iter_to_pipe (fs/splice.c).
func (p *Pipe) Lend(u Lender, a vm.Addr, n uint64) (done uint64, err error) {
	for done < n {
		x := a + vm.Addr(done)
		k := min(n-done, lentAtATime*vm.PageSize-uint64(x.Offset()))
		frames := u.Borrowed(x, int(k))
		if len(frames) == 0 {
			return done, syscall.EFAULT
		}
		k = min(k, uint64(len(frames))*vm.PageSize-uint64(x.Offset()))
		put := p.lend(frames, int(x.Offset()), int(k))
		for _, f := range frames {
			p.inode.Cache.Memory.Put(f)
		}
		if done += uint64(put); put < int(k) {
			return done, p.noPlace()
		}
	}
	return done, nil
}

// noPlace is why a piece cannot be put into the ring.
// Linux: add_to_pipe (fs/splice.c).
func (p *Pipe) noPlace() error {
	if p.Readers == 0 {
		return syscall.EPIPE
	}
	return syscall.EAGAIN
}

// lend puts n bytes of frames into the ring, from off in the first of them on. The shared page of zeros becomes a piece
// without a frame.
func (p *Pipe) lend(frames []*phys.Frame, off, n int) (put int) {
	memory := p.inode.Cache.Memory
	for _, f := range frames {
		if p.Full() || p.Readers == 0 {
			return put
		}
		k := min(n-put, vm.PageSize-off)
		x := piece{f, off, k}
		if f.Hold(); f == memory.Zero() {
			memory.Put(f)
			x.frame = nil
		}
		p.put(buffer{piece: x})
		put, off = put+k, 0
	}
	return put
}

// Lender is a program's memory whose pages may be lent.
// Linux: none; it is an argument of iov_iter_get_pages2 (lib/iov_iter.c).
type Lender interface {
	// Borrowed is the frames that n bytes at a lie in, each with a reference, up to the first that cannot be faulted
	// in.
	Borrowed(a vm.Addr, n int) []*phys.Frame
}

// gatherZeros makes frames of zeros for a splice from /dev/zero: a device has no pages that could be referred to.
// Linux: copy_splice_read (fs/splice.c).
func (f *File) gatherZeros(pieces []piece, n uint64) (_ []piece, got uint64, err error) {
	for got < n {
		frame := f.Mapping.Cache.Reclaim.KernelFrame(nil, 0, phys.Uptodate)
		if frame == nil {
			return pieces, got, syscall.ENOMEM
		}
		k := min(n-got, vm.PageSize)
		stepCopyZero(f.Mapping.Cache.Log, int(k), frame.PFN(), 0)
		pieces, got = append(pieces, piece{frame, 0, int(k)}), got+k
	}
	return pieces, got, nil
}
