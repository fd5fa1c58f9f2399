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
// # What is left out
//
// Locks, which one thread does not need. Transparent huge pages: a page table maps a large folio page by page.
// Encryption, compression and
// inline data of ext4, and file systems other than ext4 and tmpfs.
package pagecache
