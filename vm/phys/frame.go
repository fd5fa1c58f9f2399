package phys

import "fmt"

// pageSize is the size of a frame in bytes.
const pageSize = 4096

// PFN is the number of a frame of memory: its physical address divided by 4096. Frame 81 is at the physical addresses
// 0x51000 to 0x51fff.
// Linux: unsigned long pfn.
type PFN uint64

// Owner is what a frame belongs to: a file's mapping, an anon_vma, a device. For a file's page it is the mapping, for a
// private page the AnonVMA. Reclaim asks it for the areas that may map the frame.
// Linux: folio->mapping (include/linux/mm_types.h).
type Owner interface {
	// FrameOwner names the owner for people.
	FrameOwner() string
}

// Flags are the states of a frame. The names are those of tools/mm/page-types.c. Some bits mean different things for
// different pages, as in Linux: ReadaheadMark of a dirty page means that it is to be freed after writeback.
// Linux: enum pageflags (include/linux/page-flags.h).
type Flags uint32

// The states, by their page-types names.
const (
	Locked Flags = 1 << iota
	// The bytes are there: set when the read is complete, and for a page of zeros at once.
	Uptodate
	// The bytes are newer than what the disk, or the swap area, has.
	Dirty
	// A request that writes the page is under way.
	Writeback
	// Used once since it was put on its list, or since reclaim has looked at it.
	Referenced
	// On an active list, where reclaim looks last.
	Active
	LRU
	Anon          // belongs to an anon_vma, not to a file
	SwapBacked    // goes to swap when it is reclaimed
	SwapCached    // is in the swap cache
	Exclusive     // anonymous and known to be this process's alone; Linux: PG_anon_exclusive
	Unevictable   // mlocked
	Mlocked       //
	ReadaheadMark // a reader that gets here starts the next window; Linux: PG_readahead
	Reserved      // not ordinary memory: the zero page, the vdso, a device
	Large         // part of a folio of more than one page
	// It was active before it became inactive or was evicted; a refault then counts as thrashing.
	Workingset
	Lent         // a disk relies on the bytes as they are: Recalled is called before they change; Linux: none
	OnDisk       // read as a whole, without a hole, from blocks of the disk; Linux: PG_mappedtodisk
	Charged      // charged to the control group of the programs; Linux: folio->memcg_data
	Undetermined // some of its bytes depend on the processor model: a Mask says which; Linux: none
	Huge         // part of a huge page of a HugePool: Index says the how manieth frame; Linux: PGTY_hugetlb
	// RestoresReserve says of a huge page that its reservation comes back when it is freed.
	// Linux: HPG_restore_reserve (include/linux/hugetlb.h).
	RestoresReserve
)

// Has reports whether every one of the flags in want is set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// orderShift is where in the flags the order of the frame's folio is kept.
const orderShift = 26

// Frame is one page of memory and what is known about it: 48 bytes. A frame whose bytes are all zero holds none. An
// entry of a page table counts in maps and in refs; a cache, or code that works with the frame, in refs alone. So a
// frame with refs of 1 and maps of 0 is the cache's only, and can be freed.
// Linux: struct page and struct folio (include/linux/mm_types.h).
type Frame struct {
	data  *[pageSize]byte // nil while every byte is zero
	Owner Owner
	Index uint64 // page index within Owner
	Flags Flags
	refs  int32  // references: one for each entry that maps it, one for each cache that holds it
	maps  int32  // page-table entries that map it; Linux: _mapcount + 1
	pfn   uint32 // its number
}

// PFN is the frame's number.
func (f *Frame) PFN() PFN { return PFN(f.pfn) }

// Order is the order of the folio that the frame is part of.
func (f *Frame) Order() int { return int(f.Flags >> orderShift) }

// SetOrder notes that the frame is part of a folio of that order.
func (f *Frame) SetOrder(order int) {
	f.Flags = f.Flags&(1<<orderShift-1) | Flags(order)<<orderShift
	if order > 0 {
		f.Flags |= Large
	} else {
		f.Flags &^= Large
	}
}

// Refs is the number of references to the frame.
func (f *Frame) Refs() int { return int(f.refs) }

// Maps is the number of page-table entries that map the frame.
func (f *Frame) Maps() int { return int(f.maps) }

// Has reports whether every one of the flags is set.
func (f *Frame) Has(fl Flags) bool { return f.Flags&fl == fl }

// Set sets flags.
func (f *Frame) Set(fl Flags) { f.Flags |= fl }

// Clear clears flags.
func (f *Frame) Clear(fl Flags) { f.Flags &^= fl }

// Mapped notes that one more page-table entry maps the frame; the entry holds a reference.
func (f *Frame) Mapped() { f.maps++; f.refs++ }

// NotMapped notes that one page-table entry less maps the frame; its reference stays.
func (f *Frame) NotMapped() { f.maps-- }

// Release gives up a reference that is not the last.
func (f *Frame) Release() { f.refs-- }

// Hold takes a reference. One to any frame of a huge page is one to the whole.
func (f *Frame) Hold() {
	if f.Flags&Huge != 0 {
		f = f.HugeHead()
	}
	f.refs++
}

// Data is the frame's bytes, nil while they are all zero.
func (f *Frame) Data() *[pageSize]byte { return f.data }

// Byte is the byte at offset off.
func (f *Frame) Byte(off uint64) byte {
	if f.data == nil {
		return 0
	}
	return f.data[off&(pageSize-1)]
}

// Read copies bytes from offset off into buf; buf must not reach beyond the frame.
func (f *Frame) Read(off int, buf []byte) {
	if f.data == nil {
		clear(buf)
		return
	}
	copy(buf, f.data[off:off+len(buf)])
}

// String is the frame for people.
func (f *Frame) String() string {
	owner := "free"
	if f.Owner != nil {
		owner = f.Owner.FrameOwner()
	}
	return fmt.Sprintf("frame %#x %s[%d] refs %d maps %d", f.pfn, owner, f.Index, f.refs, f.maps)
}
