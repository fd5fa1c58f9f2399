package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// spliceFlags are how splice moves bytes.
// Linux: SPLICE_F_* (include/linux/splice.h).
type spliceFlags uint32

// The flags of splice.
const (
	spliceMove     spliceFlags = 1
	spliceNonblock spliceFlags = 2
	spliceMore     spliceFlags = 4
	spliceGift     spliceFlags = 8
	spliceAll                  = spliceMove | spliceNonblock | spliceMore | spliceGift
)

// spliceAt answers splice as a machine does where no process has a pipe: one of the two files must be one.
// Linux: sys_splice, do_splice (fs/splice.c).
func (p *Process) spliceAt(in int, atIn vm.Addr, out int, atOut vm.Addr, n uint64, flags spliceFlags) (uint64, error) {
	p.enter(SysSplice)
	switch {
	case n == 0:
		return 0, nil
	case flags&^spliceAll != 0:
		return 0, p.refuse(syscall.EINVAL, "no such flag")
	}
	from, to, err := p.twoFiles(in, out)
	if err != nil {
		return 0, err
	}
	for _, at := range [...]vm.Addr{atOut, atIn} {
		if at == 0 {
			continue
		}
		if _, ok := p.wordAt(at); !ok {
			return 0, p.refuse(syscall.EFAULT, "an offset is not readable")
		}
	}
	if from.file.Mode&pagecache.ModeRead == 0 || to.file.Mode&pagecache.ModeWrite == 0 {
		return 0, p.refuse(syscall.EBADF, "a file is not open for what is asked of it")
	}
	return 0, p.refuse(syscall.EINVAL, "neither of the two is a pipe")
}
