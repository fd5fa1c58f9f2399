package procfs

import (
	"strings"

	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// PageFlags are what /proc/kpageflags tells of a frame. The numbers are the kernel's own.
// Linux: KPF_* (include/uapi/linux/kernel-page-flags.h).
type PageFlags uint64

// The flags that frames of the model can have.
const (
	KPFLocked      PageFlags = 1 << 0
	KPFReferenced  PageFlags = 1 << 2
	KPFUptodate    PageFlags = 1 << 3
	KPFDirty       PageFlags = 1 << 4
	KPFLRU         PageFlags = 1 << 5
	KPFActive      PageFlags = 1 << 6
	KPFWriteback   PageFlags = 1 << 8
	KPFReclaim     PageFlags = 1 << 9
	KPFMmap        PageFlags = 1 << 11
	KPFAnon        PageFlags = 1 << 12
	KPFSwapCache   PageFlags = 1 << 13
	KPFSwapBacked  PageFlags = 1 << 14
	KPFHead        PageFlags = 1 << 15
	KPFTail        PageFlags = 1 << 16
	KPFHuge        PageFlags = 1 << 17 // of a page of a pool of huge pages
	KPFUnevictable PageFlags = 1 << 18
	KPFKSM         PageFlags = 1 << 21 // it shows what was the content of several; on some kernels any private page
	KPFTHP         PageFlags = 1 << 22 // of any folio of several pages
	KPFZeroPage    PageFlags = 1 << 24
	KPFReserved    PageFlags = 1 << 32
	KPFMlocked     PageFlags = 1 << 33
	// of a private page: it is one process's alone; of a file's: it is on the disk as it is here
	KPFOwner2  PageFlags = 1 << 34
	KPFPrivate PageFlags = 1 << 35 // the cache knows the states of its blocks

	// The tool's own: reclaim on a page that is not being written back, owner_2 on a private one.
	kpfReadahead     PageFlags = 1 << 48
	kpfAnonExclusive PageFlags = 1 << 47
)

// pageFlagNames are the names and letters of the kernel's own tool, in the order of the bits.
// Linux: page_flag_names (tools/mm/page-types.c).
var pageFlagNames = []struct {
	flag   PageFlags
	letter byte
	name   string
}{
	{KPFLocked, 'L', "locked"}, {1 << 1, 'E', "error"}, {KPFReferenced, 'R', "referenced"}, {KPFUptodate, 'U',
		"uptodate"},
	{KPFDirty, 'D', "dirty"}, {KPFLRU, 'l', "lru"}, {KPFActive, 'A', "active"}, {1 << 7, 'S', "slab"},
	{KPFWriteback, 'W', "writeback"}, {KPFReclaim, 'I', "reclaim"}, {1 << 10, 'B', "buddy"},
	{KPFMmap, 'M', "mmap"}, {KPFAnon, 'a', "anonymous"}, {KPFSwapCache, 's', "swapcache"}, {KPFSwapBacked, 'b',
		"swapbacked"},
	{KPFHead, 'H', "compound_head"}, {KPFTail, 'T', "compound_tail"}, {KPFHuge, 'G', "huge"}, {KPFUnevictable, 'u',
		"unevictable"},
	{1 << 19, 'X', "hwpoison"}, {1 << 20, 'n', "nopage"}, {KPFKSM, 'x', "ksm"}, {KPFTHP, 't', "thp"}, {1 << 23, 'o',
		"offline"},
	{KPFZeroPage, 'z', "zero_page"}, {1 << 25, 'i', "idle_page"}, {1 << 26, 'g', "pgtable"},
	{KPFReserved, 'r', "reserved"}, {KPFMlocked, 'm', "mlocked"}, {KPFOwner2, 'd', "owner_2"}, {KPFPrivate, 'P',
		"private"},
	{1 << 36, 'p', "private_2"}, {1 << 37, 'O', "owner_private"}, {1 << 38, 'h', "arch"},
	{1 << 40, 'f', "softdirty"}, {1 << 41, 'H', "arch_2"}, {kpfAnonExclusive, 'd', "anon_exclusive"}, {kpfReadahead,
		'I', "readahead"},
	{1 << 50, 'A', "slub_frozen"}, {1 << 51, 'E', "slub_debug"}, {1 << 61, 'F', "file"}, {1 << 62, 'w', "swap"},
	{1 << 63, '1', "mmap_exclusive"},
}

// frameFlags are the flags that a frame itself keeps.
var frameFlags = []struct {
	from phys.Flags
	to   PageFlags
}{
	{phys.Locked, KPFLocked}, {phys.Referenced, KPFReferenced}, {phys.Uptodate, KPFUptodate}, {phys.Dirty, KPFDirty},
	{phys.LRU, KPFLRU}, {phys.Active, KPFActive}, {phys.Writeback, KPFWriteback}, {phys.ReadaheadMark, KPFReclaim},
	{phys.Anon, KPFAnon}, {phys.SwapBacked, KPFSwapBacked}, {phys.SwapBacked | phys.SwapCached, KPFSwapCache},
	{phys.Anon | phys.Exclusive, KPFOwner2}, {phys.OnDisk, KPFOwner2}, {phys.Unevictable,
		KPFUnevictable}, {phys.Mlocked, KPFMlocked}, {phys.Reserved, KPFReserved},
}

// PageFlags fills out with the flags of the frames that the pages from first on show.
// Linux: kpageflags_read (fs/proc/page.c).
func (p Process) PageFlags(first vm.VPN, out []PageFlags) {
	clear(out)
	lists := p.Machine.LRU.View()
	p.Space.Table().Each(first, first+vm.VPN(len(out)), func(n vm.VPN, e vm.PTE) {
		if e.Present() {
			f := p.Machine.Memory.Frame(e.PFN())
			out[n-first] = p.Machine.pageFlags(f, lists.Flags(f))
		}
	})
	p.Space.Table().EachHuge(first, first+vm.VPN(len(out)), func(n vm.VPN, e vm.PTE) {
		f := p.Machine.Memory.Frame(e.PFN())
		for i := max(n, first); i < min(n+phys.HugeFrames, first+vm.VPN(len(out))); i++ {
			out[i-first] = p.Machine.PageFlagsOf(p.Machine.Memory.Frame(f.PFN() + phys.PFN(i-n)))
		}
	})
}

// PageFlagsOf are the flags of frame f, as a kernel with empty batches has them. The mark that starts the next reading
// ahead shares its bit with "reclaim".
// Linux: stable_page_flags (fs/proc/page.c).
func (m *Machine) PageFlagsOf(f *phys.Frame) PageFlags {
	return m.pageFlags(f, m.LRU.Flags(f))
}

// pageFlags are those of frame f, which has the flags fl. A frame of a huge page shows the state of the whole page.
func (m *Machine) pageFlags(f *phys.Frame, fl phys.Flags) (out PageFlags) {
	out = flagsOfFolio(f)
	if f.Has(phys.Huge) {
		f = f.HugeHead()
		fl = f.Flags
	}
	for _, b := range frameFlags {
		if fl.Has(b.from) {
			out |= b.to
		}
	}
	if fl.Has(phys.Anon) && !m.Profile.Has(profile.ExclusiveFlag) {
		out &^= KPFOwner2
	}
	if f.Maps() > 0 {
		out |= KPFMmap
	}
	if f == m.Memory.Zero() {
		out |= KPFZeroPage
	}
	if fl.Has(phys.Anon) && m.Profile.Has(profile.KSMOfAll) && !m.Profile.Has(profile.KSMOfMerged) {
		out |= KPFKSM
	}
	return out
}

// flagsOfFolio are the flags that tell of the folio that a frame is part of.
func flagsOfFolio(f *phys.Frame) (out PageFlags) {
	switch {
	case f.Has(phys.Huge) && f.Index == 0:
		return KPFHuge | KPFHead
	case f.Has(phys.Huge):
		return KPFHuge | KPFTail
	}
	m, ok := f.Owner.(*pagecache.Mapping)
	if !ok || m.InMemory() {
		return 0
	}
	if m.HasBlocks(f) {
		out |= KPFPrivate
	}
	if n := f.Order(); n > 0 {
		out |= KPFTHP | KPFTail
		if f.Index&(1<<n-1) == 0 {
			out ^= KPFTail | KPFHead
		}
	}
	return out
}

// Told is the flags as page-types prints them: a bit that means two things becomes two flags.
// Linux: expand_overloaded_flags (tools/mm/page-types.c).
func (f PageFlags) Told() PageFlags {
	if f&(KPFReclaim|KPFWriteback) == KPFReclaim {
		f = f&^KPFReclaim | kpfReadahead
	}
	if f&(KPFAnon|KPFOwner2) == KPFAnon|KPFOwner2 {
		f = f&^KPFOwner2 | kpfAnonExclusive
	}
	return f
}

// String is the names, as the kernel's tool page-types lists them; "none" for no flag.
func (f PageFlags) String() string {
	f = f.Told()
	var names []string
	for _, n := range pageFlagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ",")
}

// Letters is a letter or an underscore for each flag, as page-types prints them.
// Linux: page_flag_name (tools/mm/page-types.c).
func (f PageFlags) Letters() string {
	f = f.Told()
	b := make([]byte, len(pageFlagNames))
	for i, n := range pageFlagNames {
		b[i] = '_'
		if f&n.flag != 0 {
			b[i] = n.letter
		}
	}
	return string(b)
}

// PageFlagNamed is the flag of that name.
func PageFlagNamed(name string) (f PageFlags, ok bool) {
	for _, n := range pageFlagNames {
		if n.name == name {
			return n.flag, true
		}
	}
	return 0, false
}

// PageFlagNames are all the names.
func PageFlagNames() (names []string) {
	for _, n := range pageFlagNames {
		names = append(names, n.name)
	}
	return names
}
