package pagecache

// AllocateMode is what fallocate is to do.
// Linux: FALLOC_FL_* (include/uapi/linux/falloc.h).
type AllocateMode uint32

// The modes that a file system may support.
const (
	AllocateKeepSize  AllocateMode = 0x01
	AllocatePunchHole AllocateMode = 0x02
	AllocateCollapse  AllocateMode = 0x08
	AllocateZeroRange AllocateMode = 0x10
	AllocateInsert    AllocateMode = 0x20
)

// Fallocate reserves room for bytes off to end of the file, or makes a hole of them. The error is EOPNOTSUPP for a mode
// that the file system does not support, ENOSPC or ENOMEM if there is no room, EPERM if a seal forbids it. Room that
// was allocated cannot run out later: that is what programs call it for, before they store through a mapping.
// Linux: shmem_fallocate (mm/shmem.c), ext4_fallocate (fs/ext4/extents.c).
func (m *Mapping) Fallocate(mode AllocateMode, off, end int64) error {
	if mode == AllocatePunchHole|AllocateKeepSize {
		// A hole changes bytes but never the size, so only the seals against writing forbid it.
		if err := m.mayWrite(0); err != nil {
			return err
		}
		return m.ops.punch(m, off, end)
	}
	size := int64(0) // which the file system leaves as it is
	if mode&AllocateKeepSize == 0 && end > m.size {
		size = end
	}
	switch mode &^ AllocateKeepSize {
	case 0:
		if err := m.mayResize(max(end, m.size)); err != nil {
			return err
		}
		return m.ops.allocate(m, off, end, size)
	}
	return m.ops.rearrange(m, mode, off, end, size)
}

// SyncAllocated makes the effect of Fallocate durable, for files opened with O_SYNC: after it has allocated blocks or
// zeroed parts of blocks.
// Linux: ext4_do_fallocate, ext4_zero_range (fs/ext4/extents.c).
func (m *Mapping) SyncAllocated(mode AllocateMode, off, end int64) error {
	d := m.ops.onDisk()
	switch kind := mode &^ AllocateKeepSize; {
	case d == nil, kind != 0 && kind != AllocateZeroRange, kind == AllocateZeroRange && (off|end)%blockSize == 0:
		return nil
	}
	return m.Cache.commit(d.fs)
}
