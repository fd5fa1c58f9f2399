package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// TransferFlags are how one call reads or writes, whatever the file was opened with.
// Linux: RWF_* (include/uapi/linux/fs.h).
type TransferFlags uint32

// The flags of preadv2 and pwritev2.
const (
	TransferHighPriority TransferFlags = 0x01
	TransferDSync        TransferFlags = 0x02
	TransferSync         TransferFlags = 0x04
	TransferNoWait       TransferFlags = 0x08
	TransferAppend       TransferFlags = 0x10
	TransferNoAppend     TransferFlags = 0x20
	TransferAtomic       TransferFlags = 0x40
	TransferDontCache    TransferFlags = 0x80
	TransferNoSignal     TransferFlags = 0x100
)

// currentPosition as the offset of preadv2 and pwritev2 means where the last read or write ended.
const currentPosition = -1

// Readv reads fd into the n buffers that are described at vec.
// Linux: do_readv (fs/read_write.c).
func (p *Process) Readv(fd int, vec vm.Addr, n uint32) (uint64, error) {
	p.enter(SysReadv)
	return p.readNext(fd, vec, n, 0)
}

// Writev writes the n buffers that are described at vec to fd.
// Linux: do_writev (fs/read_write.c).
func (p *Process) Writev(fd int, vec vm.Addr, n uint32) (uint64, error) {
	p.enter(SysWritev)
	return p.writeNext(fd, vec, n, 0)
}

// Preadv is Readv from offset pos on.
// Linux: do_preadv (fs/read_write.c).
func (p *Process) Preadv(fd int, vec vm.Addr, n uint32, pos int64) (uint64, error) {
	p.enter(SysPreadv)
	return p.readFrom(fd, vec, n, pos, 0)
}

// Pwritev is Writev from offset pos on.
// Linux: do_pwritev (fs/read_write.c).
func (p *Process) Pwritev(fd int, vec vm.Addr, n uint32, pos int64) (uint64, error) {
	p.enter(SysPwritev)
	return p.writeFrom(fd, vec, n, pos, 0)
}

// Preadv2 is Preadv with flags, or Readv where pos is -1.
// Linux: sys_preadv2 (fs/read_write.c).
func (p *Process) Preadv2(fd int, vec vm.Addr, n uint32, pos int64, flags TransferFlags) (uint64, error) {
	p.enter(SysPreadv2)
	if pos == currentPosition {
		return p.readNext(fd, vec, n, flags)
	}
	return p.readFrom(fd, vec, n, pos, flags)
}

// Pwritev2 is Pwritev with flags, or Writev where pos is -1.
// Linux: sys_pwritev2 (fs/read_write.c).
func (p *Process) Pwritev2(fd int, vec vm.Addr, n uint32, pos int64, flags TransferFlags) (uint64, error) {
	p.enter(SysPwritev2)
	if pos == currentPosition {
		return p.writeNext(fd, vec, n, flags)
	}
	return p.writeFrom(fd, vec, n, pos, flags)
}

func (p *Process) readNext(fd int, vec vm.Addr, n uint32, flags TransferFlags) (uint64, error) {
	d, err := p.descriptor(fd)
	if err != nil {
		return 0, err
	}
	done, err := p.readv(d.file, vec, n, d.file.Pos, flags)
	d.file.Passed(done)
	return done, err
}

func (p *Process) writeNext(fd int, vec vm.Addr, n uint32, flags TransferFlags) (uint64, error) {
	d, err := p.descriptor(fd)
	if err != nil {
		return 0, err
	}
	pos := d.file.Pos
	done, err := p.writev(d.file, vec, n, &pos, flags)
	if err == nil {
		d.file.Pos = pos
	}
	return done, err
}

func (p *Process) readFrom(fd int, vec vm.Addr, n uint32, pos int64, flags TransferFlags) (uint64, error) {
	d, err := p.at(fd, pos)
	if err != nil {
		return 0, err
	}
	return p.readv(d.file, vec, n, pos, flags)
}

func (p *Process) writeFrom(fd int, vec vm.Addr, n uint32, pos int64, flags TransferFlags) (uint64, error) {
	d, err := p.at(fd, pos)
	if err != nil {
		return 0, err
	}
	return p.writev(d.file, vec, n, &pos, flags)
}

// at is descriptor fd for a transfer at an offset.
func (p *Process) at(fd int, pos int64) (*descriptor, error) {
	if pos < 0 {
		return nil, p.refuse(syscall.EINVAL, "the offset is negative")
	}
	d, err := p.descriptor(fd)
	if err == nil {
		err = p.mayBePlaced(d.file)
	}
	return d, err
}

// readv is what the calls that read into several buffers have in common.
// Linux: vfs_readv (fs/read_write.c).
func (p *Process) readv(f *pagecache.File, vec vm.Addr, n uint32, pos int64, flags TransferFlags) (uint64, error) {
	v, total, err := p.vectorFor(f, pagecache.ModeRead, vec, n)
	if err != nil || total == 0 {
		return 0, err
	}
	if err := p.checkTransfer(total, pos); err != nil {
		return 0, err
	}
	if f.Mapping.Type() == pagecache.Directory && flags&^TransferHighPriority != 0 {
		return 0, p.refuse(syscall.EOPNOTSUPP, "a directory knows no such flag")
	}
	if f.Userfaults() != nil && !p.follows(profile.UserfaultsReadWhole) {
		if flags&^TransferHighPriority != 0 {
			return 0, p.refuse(syscall.EOPNOTSUPP, "a userfaultfd knows no such flag")
		}
		total = v.segments[0].n
	}
	if err := p.checkFlags(f, flags); err != nil {
		return 0, err
	}
	return p.readFile(f, v, 0, total, pos, flags)
}

// vectorFor is importVector for a file that has to be open for reading, or for writing. Until 6.8 the file is looked at
// last.
// Linux: vfs_readv, vfs_writev (fs/read_write.c).
func (p *Process) vectorFor(
	f *pagecache.File, how pagecache.OpenMode, vec vm.Addr, n uint32,
) (*vector, uint64, error) {
	closed := func() error {
		switch {
		case f.Mode&how == 0:
			return p.refuseFor(syscall.EBADF, cause{how == pagecache.ModeRead, "the file is not open for reading"},
				cause{true, "the file is not open for writing"})
		case f.Mapping.Pidfd():
			return p.refuse(syscall.EINVAL, noBytes)
		}
		return nil
	}
	if p.follows(profile.ModeBeforeVector) {
		if err := closed(); err != nil {
			return nil, 0, err
		}
		return p.importVector(vec, n)
	}
	v, total, err := p.importVector(vec, n)
	if err == nil {
		err = closed()
	}
	return v, total, err
}

// writev is what the calls that write several buffers have in common. It leaves in pos where it ended.
// Linux: vfs_writev (fs/read_write.c).
func (p *Process) writev(f *pagecache.File, vec vm.Addr, n uint32, pos *int64, flags TransferFlags) (uint64, error) {
	v, total, err := p.vectorFor(f, pagecache.ModeWrite, vec, n)
	if err != nil || total == 0 {
		return 0, err
	}
	if err := p.checkTransfer(total, *pos); err != nil {
		return 0, err
	}
	if f.Full() && flags&^TransferHighPriority != 0 {
		return 0, p.refuse(syscall.EOPNOTSUPP, "/dev/full knows no such flag")
	}
	if err := p.checkFlags(f, flags); err != nil {
		return 0, err
	}
	mode := f.Mode
	if flags&TransferNoAppend != 0 {
		mode &^= pagecache.ModeAppend
	}
	for _, b := range [...]struct {
		flag TransferFlags
		mode pagecache.OpenMode
	}{{TransferAppend, pagecache.ModeAppend}, {TransferDSync, pagecache.ModeDSync}, {TransferSync,
		pagecache.ModeSync}, {TransferNoWait, pagecache.ModeNoWait},
		{TransferNoSignal, pagecache.ModeNoSignal}} {
		if flags&b.flag != 0 {
			mode |= b.mode
		}
	}
	return p.writeFile(f, v, 0, total, pos, mode)
}

// checkFlags refuses what the file cannot do.
// Linux: kiocb_set_rw_flags (include/linux/fs.h).
func (p *Process) checkFlags(f *pagecache.File, flags TransferFlags) error {
	all := TransferAtomic<<1 - 1
	if !p.follows(profile.NoAppendTransfers) { // since 6.9
		all &^= TransferNoAppend
	}
	if p.follows(profile.DontCacheTransfers) { // since 6.18
		all |= TransferDontCache
	}
	if p.follows(profile.NoSignalTransfers) { // since 6.18
		all |= TransferNoSignal
	}
	memory := f.Mapping.InMemory() || f.Mapping.Type() != pagecache.Regular
	stream := f.Stream() && !f.Spliced && p.follows(profile.PipesWithoutWait)
	if f.Takes() && p.follows(profile.DevicesWithoutWait) || stream || f.Userfaults() != nil {
		memory, flags = true, flags&^TransferNoWait // a transfer with them never has to wait for a disk
	}
	switch {
	case flags&^all != 0:
		return p.refuse(syscall.EOPNOTSUPP, "no such flag")
	case flags&(TransferAppend|TransferNoAppend) == TransferAppend|TransferNoAppend:
		return p.refuse(syscall.EINVAL, "RWF_APPEND together with RWF_NOAPPEND")
	case memory && flags&(TransferNoWait|TransferDontCache) != 0, flags&TransferAtomic != 0:
		return p.refuse(syscall.EOPNOTSUPP, "the file system cannot do what the flag asks for")
	}
	return nil
}
