// Package vm is a process's address space: its areas, its page table, and the rules by which both change.
//
// # What Linux does
//
// An address space (mm_struct) has two descriptions of the same memory. Areas (vm_area_struct) say what a range is
// meant to show, and how it may be used: mmap, mprotect and munmap change them. Page-table entries say what a page
// shows right now: faults set them, one page or a few at a time, and reclaim, truncation and fork clear or change them.
// Only a fault consults the areas to set entries, so mmap is cheap, and the kernel may clear an entry at any time as
// long as a fault can find the page again.
//
//	address    7ffff7ff4000       5000       6000       7000
//	areas      [ rw-p  /data/a from page 0        ][ r--p  anonymous ]
//	entries    frame 0x51 A    none      frame 0x7 W A D    none
//	              │                         │
//	              ▼                         ▼
//	           page 0 of the file        a private copy of page 2
//
// An area that shows a file is also listed in the file's own set of areas, the reverse map: from a page of the file it
// leads to every entry that shows it. A private frame's owner, its AnonVMA, has such a set as well.
//
// # What is kept
//
//   - Space: the areas in a B-tree by address, as a list of neighbours, and the gaps between them in a treap, so that a
//     look-up, an insertion and the search for a gap take logarithmic time.
//   - Area: a range, its flags, and a Backing, which supplies its pages. Merging decides how many lines /proc/PID/maps
//     has, so it follows Linux's rules exactly (merge.go).
//   - PageTable: a radix tree of four levels with entries in the processor's layout. Entries that are not present are
//     swap entries and markers: of guard regions, and of pages that a userfaultfd has protected or poisoned.
//   - AnonVMA: who may own a private frame; two areas with different ones never merge.
//   - Stats, Limits, Commit: what is mapped, what may be mapped, and how much memory the machine has committed.
//
// A call performs its steps in Linux's order: if it has two errors, the order decides which one it returns, and a call
// that fails half way does not undo what it has done.
//
// # What is left out
//
// Locks, RCU and the per-area locks: one thread runs everything. Five-level page tables, transparent huge pages,
// protection keys in entries, and NUMA. The TLB is in package fault: a Space only tells each processor's
// TLB which pages to flush.
//
// # The path of one operation
//
// munmap of the middle page of three:
//
//	AAA   UnmapAligned(page 1)
//	      victimsOf: splits the area at both ends         A|A|A     two new areas, each linked where the old one was
//	      clear: zap clears the entries in the range      A| |A     dirty bits go to the file
//	             drop takes the area out of tree and list           its range becomes a gap
//	             freeTables frees page tables that no area needs
//	A A   the commit charge of one page is returned
//
// Splitting comes first because it may fail; nothing after it can.
package vm
