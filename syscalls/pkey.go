package syscalls

import (
	"syscall"

	"vmsim/vm"
	"vmsim/vm/profile"
)

// keyring is the set of allocated protection keys of an address space.
// Linux: pkey_allocation_map, execute_only_pkey of mm_context_t (arch/x86/include/asm/mmu.h).
type keyring struct {
	taken uint16
	only  int // the key of areas that can be executed only; noKey until there is one
}

const noKey = -1

// processorKeys is how many keys a processor has that has protection keys.
const processorKeys = 16

// firstRights are those that a program starts with: no access to memory of any key but 0.
// Linux: init_pkru_value (arch/x86/mm/pkeys.c).
const firstRights vm.KeyRights = 0x55555554

// newKeyring is what an address space starts with. On a processor without protection keys, key 0 counts as the one of
// areas that can be executed only: no program can name it.
// Linux: init_new_context (arch/x86/include/asm/mmu_context.h).
func newKeyring(linux *profile.Profile) keyring {
	switch {
	case linux.Configured().ProtectionKeys:
		return keyring{taken: 1, only: noKey}
	case linux.Has(profile.NoKeysWithoutKeys):
		return keyring{taken: 1}
	}
	return keyring{}
}

// newRights are the rights that a program starts with.
func newRights(linux *profile.Profile) vm.KeyRights {
	if linux.Configured().ProtectionKeys {
		return firstRights
	}
	return 0
}

// has reports whether the program may use a key: it has allocated and not freed it.
// Linux: mm_pkey_is_allocated (arch/x86/include/asm/pkeys.h).
func (r *keyring) has(key, keys int) bool {
	return key >= 0 && key < keys && key != r.only && r.taken>>key&1 != 0
}

// take allocates the lowest free key; noKey if there is none.
// Linux: mm_pkey_alloc (arch/x86/include/asm/pkeys.h).
func (r *keyring) take(keys int) int {
	for key := range keys {
		if r.taken>>key&1 == 0 {
			r.taken |= 1 << key
			return key
		}
	}
	return noKey
}

// hasKeys reports whether the processor has protection keys.
func (p *Process) hasKeys() bool { return p.kernel.config.Profile.Configured().ProtectionKeys }

// keys is how many keys there are.
// Linux: arch_max_pkey (arch/x86/include/asm/pkeys.h).
func (p *Process) keys() int {
	if p.hasKeys() {
		return processorKeys
	}
	return 1
}

// PkeyAlloc allocates a protection key and sets the caller's rights for it. On a processor without protection keys the
// first call allocates key 0, fails to set its rights, and never frees it; every later call finds no key left. Newer
// releases have no key from the start.
// Linux: sys_pkey_alloc (mm/mprotect.c).
func (p *Process) PkeyAlloc(flags, rights uint64) (int, error) {
	p.enter(SysPkeyAlloc)
	if flags != 0 || rights&^uint64(vm.KeyNoAccess|vm.KeyNoWrite) != 0 {
		return -1, p.refuseFor(syscall.EINVAL, cause{flags != 0, "no flag is known"}, cause{true, "no such right"})
	}
	key := p.mm.keys.take(p.keys())
	switch {
	case key == noKey:
		return -1, p.refuse(syscall.ENOSPC, "no key is left")
	case !p.hasKeys():
		return -1, p.refuse(syscall.EINVAL, "the processor has no protection keys")
	}
	p.CPU.Restrict(key, vm.KeyRights(rights))
	return key, nil
}

// PkeyFree frees a protection key. Areas keep it, and the caller's rights do not change.
// Linux: sys_pkey_free (mm/mprotect.c).
func (p *Process) PkeyFree(key int) error {
	p.enter(SysPkeyFree)
	if !p.mm.keys.has(key, p.keys()) {
		return p.refuse(syscall.EINVAL, "the key is not allocated")
	}
	p.mm.keys.taken &^= 1 << key
	return nil
}

// execOnlyKey is the key of execute-only areas; it revokes the caller's access to memory of that key. It is noKey if
// all keys are allocated.
// Linux: __execute_only_pkey (arch/x86/mm/pkeys.c).
func (p *Process) execOnlyKey() int {
	r := &p.mm.keys
	if r.only == noKey {
		if r.only = r.take(p.keys()); r.only == noKey {
			return noKey
		}
	}
	if !p.CPU.Rights.Forbids(r.only, vm.Load) {
		p.CPU.Restrict(r.only, vm.KeyNoAccess)
	}
	return r.only
}

// mappedFlags are the access flags of a new area that is mapped with a protection, with its key.
// Linux: do_mmap (mm/mmap.c), calc_vm_prot_bits (include/linux/mman.h).
func (p *Process) mappedFlags(prot vm.Protection) vm.Flags {
	f := prot.AreaFlags()
	if prot == vm.ProtExec && p.hasKeys() {
		f = f.WithKey(max(p.execOnlyKey(), 0))
	}
	return f
}

// protectedKey is the key of an area that mprotect gives a protection: what pkey_mprotect says, that of areas that can
// be executed only, or the one that it has.
// Linux: __arch_override_mprotect_pkey (arch/x86/mm/pkeys.c).
func (p *Process) protectedKey(a *vm.Area, prot vm.Protection, key int) int {
	switch {
	case !p.hasKeys():
		return 0
	case key != noKey:
		return key
	case prot == vm.ProtExec:
		if only := p.execOnlyKey(); only > 0 {
			return only
		}
	case a.Flags&vm.AccessFlags == vm.Exec && a.Flags.Key() == p.mm.keys.only:
		return 0
	}
	return a.Flags.Key()
}
