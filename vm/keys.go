package vm

// keyShift is where an area's flags have its protection key.
// Linux: VM_PKEY_SHIFT (include/linux/mm.h).
const keyShift = 32

// KeyFlags is an area's protection key among its flags.
// Linux: ARCH_VM_PKEY_FLAGS (arch/x86/include/asm/pkeys.h).
const KeyFlags Flags = 0xf << keyShift

// Key is the area's protection key: 0 by default.
// Linux: vma_pkey (arch/x86/include/asm/pkeys.h).
func (f Flags) Key() int { return int(f & KeyFlags >> keyShift) }

// WithKey are the flags with another protection key.
func (f Flags) WithKey(key int) Flags { return f&^KeyFlags | Flags(key)<<keyShift }

// KeyRights are what a process may not do to the memory of each protection key: two bits a key. Keys do not restrict
// instruction fetches.
// Linux: PKRU (arch/x86/include/asm/pkru.h).
type KeyRights uint32

// What a process may not do to the memory of a key.
// Linux: PKEY_DISABLE_* (include/uapi/asm-generic/mman-common.h).
const (
	KeyNoAccess KeyRights = 1
	KeyNoWrite  KeyRights = 2
)

// With returns the rights with other ones for the key.
func (r KeyRights) With(key int, not KeyRights) KeyRights { return r&^(3<<(2*key)) | not<<(2*key) }

// Forbids reports whether an access to memory of the key is not allowed.
// Linux: __pkru_allows_pkey (arch/x86/include/asm/pgtable.h).
func (r KeyRights) Forbids(key int, k Access) bool {
	not := r >> (2 * key)
	return k != Fetch && not&KeyNoAccess != 0 || k == Store && not&KeyNoWrite != 0
}
