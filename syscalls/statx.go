package syscalls

import (
	"encoding/binary"
	"syscall"

	"vmsim/vm"
)

// StatMask is what statx is asked for, and what it has answered.
// Linux: STATX_* (include/uapi/linux/stat.h).
type StatMask uint32

// The parts of a mask that decide something.
const (
	StatBasic         StatMask = 0x7ff
	StatBirth         StatMask = 0x800
	StatMountID       StatMask = 0x1000
	StatMountIDUnique StatMask = 0x4000
	statReserved      StatMask = 1 << 31
)

// Statx stores a file's status at buf.
// Linux: sys_statx, do_statx (fs/stat.c).
func (p *Process) Statx(dirfd int, path vm.Addr, flags AtFlags, mask StatMask, buf vm.Addr) error {
	p.enter(SysStatx)
	contradiction := mask&statReserved != 0 || flags&(AtForceSync|AtDontSync) == AtForceSync|AtDontSync
	if contradiction {
		// The path is read first, but its error is reported later.
		if flags&AtEmptyPath == 0 || path != 0 {
			_, _ = p.pathAt(path)
		}
		return p.refuseFor(syscall.EINVAL, cause{mask&statReserved != 0, "a reserved bit of the mask"}, cause{true,
			"AT_STATX_FORCE_SYNC together with AT_STATX_DONT_SYNC"})
	}
	s, err := p.statPath(dirfd, path, flags)
	if err != nil {
		return err
	}
	answered := StatBasic | mask&StatBirth | StatMountID
	if mask&StatMountIDUnique != 0 {
		answered ^= StatMountID | StatMountIDUnique
	}
	var b [256]byte
	le := binary.LittleEndian
	le.PutUint32(b[0x00:], uint32(answered))
	le.PutUint32(b[0x04:], s.Block)
	le.PutUint32(b[0x10:], s.Links)
	le.PutUint16(b[0x1c:], uint16(s.Mode))
	le.PutUint64(b[0x20:], s.Inode)
	le.PutUint64(b[0x28:], uint64(s.Size))
	le.PutUint64(b[0x30:], s.Sectors)
	le.PutUint32(b[0x88:], s.Device>>20)
	le.PutUint32(b[0x8c:], s.Device&(1<<20-1))
	return p.putBytes(buf, b[:])
}
