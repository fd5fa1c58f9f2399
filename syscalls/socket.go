package syscalls

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// What the model has of sockets: a pair of connected ones of the family AF_UNIX, and bytes that go through it. Left out
// are addresses, descriptors and credentials that go along (sendmsg, recvmsg), options, and urgent bytes.

// Unmodelled is a call that the model knows, with something that it does not have.
// Linux: none.
type Unmodelled struct {
	PID  int
	What string
}

// Error says what the model does not have.
func (e *Unmodelled) Error() string {
	return fmt.Sprintf("process %d: %s is not modelled. Leave it out (vmsim gaps lists what is not modelled)", e.PID,
		e.What)
}

func (p *Process) unmodelled(what string) error { return &Unmodelled{p.PID, what} }

// socketType is the type of a socket, with flags.
// Linux: enum sock_type (include/linux/net.h).
type socketType uint32

// The type that the model has, and the flags.
const (
	socketStream    socketType = 1
	socketTypes     socketType = 15
	socketNonblock             = socketType(OpenNonblock)
	socketCloseExec            = socketType(OpenCloseExec)
)

// familyUnix is the one family of sockets here, and families is how many Linux has numbers for.
// Linux: AF_UNIX, NPROTO (include/linux/socket.h).
const (
	familyUnix = 1
	families   = 46
)

// socketpairAt makes two connected sockets and puts their descriptors at a.
// Linux: __sys_socketpair (net/socket.c).
func (p *Process) socketpairAt(family int32, t socketType, protocol int32, a vm.Addr) error {
	p.enter(SysSocketpair)
	if t&^(socketTypes|socketNonblock|socketCloseExec) != 0 {
		return p.refuse(syscall.EINVAL, "no such flag")
	}
	var fds [2]int
	for i := range fds {
		from := 0
		if i > 0 {
			from = fds[0] + 1
		}
		fd, err := p.free(from)
		if err != nil {
			return err
		}
		fds[i] = fd
	}
	for i, fd := range fds {
		if !p.putNumber(a+vm.Addr(4*i), binary.LittleEndian.AppendUint32(nil, uint32(fd))) {
			return p.refuse(syscall.EFAULT, "the descriptors cannot be stored there")
		}
	}
	if err := p.mayPair(family, t&socketTypes, protocol); err != nil {
		return err
	}
	x, y := p.kernel.Cache.NewSocketPair()
	for i, f := range [...]*pagecache.File{x, y} {
		f.Flags = uint64(OpenReadWrite | OpenFlags(t&socketNonblock))
		f.By = p.creds
		p.install(f, fds[i], inheritanceOf(OpenFlags(t)))
	}
	return nil
}

// mayPair refuses sockets that the model does not have.
// Linux: __sock_create (net/socket.c), unix_create (net/unix/af_unix.c).
func (p *Process) mayPair(family int32, t socketType, protocol int32) error {
	switch {
	case family < 0 || family >= families:
		return p.refuse(syscall.EAFNOSUPPORT, "no such family of sockets")
	case t > 10:
		return p.refuse(syscall.EINVAL, "no such type of socket")
	case family != familyUnix:
		return p.unmodelled("a pair of sockets of another family than AF_UNIX")
	case protocol != 0 && protocol != familyUnix:
		return p.refuse(syscall.EPROTONOSUPPORT, "the family has no such protocol")
	case t == socketStream:
		return nil
	case t == 2 || t == 3 || t == 5:
		return p.unmodelled("a pair of sockets that keep the ends of messages")
	}
	return p.refuse(syscall.ESOCKTNOSUPPORT, "the family has no such type of socket")
}

// MessageFlags are how send and recv move bytes. Those without a name here change nothing between the sockets of a
// pair.
// Linux: MSG_* (include/linux/socket.h).
type MessageFlags uint32

// The flags that the model follows.
const (
	MessageUrgent   MessageFlags = 1
	MessagePeek     MessageFlags = 2
	MessageDontWait MessageFlags = 0x40
	MessageAll      MessageFlags = 0x100
	MessageNoSignal MessageFlags = 0x4000
)

// socket is the socket of a descriptor, with the flags of a call on it.
func (p *Process) socket(fd int, f MessageFlags) (*pagecache.Socket, MessageFlags, error) {
	d, err := p.descriptor(fd)
	if err != nil {
		return nil, 0, err
	}
	s := d.file.Socket()
	if s == nil {
		return nil, 0, p.refuse(syscall.ENOTSOCK, "the file is no socket")
	}
	if nonblocking(d.file) {
		f |= MessageDontWait
	}
	return s, f, nil
}

// Sendto sends n bytes at a.
// Linux: __sys_sendto (net/socket.c).
func (p *Process) Sendto(fd int, a vm.Addr, n uint64, f MessageFlags, to vm.Addr, size int32) (uint64, error) {
	p.enter(SysSendto)
	n = min(n, maxTransfer)
	if !userRange(a, n) {
		return 0, p.refuse(syscall.EFAULT, "the buffer lies outside the address space")
	}
	s, f, err := p.socket(fd, f)
	switch {
	case err != nil:
		return 0, err
	case to != 0 && (size < 0 || size > mostAddress):
		return 0, p.refuse(syscall.EINVAL, "no address is so long")
	case to != 0 && !p.copyIn(to, make([]byte, size)):
		return 0, p.refuse(syscall.EFAULT, "the address is not readable")
	case f&MessageUrgent != 0:
		return 0, p.unmodelled("an urgent byte (MSG_OOB)")
	case to != 0 && size > 0:
		return 0, p.refuse(syscall.EISCONN, "the socket is connected: it sends to no other address")
	}
	return p.send(s, p.CPU, a, n, f)
}

// mostAddress is the size of the longest address of a socket.
// Linux: struct sockaddr_storage (include/uapi/linux/socket.h).
const mostAddress = 128

// send is what the calls that send have in common.
// Linux: unix_stream_sendmsg (net/unix/af_unix.c).
func (p *Process) send(s *pagecache.Socket, u pagecache.User, a vm.Addr, n uint64, f MessageFlags) (uint64, error) {
	if f&MessageDontWait == 0 && s.WouldFill(n) {
		return 0, p.wouldWait("the other end has read more")
	}
	done, err := s.Send(u, a, n)
	return p.sentTo(done, err, f)
}

// sentTo is the result of a send.
func (p *Process) sentTo(done uint64, err error, f MessageFlags) (uint64, error) {
	switch {
	case done > 0:
		return done, nil
	case err == syscall.EPIPE:
		if f&MessageNoSignal == 0 {
			p.sent = signalPipe
		}
		return 0, p.refuse(syscall.EPIPE, "nothing can be sent this way any more: SIGPIPE is sent")
	case err == syscall.EAGAIN:
		return 0, p.refuse(syscall.EAGAIN, "the other end has not read what was sent before")
	case err == syscall.ECONNRESET:
		return 0, p.refuse(syscall.ECONNRESET, resetByPeer)
	}
	return p.transferred(done, err)
}

const resetByPeer = "the other end was closed before it had read all"

// Recvfrom receives up to n bytes at a. The sockets of a pair have no address.
// Linux: __sys_recvfrom (net/socket.c).
func (p *Process) Recvfrom(fd int, a vm.Addr, n uint64, f MessageFlags, from, size vm.Addr) (uint64, error) {
	p.enter(SysRecvfrom)
	n = min(n, maxTransfer)
	if !userRange(a, n) {
		return 0, p.refuse(syscall.EFAULT, "the buffer lies outside the address space")
	}
	s, f, err := p.socket(fd, f)
	if err != nil {
		return 0, err
	}
	done, err := p.receive(s, p.CPU, a, n, f)
	if err != nil || from == 0 {
		return done, err
	}
	if err := p.checkAddressSize(size); err != nil {
		return 0, err
	}
	return done, p.putInt(size, 0)
}

// checkAddressSize reads how much room there is for a socket's address.
// Linux: move_addr_to_user (net/socket.c).
func (p *Process) checkAddressSize(size vm.Addr) error {
	var b [4]byte
	switch {
	case !p.copyIn(size, b[:]):
		return p.refuse(syscall.EFAULT, "the size of the address is not readable")
	case int32(binary.LittleEndian.Uint32(b[:])) < 0:
		return p.refuse(syscall.EINVAL, "the size of the address is negative")
	}
	return nil
}

// receive is what the calls that receive have in common.
// Linux: unix_stream_recvmsg (net/unix/af_unix.c).
func (p *Process) receive(s *pagecache.Socket, u pagecache.User, a vm.Addr, n uint64, f MessageFlags) (uint64, error) {
	least := min(n, 1)
	switch {
	case f&MessageUrgent != 0:
		return 0, p.unmodelled("an urgent byte (MSG_OOB)")
	case f&MessageAll != 0 && f&MessagePeek == 0:
		least = n
	}
	if f&MessageDontWait == 0 && s.WouldWait(least) {
		return 0, p.wouldWait("the other end has sent something, or has closed it")
	}
	done, err := s.Receive(u, a, n, least, f&MessagePeek != 0)
	switch {
	case done > 0:
		return done, nil
	case err == syscall.EAGAIN:
		return 0, p.refuse(syscall.EAGAIN, "the other end has sent nothing")
	case err == syscall.ECONNRESET:
		return 0, p.refuse(syscall.ECONNRESET, resetByPeer)
	}
	return p.transferred(done, err)
}

// Shutdown closes directions of a socket: for receiving (0), for sending (1), or both (2).
// Linux: __sys_shutdown (net/socket.c).
func (p *Process) Shutdown(fd int, how int32) error {
	p.enter(SysShutdown)
	s, _, err := p.socket(fd, 0)
	switch {
	case err != nil:
		return err
	case how < 0 || how > 2:
		return p.refuse(syscall.EINVAL, "no such direction")
	}
	s.Shutdown(pagecache.ShutdownMode(how + 1))
	return nil
}

// readSocket is a read from a socket.
// Linux: sock_read_iter (net/socket.c).
func (p *Process) readSocket(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64, flags TransferFlags) (uint64,
	error) {
	if n == 0 {
		return 0, nil
	}
	how := MessageFlags(0)
	if nonblocking(f) || flags&TransferNoWait != 0 {
		how = MessageDontWait
	}
	return p.receive(f.Socket(), u, a, n, how)
}

// writeSocket is a write to a socket.
// Linux: sock_write_iter (net/socket.c).
func (p *Process) writeSocket(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64, mode pagecache.OpenMode) (
	uint64, error) {
	how := MessageFlags(0)
	if nonblocking(f) || mode&pagecache.ModeNoWait != 0 {
		how = MessageDontWait
	}
	if mode&pagecache.ModeNoSignal != 0 {
		how |= MessageNoSignal
	}
	return p.send(f.Socket(), u, a, n, how)
}

// restartSys is ERESTARTSYS, by which the kernel has a call made again after a signal. Without one the program sees it.
// Linux: ERESTARTSYS (include/linux/errno.h).
const restartSys = syscall.Errno(512)

// spliceSocket sends what a pipe holds through a socket.
// Linux: splice_to_socket (fs/splice.c).
func (p *Process) spliceSocket(s splicing) (uint64, error) {
	x, to := s.in.Pipe(), s.out.Socket()
	switch {
	case !p.follows(profile.SplicedMessages):
		x.SkipEmpty()
	case !x.Empty() && x.Bytes() == 0:
		return 0, p.refuse(restartSys, "the pipe holds only pieces without bytes")
	}
	if err := p.waitForBytes(x, s.nonblocking); err != nil {
		return 0, err
	}
	if !nonblocking(s.out) && x.WouldFillWith(to, s.n) {
		return 0, p.wouldWait("the other end has read more")
	}
	done, err := x.SpliceTo(to, s.n)
	return p.sentTo(done, err, 0)
}

// sendSocket is sendfile to a socket.
// Linux: splice_direct_to_actor, splice_to_socket (fs/splice.c).
func (p *Process) sendSocket(in, out *pagecache.File, from int64, n uint64) (uint64, error) {
	to := out.Socket()
	if !in.Zeros() {
		n = min(n, uint64(max(0, in.Mapping.Size()-from)))
	}
	if n > 0 && !nonblocking(out) && to.WouldFillWithPages(n, from) {
		return 0, p.wouldWait("the other end has read more")
	}
	done, err := to.SendFrom(in, n, from)
	return p.sentTo(done, err, 0)
}
