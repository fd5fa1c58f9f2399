package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm/profile"
)

// The modes of fallocate.
// Linux: FALLOC_FL_* (include/uapi/linux/falloc.h).
const (
	fallocKeepSize      = 0x01
	fallocPunchHole     = 0x02
	fallocCollapseRange = 0x08
	fallocZeroRange     = 0x10
	fallocInsertRange   = 0x20
	fallocUnshareRange  = 0x40
	fallocWriteZeroes   = 0x80
	fallocModes         = fallocPunchHole | fallocCollapseRange | fallocZeroRange | fallocInsertRange |
		fallocUnshareRange | fallocWriteZeroes
)

// Fallocate reserves room for n bytes of fd from off on, or with a mode makes a hole of them.
// Linux: vfs_fallocate (fs/open.c).
func (p *Process) Fallocate(fd int, mode uint32, off, n int64) error {
	p.enter(SysFallocate)
	d, err := p.descriptor(fd)
	if err != nil {
		return err
	}
	return p.fallocate(d.file, mode, off, n)
}

func (p *Process) fallocate(f *pagecache.File, mode uint32, off, n int64) error {
	if off < 0 || n <= 0 {
		return p.refuseFor(syscall.EINVAL, cause{off < 0, "the offset is negative"}, cause{n == 0,
			"the length is zero"}, cause{true, "the length is negative"})
	}
	unknown := mode&fallocWriteZeroes != 0 && !p.follows(profile.AllocateZeroes) // since 6.17
	if unknown || !fallocModeKnown(mode) {
		return p.refuseFor(syscall.EOPNOTSUPP, cause{mode == fallocPunchHole,
			"FALLOC_FL_PUNCH_HOLE needs FALLOC_FL_KEEP_SIZE beside it: a hole leaves the size as it is"},
			cause{mode&^(fallocModes|fallocKeepSize) == 0, "these modes do not go together"},
			cause{true, "no such mode"})
	}
	switch {
	case f.Mode&pagecache.ModeWrite == 0:
		return p.refuse(syscall.EBADF, "the file is not open for writing")
	case p.immutable(f.Mapping):
		return p.refuse(syscall.EPERM, pidfdImmutable)
	case f.Mapping.Swapfile:
		return p.refuse(pagecache.ETXTBSY, inUseAsSwap)
	case f.Pipe() != nil:
		return p.refuse(syscall.ESPIPE, noOffsets)
	case !f.Mapping.Regular():
		return p.refuse(syscall.ENODEV, "the file is no regular one")
	case off+n < 0, off+n > f.Mapping.Limit():
		return p.refuse(syscall.EFBIG, "the range passes the largest file")
	case f.Mapping.Pidfd():
		return p.refuse(syscall.EOPNOTSUPP, "a pidfd has no room to reserve")
	}
	if !f.Mapping.InMemory() && mode&(fallocUnshareRange|fallocWriteZeroes) == 0 {
		// ext4 does both before it tries a mode that it supports, shared memory the first after it has succeeded
		p.removePrivileges(f.Mapping)
		f.Mapping.Changed()
	}
	if mayGrow(f.Mapping, mode) {
		if err := p.newSize(f.Mapping, off+n); err != nil {
			return err
		}
	}
	if err := f.Mapping.Fallocate(pagecache.AllocateMode(mode), off, off+n); err != nil {
		return p.fileRefuses(err)
	}
	p.removePrivileges(f.Mapping)
	if f.Mode&(pagecache.ModeSync|pagecache.ModeDSync) != 0 {
		return p.fileRefuses(f.Mapping.SyncAllocated(pagecache.AllocateMode(mode), off, off+n))
	}
	return nil
}

// fallocModeKnown reports whether the combination of modes is valid.
func fallocModeKnown(mode uint32) bool {
	if mode&^(fallocModes|fallocKeepSize) != 0 {
		return false
	}
	keep := mode&fallocKeepSize != 0
	switch mode & fallocModes {
	case 0, fallocUnshareRange, fallocZeroRange:
		return true
	case fallocPunchHole:
		return keep
	case fallocCollapseRange, fallocInsertRange, fallocWriteZeroes:
		return !keep
	}
	return false
}

// mayGrow reports whether a mode makes the file longer, so that its size is checked first. Files in memory are checked
// even where they keep their size.
// Linux: shmem_fallocate (mm/shmem.c), ext4_fallocate (fs/ext4/extents.c).
func mayGrow(m *pagecache.Mapping, mode uint32) bool {
	kind, keeps := mode&fallocModes, mode&fallocKeepSize != 0
	if m.InMemory() {
		return kind == 0
	}
	return !keeps && (kind == 0 || kind == fallocZeroRange)
}
