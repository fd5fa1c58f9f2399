package pagecache

import (
	"math/bits"
	"syscall"

	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// Socket is one of the two ends that socketpair makes: a queue of messages that the other end has sent. A message is
// what one call has sent, or a part of it; a read does not see where one ends. A write copies bytes into pages of the
// message's own, and splice puts the pages of a pipe into it:
//
//	write(a, "abc", 3)         queue of b: [own page: abc]                        one copy in
//	splice(pipe → a)           queue of b: [own page: abc] [page 0 of the file]   no copy
//	read(b, buf, 5)            two of the file's bytes                            one copy out
//
// What a socket may have under way is counted in memory, not in bytes: each message has a head.
// Linux: struct unix_sock (include/net/af_unix.h).
type Socket struct {
	inode   *Mapping
	peer    *Socket
	queue   []*message
	room    int // how much memory its messages may take before the next one is begun; Linux: sk_sndbuf
	charged int // memory of what it has sent and the other end has not read; Linux: sk_wmem_alloc
	ends    ShutdownMode
	reset   bool // the other end was closed with messages in its queue; Linux: sk_err is ECONNRESET
	closed  bool
}

// message is what waits in a socket's queue. Its pages belong to it; the sender is charged until the receiver has read
// the last byte.
// Linux: struct sk_buff (include/linux/skbuff.h).
type message struct {
	parts     []piece
	fragments int // of the parts, those beside the head; pages that one call has filled are in blocks
	from      *Socket
	size      int // bytes that it had
	left      int // bytes that are not read
	cost      int // what it counts for; Linux: truesize
}

// ShutdownMode is which directions of a socket are closed.
// Linux: RCV_SHUTDOWN, SEND_SHUTDOWN (include/net/sock.h).
type ShutdownMode uint8

// The directions.
const (
	ShutReceive ShutdownMode = 1 << iota
	ShutSend
)

const (
	// DefaultSocketRoom is net.core.wmem_default where nothing else is said.
	// Linux: SK_WMEM_DEFAULT (include/net/sock.h).
	DefaultSocketRoom = 212992
	// headRoom is how many bytes lie beside the head of a message; what is longer lies in pages.
	// Linux: SKB_MAX_HEAD(0) (include/linux/skbuff.h).
	headRoom = vm.PageSize - headTail
	headTail = 320
	// mostMessage is how many bytes a message has at most.
	// Linux: unix_stream_sendmsg (net/unix/af_unix.c).
	mostMessage = headRoom + blockPages<<vm.PageShift
	// blockPages is how many pages are one block of a message at most.
	// Linux: SKB_FRAG_PAGE_ORDER (include/net/sock.h), PAGE_ALLOC_COSTLY_ORDER (include/linux/mmzone.h).
	blockPages = 8
	// headCost is what the head itself counts for, without the block that its bytes lie in.
	headCost = 256
	// leastBlock is the smallest such block.
	// Linux: SKB_SMALL_HEAD_CACHE_SIZE (net/core/skbuff.c), with Debian's configuration.
	leastBlock = 512
)

// socketFile is a socket as a file: it has no pages of its own, no offset, and cannot be mapped.
// Linux: socket_file_ops (net/socket.c).
type socketFile struct {
	nullDevice
	socket *Socket
}

func (socketFile) fileType() FileType { return SocketFile }
func (socketFile) device() uint32     { return 9 }
func (socketFile) traits() vm.Traits  { return vm.Device }

// NewSocketPair makes two sockets that are connected with each other.
// Linux: unix_socketpair (net/unix/af_unix.c).
func (c *Cache) NewSocketPair() (a, b *File) {
	x, y := c.newSocket(), c.newSocket()
	x.peer, y.peer = y, x
	return x.inode.Open("socket", ModeRead|ModeWrite), y.inode.Open("socket", ModeRead|ModeWrite)
}

// newSocket makes a socket without a peer.
func (c *Cache) newSocket() *Socket {
	c.number++
	s := &Socket{room: c.SocketRoom}
	s.inode = &Mapping{Cache: c, Number: c.number, Label: "socket", Perm: 0o777, links: 1,
		pages: xarray.New(c.Memory), ops: &socketFile{socket: s}}
	return s
}

// Socket is the socket that an open file is; nil for every other file.
// Linux: sock_from_file (net/socket.c).
func (f *File) Socket() *Socket {
	if x, ok := f.Mapping.ops.(*socketFile); ok {
		return x.socket
	}
	return nil
}

// Stream reports whether the file is a pipe or a socket: its bytes have no offsets.
// Linux: FMODE_STREAM (include/linux/fs.h).
func (f *File) Stream() bool { return f.Pipe() != nil || f.Socket() != nil }

// FrameOwner names the socket as the owner of a frame.
func (s *Socket) FrameOwner() string { return "socket" }

// close ends the socket. The other end reads what is under way to it, and then an end of file: an error first where
// this one leaves something unread. Data that was sent before the close can still be read. A reset says that the peer
// has thrown data away.
// Linux: unix_release_sock (net/unix/af_unix.c).
func (s *Socket) close() {
	s.closed, s.ends = true, ShutReceive|ShutSend
	if !s.peer.closed {
		s.peer.ends = ShutReceive | ShutSend
		s.peer.reset = s.peer.reset || len(s.queue) > 0
	}
	for len(s.queue) > 0 {
		s.drop()
	}
}

// Shutdown closes directions of the socket, and the same at the other end.
// Linux: unix_shutdown (net/unix/af_unix.c).
func (s *Socket) Shutdown(m ShutdownMode) {
	s.ends |= m
	if s.peer.closed {
		return
	}
	if m&ShutReceive != 0 {
		s.peer.ends |= ShutSend
	}
	if m&ShutSend != 0 {
		s.peer.ends |= ShutReceive
	}
}

// Unread is what the socket's messages that the other end has not read count for: what SIOCOUTQ says.
// Linux: unix_outq_len (net/unix/af_unix.c).
func (s *Socket) Unread() uint32 { return uint32(s.charged) }

// waiting is how many bytes can be read.
func (s *Socket) waiting() (n uint64) {
	for _, m := range s.queue {
		n += uint64(m.left)
	}
	return n
}

// Readable is how many bytes can be read as SIOCINQ says it.
// Linux: unix_inq_len (net/unix/af_unix.c).
func (s *Socket) Readable() (n uint64) {
	if len(s.queue) > 0 && s.inode.Cache.Profile.Has(profile.MessagesCountWhole) {
		n = uint64(s.queue[0].size - s.queue[0].left)
	}
	return n + s.waiting()
}

// WouldWait reports whether a receive of at least so many bytes waits for the other end.
// Linux: unix_stream_read_generic (net/unix/af_unix.c).
func (s *Socket) WouldWait(least uint64) bool {
	return s.waiting() < max(least, 1) && !s.reset && s.ends&ShutReceive == 0
}

// WouldFill reports whether a send of n bytes waits until the other end has read some.
// Linux: sock_alloc_send_pskb (net/core/sock.c).
func (s *Socket) WouldFill(n uint64) bool {
	return s.wouldFill(s.charged, n, func(left uint64) (uint64, int) {
		k := min(left, mostMessage)
		return k, messageCost(int(k))
	})
}

// wouldFill reports whether sending n bytes waits where so much is charged; next is how many of those left go into one
// message, and what it counts for.
func (s *Socket) wouldFill(charged int, n uint64, next func(left uint64) (bytes uint64, cost int)) bool {
	if s.ends&ShutSend != 0 {
		return false
	}
	for n > 0 {
		if charged >= s.room {
			return true
		}
		bytes, cost := next(n)
		charged, n = charged+cost, n-bytes
	}
	return false
}

// messageCost is what a message of n bytes counts for: its head, the power of two that the bytes beside it lie in, and
// pages for the rest. Memory comes in sizes of powers of two, so a message of one byte counts for 768.
// Linux: alloc_skb_with_frags (net/core/skbuff.c).
func messageCost(n int) int {
	pages := (max(0, n-headRoom) + vm.PageMask) &^ vm.PageMask
	cost, block := headCost+pages, leastBlock
	for block < max(0, n-pages)+headTail {
		block *= 2
	}
	return cost + block
}

// fragmentsOf is in how many blocks of pages n bytes lie: as large ones as fit, of 8 pages at most.
// Linux: alloc_skb_with_frags (net/core/skbuff.c).
func fragmentsOf(n int) int {
	pages := uint((n + vm.PageMask) >> vm.PageShift)
	return int(pages/blockPages) + bits.OnesCount(pages%blockPages)
}

// Send copies n bytes from the user's address a into messages for the other end. The error counts only where nothing
// was sent: EAGAIN where too much is under way. The last message may go over the room: it is checked before a message,
// not after.
// Linux: unix_stream_sendmsg (net/unix/af_unix.c).
func (s *Socket) Send(u User, a vm.Addr, n uint64) (done uint64, err error) {
	if s.ends&ShutSend != 0 {
		return 0, syscall.EPIPE
	}
	for done < n {
		if err := s.mayBegin(); err != nil {
			return done, err
		}
		k := int(min(n-done, mostMessage))
		m := &message{from: s, size: k, left: k, cost: messageCost(k),
			fragments: fragmentsOf(max(0, k-headRoom))}
		if err := m.fill(u, a+vm.Addr(done)); err != nil {
			m.release()
			return done, err
		}
		s.deliver(m)
		done += uint64(k)
	}
	return done, nil
}

// mayBegin is why no further message may be sent.
// Linux: sock_alloc_send_pskb (net/core/sock.c).
func (s *Socket) mayBegin() error {
	switch {
	case s.reset:
		s.reset = false
		return syscall.ECONNRESET
	case s.charged >= s.room:
		return syscall.EAGAIN
	}
	return nil
}

// fill copies the message's bytes from the user: those beside its head first, then page by page.
// Linux: skb_copy_datagram_from_iter (net/core/datagram.c).
func (m *message) fill(u User, a vm.Addr) error {
	c := m.from.inode.Cache
	head := m.size - min(m.size, (max(0, m.size-headRoom)+vm.PageMask)&^vm.PageMask)
	for done := 0; done < m.size; {
		k := min(vm.PageSize, m.size-done)
		if done < head {
			k = head
		}
		frame := c.Reclaim.KernelFrame(m.from, 0, phys.Uptodate)
		if frame == nil {
			return syscall.ENOBUFS
		}
		m.parts = append(m.parts, piece{frame, 0, k})
		from, got := a+vm.Addr(done), 0
		if done < head { // what lies in the head is not tried again after a fault
			got = c.copyInOnce(u, frame, 0, from, k)
			stepCopyFromUser(c.Log, got, from, frame.PFN())
		} else {
			got = c.copyIn(u, frame, 0, from, k)
		}
		if done += got; got < k {
			return syscall.EFAULT
		}
	}
	return nil
}

// deliver puts a message into the other end's queue. The receiver's queue grows, and the sender is charged: a sender
// that is not read from stops at its own limit.
func (s *Socket) deliver(m *message) {
	s.charged += m.cost
	s.peer.queue = append(s.peer.queue, m)
}

// release drops the references to the message's pages.
func (m *message) release() {
	for _, x := range m.parts {
		if x.frame != nil {
			m.from.inode.Cache.Memory.Put(x.frame)
		}
	}
}

// drop gives up the oldest message.
// Linux: consume_skb (net/core/skbuff.c).
func (s *Socket) drop() {
	m := s.queue[0]
	s.queue = s.queue[1:]
	m.from.charged -= m.cost
	m.release()
}

// Looking says whether a receive leaves what it has copied in the queue.
// Linux: MSG_PEEK (include/linux/socket.h).
type Looking bool

// Receive copies up to n bytes to the user's address a, and stops after least of them where the queue is empty. The
// error counts only where nothing was copied: EAGAIN where the program would wait for the other end.
// Linux: unix_stream_read_generic (net/unix/af_unix.c).
func (s *Socket) Receive(u User, a vm.Addr, n, least uint64, look Looking) (done uint64, err error) {
	for i := 0; ; {
		if i >= len(s.queue) {
			return done, s.nothingLeft(done, max(least, 1), look && i > 0)
		}
		m := s.queue[i]
		k := int(min(uint64(m.left), n-done))
		if s.copyOut(u, m, a+vm.Addr(done), k) < k {
			return done, syscall.EFAULT
		}
		done += uint64(k)
		if look {
			i++
			continue
		}
		if m.left -= k; m.left > 0 {
			return done, nil
		}
		if s.drop(); done == n {
			return done, nil
		}
	}
}

// nothingLeft is how a receive ends that has come to the end of the queue.
func (s *Socket) nothingLeft(done, least uint64, looked Looking) error {
	switch {
	case done >= least, bool(looked):
		return nil
	case s.reset:
		s.reset = false
		return syscall.ECONNRESET
	case s.ends&ShutReceive != 0:
		return nil
	}
	return syscall.EAGAIN
}

// copyOut copies the first n bytes of a message that are not read.
// Linux: skb_copy_datagram_iter (net/core/datagram.c).
func (s *Socket) copyOut(u User, m *message, a vm.Addr, n int) (done int) {
	skip := m.size - m.left
	for _, x := range m.parts {
		if done == n {
			break
		}
		if skip >= x.n {
			skip -= x.n
			continue
		}
		k := min(n-done, x.n-skip)
		got := s.inode.copyOutUntilFault(u, x.frame, x.off+skip, a+vm.Addr(done), k)
		if done += got; got < k {
			break
		}
		skip = 0
	}
	return done
}
