package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// maxTransfer is the most that one read or write moves.
// Linux: MAX_RW_COUNT (include/linux/fs.h).
const maxTransfer = 0x7ffff000

// Pread64 reads n bytes of fd from offset pos on to addr.
// Linux: ksys_pread64 (fs/read_write.c).
func (p *Process) Pread64(fd int, addr vm.Addr, n uint64, pos int64) (uint64, error) {
	p.enter(SysPread64)
	if pos < 0 {
		return 0, p.refuse(syscall.EINVAL, "the offset is negative")
	}
	d, err := p.descriptor(fd)
	if err != nil {
		return 0, err
	}
	return p.read(d.file, addr, n, pos)
}

// Pwrite64 writes n bytes at addr to fd from offset pos on.
// Linux: ksys_pwrite64 (fs/read_write.c).
func (p *Process) Pwrite64(fd int, addr vm.Addr, n uint64, pos int64) (uint64, error) {
	p.enter(SysPwrite64)
	if pos < 0 {
		return 0, p.refuse(syscall.EINVAL, "the offset is negative")
	}
	d, err := p.descriptor(fd)
	if err != nil {
		return 0, err
	}
	return p.write(d.file, addr, n, pos)
}

// read is what read, pread64 and the others have in common.
// Linux: vfs_read (fs/read_write.c).
func (p *Process) read(f *pagecache.File, addr vm.Addr, n uint64, pos int64) (uint64, error) {
	switch {
	case f.Mode&pagecache.ModeRead == 0:
		return 0, p.refuse(syscall.EBADF, "the file is not open for reading")
	case !userRange(addr, n):
		return 0, p.refuse(syscall.EFAULT, "the buffer lies outside the address space")
	}
	if err := p.checkTransfer(n, pos); err != nil {
		return 0, err
	}
	done, err := f.Read(p.CPU, addr, min(n, maxTransfer), pos)
	return p.transferred(done, err)
}

// write is what write, pwrite64 and the others have in common.
// Linux: vfs_write (fs/read_write.c), generic_write_checks (fs/read_write.c).
func (p *Process) write(f *pagecache.File, addr vm.Addr, n uint64, pos int64) (uint64, error) {
	switch {
	case f.Mode&pagecache.ModeWrite == 0:
		return 0, p.refuse(syscall.EBADF, "the file is not open for writing")
	case !userRange(addr, n):
		return 0, p.refuse(syscall.EFAULT, "the buffer lies outside the address space")
	}
	if err := p.checkTransfer(n, pos); err != nil {
		return 0, err
	}
	n = min(n, maxTransfer)
	if n == 0 {
		return 0, nil
	}
	if f.Mode&pagecache.ModeAppend != 0 {
		pos = f.Mapping.Size()
	}
	limit := f.Mapping.Limit()
	if pos >= limit {
		return 0, p.refuse(syscall.EFBIG, "the offset lies beyond the largest file")
	}
	done, err := f.Write(p.CPU, addr, min(n, uint64(limit-pos)), pos)
	return p.transferred(done, err)
}

// checkTransfer checks length and offset.
// Linux: rw_verify_area (fs/read_write.c).
func (p *Process) checkTransfer(n uint64, pos int64) error {
	if int64(n) < 0 {
		return p.refuse(syscall.EINVAL, "the length is negative as the kernel sees it")
	}
	if n > uint64(maxFileSize-pos) {
		return p.refuse(syscall.EINVAL, "offset and length together pass the largest offset")
	}
	return nil
}

// transferred is the result of a transfer: an error counts only where nothing was moved.
func (p *Process) transferred(done uint64, err error) (uint64, error) {
	if done > 0 || err == nil {
		return done, nil
	}
	return 0, p.refuse(err.(syscall.Errno), "nothing could be moved: the buffer, the disk or the seals do not allow it")
}
