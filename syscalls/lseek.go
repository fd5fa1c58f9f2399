package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm/profile"
)

// Whence is what an offset of lseek counts from, or what it looks for.
// Linux: SEEK_* (include/uapi/linux/fs.h).
type Whence uint32

// The values of whence.
const (
	SeekSet Whence = iota
	SeekCur
	SeekEnd
	SeekData
	SeekHole
)

// Lseek sets the file offset of fd and returns it.
// Linux: ksys_lseek (fs/read_write.c).
func (p *Process) Lseek(fd int, off int64, whence Whence) (int64, error) {
	p.enter(SysLseek)
	d, err := p.descriptor(fd)
	switch {
	case err != nil:
		return 0, err
	case whence > SeekHole:
		return 0, p.refuse(syscall.EINVAL, "no such whence")
	case d.file.Stream(), d.file.Mapping.Pidfd(), d.file.Userfaults() != nil && !p.follows(profile.UserfaultsSeek):
		return 0, p.refuse(syscall.ESPIPE, noOffsets)
	case d.file.Mapping.Type() == pagecache.CharDevice, d.file.Userfaults() != nil:
		d.file.Pos = 0
		return 0, nil
	case whence > SeekCur && d.file.Mapping.Endless():
		return 0, p.refuse(syscall.EINVAL, "a directory of a tmpfs has no end that one could seek from")
	}
	return p.seek(d.file, off, whence)
}

// seek is lseek of a file that has an end.
// Linux: shmem_file_llseek (mm/shmem.c), ext4_llseek (fs/ext4/file.c), ext4_dir_llseek (fs/ext4/dir.c).
func (p *Process) seek(f *pagecache.File, off int64, whence Whence) (int64, error) {
	switch whence {
	case SeekCur:
		if off == 0 {
			return f.Pos, nil
		}
		off += f.Pos
	case SeekEnd:
		off += f.Mapping.SeekEnd()
	case SeekData, SeekHole:
		at, err := f.Mapping.Locate(off, pagecache.Sought(whence-SeekData))
		if err != nil {
			return 0, p.refuseFor(err.(syscall.Errno), cause{off < 0, "the offset is negative"},
				cause{off >= f.Mapping.Size(), "the offset lies at the end of the file or beyond"},
				cause{true, "no data follows the offset: the rest of the file is a hole"})
		}
		if at < 0 {
			return at, nil // a hole after the last page that there can be
		}
		off = at
	}
	if off < 0 || off > f.Mapping.Limit() {
		return 0, p.refuseFor(syscall.EINVAL, cause{off < 0, "the place lies before the file"}, cause{true,
			"the place lies beyond the largest file"})
	}
	f.Pos = off
	return off, nil
}
