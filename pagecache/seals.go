package pagecache

import "syscall"

// Seals are what may not be done to a memfd's content any more.
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

func (s Seals) resize(old, size int64) error {
	if size < old && s&SealShrink != 0 || size > old && s&SealGrow != 0 {
		return syscall.EPERM
	}
	return nil
}

func (s Seals) write(end, size int64) error {
	if s&(SealWrite|SealFutureWrite) != 0 || s&SealGrow != 0 && end > size {
		return syscall.EPERM
	}
	return nil
}
