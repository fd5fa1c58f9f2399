// Package pagecache keeps the pages of files in memory.
//
// # What Linux does
//
// Every read(), write() and page fault on a file goes through one place: the inode's address_space, the page cache.
// mmap does not bypass it: it maps the very frames that read() copies from. A page comes into the cache when it is
// first needed, or before, by readahead. A page that was written to is dirty, and stays so until writeback has brought
// it to the disk; until then the disk has the old bytes, or no block at all. A clean page may be dropped at any time,
// since it can be read again.
//
//	absent --read--> reading --the device is done--> clean --write, store--> dirty
//	  ^                                              ^   |                     |
//	  |                                              |   |                     | writeback: write-protect, submit
//	  +-------- reclaim, truncate, drop_caches ------+---+                     v
//	                                                 +---- the device is done -- under writeback
//
// A store through a mapping is seen only by the entry's dirty bit and by the fault of the first store. So writeback
// write-protects every entry of a page before it submits it, and the next store faults and makes the page dirty again.
//
// # What is kept
//
//	Mapping of /data/a     page   0   1   2   3   4 ...       a radix tree of folios: 1, 2, 4 ... pages that are
//	                       folio [0] [1] [2     3] -          read, dirtied and evicted together
//	                              |
//	          areas that show it, and their page-table entries (the reverse map)
//
// The parts:
//
//   - Mapping: one file's cached pages, its size, and the areas that show it. It is Linux's inode and address_space.
//   - File: an open file, with its position and the state of its readahead. Areas of mmap refer to it.
//   - Cache: what all files of a machine share: the requests under way, the flusher, reclaim.
//   - operations (filesystem.go): what a file system does for its files. ext4, tmpfs, pipes, sockets, huge pages and
//     devices each have theirs.
//   - SwapCache: private pages on their way to or from a swap area.
//   - Writeback: which pages are written back when, and how long a process that dirties pages waits.
//   - Reclaim: which frames are taken back when memory is short.
//
// The order of operations is Linux's, as are the large folios of readahead and ext4, up to 2 MiB. Waiting for a device
// takes virtual time: a request has a completion time from the moment that it is submitted, and code that needs the
// page moves the clock to it.
//
// # What holds a page
//
// A frame of the cache is freed with its last reference. The cache itself has one for each page; every other one says
// that the page is in use:
//
//	1            the cache: the page is in the tree of its file
//	+ 1 each     a page-table entry that maps the frame
//	+ 1 each     a call that has looked it up and may sleep before it is done: a fault, a batch of read()
//	+ 1 each     a pipe or a socket that has the page by splice, a device that reads or writes it by O_DIRECT
//
// So reclaim, which clears the page tables first, may free a page if one reference is left. A page with more is busy:
// freeing it would take the bytes away under a device that still writes them.
//
// # Flags and tags
//
//	flag        set when                            cleared when
//	Locked      the folio is read from the disk     the request was built, see inFlight for the rest
//	Uptodate    the bytes are the file's            never while it is in the cache
//	Dirty       a write or a store has changed it   writeback begins, or the page is truncated
//	Writeback   its request is submitted            the request is complete
//	Referenced  it was used once                    reclaim has seen it, or a second use has made it active
//
// A folio is locked while it is read, since others may find it in the tree before its bytes are there: they must
// neither copy it nor map it nor read it a second time. Dirty and Writeback are tags of the tree as well, so that
// writeback finds the dirty pages of a large file without looking at the clean ones. A page can be dirty and under
// writeback at once: it was stored to after its request was submitted, and is written once more.
//
// Writeback clears Dirty before it submits the request, not after the device is done. The other way round, a store
// while the device works would set a flag that is then cleared, and its bytes would never reach the disk.
//
// # Errors of the disk
//
// Nothing waits for an ordinary write, so there is no call that could return its error. ext4 reserves room when a page
// becomes dirty (delayed allocation), which makes ENOSPC an error of write(), or SIGBUS of a store. An EIO of the
// device comes later: the page becomes clean all the same, the error is noted in the file, and the next fsync of each
// open file returns it once (failures.go).
//
// # Where to look
//
//	looking a page up, adding, removing     mapping.go, folio.go, package xarray
//	a fault on a file                       file.go, ext4.go, tmpfs.go
//	read() and write()                      readwrite.go, usercopy.go, reading.go, ext4write.go,
//	                                        framecopy.go, package overlap
//	which pages are read ahead              readahead.go, readaheadpolicy.go, ondemand.go (before 6.12)
//	requests to the disk                    ext4read.go, ext4writeback.go, request.go, inflight.go
//	what of a folio is filled or dirty      ext4blocks.go
//	when dirty pages are written            writeback.go, flusher.go, throttle.go, package throttle
//	truncation, holes, fallocate            truncate.go, ext4size.go, fallocate.go
//	O_DIRECT                                ext4direct.go, ext4pins.go
//	memory runs short                       reclaim.go, scan.go, shrink*.go, rmap.go, workingset.go, kswapd.go
//	a control group is at its limit         memgroup.go, memhigh.go
//	swap                                    swap.go, swaparea.go, swapahead.go, tmpfsswap.go
//	pipes and sockets                       pipe*.go, socket*.go, splice.go, link.go
//
// # The path of one operation
//
// A store to a clean page of an ext4 file that is mapped shared:
//
//	fault         the entry is read-only
//	MakeWritable  ext4 reserves or finds the block, waits for writeback of the page; ENOSPC becomes SIGBUS
//	MarkDirty     the page gets its flag and its tag; the file joins the flusher's queue, with the time
//	              30 seconds pass, or too many pages are dirty, or a program calls msync
//	WriteBack     tags the dirty pages; for each: write-protects its entries, allocates its block, adds it to a
//	              request
//	submit        one request for each run of blocks; the page is under writeback until the request is complete
//	endWriteback  the page is clean
//
// # The path of a read
//
// Two calls of read() for 8 KiB each, at the start of a large file of ext4 that is not cached:
//
//	readPage        page 0 is not in the tree: a miss
//	startReading    the policy plans pages 0 to 3, twice what is wanted, with the mark on page 2
//	addPages        four folios are in the tree, locked, and not filled
//	submit          one request for the run of blocks; the frames are in flight until it is complete
//	waitFolio       the clock moves to the end of the request
//	copyOut         pages 0 and 1, to the program
//	                second call:
//	readPage        page 2 is in the tree, filled, and has the mark
//	goOnReading     pages 4 to 11 are requested; nothing waits for them
//	copyOut         pages 2 and 3, while the device reads the next eight
//
// A sequential reader so waits for its first window only, if it uses the bytes no faster than the device delivers them.
//
// # The path of an eviction
//
//	allocate        few frames are free: kswapd is woken, or the program reclaims itself
//	run, pass       how many pages of which list, by priority, swappiness and cost
//	shrinkInactive  32 folios from the tail of the inactive list
//	judge           the reverse map leads to all entries of a folio; their accessed bits are read and cleared
//	unmap           not used: its entries are cleared
//	lookFile        clean, and only the cache holds it: it leaves the tree, and a shadow takes its place
//	Put             the last reference is dropped, and the frame is free
//	refault         the page is read again: the shadow says how long it was away, and so whether it starts as active
//
// # Units
//
//	offsets and sizes of files           bytes, int64; a page has 4096
//	vm.PageIndex                         number of a page in its file
//	disk.FileBlock                       number of a block of 1 KiB in its file
//	disk.Block                           number of a block of 4 KiB on the device; a sector has 512 bytes
//	counts of reclaim and writeback      pages, also for large folios
//	clock.Time, clock.Jiffies            nanoseconds of virtual time; ticks of 4 ms
//
// # What holds between two calls
//
// The check functions recompute it, and a test calls them after every statement:
//
//   - A page is in the tree of one file, and its frame says which file and which page.
//   - A frame has at least one reference for the cache and one for each entry that maps it.
//   - The pages of a folio are all there, begin at a multiple of its size, and have the same flags.
//   - The tags Dirty and Writeback of the tree are those of the flags, for files on a disk.
//   - A block that is dirty is in a dirty folio; a clean folio has no dirty block.
//   - The number of dirty pages is the sum over all files on disks.
//   - The flusher's queue has each file once, in the order in which they became dirty.
//   - No frame that the device fills is free.
//
// # How the model runs what Linux runs at the same time
//
//	Linux                                   here
//	kswapd, a thread                        between two calls or accesses, after it was woken
//	the flusher, a thread                   when virtual time passes its timer, or a writer finds too much dirty
//	kjournald2, a thread                    when virtual time passes its five seconds, or fsync commits
//	the end of a request, an interrupt      when code needs the page, and moves the clock to it
//	several processes                       one after the other; each call runs to its end
//
// # What is left out
//
// Locks, which one thread does not need. Transparent huge pages: a page table maps a large folio page by page.
// Encryption, compression and
// inline data of ext4, and file systems other than ext4 and tmpfs.
package pagecache
