package syscalls

import (
	"syscall"

	"vmsim/pagecache"
)

// fileReasons explain the errors of the page cache and the disk, for people. There each errno has only one cause, so
// the checks need no texts of their own.
var fileReasons = map[syscall.Errno]string{
	syscall.EFAULT:     "the kernel cannot reach the whole buffer",
	syscall.ENOSPC:     "the file system has no room left",
	syscall.EIO:        "the disk has failed",
	syscall.EFBIG:      "the file would be longer than it may be",
	pagecache.ETXTBSY:  inUseAsSwap,
	syscall.EPERM:      "a seal of the file forbids it",
	syscall.EISDIR:     "a directory has no bytes",
	syscall.ENODEV:     "a device has no bytes to keep",
	syscall.ENOMEM:     "no frame is left",
	syscall.EROFS:      readOnlyNow,
	syscall.EINVAL:     "the transfer is not aligned as O_DIRECT wants it",
	syscall.EOPNOTSUPP: "the file system cannot do that",
}

const runsNow = "the file is a program that runs"

const readOnlyNow = "the file system's journal could not be written, so it has become read-only"

// fileRefuses logs the cause of an error of the page cache or the disk, and returns the error; nil stays nil.
func (p *Process) fileRefuses(err error) error {
	e, ok := err.(syscall.Errno)
	if !ok {
		return err
	}
	why := fileReasons[e]
	if why == "" {
		why = "the disk has failed, with an error of .fail's"
	}
	return p.refuse(e, why)
}
