package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// maxTransfer is the most that one read or write moves.
// Linux: MAX_RW_COUNT (include/linux/fs.h).
const maxTransfer = 0x7ffff000

// Read reads n bytes of fd on to addr, from where the last read or write ended.
// Linux: ksys_read (fs/read_write.c).
func (p *Process) Read(fd int, addr vm.Addr, n uint64) (uint64, error) {
	p.enter(SysRead)
	d, err := p.descriptor(fd)
	if err != nil {
		return 0, err
	}
	done, err := p.read(d.file, addr, n, d.file.Pos)
	d.file.Passed(done)
	return done, err
}

// Write writes n bytes at addr to fd, from where the last read or write ended.
// Linux: ksys_write (fs/read_write.c).
func (p *Process) Write(fd int, addr vm.Addr, n uint64) (uint64, error) {
	p.enter(SysWrite)
	d, err := p.descriptor(fd)
	if err != nil {
		return 0, err
	}
	pos := d.file.Pos
	done, err := p.write(d.file, addr, n, &pos)
	if err == nil {
		d.file.Pos = pos
	}
	return done, err
}

// Pread64 reads n bytes of fd from offset pos on to addr.
// Linux: ksys_pread64 (fs/read_write.c).
func (p *Process) Pread64(fd int, addr vm.Addr, n uint64, pos int64) (uint64, error) {
	p.enter(SysPread64)
	f, err := p.fileAt(fd, pos)
	if err != nil {
		return 0, err
	}
	if p.errs(profile.PreadMovesOffset) {
		f.Pos = pos + int64(n)
	}
	return p.read(f, addr, n, pos)
}

// Pwrite64 writes n bytes at addr to fd from offset pos on.
// Linux: ksys_pwrite64 (fs/read_write.c).
func (p *Process) Pwrite64(fd int, addr vm.Addr, n uint64, pos int64) (uint64, error) {
	p.enter(SysPwrite64)
	f, err := p.fileAt(fd, pos)
	if err != nil {
		return 0, err
	}
	return p.write(f, addr, n, &pos)
}

// fileAt is the open file of fd, for a call that names the offset itself.
func (p *Process) fileAt(fd int, pos int64) (*pagecache.File, error) {
	if pos < 0 {
		return nil, p.refuse(syscall.EINVAL, "the offset is negative")
	}
	d, err := p.descriptor(fd)
	if err != nil {
		return nil, err
	}
	return d.file, p.mayBePlaced(d.file)
}

const noBytes = "a pidfd has no bytes to read or to write"

// mayBePlaced refuses an offset in a file that has none.
// Linux: FMODE_PREAD, FMODE_PWRITE (include/linux/fs.h).
func (p *Process) mayBePlaced(f *pagecache.File) error {
	if f.Stream() || f.Mapping.Type() == pagecache.Nameless && !f.Mapping.Regular() {
		return p.refuse(syscall.ESPIPE, noOffsets)
	}
	return nil
}

// read is what read and pread64 have in common.
// Linux: vfs_read (fs/read_write.c).
func (p *Process) read(f *pagecache.File, addr vm.Addr, n uint64, pos int64) (uint64, error) {
	switch {
	case f.Mode&pagecache.ModeRead == 0:
		return 0, p.refuse(syscall.EBADF, "the file is not open for reading")
	case f.Mapping.Pidfd():
		return 0, p.refuse(syscall.EINVAL, noBytes)
	case !userRange(addr, n):
		return 0, p.refuse(syscall.EFAULT, "the buffer lies outside the address space")
	}
	if err := p.checkTransfer(n, pos); err != nil {
		return 0, err
	}
	return p.readFile(f, p.CPU, addr, min(n, maxTransfer), pos, 0)
}

// readFile asks the file itself for n bytes; u is where they go.
// Linux: file->f_op->read_iter (fs/read_write.c).
func (p *Process) readFile(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64, pos int64,
	flags TransferFlags) (uint64, error) {
	switch f.Mapping.Type() {
	case pagecache.FIFO:
		return p.readPipe(f, u, a, n, flags)
	case pagecache.Nameless:
		return p.readUserfaults(f, n, flags)
	case pagecache.SocketFile:
		return p.readSocket(f, u, a, n, flags)
	case pagecache.Directory:
		return 0, p.refuse(syscall.EISDIR, "a directory is not read that way")
	case pagecache.CharDevice:
		if f.Zeros() {
			return p.readZeros(u, a, n)
		}
		return p.readScreen(f, u, a, n, pos) // nothing comes from any other device
	}
	if direct(f) {
		done, err := f.ReadDirect(u, a, n, pos)
		return p.transferredAll(done, err)
	}
	done, err := f.Read(u, a, n, pos)
	return p.transferred(done, err)
}

// write is what write and pwrite64 have in common. It leaves in pos where it ended.
// Linux: vfs_write (fs/read_write.c).
func (p *Process) write(f *pagecache.File, addr vm.Addr, n uint64, pos *int64) (uint64, error) {
	switch {
	case f.Mode&pagecache.ModeWrite == 0:
		return 0, p.refuse(syscall.EBADF, "the file is not open for writing")
	case f.Mapping.Pidfd():
		return 0, p.refuse(syscall.EINVAL, noBytes)
	case f.Traits().HugePage() != 0:
		return 0, p.refuse(syscall.EINVAL, "a file of huge pages is written to through areas alone")
	case !userRange(addr, n):
		return 0, p.refuse(syscall.EFAULT, "the buffer lies outside the address space")
	}
	if err := p.checkTransfer(n, *pos); err != nil {
		return 0, err
	}
	return p.writeFile(f, p.CPU, addr, min(n, maxTransfer), pos, f.Mode)
}

// writeFile writes n bytes from u to the file. With O_APPEND it writes at the file's end, whatever pos is; with O_DSYNC
// it returns after the disk has them.
// Linux: generic_file_write_iter (mm/filemap.c), generic_write_checks (fs/read_write.c).
func (p *Process) writeFile(f *pagecache.File, u pagecache.User, a vm.Addr, n uint64, pos *int64,
	mode pagecache.OpenMode) (uint64, error) {
	if f.Traits().Has(vm.Remaps) {
		return p.writeScreen(f, u, a, n, pos)
	}
	if f.Pipe() != nil {
		return p.writePipe(f, u, a, n, mode)
	}
	if f.Socket() != nil {
		return p.writeSocket(f, u, a, n, mode)
	}
	if f.Mapping.Type() == pagecache.CharDevice {
		return p.writeDevice(f, n)
	}
	if f.Mapping.Swapfile {
		return 0, p.refuse(pagecache.ETXTBSY, inUseAsSwap)
	}
	if n == 0 {
		return 0, nil
	}
	if mode&pagecache.ModeAppend != 0 && !p.errs(profile.AppendAtOffset) {
		*pos = f.Mapping.Size()
	}
	limit := p.writeLimit(f)
	if *pos >= limit {
		return 0, p.passesFile(*pos, f.Mapping.Limit())
	}
	p.removePrivileges(f.Mapping)
	first := *pos
	n = min(n, uint64(limit-first))
	done, err := uint64(0), error(nil)
	if direct(f) {
		done, err = f.WriteDirect(u, a, n, first)
	} else {
		done, err = f.Write(u, a, n, first)
	}
	*pos += int64(done)
	if e := p.syncWritten(f, first, done, mode); e != nil {
		return 0, e
	}
	return p.transferred(done, err)
}

// syncWritten makes the n bytes written from first on durable, if the file's or the call's flags ask for it.
// Linux: generic_write_sync (include/linux/fs.h).
func (p *Process) syncWritten(f *pagecache.File, first int64, n uint64, mode pagecache.OpenMode) error {
	what := pagecache.ItsBytes
	switch {
	case n == 0 || mode&(pagecache.ModeSync|pagecache.ModeDSync) == 0:
		return nil
	case mode&pagecache.ModeSync != 0:
		what = pagecache.AllOfIt
	}
	return p.syncRange(f, first, first+int64(n)-1, what)
}

// direct reports whether reads and writes of the file bypass the page cache. A file in memory cannot.
func direct(f *pagecache.File) bool {
	return f.Mode&pagecache.ModeDirect != 0 && !f.Mapping.InMemory()
}

// transferredAll is the result of a direct transfer: it returns an error even if some bytes were moved.
func (p *Process) transferredAll(done uint64, err error) (uint64, error) {
	if err != nil {
		done = 0
	}
	return p.transferred(done, err)
}

// writeLimit is the offset from which on nothing can be written to the file.
// Linux: generic_write_check_limits (fs/read_write.c).
func (p *Process) writeLimit(f *pagecache.File) int64 {
	return int64(min(p.Space.Limits.FileSize, uint64(f.Mapping.Limit())))
}

// checkTransfer checks length and offset.
// Linux: rw_verify_area (fs/read_write.c).
func (p *Process) checkTransfer(n uint64, pos int64) error {
	switch {
	case int64(n) < 0:
		return p.refuse(syscall.EINVAL, "the length is negative as the kernel sees it")
	case pos < 0:
		return p.refuse(syscall.EINVAL, "the offset is negative")
	case n > uint64(maxFileSize-pos):
		return p.refuse(syscall.EINVAL, "offset and length together pass the largest offset")
	}
	return nil
}

// transferred is the result of a transfer: it returns an error only if no bytes were moved.
func (p *Process) transferred(done uint64, err error) (uint64, error) {
	if done > 0 || err == nil {
		return done, nil
	}
	return 0, p.fileRefuses(err)
}
