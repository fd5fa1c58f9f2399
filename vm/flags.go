package vm

import "vmsim/vm/profile"

// Flags say what may be done with an area and how. The numbers are Linux's own. Read, Write and Exec say what is
// allowed now; MayRead, MayWrite and MayExec what mprotect may allow later. A file that is open for reading only is
// mapped shared without MayWrite, so that mprotect cannot make it writable. Shared is about stores that reach the file:
// a shared mapping of a file that is open for reading only has MayShare without it.
// Linux: vm_flags_t, VM_* (include/linux/mm.h).
type Flags uint64

// The flags of an area.
const (
	Read     Flags = 1 << 0
	Write    Flags = 1 << 1
	Exec     Flags = 1 << 2
	Shared   Flags = 1 << 3
	MayRead  Flags = 1 << 4 // mprotect may set Read
	MayWrite Flags = 1 << 5
	MayExec  Flags = 1 << 6
	MayShare Flags = 1 << 7 // mapped with MAP_SHARED, even where the file is not open for writing

	GrowsDown   Flags = 1 << 8
	UserMissing Flags = 1 << 9  // registered with a userfaultfd: faults on missing pages
	PFNMap      Flags = 1 << 10 // shows bare frames, which have no page cache and no reverse map
	MaybeGuard  Flags = 1 << 11 // guard pages were installed in it once
	DenyWrite   Flags = 1 << 11 // until 5.15, in place of MaybeGuard: shows a program that execve has mapped
	UserWrite   Flags = 1 << 12 // registered: stores to pages that it has write-protected
	Locked      Flags = 1 << 13
	IO          Flags = 1 << 14
	SeqRead     Flags = 1 << 15
	RandRead    Flags = 1 << 16
	DontCopy    Flags = 1 << 17 // not inherited by fork
	DontExpand  Flags = 1 << 18
	LockOnFault Flags = 1 << 19
	Account     Flags = 1 << 20 // counted against the commit limit
	NoReserve   Flags = 1 << 21
	HugeTLB     Flags = 1 << 22
	Sync        Flags = 1 << 23
	WipeOnFork  Flags = 1 << 25
	DontDump    Flags = 1 << 26
	SoftDirty   Flags = 1 << 27 // new since clear_refs, on kernels with CONFIG_MEM_SOFT_DIRTY
	MixedMap    Flags = 1 << 28
	HugePage    Flags = 1 << 29
	NoHugePage  Flags = 1 << 30
	Mergeable   Flags = 1 << 31
	Droppable   Flags = 1 << 38
	UserMinor   Flags = 1 << 41 // registered: faults on pages that the page cache has and the page table has not
	Sealed      Flags = 1 << 42

	// AccessFlags are what mprotect changes.
	AccessFlags = Read | Write | Exec
	// LockedMask is what mlock changes.
	LockedMask = Locked | LockOnFault
	// Special areas never merge and are never locked.
	Special = IO | DontExpand | PFNMap | MixedMap
	// Registered are the modes in which a userfaultfd handles faults of an area.
	Registered = UserMissing | UserWrite | UserMinor
	// Sticky flags do not prevent a merge: the merged area has the sticky flags of all its parts.
	Sticky = MaybeGuard | SoftDirty
)

// Protection is what a program asks of mmap and mprotect.
// Linux: PROT_* (include/uapi/asm-generic/mman-common.h).
type Protection uint64

// The protections.
const (
	ProtNone      Protection = 0
	ProtRead      Protection = 1
	ProtWrite     Protection = 2
	ProtExec      Protection = 4
	ProtSem       Protection = 8
	ProtGrowsDown Protection = 0x01000000
	ProtGrowsUp   Protection = 0x02000000
)

// AreaFlags are the access flags of p.
func (p Protection) AreaFlags() Flags { return Flags(p & (ProtRead | ProtWrite | ProtExec)) }

// Has reports whether every flag of g is set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Any reports whether a flag of g is set.
func (f Flags) Any(g Flags) bool { return f&g != 0 }

// MayBeCowed reports whether the area's pages are private copies once they are written to. It asks MayWrite and not
// Write: a private area that is read-only now may become writable, and its pages be copied then.
// Linux: is_cow_mapping (include/linux/mm.h).
func (f Flags) MayBeCowed() bool { return f&(Shared|MayWrite) == MayWrite }

// Permissions is the second column of /proc/PID/maps, as in rw-p.
func (f Flags) Permissions() string {
	b := []byte("---p")
	if f.Has(Read) {
		b[0] = 'r'
	}
	if f.Has(Write) {
		b[1] = 'w'
	}
	if f.Has(Exec) {
		b[2] = 'x'
	}
	if f.Has(MayShare) {
		b[3] = 's'
	}
	return string(b)
}

// mnemonics are the two letters of each flag in the order of smaps' VmFlags line: the order of the bits.
var mnemonics = []struct {
	flag Flags
	name string
}{
	{Read, "rd"}, {Write, "wr"}, {Exec, "ex"}, {Shared, "sh"},
	{MayRead, "mr"}, {MayWrite, "mw"}, {MayExec, "me"}, {MayShare, "ms"},
	{GrowsDown, "gd"}, {UserMissing, "um"}, {PFNMap, "pf"}, {MaybeGuard, "gu"}, {UserWrite, "uw"}, {Locked, "lo"},
	{IO, "io"}, {SeqRead, "sr"}, {RandRead, "rr"}, {DontCopy, "dc"}, {DontExpand, "de"}, {LockOnFault, "lf"},
	{Account, "ac"}, {NoReserve, "nr"}, {HugeTLB, "ht"}, {Sync, "sf"}, {WipeOnFork, "wf"}, {DontDump, "dd"},
	{SoftDirty, "sd"}, {MixedMap, "mm"}, {HugePage, "hg"}, {NoHugePage, "nh"}, {Mergeable, "mg"},
	{Droppable, "dp"}, {UserMinor, "ui"}, {Sealed, "sl"},
}

// Mnemonics is the text after "VmFlags:" in smaps, each flag followed by a space.
func (f Flags) Mnemonics() string { return string(f.appendMnemonics(nil)) }

// appendMnemonics appends it.
func (f Flags) appendMnemonics(b []byte) []byte { return f.AppendMnemonicsOn(b, nil) }

// AppendMnemonicsOn appends it as a given release prints it.
func (f Flags) AppendMnemonicsOn(b []byte, which *profile.Profile) []byte {
	for _, m := range mnemonics {
		if !f.Has(m.flag) {
			continue
		}
		name := m.name
		switch {
		case m.flag == MaybeGuard && !which.Has(profile.NoDenyWrite):
			name = "dw" // the number of the flag until 5.15
		case m.flag == LockOnFault && !which.Has(profile.OnFaultName):
			name = "??"
		}
		b = append(append(b, name...), ' ')
	}
	return b
}
