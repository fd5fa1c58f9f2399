package pagecache

import "syscall"

// Seals forbid changes to a memfd.
// Linux: F_SEAL_* (include/uapi/linux/fcntl.h).
type Seals uint32

// The seals.
const (
	SealSeal        Seals = 0x01
	SealShrink      Seals = 0x02
	SealGrow        Seals = 0x04
	SealWrite       Seals = 0x08
	SealFutureWrite Seals = 0x10
	SealExec        Seals = 0x20
	AllSeals        Seals = 0x3f
)

// mayResize is EPERM if a seal forbids the new size.
func (m *Mapping) mayResize(size int64) error {
	switch {
	case size < m.size && m.Seals&SealShrink != 0:
		return m.Cache.refuse(syscall.EPERM, "F_SEAL_SHRINK: the file may not become shorter")
	case size > m.size && m.Seals&SealGrow != 0:
		return m.Cache.refuse(syscall.EPERM, "F_SEAL_GROW: the file may not become longer")
	}
	return nil
}

// mayWrite is EPERM if a seal forbids a write of bytes up to end.
func (m *Mapping) mayWrite(end int64) error {
	switch {
	case m.Seals&SealWrite != 0:
		return m.Cache.refuse(syscall.EPERM, "F_SEAL_WRITE: no byte of the file may change")
	case m.Seals&SealFutureWrite != 0:
		return m.Cache.refuse(syscall.EPERM, "F_SEAL_FUTURE_WRITE: only mappings from before the seal may be stored to")
	case end > m.size:
		return m.mayResize(end)
	}
	return nil
}
