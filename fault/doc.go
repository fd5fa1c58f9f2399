// Package fault performs loads and stores, and handles the page faults that they raise.
//
//	load or store ─→ TLB ──hit──→ the frame's byte
//	                  │ miss
//	                  ▼
//	             page table ──the entry allows it──→ fill the TLB, run the access
//	                  │ it does not: page fault
//	                  ▼
//	             Handler.Repair: find the area, get the page, set the entry; then the access runs again
//
// # What Linux does
//
// The kernel decides what a fault is. Without an area, or with one that forbids the access, it is SIGSEGV. A page that
// is in memory already, or is made of zeros, is a minor fault. A page that has to be read from a device is a major
// fault. A page that does not exist, such as one beyond the end of the file, is SIGBUS.
//
// The processor writes two numbers for the kernel: the address, in register CR2, and an error code that says whether
// the entry was present, whether the access was a store or a fetch, and whether user code made it. Everything else the
// kernel finds in its own descriptions: the areas say whether the access is allowed, the entry says what is missing.
//
//	entry        load                    store, shared           store, private
//	none, file   the file's page         the file's page, after  a copy of the file's page,
//	             and its neighbours      the file system agrees  at once
//	none, anon   the shared zero page    -                       a new page of zeros
//	swap entry   read back               -                       read back; copied if others have it
//	read-only    -                       dirty from now on       reused if it is the last, else copied
//	guard        SIGSEGV                 SIGSEGV                 SIGSEGV
//
// A fault repairs the entry and returns; it does not perform the access. The instruction runs again from its start, and
// may fault again: at its second operand, or because reclaim was faster. So a handler that repairs too little is slow,
// but not wrong, and this is what makes fault-around and whole folios pure optimizations.
// Linux handles an instruction's fault first under the lock of the area, and retries under the lock of the address
// space where it has to wait. No lock is modelled, since one thread runs everything. But a retry decides whether the
// fault counts as major, so each access says which locks Linux would hold: see Locks.
//
// # What is kept
//
//	CPU      a direct-mapped TLB, the counters of faults, the rights to protection keys
//	Handler  nothing between two faults: its fields are policies and the machine's parts
//	attempt  one fault from the first try to its end: decides minor or major
//	Page     the view of a fault that a policy of an exercise gets
//
// A translation in the TLB holds what the entry allowed when it was filled. Code that takes rights out of an entry has
// to flush it, for which vm.Space calls Flush; rights that are added need no flush, because a refused access walks the
// table again. The slot lets stores through only if the entry was dirty already, so that the first store reaches the
// entry and sets its dirty bit.
//
// # The path of one operation
//
// A load from a page of a file that is not in memory:
//
//	Load        the slot holds another page                            TLB miss
//	reach       walks the table: entry none                            page fault
//	fault       findArea: the area allows loads
//	handle      try 1, under the area's lock
//	  repair    entry none, backed by a file: file, fileRead
//	            fault-around finds nothing in the page cache
//	            the page cache reads 32 pages; locks dropped           ErrRetry, major
//	handle      try 2, marked as tried
//	            fault-around maps 16 pages, this one among them        major fault counted
//	reach       walks the table again: present; sets the accessed bit  TLB filled
//	Load        the byte
//
// # What the bits of an entry mean to a fault
//
//	P W A D    the entry                                  a load             a store
//	0 - - -    none, a swap entry or a marker             fault              fault
//	1 0 - -    read-only                                  A is set           fault
//	1 1 - 0    writable and clean                         A is set           A and D are set, no fault
//	1 1 - 1    writable and dirty                         A is set           nothing to do
//
// So a page that must report its first store is mapped read-only, although the area is writable. The fault makes the
// entry writable, and later stores run at full speed until writeback makes it read-only again.
//
// # Minor, major, and why a fault is tried twice
//
//	page in the page cache, filled        mapped                                     minor
//	page of zeros, or a copy              made, no device                            minor
//	page in the swap cache                mapped again                               minor
//	page is being read by readahead       waited for                                 minor, as nothing was read for it
//	page not in the cache                 read: locks dropped, ErrRetry, try 2       major
//
// A fault that waits for a device must not hold the lock of the address space: mmap and the faults of other threads
// would wait for the disk as well. So the handler drops the lock, waits, and starts again from the beginning, since the
// area may be another one by then. The second try finds the page in memory and would count as minor; so the first one
// leaves a note.
//
// # Who faults
//
//	a load, a store, a fetch       CPU.Load, Store, Touch        a signal, where nothing can repair it
//	read() and write()             CPU.CopyOut, CopyIn           a short count, or EFAULT
//	mlock, MAP_POPULATE            CPU.Populate                  stops, or goes on with the next area
//	O_DIRECT, vmsplice             CPU.Pin, Borrowed             a short transfer, or EFAULT
//	a debugger, process_vm_readv   CPU.Borrow, PinRemote         EIO or EFAULT of the call
//
// All of them end in the same Handler. They differ in whose counters move, which locks are held, and what an error
// becomes.
//
// # What is left out
//
// The TLB knows one page size. Caches and large pages are left out.
package fault
