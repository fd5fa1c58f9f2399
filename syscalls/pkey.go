package syscalls

import (
	"syscall"

	"vmsim/vm/profile"
)

// PkeyAlloc would hand out a protection key. The processor modelled here has none: the first call takes key 0, fails to
// set its rights, and never gives it back; every later one finds no key left. Newer releases have none from the start.
// Linux: sys_pkey_alloc (mm/mprotect.c), mm_pkey_alloc (arch/x86/include/asm/pkeys.h).
func (p *Process) PkeyAlloc(flags, rights uint64) (int, error) {
	p.enter(SysPkeyAlloc)
	switch {
	case flags != 0 || rights&^3 != 0:
		return -1, p.refuseFor(syscall.EINVAL, cause{flags != 0, "no flag is known"}, cause{true, "no such right"})
	case p.mm.keyLeaked || p.follows(profile.NoKeysWithoutKeys):
		return -1, p.refuse(syscall.ENOSPC, "no key is left")
	}
	p.mm.keyLeaked = true
	return -1, p.refuse(syscall.EINVAL, "the processor has no protection keys")
}

// PkeyFree would give a protection key back: none is ever allocated.
// Linux: sys_pkey_free (mm/mprotect.c).
func (p *Process) PkeyFree(int) error {
	p.enter(SysPkeyFree)
	return p.refuse(syscall.EINVAL, "the key is not allocated")
}
