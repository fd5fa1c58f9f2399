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
// # The two descriptions, side by side
//
//	                      area                                 entry
//	says                  what a range is meant to show        what a page shows now
//	changes by            calls: mmap, mprotect, munmap        faults, reclaim, truncation, fork
//	kept in               a tree by address                    a table of four levels
//	may be thrown away    no: nothing else knows it            mostly: a fault makes it again
//	seen in               /proc/PID/maps                       /proc/PID/pagemap, RSS of status
//
// An entry that no fault could make again must not be thrown away: that of a private page, of which the frame or the
// swap area has the only bytes, and a marker, such as that of a guard page. So fork copies the entries of areas with
// private pages, and leaves those of a shared file for the child to fault in.
//
// # How an address is translated
//
//	0x7ffff7ff4123 = slot 255 of the top table, 511 of the upper, 447 of the middle, 500 of the leaf, byte 0x123
//
//	top [255] --> upper [511] --> middle [447] --> leaf [500] = entry: frame, present, writable, accessed, dirty
//
// The processor does this walk itself for each miss of its TLB, and sets the accessed and dirty bits in the entry while
// it does. Those two bits are all that the kernel learns of loads and stores that do not fault. So they must be carried
// to the frame before an entry is cleared: dirty to the page cache, else writeback would miss the store; accessed to
// the lists, else reclaim would take the page for unused.
//
// # Numbers of pages
//
// A page has three numbers, which must not be mixed up; each has its type:
//
//	Addr, VPN     where in the address space       0x7ffff7ff4000 is page 0x7ffff7ff4
//	PageIndex     where in the file                page 12 of /data/a
//	phys.PFN      where in memory                  frame 81
//
// Area.IndexOf leads from the first to the second, a page-table entry from the first to the third, and the page cache
// from the second to the third. Private anonymous pages have an index too: the number of the page at which the area was
// first mapped, so that two areas of anonymous memory that touch continue each other, and may merge.
//
// # Copy-on-write, the picture
//
//	fork            parent  [frame 7, read-only]     child  [frame 7, read-only]      frame 7: two entries
//	child stores    parent  [frame 7, read-only]     child  [frame 9, writable]       frame 7: one entry
//	parent stores   parent  [frame 7, writable ]     child  [frame 9, writable]       no copy: nothing else shows it
//
// The areas stay writable throughout. That an entry is read-only in a writable area is what tells a fault to copy.
//
// # Limits and accounts
//
//	RLIMIT_AS         all pages of all areas, whether there or not      MayExpand
//	RLIMIT_DATA       pages of private writable areas, not of stacks     MayExpand
//	RLIMIT_STACK      the length of a stack                             GrowDown
//	RLIMIT_MEMLOCK    pages of locked areas                             MayLock
//	max_map_count     areas                                             checked before each split
//	commit limit      memory that may have to exist: private writable   Commit.Charge
//
// mmap checks all of them before it changes anything. Resident pages (RSS) are counted and not limited.
// # How areas are kept
//
//	tree    by start address       which area holds an address, or is the first after it
//	list    prev and next          the neighbours, for merging, and the walk of /proc/PID/maps
//	gaps    by start, with the longest gap of each subtree      where a mapping of this length fits
//	file's set, AnonVMA's set      which areas may show this page
//
// A change of an area's range goes through all of them, in one function for each kind of change: insert, reshape, drop.
// Check recomputes each from the others.
//
// # Order of errors
//
// A call with two mistakes returns the error of the check that comes first, and programs depend on which:
//
//	mprotect over a hole, the last page sealed   ENOMEM at the hole: the walk has not come to the sealed area
//	mmap with MAP_FIXED at an odd address     EINVAL, before anything is unmapped
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
