//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"syscall"
	"unsafe"

	"vmsim/syscalls"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
)

// maxFile is the largest file that is made: it is filled by one write(), from memory.
const maxFile = 1 << 30

// writeWhole fills a new file by one write.
func writeWhole(fd int, f script.FileSpec) error {
	if n, err := syscall.Write(fd, f.Bytes()); err != nil || int64(n) != f.Size {
		return fmt.Errorf(".file %s: %d of %s written: %w", f.Path, n, plural.Bytes(f.Size), err)
	}
	return nil
}

// addFile puts a file into the tree, in the state of the cache that the program asks for. write fills it.
func (t *tree) addFile(f script.FileSpec, write func(fd int, f script.FileSpec) error) error {
	if f.Size > maxFile {
		return fmt.Errorf(".file %s: %d bytes are more than a file of the real kernel's side may have (%d)", f.Path,
			f.Size, maxFile)
	}
	if err := t.inside(f.Path); err != nil {
		return fmt.Errorf(".file %s: %w", f.Path, err)
	}
	at := t.path(f.Path)
	if err := t.makeDirs(path.Dir(path.Clean("/" + f.Path))); err != nil {
		return err
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fd, err := syscall.Open(at, syscall.O_RDWR|syscall.O_CREAT|syscall.O_EXCL|syscall.O_CLOEXEC, fileMode)
	if err != nil {
		return fmt.Errorf(".file %s: %w", f.Path, err)
	}
	defer syscall.Close(fd)
	if err := t.hand(fd, f); err != nil {
		return fmt.Errorf(".file %s: %w", f.Path, err)
	}
	if f.Swap && t.fs == "ext4" {
		if err := layByPages(fd, f); err != nil {
			return err
		}
	}
	if f.Size > 0 {
		if err := write(fd, f); err != nil {
			return err
		}
	}
	if f.Folios != nil {
		return fmt.Errorf(".file %s: no call lets a file lie in memory as folios= says", f.Path)
	}
	if t.fs == "tmpfs" || strings.HasPrefix(f.Path, "/dev/shm/") || !f.Cold && !f.Cached {
		return nil
	}
	return settleFile(fd, f)
}

// hand gives a new file its owner and its mode.
func (t *tree) hand(fd int, f script.FileSpec) error {
	if f.RootOwned && os.Geteuid() != 0 {
		return errors.New("owner=root: only root gives files to root")
	}
	if t.owner != os.Geteuid() && !f.RootOwned {
		if err := syscall.Fchown(fd, t.owner, t.owner); err != nil {
			return err
		}
	}
	mode := uint32(fileMode)
	if f.Exec {
		mode |= 0o111
	}
	return syscall.Fchmod(fd, mode)
}

// Advice of posix_fadvise.
const (
	fadvRandom   = 1
	fadvDontNeed = 4
)

// mostTries is how often a file is dropped from memory: others may look at its pages, or write them, just then.
const mostTries = 100

// leaveOut writes the file to disk and drops it from memory.
func leaveOut(fd int) error {
	for range mostTries {
		if err := syscall.Fsync(fd); err != nil {
			return fmt.Errorf("fsync: %w", err)
		}
		if err := fadvise(fd, fadvDontNeed); err != nil {
			return fmt.Errorf("POSIX_FADV_DONTNEED: %w", err)
		}
		if cachedPages(fd) == 0 {
			return nil
		}
	}
	return errors.New("POSIX_FADV_DONTNEED leaves pages of it in memory")
}

// cachedPages is how many pages of the file are in memory; 0 where the kernel does not say.
// Linux: sys_cachestat (mm/filemap.c), since 6.5.
func cachedPages(fd int) uint64 {
	var all [2]uint64 // from offset 0 on, to the end
	var has [5]uint64
	if _, _, e := syscall.RawSyscall6(uintptr(syscalls.SysCachestat), uintptr(fd), uintptr(unsafe.Pointer(&all)),
		uintptr(unsafe.Pointer(&has)), 0, 0, 0); e != 0 {
		return 0
	}
	return has[0]
}

// settleFile writes the file to disk and leaves it out of memory, or reads it in whole, a page at a time.
func settleFile(fd int, f script.FileSpec) error {
	if err := leaveOut(fd); err != nil {
		return fmt.Errorf(".file %s: %w", f.Path, err)
	}
	if !f.Cached {
		return nil
	}
	if err := fadvise(fd, fadvRandom); err != nil {
		return fmt.Errorf(".file %s: POSIX_FADV_RANDOM: %w", f.Path, err)
	}
	var b [1]byte
	for off := int64(0); off < f.Size; off += 4096 {
		if _, err := syscall.Pread(fd, b[:], off); err != nil {
			return fmt.Errorf(".file %s: reading it in: %w", f.Path, err)
		}
	}
	return nil
}

func fadvise(fd int, advice uintptr) error {
	if _, _, e := syscall.Syscall6(syscall.SYS_FADVISE64, uintptr(fd), 0, 0, advice, 0, 0); e != 0 {
		return e
	}
	return nil
}
