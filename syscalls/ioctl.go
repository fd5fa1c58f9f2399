package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Request is what ioctl is to do.
// Linux: FIO* (include/uapi/asm-generic/ioctls.h).
type Request uint32

// The requests of ioctl that the model has.
const (
	RequestCloseExec   Request = 0x5451 // FIOCLEX
	RequestKeepExec    Request = 0x5450 // FIONCLEX
	RequestNonblocking Request = 0x5421 // FIONBIO
	RequestBytes       Request = 0x541b // FIONREAD, SIOCINQ
	RequestUnread      Request = 0x5411 // SIOCOUTQ
)

// Modelled reports whether the model has the request.
func (r Request) Modelled() bool {
	switch r {
	case RequestCloseExec, RequestKeepExec, RequestNonblocking, RequestBytes, RequestUnread:
		return true
	}
	return r.ofUserfaults()
}

// ofAnyFile reports whether the request is answered without the file.
func (r Request) ofAnyFile() bool {
	return r == RequestCloseExec || r == RequestKeepExec || r == RequestNonblocking
}

// Ioctl does what the request says with an open file. Requests of devices are left out: they are refused as those of a
// file that no driver has.
// Linux: do_vfs_ioctl (fs/ioctl.c).
func (p *Process) Ioctl(fd int, r Request, a vm.Addr) (uint64, error) {
	p.enter(SysIoctl)
	d, err := p.descriptor(fd)
	if err != nil {
		return 0, err
	}
	if u := d.file.Userfaults(); u != nil && !r.ofAnyFile() {
		return 0, p.ioctlUserfaults(u, r, a)
	}
	switch r {
	case RequestCloseExec, RequestKeepExec:
		d.cloexec = r == RequestCloseExec
		return 0, nil
	case RequestNonblocking:
		return 0, p.setNonblocking(d.file, a)
	case RequestBytes, RequestUnread:
		if n, ok := p.waiting(d.file, r); ok {
			return 0, p.putInt(a, n)
		}
	}
	if d.file.Mapping.Pidfd() && d.file.Mapping.Regular() && a != 0 && !p.follows(profile.PidfdRequests) {
		return 0, p.refuse(syscall.EINVAL, "a pidfd's requests have no argument")
	}
	return 0, p.refuse(syscall.ENOTTY, "the file knows no such request")
}

// waiting is how many bytes of a file are left to read, or, of a socket, how many the other end has not read; not every
// kind of file knows.
func (p *Process) waiting(f *pagecache.File, r Request) (n uint32, ok bool) {
	s := f.Socket()
	if r == RequestUnread {
		if s == nil {
			return 0, false
		}
		return s.Unread(), true
	}
	if p.hasContent(f.Mapping) {
		return uint32(f.Mapping.Size() - f.Pos), true
	}
	if x := f.Pipe(); x != nil {
		return uint32(x.Bytes()), true
	}
	if s != nil {
		return uint32(s.Readable()), true
	}
	return 0, false
}

func (p *Process) setNonblocking(f *pagecache.File, a vm.Addr) error {
	var b [4]byte
	if !p.copyIn(a, b[:]) {
		return p.refuse(syscall.EFAULT, "the number is not readable")
	}
	f.Flags &^= uint64(OpenNonblock)
	if binary.LittleEndian.Uint32(b[:]) != 0 {
		f.Flags |= uint64(OpenNonblock)
	}
	return nil
}

// putInt stores an int.
func (p *Process) putInt(a vm.Addr, n uint32) error {
	if !p.putNumber(a, binary.LittleEndian.AppendUint32(nil, n)) {
		return p.refuse(syscall.EFAULT, "the number cannot be stored there")
	}
	return nil
}
