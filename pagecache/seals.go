package pagecache

import "syscall"

// Seals forbid changes to a memfd. They can be added and never removed, so that a process that is given the file may
// rely on them: with F_SEAL_SHRINK a load through a mapping cannot raise SIGBUS, with F_SEAL_WRITE the bytes that it
// has checked are those that it uses.
// Linux: F_SEAL_* (include/uapi/linux/fcntl.h).
type Seals uint32

// The seals.
const (
	SealSeal        Seals = 0x01 // no seal may be added
	SealShrink      Seals = 0x02 // the file may not become shorter
	SealGrow        Seals = 0x04 // nor longer
	SealWrite       Seals = 0x08 // no byte may change; EBUSY while a shared mapping may be written to
	SealFutureWrite Seals = 0x10 // bytes change only through mappings from before the seal
	SealExec        Seals = 0x20 // fchmod may not change whether the file may be executed
	AllSeals        Seals = 0x3f
)

// mayResize is EPERM if a seal forbids the new size. A seal forbids one direction, so a call that leaves the size as it
// is always passes.
func (m *Mapping) mayResize(size int64) error {
	switch {
	case size < m.size && m.Seals&SealShrink != 0:
		return m.Cache.refuse(syscall.EPERM, "F_SEAL_SHRINK: the file may not become shorter")
	case size > m.size && m.Seals&SealGrow != 0:
		return m.Cache.refuse(syscall.EPERM, "F_SEAL_GROW: the file may not become longer")
	}
	return nil
}

// mayWrite is EPERM if a seal forbids a write of bytes up to end. A write that goes beyond the end of the file makes it
// longer, so F_SEAL_GROW forbids it too. A mapping from before F_SEAL_FUTURE_WRITE keeps its right to store: seals are
// checked by calls, not by faults.
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
