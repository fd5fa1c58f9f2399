package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// SyncFlags are the flags of msync.
// Linux: MS_* (include/uapi/asm-generic/mman-common.h).
type SyncFlags uint64

// The flags of msync.
const (
	SyncAsync      SyncFlags = 1
	SyncInvalidate SyncFlags = 2
	SyncSync       SyncFlags = 4
)

// Msync writes the dirty pages of the n bytes at addr to their files. MS_ASYNC only checks the range: the flusher
// writes dirty pages back later.
// Linux: sys_msync (mm/msync.c).
func (p *Process) Msync(addr vm.Addr, n uint64, flags SyncFlags) error {
	p.enter(SysMsync)
	switch {
	case flags&^(SyncAsync|SyncInvalidate|SyncSync) != 0:
		return p.refuse(syscall.EINVAL, "an unknown flag")
	case !addr.Aligned():
		return p.refuse(syscall.EINVAL, "the address is not a multiple of the page size")
	case flags&SyncAsync != 0 && flags&SyncSync != 0:
		return p.refuse(syscall.EINVAL, "both MS_ASYNC and MS_SYNC")
	}
	end := addr + vm.Addr(vm.PageAlign(n))
	switch {
	case end < addr:
		return p.refuse(syscall.ENOMEM, "the range wraps around")
	case end == addr:
		return nil
	}
	holes := vm.SkipHoles
	if flags == SyncAsync {
		holes = vm.StopAtHole
	}
	err := p.Space.Walk(addr, end, holes, func(a *vm.Area, start, end vm.Addr) error {
		return p.syncArea(a, start, end, flags)
	})
	if err == syscall.ENOMEM && p.errs(profile.MsyncIgnoresHoles) {
		return nil
	}
	return err
}

// syncArea writes the dirty pages of [start, end), all or a part of one area, to its file.
func (p *Process) syncArea(a *vm.Area, start, end vm.Addr, flags SyncFlags) error {
	if flags&SyncInvalidate != 0 && a.Flags.Has(vm.Locked) {
		return p.refuse(syscall.EBUSY, "MS_INVALIDATE of a locked area")
	}
	f := pagecache.FileOf(a)
	if flags&SyncSync == 0 || !a.Flags.Has(vm.Shared) || f == nil {
		return nil
	}
	from := a.IndexOf(start).FileOffset()
	return p.syncRange(f, from, from+int64(end-start)-1, pagecache.ItsBytes)
}
