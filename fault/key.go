package fault

import (
	"vmsim/vm"
	"vmsim/vm/trace"
)

// Restrict changes the process's rights to memory of a protection key.
// Linux: arch_set_user_pkey_access (arch/x86/kernel/fpu/xstate.c).
func (c *CPU) Restrict(key int, not vm.KeyRights) { c.SetRights(c.Rights.With(key, not)) }

// SetRights changes the process's rights to memory of all protection keys. They are in a register and are checked at
// each access; only the model's TLB, whose slots hold their result, has to forget.
// Linux: write_pkru (arch/x86/include/asm/pkru.h).
func (c *CPU) SetRights(to vm.KeyRights) {
	if c.Rights != to {
		c.Rights = to
		clear(c.tlb[:])
	}
}

// keyForbids reports whether the area's protection key forbids the process an access.
// Linux: arch_vma_access_permitted (arch/x86/include/asm/mmu_context.h).
func (c *CPU) keyForbids(a *vm.Area, k vm.Access) bool {
	// 0 is the common case: no key forbids anything.
	return c.Rights != 0 && c.Rights.Forbids(a.Flags.Key(), k)
}

// MayStore reports whether the process may store to the area.
func (c *CPU) MayStore(a *vm.Area) bool { return a.Flags.Has(vm.Write) && !c.keyForbids(a, vm.Store) }

// barred reports whether the page's protection key, which is its area's, forbids the access.
// Linux: none, the MMU.
func (c *CPU) barred(x vm.Addr, k vm.Access) bool { return c.Rights != 0 && c.keyBars(x, k) }

// keyBars is barred for a process with restricted rights; a function of its own, so that barred is inlined.
func (c *CPU) keyBars(x vm.Addr, k vm.Access) bool {
	a := c.Space.Find(x)
	return a != nil && c.keyForbids(a, k)
}

// keyBit is the flag in a fault's step for the key: the processor checks it only for a present page.
func (c *CPU) keyBit(x vm.Addr, k vm.Access, e vm.PTE) uint64 {
	const shown = vm.PtePresent | vm.PteUser
	if c.Rights != 0 && e&shown == shown && c.keyBars(x, k) {
		return trace.FaultByKey
	}
	return 0
}
