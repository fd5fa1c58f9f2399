package pagecache

import (
	"syscall"

	"vmsim/vm"
)

// messagePieces is how many pieces of a pipe one message takes.
// Linux: splice_to_socket (fs/splice.c).
const messagePieces = 16

// PourInto sends up to n bytes of the pipe: references to its pages, of which nothing is copied. The error counts only
// where nothing was sent: EAGAIN where too much is under way.
// Linux: splice_to_socket (fs/splice.c).
func (p *Pipe) PourInto(s *Socket, n uint64) (done uint64, err error) {
	for p.SkipEmpty(); done < n && len(p.ring) > 0; p.SkipEmpty() {
		pieces, got := p.front(n - done)
		if len(pieces) > messagePieces {
			pieces = pieces[:messagePieces]
			got = length(pieces)
		}
		if err := s.sendPages(pieces, got); err != nil {
			return done, err
		}
		p.eat(int(got))
		done += got
	}
	return done, nil
}

// sendPages sends one message with references to pages.
// Linux: skb_splice_from_iter (net/core/skbuff.c).
func (s *Socket) sendPages(pieces []piece, n uint64) error {
	if s.ends&ShutSend != 0 {
		return syscall.EPIPE
	}
	if err := s.mayBegin(); err != nil {
		return err
	}
	for _, x := range pieces {
		if x.frame != nil {
			x.frame.Hold()
		}
	}
	s.deliver(&message{parts: pieces, from: s, size: int(n), left: int(n), cost: messageCost(0) + int(n)})
	return nil
}

// WouldFillWith reports whether sending n bytes of the pipe waits until the other end has read some.
func (p *Pipe) WouldFillWith(s *Socket, n uint64) bool {
	charged := s.charged
	if s.ends&ShutSend != 0 {
		return false
	}
	pieces, got := p.front(n)
	for len(pieces) > 0 && got > 0 {
		if charged >= s.room {
			return true
		}
		k := min(len(pieces), messagePieces)
		charged += messageCost(0) + int(length(pieces[:k]))
		pieces = pieces[k:]
	}
	return false
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
		err = s.sendPages(pieces, got)
		for _, x := range pieces {
			if x.frame != nil {
				in.Mapping.Cache.Memory.Put(x.frame)
			}
		}
		if err != nil {
			return done, err
		}
		done += got
	}
	return done, nil
}

// WouldFillWithPages reports whether sending n bytes of a file from offset pos on waits until the other end has read
// some.
func (s *Socket) WouldFillWithPages(n uint64, pos int64) bool {
	charged := s.charged
	if s.ends&ShutSend != 0 {
		return false
	}
	for n > 0 {
		if charged >= s.room {
			return true
		}
		k := min(n, pipeBuffers*vm.PageSize-uint64(pos)&vm.PageMask)
		charged, n, pos = charged+messageCost(0)+int(k), n-k, pos+int64(k)
	}
	return false
}
