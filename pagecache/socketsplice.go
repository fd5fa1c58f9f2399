package pagecache

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// A socket takes references to pages as a pipe does: splice and sendfile to a stream socket copy nothing, and the
// receiver copies the bytes when it reads.
//
//	message     head: bytes that were copied by write()     parts: [page, off, n] [page, off, n] ...  17 at most
//
// Until 6.5 each page was sent by sendpage, which adds it to the newest message that was not read yet. Since then a
// splice is a sendmsg with MSG_SPLICE_PAGES, and begins a message of its own with up to 16 pages.
// Linux: splice_to_socket (fs/splice.c).

// messagePieces is how many pieces of a pipe one message takes.
// Linux: splice_to_socket (fs/splice.c).
const messagePieces = 16

// SpliceTo sends up to n bytes of the pipe: references to its pages, of which nothing is copied. The error counts only
// where nothing was sent: EAGAIN where too much is under way. The pages are shared with the file they come from; the
// receiver copies them when it reads.
// Linux: splice_to_socket (fs/splice.c).
func (p *Pipe) SpliceTo(s *Socket, n uint64) (done uint64, err error) {
	pieces, _ := p.sendable(n)
	done, err = s.sendAll(pieces)
	p.consume(int(done))
	return done, err
}

// sendable is the pieces with the first n bytes that a splice to a socket takes: until 6.5 it goes no further than an
// empty piece.
// Linux: splice_to_socket, splice_from_pipe_feed (fs/splice.c).
func (p *Pipe) sendable(n uint64) (pieces []piece, got uint64) {
	if p.inode.Cache.Profile.Has(profile.SplicedMessages) {
		return p.front(n)
	}
	full := uint64(0)
	for _, b := range p.ring {
		if b.n == 0 {
			break
		}
		full += uint64(b.n)
	}
	return p.front(min(n, full))
}

// piecesAtOnce is how many pieces are sent in one go: until 6.5 one page at a time.
func (s *Socket) piecesAtOnce() int {
	if s.inode.Cache.Profile.Has(profile.SplicedMessages) {
		return messagePieces
	}
	return 1
}

// sendPages sends one message with references to pages. Until 6.5 they are added to the newest waiting message, where
// it has room.
// Linux: skb_splice_from_iter (net/core/skbuff.c); unix_stream_sendpage (net/unix/af_unix.c) of Linux 6.4.
func (s *Socket) sendPages(pieces []piece) error {
	if s.ends&ShutSend != 0 {
		return syscall.EPIPE
	}
	m := s.newest()
	if m == nil || !m.takes(pieces) || s.inode.Cache.Profile.Has(profile.SplicedMessages) {
		if err := s.mayBegin(); err != nil {
			return err
		}
		m = &message{from: s, cost: messageCost(0)}
		s.deliver(m)
	}
	for _, x := range pieces {
		m.add(x)
	}
	return nil
}

// newest is the message that the socket has sent last; nil where the other end has read all of it.
func (s *Socket) newest() *message {
	if q := s.peer.queue; len(q) > 0 {
		return q[len(q)-1]
	}
	return nil
}

// mostFragments is how many parts a message has beside its head, as Debian configures it.
// Linux: MAX_SKB_FRAGS (include/linux/skbuff.h).
const mostFragments = 17

// joins reports whether a piece follows the message's last one in the same page.
// Linux: skb_can_coalesce (include/linux/skbuff.h).
func (m *message) joins(x piece) bool {
	if len(m.parts) == 0 {
		return false
	}
	last := m.parts[len(m.parts)-1]
	return last.frame == x.frame && last.off+last.n == x.off
}

// takes reports whether the message has room for a piece.
func (m *message) takes(pieces []piece) bool {
	return m.fragments < mostFragments || m.joins(pieces[0])
}

// add puts a reference to a page behind the message's bytes. Two pieces that follow each other in one page become one
// part, so many short splices do not fill a message.
// Linux: skb_append_pagefrags (net/core/skbuff.c).
func (m *message) add(x piece) {
	if m.joins(x) {
		m.parts[len(m.parts)-1].n += x.n
	} else {
		if x.frame != nil {
			x.frame.Hold()
		}
		m.parts = append(m.parts, x)
		m.fragments++
	}
	m.size, m.left, m.cost = m.size+x.n, m.left+x.n, m.cost+x.n
	m.from.charged += x.n
}

// sendAll sends pieces, and returns how many bytes of them went.
func (s *Socket) sendAll(pieces []piece) (done uint64, err error) {
	for rest := pieces; len(rest) > 0; {
		now := rest[:min(len(rest), s.piecesAtOnce())]
		if err := s.sendPages(now); err != nil {
			return done, err
		}
		done, rest = done+length(now), rest[len(now):]
	}
	return done, nil
}

// WouldFillWith reports whether sending n bytes of the pipe waits until the other end has read some.
func (p *Pipe) WouldFillWith(s *Socket, n uint64) bool {
	pieces, n := p.sendable(n)
	return s.wouldFillWithPages(n, func(most int) uint64 {
		now := pieces[:min(len(pieces), most)]
		pieces = pieces[len(now):]
		return length(now)
	})
}

// wouldFillWithPages reports whether sending references to n bytes waits; next is how many of them go into a message
// with so many parts.
func (s *Socket) wouldFillWithPages(n uint64, next func(parts int) uint64) bool {
	charged, parts := s.charged, messagePieces
	if !s.inode.Cache.Profile.Has(profile.SplicedMessages) {
		parts = mostFragments
		if m := s.newest(); m != nil && m.fragments < parts {
			bytes := next(parts - m.fragments)
			charged, n = charged+int(bytes), n-bytes
		}
	}
	return s.wouldFill(charged, n, func(uint64) (uint64, int) {
		bytes := next(parts)
		return bytes, messageCost(0) + int(bytes)
	})
}

// SendFrom sends n bytes of a file from offset pos on, page by page, of which nothing is copied. The error counts only
// where nothing was sent.
// Linux: splice_direct_to_actor, splice_to_socket (fs/splice.c).
func (s *Socket) SendFrom(in *File, n uint64, pos int64) (done uint64, err error) {
	for done < n {
		pieces, got, err := in.gather(nil, n-done, pos+int64(done), pipeBuffers)
		if got == 0 {
			return done, err
		}
		sent, err := s.sendAll(pieces)
		for _, x := range pieces {
			if x.frame != nil {
				in.Mapping.Cache.Memory.Put(x.frame)
			}
		}
		if done += sent; sent < got {
			return done, err
		}
	}
	return done, nil
}

// WouldFillWithPages reports whether sending n bytes of a file from offset pos on waits until the other end has read
// some.
func (s *Socket) WouldFillWithPages(n uint64, pos int64) bool {
	end := pos + int64(n)
	return s.wouldFillWithPages(n, func(parts int) uint64 {
		bytes := min(uint64(end-pos), uint64(parts)*vm.PageSize-uint64(pos)&vm.PageMask)
		pos += int64(bytes)
		return bytes
	})
}
