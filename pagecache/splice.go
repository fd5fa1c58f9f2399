package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// sendfile, copy_file_range and splice move pages instead of bytes, as far as they can:
//
//	file A                        pipe of 16 pieces                file B
//	page cache ──gather: references to pages──→ [p][p][p] ──drain: one copy──→ page cache
//
// The first half copies nothing: a piece refers to the frame, and holds it even if the file loses it. The second half
// copies as write() does, from frames instead of from a program's memory. Exceptions copy twice: a source that was
// opened with O_DIRECT gives frames of its own.
// Linux: splice_direct_to_actor (fs/splice.c).

// pipeBuffers is how many pages are moved at a time from one file to another: as many as a pipe holds.
// Linux: PIPE_DEF_BUFFERS (include/linux/pipe_fs_i.h).
const pipeBuffers = 16

// piece is a part of a page in the pipe between two files; the frame is nil for a hole. It holds a reference to the
// frame, not a copy of the bytes. The owner of a piece gives the reference back: the pipe when it drops it, CopyFrom
// after each round.
// Linux: struct pipe_buffer (include/linux/pipe_fs_i.h).
type piece struct {
	frame  *phys.Frame
	off, n int
}

// CopyFrom copies n bytes of in, from offset from on, to offset to of f within the kernel: from pages of one file to
// pages of the other. It writes nothing at or beyond limit. It returns an error only if it has written nothing.
//
//	round 1    16 pages: gather takes 16 references, drain copies 64 KiB, the references are dropped
//	round 2    the next 16
//
// So a file of any size passes through a pipe of 16 pages, and a copy that fails has written whole rounds before it.
// Linux: splice_direct_to_actor, iter_file_splice_write (fs/splice.c).
func (f *File) CopyFrom(in *File, n uint64, from, to, limit int64) (done uint64, err error) {
	var room [pipeBuffers]piece
	for done < n {
		pieces, got, err := in.gather(room[:0], n-done, from+int64(done), pipeBuffers)
		if got == 0 {
			return done, err
		}
		put, err := f.drain(pieces, got, to+int64(done), limit)
		// The pipe empties before the next round, and drops also the pages that were not written.
		for _, p := range pieces {
			if p.frame != nil {
				in.Mapping.Cache.Memory.Put(p.frame)
			}
		}
		done += put
		if put < got {
			return done, err
		}
	}
	return done, nil
}

// gather takes references to the pages that hold the next bytes, as many as a pipe has room for. A device that gives
// zeros fills frames of the pipe's own with them. The pages are read as by read(), with readahead, but nothing is
// copied: the pipe gets references. A hole is a piece without a frame. The frames are held from here on, because
// nothing else keeps a page in memory between its look-up and its copy.
// Linux: do_splice_read, copy_splice_read (fs/splice.c), filemap_splice_read (mm/filemap.c), shmem_file_splice_read
// (mm/shmem.c).
func (f *File) gather(pieces []piece, n uint64, pos int64, room int) (_ []piece, got uint64, err error) {
	m := f.Mapping
	n = min(n, uint64(room)*vm.PageSize)
	switch {
	case f.Zeros():
		return f.gatherZeros(pieces, n)
	case f.Mode&ModeDirect != 0 && m.InMemory():
		return f.gatherCopies(pieces, n, pos)
	case f.Mode&ModeDirect != 0:
		return f.gatherFromDevice(pieces, n, pos)
	}
	r := f.reading(wholePages)
	packs := m.InMemory() && m.Cache.Profile.Has(profile.HolesPacked) // zeros of several holes share a page
	for got < n && pos < m.size && (len(pieces) < room || packs && roomAfter(pieces) > 0) {
		frame, err := m.readPage(&r, pos, n-got)
		if err != nil {
			return pieces, got, err
		}
		if frame == nil && packs {
			k := min(n-got, uint64(vm.PageSize-pos&vm.PageMask), uint64(m.size-pos))
			pieces, k = packZeros(pieces, k, room)
			got, pos = got+k, pos+int64(k)
			continue
		}
		if len(pieces) == room {
			break
		}
		if frame != nil {
			frame.Hold()
			if got == 0 || m.folio(vm.IndexOf(pos)).pos() == pos { // a folio counts as used once
				m.markAccessed(frame)
			}
		}
		off := int(pos & vm.PageMask)
		k := int(min(n-got, uint64(vm.PageSize-off), uint64(m.size-pos)))
		pieces = append(pieces, piece{frame, off, k})
		got += uint64(k)
		pos += int64(k)
		f.ahead.prev = pos // readahead takes the next read for a sequential one by this
	}
	if pos >= m.size {
		m.readBeyond(&r, pos, n-got)
	}
	if got < n && pos < m.size && m.InMemory() && (packs || !m.Cache.Profile.Has(profile.HolesStay)) {
		m.lookUpNext(&r, pos, n-got)
	}
	return pieces, got, nil
}

// lookUpNext finds the page at pos, for which the pipe has no room. Until 6.5 a splice from a file in memory looks it
// up, and until 5.18 allocates it, before it notices.
// Linux: shmem_file_read_iter (mm/shmem.c) of Linux 5.10.
func (m *Mapping) lookUpNext(r *reading, pos int64, n uint64) {
	if frame, err := m.readPage(r, pos, n); err == nil && frame != nil && pos&vm.PageMask == 0 {
		m.markAccessed(frame)
	}
}

// SpliceOut brings the pages with up to n bytes from offset pos on into memory as a splice does, for a reader that
// looks at none of them. It returns how many bytes there are, of as many as a pipe has room for.
// Linux: do_splice_read (fs/splice.c).
func (f *File) SpliceOut(n uint64, pos int64) (got uint64, err error) {
	pieces, got, err := f.gather(nil, n, pos, pipeBuffers)
	for _, x := range pieces {
		if x.frame != nil {
			f.Mapping.Cache.Memory.Put(x.frame)
		}
	}
	return got, err
}

// packZeros adds k zeros, first to what is left of the last page, and returns how many found room.
// Linux: pipe_zero, append_pipe (lib/iov_iter.c), until 6.5.
func packZeros(pieces []piece, k uint64, room int) (_ []piece, done uint64) {
	for done < k {
		part := roomAfter(pieces)
		if part == 0 {
			if len(pieces) == room {
				break
			}
			pieces, part = append(pieces, piece{}), vm.PageSize
		}
		part = int(min(uint64(part), k-done))
		pieces[len(pieces)-1].n += part
		done += uint64(part)
	}
	return pieces, done
}

// roomAfter is how many more zeros the last piece has room for; none if it is a page of the file.
func roomAfter(pieces []piece) int {
	if len(pieces) == 0 || pieces[len(pieces)-1].frame != nil {
		return 0
	}
	return vm.PageSize - pieces[len(pieces)-1].n
}

// gatherCopies copies the next bytes into the pipe's own frames, as Linux does for a file opened with O_DIRECT: later
// writes to the file do not change them.
// Linux: copy_splice_read (fs/splice.c).
func (f *File) gatherCopies(pieces []piece, n uint64, pos int64) (_ []piece, got uint64, err error) {
	m := f.Mapping
	for got < n && pos < m.size {
		to := m.Cache.Reclaim.KernelFrame(nil, 0, phys.Uptodate)
		if to == nil {
			return pieces, got, syscall.ENOMEM
		}
		k := 0
		for k < vm.PageSize && got < n && pos < m.size {
			part, err := f.copyPart(to, k, n-got, pos)
			if err != nil {
				m.Cache.Memory.Put(to)
				return pieces, got - uint64(k), err
			}
			k, got, pos = k+part, got+uint64(part), pos+int64(part)
		}
		pieces = append(pieces, piece{to, 0, k})
	}
	return pieces, got, nil
}

// copyPart copies at most n bytes from the page at pos to the unfilled rest of a frame: as many as both pages allow.
// What O_DIRECT is to avoid on a disk cannot be avoided here: the only copy of the bytes is in the page cache.
func (f *File) copyPart(to *phys.Frame, filled int, n uint64, pos int64) (part int, err error) {
	m := f.Mapping
	r := f.reading(wholePages)
	frame, err := m.readPage(&r, pos, n)
	if err != nil {
		return 0, err
	}
	off := int(pos & vm.PageMask)
	part = int(min(n, uint64(vm.PageSize-off), uint64(vm.PageSize-filled), uint64(m.size-pos)))
	buf, from := m.Cache.bounce[:part], m.Cache.Memory.Zero()
	clear(buf)
	if frame != nil {
		if from = frame; m.readingAnew(pos, f.ahead.prev) {
			m.markAccessed(frame)
		}
		frame.Read(off, buf)
	}
	m.Cache.Memory.Write(to, filled, buf)
	m.Cache.Memory.CarryMask(to, filled, frame, off, part)
	stepCopyKernel(m.Cache.Log, part, from.PFN(), to.PFN())
	return part, nil
}

// drain writes the pieces to offset pos. After a write that stopped early it tries what is left once more: that fails
// as the write had failed inside, and what failing does (a page that is taken back) happens a second time.
// Linux: iter_file_splice_write (fs/splice.c).
func (f *File) drain(pieces []piece, n uint64, pos, limit int64) (done uint64, err error) {
	for done < n {
		var put uint64
		if put, err = f.scatter(pieces, n-done, pos+int64(done), limit); put == 0 {
			return done, err
		}
		done += put
	}
	return done, nil
}

// scatter writes the last n bytes of the pieces to offset pos, page by page of the file that takes them. Here the bytes
// are copied, once: into the page cache of the other file. The bytes are the last n, since an earlier call may have
// written those before them.
// Linux: generic_perform_write (mm/filemap.c).
func (f *File) scatter(pieces []piece, n uint64, pos, limit int64) (done uint64, err error) {
	m := f.Mapping
	switch {
	// The blocks of a swap file belong to the swap area, which writes to them past the page cache.
	case m.Swapfile:
		return 0, ETXTBSY
	case pos >= limit:
		return 0, syscall.EFBIG
	}
	from := vm.Addr(length(pieces) - n)
	n = min(n, uint64(limit-pos))
	if f.Mode&ModeDirect != 0 && !m.InMemory() {
		return f.WriteDirect(piecewise{memory: m.Cache.Memory, pieces: pieces}, from, n, pos)
	}
	m.modified()
	if err := m.zeroEnd(pos); err != nil {
		return 0, err
	}
	return m.writePieces(pieces, n, pos)
}

// writePieces copies the next n bytes of the pieces into the page cache at offset pos. It is write() with pages of the
// kernel as the source: no copy can fault, so each is complete.
func (m *Mapping) writePieces(pieces []piece, n uint64, pos int64) (done uint64, err error) {
	chunk := m.ops.chunk(m)
	for done < n {
		// A writer that has dirtied too much waits before it locks a page.
		m.Cache.Writer.balance()
		x, err := m.ops.beginWrite(m, pos, min(chunk-pos&(chunk-1), int64(n-done)))
		if err != nil {
			return done, err
		}
		k := min(x.end()-pos, int64(n-done))
		pieces = m.copyPieces(pieces, x, pos, k)
		m.ops.endWrite(m, x, pos, k, k)
		done += uint64(k)
		pos += k
	}
	return done, nil
}

// length is how many bytes the pieces have: those that are not written yet.
func length(pieces []piece) (n uint64) {
	for _, p := range pieces {
		n += uint64(p.n)
	}
	return n
}

// piecewise presents pieces as a User whose memory begins at address 0, for what only reads them.
// Linux: struct iov_iter of kind ITER_BVEC (include/linux/uio.h).
type piecewise struct {
	User   // nil: nothing is written to them
	memory *phys.Memory
	pieces []piece
}

// CopyIn copies from the piece that a is in.
func (p piecewise) CopyIn(a vm.Addr, buf []byte) int {
	frame, off, n := p.Shown(a)
	n = min(n, len(buf))
	frame.Read(off, buf[:n])
	return n
}

// Shown is the frame of the piece that a is in.
func (p piecewise) Shown(a vm.Addr) (frame *phys.Frame, off, n int) {
	frames, off, n := p.Pin(a, vm.PageSize, vm.Load)
	if len(frames) == 0 {
		return nil, 0, 0
	}
	return frames[0], off, n
}

// Pin is the frame of the piece that a is in. One piece at a time: the next one lies in another frame, or at another
// offset of the same.
func (p piecewise) Pin(a vm.Addr, n int, _ vm.Access) (frames []*phys.Frame, off, got int) {
	skip := int(a)
	for _, x := range p.pieces {
		if skip >= x.n {
			skip -= x.n
			continue
		}
		frame := x.frame
		if frame == nil {
			frame = p.memory.Zero()
		}
		frame.Hold()
		return []*phys.Frame{frame}, x.off + skip, min(n, x.n-skip)
	}
	return nil, 0, 0
}

// Buffers are the pieces.
func (p piecewise) Buffers(a vm.Addr, n uint64, fn func(at vm.Addr, n uint64) bool) {
	skip := uint64(a)
	for _, x := range p.pieces {
		if skip >= uint64(x.n) {
			skip -= uint64(x.n)
			continue
		}
		k := min(n, uint64(x.n)-skip)
		if n -= k; !fn(vm.Addr(x.off)+vm.Addr(skip), k) || n == 0 {
			return
		}
		skip = 0
	}
}

// copyPieces copies n bytes of the pieces into the folio, for offset pos of the file, and returns the remaining pieces.
// Linux: iterate_bvec (include/linux/iov_iter.h).
func (m *Mapping) copyPieces(pieces []piece, x folio, pos, n int64) []piece {
	for n > 0 {
		p := &pieces[0]
		k := int(min(n, int64(p.n)))
		m.memcpy(x, pos, p.frame, p.off, k)
		pos, n = pos+int64(k), n-int64(k)
		p.off, p.n = p.off+k, p.n-k
		if p.n == 0 {
			pieces = pieces[1:]
		}
	}
	return pieces
}
