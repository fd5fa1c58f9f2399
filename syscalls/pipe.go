package syscalls

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

const (
	noPipe    = "the file is no pipe"
	noOffsets = "a pipe and a socket have no offsets"
	noReader  = "no end of the pipe is open that reads it: SIGPIPE is sent, which by default ends a process"
)

// Waits is a call that would wait for another process. One program runs here after the other, so it would do so for
// ever.
// Linux: none.
type Waits struct {
	PID     int
	What    string // what it waits for
	Instead string // what to do
}

// Error says what the call waits for, and what to do.
func (e *Waits) Error() string {
	return fmt.Sprintf("process %d would wait here until %s; nothing else runs meanwhile, so it would wait for ever. "+
		"%s", e.PID, e.What, e.Instead)
}

// wouldWait is the error for a call that would wait.
func (p *Process) wouldWait(what string) error {
	return &Waits{p.PID, what,
		"Use O_NONBLOCK (pipe2, fcntl F_SETFL) or SPLICE_F_NONBLOCK to get EAGAIN instead"}
}

const (
	forBytes = "the pipe has something to read, or all that could write to it have closed it"
	forRoom  = "the pipe has room for more"
)

// pipeAt makes a pipe and puts the descriptors of its ends at a: the reading one first.
// Linux: do_pipe2 (fs/pipe.c).
func (p *Process) pipeAt(a vm.Addr, flags OpenFlags) error {
	if flags&^(OpenCloseExec|OpenNonblock|OpenDirect) != 0 {
		return p.refuse(syscall.EINVAL, "no such flag")
	}
	ends, err := p.pipe(flags)
	if err != nil {
		return err
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(ends[0]))
	if !p.copyOut(a, binary.LittleEndian.AppendUint32(b, uint32(ends[1]))) {
		for _, fd := range ends {
			f := p.fds.slots[fd].file
			p.fds.slots[fd] = nil
			f.Put()
		}
		return p.refuse(syscall.EFAULT, "the descriptors cannot be stored there")
	}
	return nil
}

// pipe makes a pipe and gives its ends numbers.
// Linux: do_pipe_flags (fs/pipe.c).
func (p *Process) pipe(flags OpenFlags) (ends [2]int, err error) {
	if ends[0], err = p.free(0); err != nil {
		return ends, err
	}
	if ends[1], err = p.free(ends[0] + 1); err != nil {
		return ends, err
	}
	read, write := p.kernel.Cache.NewPipe()
	read.Flags = uint64(flags & OpenNonblock)
	write.Flags = uint64(OpenWriteOnly | flags&(OpenNonblock|OpenDirect))
	write.Mode = OpenFlags(write.Flags).mode()
	read.By, write.By = p.creds, p.creds
	p.install(read, ends[0], inheritanceOf(flags))
	p.install(write, ends[1], inheritanceOf(flags))
	return ends, nil
}

// nonblocking reports whether a transfer on the file is not to wait.
func nonblocking(f *pagecache.File) bool { return OpenFlags(f.Flags)&OpenNonblock != 0 }

// readPipe is a read from a pipe.
func (p *Process) readPipe(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64, flags TransferFlags) (uint64,
	error) {
	done, err := f.Pipe().Read(u, a, n)
	return p.pipeRead(done, err, nonblocking(f) || flags&TransferNoWait != 0)
}

// pipeRead is the result of taking something out of a pipe.
func (p *Process) pipeRead(done uint64, err error, nonblock bool) (uint64, error) {
	if err == syscall.EAGAIN && done == 0 {
		if !nonblock {
			return 0, p.wouldWait(forBytes)
		}
		return 0, p.refuse(syscall.EAGAIN, "the pipe is empty")
	}
	return p.transferred(done, err)
}

// writePipe is a write to a pipe.
func (p *Process) writePipe(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64, mode pagecache.OpenMode) (uint64,
	error) {
	x := f.Pipe()
	if !nonblocking(f) && mode&pagecache.ModeNoWait == 0 && x.Readers > 0 && n > x.Room(n) {
		return 0, p.wouldWait(forRoom)
	}
	done, err := x.Write(u, a, n, mode)
	done, err = p.pipeWritten(done, err)
	if mode&pagecache.ModeNoSignal != 0 {
		p.sent = 0
	}
	return done, err
}

// brokenPipe is the error of a write that has no reader. SIGPIPE is sent with it.
// Linux: anon_pipe_write (fs/pipe.c), wait_for_space (fs/splice.c).
func (p *Process) brokenPipe() error {
	p.sent = signalPipe
	return p.refuse(syscall.EPIPE, noReader)
}

// The signals that calls send to their own process: SIGPIPE and SIGXFSZ.
// Linux: include/uapi/asm-generic/signal.h.
const (
	signalPipe     = 13
	signalFileSize = 25
)

// TakeSignal is the signal that the process's last call has sent to it; 0 for none.
// Linux: get_signal (kernel/signal.c).
func (p *Process) TakeSignal() (number int) {
	number, p.sent = p.sent, 0
	return number
}

// pipeWritten is the result of putting something into a pipe.
func (p *Process) pipeWritten(done uint64, err error) (uint64, error) {
	switch {
	case done > 0:
		return done, nil
	case err == syscall.EPIPE:
		return 0, p.brokenPipe()
	case err == syscall.EAGAIN:
		return 0, p.refuse(syscall.EAGAIN, "the pipe is full")
	}
	return p.transferred(done, err)
}

// mostPipe is how large an ordinary user may make a pipe.
// Linux: pipe_max_size (fs/pipe.c).
const mostPipe = 1 << 20

// mostPieces is how many pieces fit the largest table that the kernel has memory for in one piece.
// Linux: KMALLOC_MAX_SIZE (include/linux/slab.h), struct pipe_buffer (include/linux/pipe_fs_i.h).
const mostPieces = 4 << 20 / 40

// resizePipe gives a pipe room for so many bytes: a power of two of pages.
// Linux: pipe_set_size (fs/pipe.c).
func (p *Process) resizePipe(f *pagecache.File, size uint32) (uint64, error) {
	x := f.Pipe()
	if x == nil {
		return 0, p.refuse(syscall.EBADF, noPipe)
	}
	if size > 1<<31 {
		return 0, p.refuse(syscall.EINVAL, "no pipe is so large")
	}
	pieces := uint64(1) << bits.Len64((uint64(max(size, vm.PageSize))-1)>>vm.PageShift)
	switch {
	case pieces > x.Capacity() && pieces*vm.PageSize > mostPipe && !p.kernel.capable(CapResource):
		return 0, p.refuse(syscall.EPERM, "larger than fs.pipe-max-size")
	case pieces > mostPieces:
		return 0, p.refuse(syscall.ENOMEM, "the table of its pieces would be too large")
	case x.Resize(int(pieces)) != nil:
		return 0, p.refuse(syscall.EBUSY, "the pipe holds more than that")
	}
	return pieces * vm.PageSize, nil
}
