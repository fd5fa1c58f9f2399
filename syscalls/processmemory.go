package syscalls

import (
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/profile"
)

// memory is the state of an address space besides its areas, shared by all processes that run in it.
// Linux: mm_users, flags and context of struct mm_struct (include/linux/mm_types.h).
type memory struct {
	users    int        // processes that run in it
	denyExec denyExec   // PR_SET_MDWE
	noHuge   thpDisable // PR_SET_THP_DISABLE
	mergeAny bool       // PR_SET_MEMORY_MERGE
	keys     keyring
	exe      *pagecache.File // of the program that execve has put there; nil for none
}

// newMemory is what the first process starts with. Where the kernel gives huge pages without being asked, the process
// has them disabled: see profile.HugePages.
func newMemory(linux *profile.Profile) *memory {
	m := &memory{users: 1, keys: newKeyring(linux)}
	if linux.Configured().HugePages == profile.HugeAlways {
		m.noHuge = thpDisabled
		if linux.Has(profile.HugeExceptAdvised) {
			m.noHuge = thpExceptAdvice
		}
	}
	return m
}

// end releases what goes with the address space.
// Linux: mmput (kernel/fork.c).
func (m *memory) end() {
	if m.exe != nil {
		m.exe.Mapping.AllowWrites()
		m.exe.Put()
		m.exe = nil
	}
}

// runs notes that the address space is of the program that f is; nil for none.
// Linux: set_mm_exe_file, dup_mm_exe_file (kernel/fork.c).
func (m *memory) runs(f *pagecache.File) {
	if m.exe = f; f != nil {
		f.Hold()
		f.Mapping.DenyWrites()
	}
}

// mayHuge reports whether an area with MADV_HUGEPAGE may have huge pages.
// Linux: vma_thp_disabled (include/linux/huge_mm.h).
func (m *memory) mayHuge(linux *profile.Profile) bool {
	return m.noHuge != thpDisabled && linux.Configured().HugePages != profile.HugeNever
}

// inherited is what a copy of the address space starts with.
// Linux: mm_init (kernel/fork.c).
func (m *memory) inherited() *memory {
	c := &memory{users: 1, denyExec: m.denyExec, noHuge: m.noHuge, mergeAny: m.mergeAny, keys: m.keys}
	if c.denyExec&denyNoInherit != 0 {
		c.denyExec = 0
	}
	return c
}

// futureFlags are the flags that the address space gives every new private area.
// Linux: ksm_vma_flags (mm/ksm.c).
func (m *memory) futureFlags(f vm.Flags) vm.Flags {
	const not = vm.Shared | vm.MayShare | vm.Special | vm.HugeTLB | vm.Droppable
	if m.mergeAny && !f.Any(not) {
		f |= vm.Mergeable
	}
	return f
}
