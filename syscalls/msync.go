package syscalls

import (
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// SyncFlags are what msync is to do.
// Linux: MS_* (include/uapi/asm-generic/mman-common.h).
type SyncFlags uint64

// The flags of msync.
const (
	SyncAsync      SyncFlags = 1
	SyncInvalidate SyncFlags = 2
	SyncSync       SyncFlags = 4
)

// Msync brings what was written to the n bytes at addr to the files. MS_ASYNC does nothing but check: dirty pages are
// written back by themselves.
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
	return p.syncAreas(addr, end, flags)
}

func (p *Process) syncAreas(at, end vm.Addr, flags SyncFlags) error {
	hole := false
	for a := p.Space.FindAfter(at); ; a = p.Space.FindAfter(at) {
		if a == nil {
			return p.refuse(syscall.ENOMEM, "the range has a part where nothing is mapped")
		}
		if at < a.Start {
			if flags == SyncAsync {
				return p.refuse(syscall.ENOMEM, "the range has a part where nothing is mapped")
			}
			if at = a.Start; at >= end {
				return p.refuse(syscall.ENOMEM, "the range has a part where nothing is mapped")
			}
			hole = true
		}
		if flags&SyncInvalidate != 0 && a.Flags.Has(vm.Locked) {
			return p.refuse(syscall.EBUSY, "MS_INVALIDATE of a locked area")
		}
		if flags&SyncSync != 0 && a.Flags.Has(vm.Shared) {
			if f := pagecache.FileOf(a); f != nil {
				from := a.IndexOf(at).FileOffset()
				if err := p.syncRange(f, from, from+int64(min(end, a.End)-at)-1, pagecache.ItsBytes); err != nil {
					return err
				}
			}
		}
		if at = a.End; at >= end {
			if hole {
				return p.refuse(syscall.ENOMEM, "the range has a part where nothing is mapped")
			}
			return nil
		}
	}
}
