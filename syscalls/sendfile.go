package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// Sendfile copies n bytes from file in to file out inside the kernel: no page of the process is touched for it. If off
// is not nil it is the offset and is advanced; else the offset of in is used.
// Linux: do_sendfile (fs/read_write.c).
func (p *Process) Sendfile(out, in int, off *int64, n uint64) (uint64, error) {
	p.enter(SysSendfile)
	return p.sendfile(out, in, off, n)
}

func (p *Process) sendfile(out, in int, off *int64, n uint64) (uint64, error) {
	from, err := p.descriptor(in)
	if err != nil {
		return 0, err
	}
	if from.file.Mode&pagecache.ModeRead == 0 {
		return 0, p.refuse(syscall.EBADF, "the file to read is not open for reading")
	}
	pos := off
	if pos == nil {
		pos = &from.file.Pos
	} else if err := p.mayBePlaced(from.file); err != nil {
		return 0, err
	}
	if err := p.checkTransfer(n, *pos); err != nil {
		return 0, err
	}
	to, err := p.descriptor(out)
	if err != nil {
		return 0, err
	}
	if to.file.Mode&pagecache.ModeWrite == 0 {
		return 0, p.refuse(syscall.EBADF, "the file to write is not open for writing")
	}
	if n, err = p.belowLimit(min(n, maxTransfer), *pos, from.file, to.file); err != nil {
		return 0, err
	}
	if to.file.Pipe() != nil && p.follows(profile.SendfileLends) {
		return p.fillPipe(from.file, to.file, pos, n, to.file.Flags&uint64(OpenNonblock) != 0)
	}
	if err := p.checkTransfer(n, to.file.Pos); err != nil {
		return 0, err
	}
	start, end := *pos, to.file.Pos // both may be the same
	done, err := p.spliceFiles(from.file, to.file, start, end, n)
	if to.file.Mapping.Type() == pagecache.Regular {
		to.file.Pos = end + int64(done)
	}
	if !from.file.Zeros() {
		*pos = start + int64(done)
	}
	return done, err
}

// belowLimit is how many of n bytes from offset pos on lie below the largest size that either file may have.
func (p *Process) belowLimit(n uint64, pos int64, from, to *pagecache.File) (uint64, error) {
	most := min(from.Mapping.Limit(), to.Mapping.Limit())
	switch {
	case pos < most:
		return min(n, uint64(most-pos)), nil
	case uint64(pos)+n > uint64(most):
		return 0, p.refuse(syscall.EOVERFLOW, "the offset lies beyond the largest file")
	}
	return n, nil
}

// spliceFiles copies bytes from file to file through an internal pipe.
// Linux: do_splice_direct (fs/splice.c).
func (p *Process) spliceFiles(in, out *pagecache.File, from, to int64, n uint64) (uint64, error) {
	switch {
	case out.Mode&pagecache.ModeAppend != 0:
		return 0, p.refuse(syscall.EINVAL, "the file to write was opened with O_APPEND")
	case in.Stream() || in.Mapping.Pidfd():
		return 0, p.refuse(syscall.EINVAL, "sendfile reads nothing that has no offsets")
	case n == 0 && (p.follows(profile.SeekableSent) || in.Mapping.Type() == pagecache.Regular):
		return 0, nil
	case !p.gives(in):
		return 0, p.refuse(syscall.EINVAL, "the file to read has no pages to give")
	case out.Socket() != nil:
		return p.sendSocket(in, out, from, n)
	case out.Pipe() != nil:
		return p.copyToPipe(in, out, from, n)
	case p.driven(out):
		return p.sendDevice(in, out, from, n)
	}
	done, err := out.CopyFrom(in, n, from, to, p.writeLimit(out))
	if err == syscall.EFBIG {
		p.passesLimit(to + int64(done))
	}
	if done > 0 {
		p.removePrivileges(out.Mapping)
	}
	if e := p.syncWritten(out, to, done, out.Mode); e != nil {
		return 0, e
	}
	return p.transferred(done, err)
}

// sendDevice is sendfile to a device, which looks at no byte: the pages of the file are read all the same, before the
// device is asked.
// Linux: splice_direct_to_actor, splice_write_null (fs/splice.c, drivers/char/mem.c).
func (p *Process) sendDevice(in, out *pagecache.File, from int64, n uint64) (done uint64, err error) {
	for done < n {
		got, err := in.SpliceOut(n-done, from+int64(done))
		if got == 0 {
			return p.transferred(done, err)
		}
		if !p.takes(out) {
			return 0, p.refuse(syscall.EINVAL, "the device takes nothing from a pipe")
		}
		done += got
	}
	return done, nil
}

// copyToPipe copies bytes of a file to a pipe, as releases before 5.12 do for sendfile.
func (p *Process) copyToPipe(in, out *pagecache.File, from int64, n uint64) (uint64, error) {
	x := out.Pipe()
	n = min(n, uint64(max(0, in.Mapping.Size()-from)))
	if !nonblocking(out) && x.Readers > 0 && n > x.Room(n) {
		return 0, p.wouldWait(forRoom)
	}
	done, err := x.WriteFrom(in, n, from, out.Mode)
	return p.pipeWritten(done, err)
}

// sendfileAt is sendfile with the place of the offset in the program's memory.
// Linux: sys_sendfile64 (fs/read_write.c).
func (p *Process) sendfileAt(out, in int, at vm.Addr, n uint64) (uint64, error) {
	p.enter(SysSendfile)
	if at == 0 {
		return p.sendfile(out, in, nil, n)
	}
	w, ok := p.wordAt(at)
	if !ok {
		return 0, p.refuse(syscall.EFAULT, "the offset is not readable")
	}
	off := int64(w)
	done, err := p.sendfile(out, in, &off, n)
	if !p.putNumber(at, littleEndian([]uint64{uint64(off)})) {
		return 0, p.refuse(syscall.EFAULT, "the offset cannot be stored")
	}
	return done, err
}
