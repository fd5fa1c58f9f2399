package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// CopyFileRange copies n bytes from file in to file out inside the kernel. An offset that is not nil is used and
// advanced; else the open file's own offset is.
// Linux: vfs_copy_file_range (fs/read_write.c).
func (p *Process) CopyFileRange(in int, offIn *int64, out int, offOut *int64, n uint64, flags uint32) (uint64, error) {
	p.enter(SysCopyFileRange)
	return p.copyFileRange(in, offIn, out, offOut, n, flags)
}

func (p *Process) copyFileRange(in int, offIn *int64, out int, offOut *int64, n uint64, flags uint32) (uint64, error) {
	from, to, err := p.twoFiles(in, out)
	if err != nil {
		return 0, err
	}
	if offIn == nil {
		offIn = &from.file.Pos
	}
	if offOut == nil {
		offOut = &to.file.Pos
	}
	if flags != 0 {
		return 0, p.refuse(syscall.EINVAL, "there are no flags")
	}
	done, err := p.copyRange(from.file, to.file, *offIn, *offOut, n)
	*offIn += int64(done)
	*offOut += int64(done)
	return done, err
}

func (p *Process) twoFiles(in, out int) (from, to *descriptor, err error) {
	if from, err = p.descriptor(in); err != nil {
		return nil, nil, err
	}
	to, err = p.descriptor(out)
	return from, to, err
}

func (p *Process) copyRange(in, out *pagecache.File, from, to int64, n uint64) (uint64, error) {
	n, err := p.copyChecks(in, out, from, to, n)
	if err != nil {
		return 0, err
	}
	if err := p.checkTransfer(n, from); err != nil {
		return 0, err
	}
	if err := p.checkTransfer(n, to); err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, nil
	}
	return p.spliceFiles(in, out, from, to, min(n, maxTransfer))
}

// copyChecks checks the files and limits n to the source's size and the destination's limit.
// Linux: generic_copy_file_checks (fs/read_write.c).
func (p *Process) copyChecks(in, out *pagecache.File, from, to int64, n uint64) (uint64, error) {
	a, b := in.Mapping, out.Mapping
	switch {
	case a.Type() == pagecache.Directory || b.Type() == pagecache.Directory:
		return 0, p.refuse(syscall.EISDIR, "one of the files is a directory")
	case !a.Regular() || !b.Regular():
		return 0, p.refuse(syscall.EINVAL, "one of the files is no regular one")
	case in.Mode&pagecache.ModeRead == 0 || out.Mode&pagecache.ModeWrite == 0 || out.Mode&pagecache.ModeAppend != 0:
		return 0, p.refuseFor(syscall.EBADF, cause{in.Mode&pagecache.ModeRead == 0,
			"the file to copy from is not open for reading"}, cause{out.Mode&pagecache.ModeWrite == 0,
			"the file to copy to is not open for writing"}, cause{true,
			"the file to copy to is open with O_APPEND"})
	case a.InMemory() != b.InMemory() || a.Private != b.Private || a.Pidfd() != b.Pidfd():
		return 0, p.refuse(syscall.EXDEV, "the files are on different file systems")
	case p.immutable(b):
		return 0, p.refuse(syscall.EPERM, pidfdImmutable)
	case a.Swapfile || b.Swapfile:
		return 0, p.refuse(pagecache.ETXTBSY, "one of the files is a swap area in use")
	case uint64(from)+n < uint64(from) || uint64(to)+n < uint64(to):
		return 0, p.refuse(syscall.EOVERFLOW, "offset and length together pass the largest number")
	}
	if from >= a.Size() {
		n = 0
	} else {
		n = min(n, uint64(a.Size())-uint64(from))
	}
	if n == 0 && p.follows(profile.NothingHasNoLimit) {
		return 0, nil
	}
	limit := p.writeLimit(out)
	if to >= limit {
		return 0, p.passesFile(to, b.Limit())
	}
	n = uint64(min(int64(n), limit-to))
	if a == b && uint64(to)+n > uint64(from) && uint64(to) < uint64(from)+n {
		return 0, p.refuse(syscall.EINVAL, "the ranges are of one file and overlap")
	}
	return n, nil
}

// copyFileRangeAt is copy_file_range with the places of the offsets in the program's memory.
// Linux: sys_copy_file_range (fs/read_write.c).
func (p *Process) copyFileRangeAt(in int, atIn vm.Addr, out int, atOut vm.Addr, n uint64, flags uint32) (uint64,
	error) {
	p.enter(SysCopyFileRange)
	if _, _, err := p.twoFiles(in, out); err != nil {
		return 0, err
	}
	var offs [2]*int64
	for i, at := range [2]vm.Addr{atIn, atOut} {
		if at == 0 {
			continue
		}
		w, ok := p.wordAt(at)
		if !ok {
			return 0, p.refuse(syscall.EFAULT, "an offset is not readable")
		}
		off := int64(w)
		offs[i] = &off
	}
	done, err := p.copyFileRange(in, offs[0], out, offs[1], n, flags)
	if done == 0 {
		return done, err
	}
	for i, at := range [2]vm.Addr{atIn, atOut} {
		if at == 0 {
			continue
		}
		// It is copied byte by byte: of an offset at the end of what is writable, the first bytes are stored.
		if e := p.putBytes(at, littleEndian([]uint64{uint64(*offs[i])})); e != nil {
			err = e
		}
	}
	return done, err
}
