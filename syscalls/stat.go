package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// Status is a file's status. Times are left out: the model's clock has no date.
// Linux: struct kstat (include/linux/stat.h).
type Status struct {
	Device  uint32
	Inode   uint64
	Mode    uint32 // type and permissions
	Links   uint32
	Size    int64
	Block   uint32 // the size in which to read and write
	Sectors uint64 // of 512 bytes, that it takes up
}

// statusOf is the status of a file.
// Linux: generic_fillattr (fs/stat.c).
func statusOf(f *pagecache.Mapping) Status {
	s := Status{Inode: f.Number, Mode: uint32(f.Type()) | f.Perm, Links: uint32(f.Links()), Size: f.Size(),
		Block: f.BlockSize()}
	s.Device = f.Device()
	if f.Type() == pagecache.Regular || f.Type() == pagecache.Link {
		s.Sectors = f.Allocated()
	}
	return s
}

// Fstat is the status of the file of fd.
// Linux: sys_newfstat (fs/stat.c).
func (p *Process) Fstat(fd int) (Status, error) {
	p.enter(SysFstat)
	return p.statusOf(fd)
}

func (p *Process) statusOf(fd int) (Status, error) {
	d, err := p.rawDescriptor(fd)
	if err != nil {
		return Status{}, err
	}
	return statusOf(d.file.Mapping), nil
}

// Stat is the status of the file at path.
// Linux: sys_newstat (fs/stat.c).
func (p *Process) Stat(path string) (Status, error) {
	p.enter(SysStat)
	return p.statAt(AtCWD, literally(path), follow)
}

func (p *Process) statAt(dirfd int, path pathSource, f following) (Status, error) {
	name, err := path()
	if err != nil {
		return Status{}, err
	}
	at, err := p.existing(dirfd, name, f)
	if err != nil {
		return Status{}, err
	}
	return statusOf(at.file()), nil
}

// statKnown are the flags that a path's status may be asked for with.
const statKnown = AtSymlinkNoFollow | AtNoAutomount | AtEmptyPath | AtForceSync | AtDontSync

// statPath is the status of what the path at a means: with AtEmptyPath and no path, the file of dirfd itself.
// Linux: vfs_fstatat, vfs_statx (fs/stat.c).
func (p *Process) statPath(dirfd int, a vm.Addr, flags AtFlags) (Status, error) {
	name, err := "", error(nil)
	if flags&AtEmptyPath == 0 || a != 0 {
		name, err = p.pathAt(a)
	}
	if flags&AtEmptyPath != 0 && err == nil && name == "" {
		if dirfd >= 0 {
			return p.statusOf(dirfd)
		}
		name = "." // the working directory
	}
	switch {
	case flags&^statKnown != 0:
		return Status{}, p.refuse(syscall.EINVAL, "no such flag")
	case err != nil:
		return Status{}, err
	}
	return p.statAt(dirfd, literally(name), following(flags&AtSymlinkNoFollow == 0))
}

// putStat stores a status as fstat does.
// Linux: cp_new_stat (fs/stat.c).
func (p *Process) putStat(a vm.Addr, s Status, err error) (uint64, error) {
	if err != nil {
		return 0, err
	}
	var b [144]byte
	le := binary.LittleEndian
	le.PutUint64(b[0:], uint64(s.Device))
	le.PutUint64(b[8:], s.Inode)
	le.PutUint64(b[16:], uint64(s.Links))
	le.PutUint32(b[24:], s.Mode)
	le.PutUint64(b[48:], uint64(s.Size))
	le.PutUint64(b[56:], uint64(s.Block))
	le.PutUint64(b[64:], s.Sectors)
	return 0, p.putBytes(a, b[:])
}
