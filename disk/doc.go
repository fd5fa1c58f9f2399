// Package disk is the block device and the file system's map of it: where on the disk each page of a file lies.
//
// In Linux a file system answers one question for the page cache: which disk block holds page i of this inode.
// Everything else about a page, that it is in memory, dirty, mapped, is the page cache's business. Here an Inode keeps
// that answer as extents, runs of pages that lie in consecutive blocks; a FileSystem hands out blocks as ext4 does,
// late, when a page is written back and not when it is written to; and a Device takes requests and says when they will
// be done.
//
// We keep delayed allocation, unwritten extents, holes, a volatile write cache and what a power cut leaves. We leave
// out directories, journals as data structures, and checksums. The package knows the standard library only: virtual
// time comes in as an argument and goes out as a completion time.
package disk
