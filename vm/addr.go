package vm

import "fmt"

// Page geometry of x86-64 with 4 KiB pages.
const (
	PageShift = 12
	PageSize  = 1 << PageShift
	PageMask  = PageSize - 1
)

// Addr is a virtual address in bytes.
// Linux: unsigned long addr.
type Addr uint64

// The user half of the address space with four-level page tables.
const (
	// TaskSize is the end of what user space may map: one page below 2^47.
	// Linux: TASK_SIZE_MAX (arch/x86/include/asm/page_64.h).
	TaskSize Addr = 1<<47 - PageSize
	// MmapMinAddr is the lowest address that mmap gives out.
	// Linux: mmap_min_addr (security/min_addr.c), as CONFIG_LSM_MMAP_MIN_ADDR has it.
	MmapMinAddr Addr = 0x10000
)

// Floor is a rounded down to its page.
func (a Addr) Floor() Addr { return a &^ PageMask }

// Ceil is a rounded up to a page; ok is false where that wraps past 2^64.
func (a Addr) Ceil() (up Addr, ok bool) {
	up = (a + PageMask) &^ PageMask
	return up, up >= a
}

// Aligned reports whether a is the first byte of a page.
func (a Addr) Aligned() bool { return a&PageMask == 0 }

// Offset is a's distance from the start of its page, in bytes.
func (a Addr) Offset() uint64 { return uint64(a) & PageMask }

// Page is the number of the page that holds a.
func (a Addr) Page() VPN { return VPN(a >> PageShift) }

// String is a as C prints it.
func (a Addr) String() string { return fmt.Sprintf("%#x", uint64(a)) }

// VPN is the number of a page of virtual memory: its address divided by 4096.
// Linux: none, an address shifted right by PAGE_SHIFT.
type VPN uint64

// Addr is the first byte of page n.
func (n VPN) Addr() Addr { return Addr(n) << PageShift }

// PageIndex is the number of a page of a file, or for anonymous memory of the address the page was born at.
// Linux: pgoff_t (include/linux/types.h).
type PageIndex uint64

// FileOffset is the first byte of page i in its file; it wraps where i is over 2^52.
func (i PageIndex) FileOffset() int64 { return int64(uint64(i) << PageShift) }

// IndexOf is the page of a file that holds byte off.
func IndexOf(off int64) PageIndex { return PageIndex(uint64(off) >> PageShift) }

// PageAlign is n rounded up to a whole page; it wraps to a small number where n is within a page of 2^64.
func PageAlign(n uint64) uint64 { return (n + PageMask) &^ PageMask }
