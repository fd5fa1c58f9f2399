// Package disk is a block device and the file system's map of it: where on the disk each block of a file lies, and what
// is left of both after a power cut.
//
// # What Linux does
//
// A file system answers one question for the page cache: which block of the device holds block b of this file.
// Everything else about a page, that it is in memory, dirty or mapped, is the page cache's business. ext4 keeps the
// answer as extents: runs of blocks that lie one after the other both in the file and on the device. It chooses places
// late. A write() only reserves room, so that it can fail with ENOSPC; the place is chosen at writeback, when the file
// system knows how many pages there are and can put them into one run. That is delayed allocation.
//
// A place that is chosen before its bytes are there is unwritten: it reads as zeros. Only when the device has the bytes
// does the extent become written, so that a power cut in between shows zeros and never the bytes of a deleted file.
//
// The device may keep what it was given in a volatile cache, and lose it with the power. A flush makes it durable.
// Metadata goes to a journal first: after a power cut the file system is as its last commit describes it.
//
// # What is kept
//
//	file      a b c d   e f g h   i j k l   m n o p   . . . .     blocks of 1 KiB, four to a page
//	extents   [written, place 36] [unwrit.] [delayed]   hole       a hole has no extent
//	               |         |        |         |
//	device    block 9   block 10   block 40   no place: one block of the device is reserved for the page
//
// One block of the device has 4096 bytes, as many as a page; the file system's own blocks have 1024. A page of a file
// lies in one block of the device, each of its four blocks at its own part. So a request can say with four bits which
// parts of each page it moves.
//
//   - Device: takes a request, says when it will be complete, and keeps for each block the durable content beside the
//     newest.
//   - FileSystem: the free blocks, the names, and both as of the last commit.
//   - Inode: the extents of one file, and the holes that have been looked up.
//
// The package knows the standard library only. Virtual time comes in as an argument and goes out as a completion time;
// nothing here waits.
//
// # Who calls what
//
// The page cache calls, in this order: Start before any change, so that an aborted journal makes it fail with EROFS;
// Reserve when pages become dirty; Allocate when they are written back; Submit for the data; Convert when the device
// has them; Commit at fsync, or every five seconds. The order of the last three is what data=ordered means: a commit
// never describes bytes that the device does not have.
//
// # The path of one operation
//
// Two pages are appended to an empty file, written back, and the power fails before the next commit:
//
//	                                 extents                     reserved   durable record
//	Reserve(0, 8)                    [0-7 delayed]                      2   none
//	Allocate(0, 8)                   [0-7 unwritten, place 36]          0   none
//	Submit(write, block 9, 2 pages)  device: two fresh blocks           0   none
//	Convert(0, 8)                    [0-7 written, place 36]            0   none
//	Crash                            the file is not there: no commit has recorded its name
//
// After a Commit the file would be there, with its size and both pages: the commit flushes the device before it counts.
//
// # What is left out
//
// Directories as files, the bitmaps and inode tables, the journal as blocks on the device, checksums, and block groups:
// allocation looks for one run near the blocks before it.
package disk
