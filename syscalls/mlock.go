package syscalls

import (
	"syscall"

	"vmsim/vm"
)

// LockFlags are the flags of mlock2 and mlockall.
// Linux: MLOCK_*, MCL_* (include/uapi/asm-generic/mman-common.h).
type LockFlags uint64

// The flags.
const (
	LockOnFault LockFlags = 1 // mlock2: lock pages as they come

	LockCurrent    LockFlags = 1 // mlockall: what is mapped now
	LockFuture     LockFlags = 2 // mlockall: what will be mapped
	LockAllOnFault LockFlags = 4 // mlockall: pages as they come
)

// mayLock reports whether the process may lock anything at all.
// Linux: can_do_mlock (mm/mlock.c).
func (p *Process) mayLock() bool {
	return p.Space.Limits.MayLockAll || p.Space.Limits.MemLock != 0
}

// Mlock keeps the pages of the n bytes at addr in memory, faulting them in.
// Linux: sys_mlock (mm/mlock.c).
func (p *Process) Mlock(addr vm.Addr, n uint64) error {
	p.enter(SysMlock)
	return p.mlock(addr, n, vm.Locked)
}

// Mlock2 is Mlock with flags: with LockOnFault it faults nothing in.
// Linux: sys_mlock2 (mm/mlock.c).
func (p *Process) Mlock2(addr vm.Addr, n uint64, flags LockFlags) error {
	p.enter(SysMlock2)
	if flags&^LockOnFault != 0 {
		return p.refuse(syscall.EINVAL, "an unknown flag")
	}
	f := vm.Locked
	if flags&LockOnFault != 0 {
		f |= vm.LockOnFault
	}
	return p.mlock(addr, n, f)
}

func (p *Process) mlock(addr vm.Addr, n uint64, f vm.Flags) error {
	if !p.mayLock() {
		return p.refuse(syscall.EPERM, "RLIMIT_MEMLOCK is 0")
	}
	start, n := wholePages(addr, n)
	if !p.mayLockRange(start, n) {
		return p.refuse(syscall.ENOMEM, "more memory would be locked than RLIMIT_MEMLOCK allows")
	}
	if err := p.lockRange(start, n, f); err != nil {
		return err
	}
	switch err := p.CPU.Populate(start, start+vm.Addr(n)); err {
	case nil:
		return nil
	case syscall.EFAULT:
		return p.refuse(syscall.ENOMEM, "a page of the range cannot be faulted in")
	default:
		return p.refuse(syscall.EAGAIN, "no memory is left for a page of the range")
	}
}

// wholePages widens a range to whole pages; the length wraps as Linux's does.
func wholePages(addr vm.Addr, n uint64) (vm.Addr, uint64) {
	return addr.Floor(), vm.PageAlign(n + addr.Offset())
}

// mayLockRange checks RLIMIT_MEMLOCK; pages of the range that are locked already count only once.
func (p *Process) mayLockRange(start vm.Addr, n uint64) bool {
	l := p.Space.Limits
	if l.MayLockAll {
		return true
	}
	limit, want := l.MemLock>>vm.PageShift, n>>vm.PageShift+p.Space.Stats.Locked
	if want > limit {
		want -= p.Space.LockedWithin(start, start+vm.Addr(n))
	}
	return want <= limit
}

// Munlock unlocks the pages of the n bytes at addr.
// Linux: sys_munlock (mm/mlock.c).
func (p *Process) Munlock(addr vm.Addr, n uint64) error {
	p.enter(SysMunlock)
	start, n := wholePages(addr, n)
	return p.lockRange(start, n, 0)
}

// lockRange gives the areas of the range the lock flags f.
// Linux: apply_vma_lock_flags (mm/mlock.c).
func (p *Process) lockRange(start vm.Addr, n uint64, f vm.Flags) error {
	end := start + vm.Addr(n)
	switch {
	case end < start:
		return p.refuse(syscall.EINVAL, "the range wraps around")
	case end == start:
		return nil
	}
	return p.Space.Lock(start, end, f)
}

// Mlockall locks all current areas, all future ones, or both.
// Linux: sys_mlockall (mm/mlock.c).
func (p *Process) Mlockall(flags LockFlags) error {
	p.enter(SysMlockall)
	switch {
	case flags == 0 || flags&^(LockCurrent|LockFuture|LockAllOnFault) != 0 || flags == LockAllOnFault:
		return p.refuseFor(syscall.EINVAL, cause{flags == 0, "no flag is given"}, cause{flags == LockAllOnFault,
			"MCL_ONFAULT says how, not what: it needs MCL_CURRENT or MCL_FUTURE"}, cause{true, "no such flag"})
	case !p.mayLock():
		return p.refuse(syscall.EPERM, "RLIMIT_MEMLOCK is 0")
	}
	l := p.Space.Limits
	if flags&LockCurrent != 0 && !l.MayLockAll && p.Space.Stats.Total > l.MemLock>>vm.PageShift {
		return p.refuse(syscall.ENOMEM, "more memory would be locked than RLIMIT_MEMLOCK allows")
	}
	p.lockAll(flags)
	if flags&LockCurrent != 0 {
		p.CPU.PopulateQuietly(0, vm.TaskSize)
	}
	return nil
}

// Munlockall unlocks all of the process's memory.
// Linux: sys_munlockall (mm/mlock.c).
func (p *Process) Munlockall() error {
	p.enter(SysMunlockall)
	p.lockAll(0)
	return nil
}

// lockAll sets the lock flags of future areas, and of all current ones.
// Linux: apply_mlockall_flags (mm/mlock.c).
func (p *Process) lockAll(flags LockFlags) {
	s := p.Space
	var f vm.Flags
	if flags&LockAllOnFault != 0 {
		f = vm.LockOnFault
	}
	s.Future &^= vm.LockedMask
	if flags&LockFuture != 0 {
		s.Future |= vm.Locked | f
		if flags&LockCurrent == 0 {
			return
		}
	}
	if flags&LockCurrent != 0 {
		f |= vm.Locked
	} else {
		f = 0
	}
	s.LockAll(f)
}
