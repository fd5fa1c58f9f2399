package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// spliceFlags are how splice moves bytes. SPLICE_F_MOVE and SPLICE_F_GIFT ask for pages to change hands: no file system
// here takes any, so they change nothing.
// Linux: SPLICE_F_* (include/linux/splice.h).
type spliceFlags uint32

// The flags of splice.
const (
	spliceMove     spliceFlags = 1
	spliceNonblock spliceFlags = 2
	spliceMore     spliceFlags = 4
	spliceGift     spliceFlags = 8
	spliceAll                  = spliceMove | spliceNonblock | spliceMore | spliceGift
)

// splicing is the two ends of a splice and the places in them; nil where a file's own is meant.
type splicing struct {
	in, out     *pagecache.File
	from, to    *int64
	n           uint64
	nonblocking bool
}

// spliceAt moves bytes between a pipe and a file, or between two pipes.
// Linux: sys_splice, __do_splice (fs/splice.c).
func (p *Process) spliceAt(in int, atIn vm.Addr, out int, atOut vm.Addr, n uint64, flags spliceFlags) (uint64, error) {
	p.enter(SysSplice)
	switch {
	case n == 0:
		return 0, nil
	case flags&^spliceAll != 0:
		return 0, p.refuse(syscall.EINVAL, noSpliceFlag)
	}
	from, to, err := p.twoFiles(in, out)
	if err != nil {
		return 0, err
	}
	for _, e := range [...]struct {
		f  *pagecache.File
		at vm.Addr
	}{{from.file, atIn}, {to.file, atOut}} {
		if e.f.Pipe() == nil {
			continue
		}
		if e.at != 0 {
			return 0, p.refuse(syscall.ESPIPE, "an offset in a pipe")
		}
		e.f.Spliced = true // RWF_NOWAIT is refused from now on
	}
	s := splicing{in: from.file, out: to.file, n: n, nonblocking: flags&spliceNonblock != 0}
	if s.to, err = p.spliceOffset(atOut); err != nil {
		return 0, err
	}
	if s.from, err = p.spliceOffset(atIn); err != nil {
		return 0, err
	}
	done, err := p.splice(s)
	if err != nil {
		return 0, err
	}
	if !p.storeOffset(atOut, s.to) || !p.storeOffset(atIn, s.from) {
		return 0, p.refuse(syscall.EFAULT, "an offset cannot be stored")
	}
	return done, nil
}

// spliceOffset reads the offset that the process has at a; NULL is none.
func (p *Process) spliceOffset(a vm.Addr) (*int64, error) {
	if a == 0 {
		return nil, nil
	}
	w, ok := p.wordAt(a)
	if !ok {
		return nil, p.refuse(syscall.EFAULT, "an offset is not readable")
	}
	off := int64(w)
	return &off, nil
}

// storeOffset stores an offset that spliceOffset has read, and reports whether that was possible.
func (p *Process) storeOffset(a vm.Addr, off *int64) bool {
	return off == nil || p.copyOut(a, binary.LittleEndian.AppendUint64(nil, uint64(*off)))
}

const noSpliceFlag = "no such flag"

// splice is splice once its arguments are read.
// Linux: do_splice (fs/splice.c).
func (p *Process) splice(s splicing) (uint64, error) {
	if s.in.Mode&pagecache.ModeRead == 0 || s.out.Mode&pagecache.ModeWrite == 0 {
		return 0, p.refuse(syscall.EBADF, "a file is not open for what is asked of it")
	}
	in, out := s.in.Pipe(), s.out.Pipe()
	switch {
	case in != nil && out != nil:
		if in == out {
			return 0, p.refuse(syscall.EINVAL, "both are one pipe")
		}
		s.nonblocking = s.nonblocking || nonblocking(s.in) || nonblocking(s.out)
		done, err := p.between(in, out, s.n, s.nonblocking, in.Move)
		if done > 0 || err != nil || in.Empty() && in.Writers == 0 {
			return done, err
		}
		return p.between(in, out, s.n, s.nonblocking, in.Move) // only pieces without bytes have moved
	case in != nil:
		s.nonblocking = s.nonblocking || nonblocking(s.in)
		return p.splicePipe(s)
	case out != nil:
		pos := s.from
		switch {
		case pos == nil:
			pos = &s.in.Pos
		case s.in.Socket() != nil:
			return 0, p.refuse(syscall.EINVAL, noOffsets)
		}
		if p.follows(profile.SpliceChecksWhole) {
			if err := p.checkTransfer(s.n, *pos); err != nil {
				return 0, err
			}
		}
		return p.fillPipe(s.in, s.out, pos, s.n, s.nonblocking || nonblocking(s.out))
	}
	return 0, p.refuse(syscall.EINVAL, "neither of the two is a pipe")
}

// fillPipe puts references to pages of a file into a pipe.
// Linux: splice_file_to_pipe (fs/splice.c).
func (p *Process) fillPipe(in, out *pagecache.File, pos *int64, n uint64, nonblock bool) (uint64, error) {
	x := out.Pipe()
	if err := p.waitForRoom(x, nonblock); err != nil {
		return 0, err
	}
	if !p.follows(profile.SpliceChecksWhole) {
		n = min(n, x.Places()*vm.PageSize)
		if err := p.checkTransfer(n, *pos); err != nil {
			return 0, err
		}
	}
	switch {
	case n == 0 && (p.follows(profile.NothingSpliced) || p.gives(in)):
		return 0, nil
	case in.Socket() != nil:
		return 0, p.unmodelled("a splice out of a socket")
	case !p.gives(in):
		return 0, p.refuse(syscall.EINVAL, "the file to read has no pages to give")
	}
	done, err := x.Fill(in, n, *pos)
	if in.Accessed(); !in.Zeros() {
		*pos += int64(done)
	}
	return p.transferred(done, err)
}

// gives reports whether a file gives pages to a pipe.
// Linux: the operation splice_read of struct file_operations (include/linux/fs.h).
func (p *Process) gives(f *pagecache.File) bool {
	return f.Mapping.Type() == pagecache.Regular || f.Zeros() && p.follows(profile.ZerosSpliced)
}

// driven reports whether a file has no page cache, so that it alone knows what it does with what a pipe holds.
func (p *Process) driven(f *pagecache.File) bool {
	return f.Mapping.Type() == pagecache.CharDevice || f.Mapping.Pidfd()
}

// takes reports whether a device takes what a pipe holds.
// Linux: the operation splice_write of struct file_operations (include/linux/fs.h).
func (p *Process) takes(f *pagecache.File) bool {
	return f.Takes() && (!f.Zeros() || p.follows(profile.ZerosSpliced))
}

// waitForRoom makes sure that a pipe has a place for a piece.
// Linux: wait_for_space (fs/splice.c).
func (p *Process) waitForRoom(x *pagecache.Pipe, nonblock bool) error {
	switch {
	case x.Readers == 0:
		return p.brokenPipe()
	case !x.Full():
		return nil
	case !nonblock:
		return p.wouldWait(forRoom)
	}
	return p.refuse(syscall.EAGAIN, "the pipe is full")
}

// splicePipe writes what a pipe holds to a file.
// Linux: do_splice_from (fs/splice.c).
func (p *Process) splicePipe(s splicing) (uint64, error) {
	out, pos := s.out, s.to
	switch {
	case pos == nil:
		pos = &out.Pos
	case out.Socket() != nil:
		return 0, p.refuse(syscall.EINVAL, noOffsets)
	}
	if out.Mode&pagecache.ModeAppend != 0 {
		return 0, p.refuse(syscall.EINVAL, "the file to write was opened with O_APPEND")
	}
	if err := p.checkTransfer(s.n, *pos); err != nil {
		return 0, err
	}
	if out.Socket() != nil {
		return p.spliceSocket(s)
	}
	x := s.in.Pipe()
	if p.driven(out) && !p.takes(out) {
		return 0, p.refuse(syscall.EINVAL, "the device takes nothing from a pipe")
	}
	x.SkipEmpty()
	if err := p.waitForBytes(x, s.nonblocking); err != nil {
		return 0, err
	}
	if out.Takes() {
		return x.Discard(s.n), nil
	}
	if x.Empty() {
		return 0, nil
	}
	p.removePrivileges(out.Mapping)
	first := *pos
	done, err := x.WriteTo(out, s.n, first, p.writeLimit(out))
	if err == syscall.EFBIG {
		p.passesLimit(first + int64(done))
	}
	*pos += int64(done)
	if e := p.syncWritten(out, first, done, out.Mode); e != nil {
		return 0, e
	}
	return p.transferred(done, err)
}

// waitForBytes makes sure that a pipe has something to read, or never will have.
// Linux: splice_from_pipe_next, ipipe_prep (fs/splice.c).
func (p *Process) waitForBytes(x *pagecache.Pipe, nonblock bool) error {
	switch {
	case !x.Empty() || x.Writers == 0:
		return nil
	case !nonblock:
		return p.wouldWait(forBytes)
	}
	return p.refuse(syscall.EAGAIN, "the pipe is empty")
}

// between is splice and tee from one pipe to another; move does it.
// Linux: splice_pipe_to_pipe, do_tee (fs/splice.c).
func (p *Process) between(in, out *pagecache.Pipe, n uint64, nonblock bool,
	move func(*pagecache.Pipe, uint64) uint64) (uint64, error) {
	if err := p.waitForBytes(in, nonblock); err != nil {
		return 0, err
	}
	if err := p.waitForRoom(out, nonblock); err != nil {
		return 0, err
	}
	return move(out, n), nil
}

// Tee puts references to the first n bytes of one pipe into another.
// Linux: sys_tee (fs/splice.c).
func (p *Process) Tee(in, out int, n uint64, flags spliceFlags) (uint64, error) {
	p.enter(SysTee)
	switch {
	case flags&^spliceAll != 0:
		return 0, p.refuse(syscall.EINVAL, noSpliceFlag)
	case n == 0:
		return 0, nil
	}
	from, to, err := p.twoFiles(in, out)
	if err != nil {
		return 0, err
	}
	if from.file.Mode&pagecache.ModeRead == 0 || to.file.Mode&pagecache.ModeWrite == 0 {
		return 0, p.refuse(syscall.EBADF, "a file is not open for what is asked of it")
	}
	a, b := from.file.Pipe(), to.file.Pipe()
	if a == nil || b == nil || a == b {
		return 0, p.refuseFor(syscall.EINVAL, cause{a == nil || b == nil, noPipe}, cause{true, "both are one pipe"})
	}
	nonblock := flags&spliceNonblock != 0 || nonblocking(from.file) || nonblocking(to.file)
	return p.between(a, b, n, nonblock, a.Tee)
}

// Vmsplice puts references to the program's own pages into a pipe, or, at its other end, copies what it holds to them.
// O_NONBLOCK does not count here, SPLICE_F_NONBLOCK does.
// Linux: sys_vmsplice (fs/splice.c).
func (p *Process) Vmsplice(fd int, vec vm.Addr, n uint32, flags spliceFlags) (uint64, error) {
	p.enter(SysVmsplice)
	if flags&^spliceAll != 0 {
		return 0, p.refuse(syscall.EINVAL, noSpliceFlag)
	}
	d, err := p.descriptor(fd)
	if err != nil {
		return 0, err
	}
	if d.file.Mode&(pagecache.ModeRead|pagecache.ModeWrite) == 0 {
		return 0, p.refuse(syscall.EBADF, "the file is open for nothing")
	}
	v, total, err := p.importVector(vec, n)
	if err != nil || total == 0 {
		return 0, err
	}
	x := d.file.Pipe()
	if x == nil {
		return 0, p.refuse(syscall.EBADF, noPipe)
	}
	d.file.Spliced = true
	nonblock := flags&spliceNonblock != 0
	if d.file.Mode&pagecache.ModeWrite == 0 {
		x.SkipEmpty()
		if err := p.waitForBytes(x, nonblock); err != nil {
			return 0, err
		}
		done, err := x.Copy(v, 0, total)
		return p.pipeRead(done, err, true)
	}
	if err := p.waitForRoom(x, nonblock); err != nil {
		return 0, err
	}
	return p.lend(x, v)
}

// lend puts references to the pages of buffers into a pipe.
// Linux: iter_to_pipe (fs/splice.c).
func (p *Process) lend(x *pagecache.Pipe, v *vector) (done uint64, err error) {
	for _, s := range v.segments {
		got, err := x.Lend(p.CPU, s.base, s.n)
		if done += got; err != nil {
			return p.pipeWritten(done, err)
		}
	}
	return done, nil
}
