package pagecache

import (
	"syscall"

	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Pipe is a ring of pieces of pages. A write copies into pages of the pipe's own, and a read copies out of them.
// splice, vmsplice, tee and sendfile put in, or take out, references to pages that lie elsewhere, and copy nothing:
//
//	write(w, "abc", 3)            [own page: abc·······]             one copy in
//	splice(file → w)              [own: abc] [page 0 of the file]    no copy: a later write to the file shows
//	read(r, buf, 5)               two of the file's bytes            one copy out
//
// A piece has a place in the ring of its own, however short it is: sixteen pieces fill a pipe, one byte each or a page.
// Linux: struct pipe_inode_info (include/linux/pipe_fs_i.h).
type Pipe struct {
	Readers, Writers int // open files of each end

	inode *Mapping
	ring  []buffer // the oldest first
	most  int      // pieces that the ring has room for
}

// buffer is one piece in the ring.
// Linux: struct pipe_buffer (include/linux/pipe_fs_i.h).
type buffer struct {
	piece
	grows  bool // a page of the pipe's own, whose rest the next write may fill; Linux: PIPE_BUF_FLAG_CAN_MERGE
	packet bool // one read takes it whole, or loses the rest; Linux: PIPE_BUF_FLAG_PACKET
}

// pipeFile is a pipe as a file: it has no pages of its own, no offset, and cannot be mapped.
// Linux: pipeanon_fops (fs/pipe.c).
type pipeFile struct {
	nullDevice
	pipe *Pipe
}

func (pipeFile) fileType() FileType { return FIFO }
func (pipeFile) device() uint32     { return 12 }

// NewPipe makes an empty pipe and opens both of its ends.
// Linux: create_pipe_files (fs/pipe.c).
func (c *Cache) NewPipe() (read, write *File) {
	c.number++
	p := &Pipe{most: pipeBuffers}
	p.inode = &Mapping{Cache: c, Number: c.number, Label: "pipe", Perm: 0o600, links: 1,
		pages: xarray.New(c.Memory), ops: &pipeFile{pipe: p}}
	read, write = p.inode.Open("pipe", ModeRead), p.inode.Open("pipe", ModeWrite)
	p.Readers, p.Writers = 1, 1
	return read, write
}

// Pipe is the pipe that an open file is an end of; nil for every other file.
// Linux: get_pipe_info (fs/pipe.c).
func (f *File) Pipe() *Pipe {
	if x, ok := f.Mapping.ops.(*pipeFile); ok {
		return x.pipe
	}
	return nil
}

// FrameOwner names the pipe as the owner of a frame.
func (p *Pipe) FrameOwner() string { return "pipe" }

// close ends an open file of the pipe. What is still in the pipe is lost with the last.
// Linux: pipe_release (fs/pipe.c).
func (p *Pipe) close(mode OpenMode) {
	if mode&ModeRead != 0 {
		p.Readers--
	}
	if mode&ModeWrite != 0 {
		p.Writers--
	}
	if p.Readers == 0 && p.Writers == 0 {
		for len(p.ring) > 0 {
			p.drop()
		}
	}
}

// Empty reports whether there is no piece to read.
func (p *Pipe) Empty() bool { return len(p.ring) == 0 }

// Full reports whether there is no place for another piece.
func (p *Pipe) Full() bool { return len(p.ring) >= p.most }

// Places is how many pieces there is room for.
// Linux: do_splice_to (fs/splice.c).
func (p *Pipe) Places() uint64 { return uint64(max(0, p.most-len(p.ring))) }

// Bytes is how many bytes wait to be read: what FIONREAD says.
// Linux: pipe_ioctl (fs/pipe.c).
func (p *Pipe) Bytes() (n uint64) {
	for _, b := range p.ring {
		n += uint64(b.n)
	}
	return n
}

// Room is how many bytes a write would find room for. It is the bytes that are no whole page, if they fit behind the
// last piece, and a page for each free place.
func (p *Pipe) Room(n uint64) (room uint64) {
	if last := p.last(); last != nil && last.grows && last.off+last.n+int(n&vm.PageMask) <= vm.PageSize {
		room = n & vm.PageMask
	}
	return room + p.Places()*vm.PageSize
}

// Capacity is how many pages the ring has room for.
// Linux: max_usage of struct pipe_inode_info (include/linux/pipe_fs_i.h).
func (p *Pipe) Capacity() uint64 { return uint64(p.most) }

// Resize gives the ring room for so many pieces; EBUSY where it holds more.
// Linux: pipe_resize_ring (fs/pipe.c).
func (p *Pipe) Resize(pieces int) error {
	if len(p.ring) > pieces {
		return syscall.EBUSY
	}
	p.most = pieces
	return nil
}

// last is the buffer that a write may still append to.
func (p *Pipe) last() *buffer {
	if len(p.ring) == 0 {
		return nil
	}
	return &p.ring[len(p.ring)-1]
}

// put adds a piece, whose reference becomes the pipe's.
func (p *Pipe) put(b buffer) { p.ring = append(p.ring, b) }

// drop gives up the oldest piece.
// Linux: pipe_buf_release (include/linux/pipe_fs_i.h).
func (p *Pipe) drop() {
	p.release(p.ring[0].piece)
	p.ring = p.ring[1:]
}

// release drops the reference to a piece's page; zeros that no page holds have none.
func (p *Pipe) release(x piece) {
	if x.frame != nil {
		p.inode.Cache.Memory.Put(x.frame)
	}
}

// consume takes n bytes away from the front.
func (p *Pipe) consume(n int) {
	for n > 0 {
		b := &p.ring[0]
		k := min(n, b.n)
		b.off, b.n, n = b.off+k, b.n-k, n-k
		if b.n == 0 {
			p.drop()
		}
	}
}

// SkipEmpty takes away pieces without bytes at the front: writes that failed left them, until 6.15.
// Linux: eat_empty_buffer (fs/splice.c).
func (p *Pipe) SkipEmpty() {
	for len(p.ring) > 0 && p.ring[0].n == 0 {
		p.drop()
	}
}

// Read copies up to n bytes to the user's address a. The error counts only where nothing was copied: EAGAIN where the
// program would wait for a writer. A read returns what is there; it waits only if there is nothing at all.
// Linux: anon_pipe_read (fs/pipe.c).
func (p *Pipe) Read(u User, a vm.Addr, n uint64) (done uint64, err error) {
	for done < n && len(p.ring) > 0 {
		b := p.ring[0]
		k := int(min(uint64(b.n), n-done))
		if k > 0 && p.copyOut(u, b.piece, a+vm.Addr(done), k) < k {
			return done, syscall.EFAULT
		}
		done += uint64(k)
		if k == b.n || b.packet { // what of a packet did not fit is lost
			p.drop()
		} else {
			p.consume(k)
		}
		if b.packet {
			return done, nil
		}
	}
	if n > 0 && done == 0 && p.Writers > 0 {
		return 0, syscall.EAGAIN
	}
	return done, nil
}

// Copy is Read as vmsplice does it, which knows no packets, and goes no further than to an empty piece.
// Linux: vmsplice_to_user (fs/splice.c).
func (p *Pipe) Copy(u User, a vm.Addr, n uint64) (done uint64, err error) {
	for done < n && len(p.ring) > 0 && p.ring[0].n > 0 {
		b := &p.ring[0]
		k := int(min(uint64(b.n), n-done))
		if p.copyOut(u, b.piece, a+vm.Addr(done), k) < k {
			return done, syscall.EFAULT
		}
		p.consume(k)
		done += uint64(k)
	}
	if done == 0 && p.Writers > 0 {
		return 0, syscall.EAGAIN
	}
	return done, nil
}

// Write copies n bytes from the user's address a into pages of the pipe's own: the first of them into what is left of
// the last page, where that has room for all that is no whole page. Packets are not joined. The error counts only where
// nothing was written: EAGAIN where the ring is full. Nothing blocks in the model: EAGAIN says that a program would
// wait here, and the caller decides what that means. An example: a pipe holds 100 bytes in one page. A write of 5000
// bytes puts 904 of them behind these 100, since 5000 is a page and 904 bytes, and the other 4096 into a page of their
// own.
// Linux: anon_pipe_write (fs/pipe.c).
func (p *Pipe) Write(u User, a vm.Addr, n uint64, mode OpenMode) (done uint64, err error) {
	if n == 0 {
		return 0, nil
	}
	if p.Readers == 0 {
		return 0, syscall.EPIPE
	}
	if b, rest := p.last(), int(n&vm.PageMask); b != nil && rest > 0 && b.grows && b.off+b.n+rest <= vm.PageSize {
		if p.inode.Cache.copyIn(u, b.frame, b.off+b.n, a, rest) < rest {
			return 0, syscall.EFAULT
		}
		b.n += rest
		done = uint64(rest)
	}
	for done < n {
		if p.Full() {
			return done, syscall.EAGAIN
		}
		k := int(min(n-done, vm.PageSize))
		frame := p.inode.Cache.Reclaim.KernelFrame(p, 0, phys.Uptodate)
		if frame == nil {
			return done, syscall.ENOMEM
		}
		packet := mode&ModeDirect != 0
		if p.inode.Cache.copyIn(u, frame, 0, a+vm.Addr(done), k) < k {
			if p.inode.Cache.Profile.Has(profile.NoEmptyPieces) {
				p.inode.Cache.Memory.Put(frame)
			} else {
				p.put(buffer{piece: piece{frame, 0, 0}, grows: !packet, packet: packet})
			}
			return done, syscall.EFAULT
		}
		p.put(buffer{piece: piece{frame, 0, k}, grows: !packet, packet: packet})
		done += uint64(k)
	}
	return done, nil
}

// copyOut copies n bytes of a piece to the user. The frame may be one that the program has mapped.
func (p *Pipe) copyOut(u User, x piece, a vm.Addr, n int) int {
	return p.inode.copyOut(u, x.frame, x.off, a, n)
}

// copyIn copies n bytes from the user to a page of a pipe's or of a message's own. Where a part of it came it is tried
// again, until nothing does.
// Linux: copy_page_from_iter (lib/iov_iter.c).
func (c *Cache) copyIn(u User, frame *phys.Frame, off int, a vm.Addr, n int) (done int) {
	var room [vm.PageSize]byte
	buf := room[:n]
	for done < n {
		got := u.CopyIn(a+vm.Addr(done), buf[done:])
		if got == 0 {
			break
		}
		done += got
	}
	c.Memory.Write(frame, off, buf[:done])
	if c.Memory.HasUndetermined() {
		c.Memory.SetPart(frame, off, c.MaskAt(u, a, done), 0, done)
	}
	stepCopyFromUser(c.Log, done, a, frame.PFN())
	return done
}
