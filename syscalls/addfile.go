package syscalls

import (
	"fmt"
	"path"
	"strings"
	"syscall"
	"time"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/syscalls/plural"
	"vmsim/vm"
	"vmsim/vm/clock"
)

// FileSpec is a file that exists before a program starts.
type FileSpec struct {
	Path    string
	Size    int64
	Content func(off int64, buf []byte) // fills buf with the bytes from off on; nil for zeros
	Cold    bool                        // on disk, not in memory
	Cached  bool                        // on disk long since, and read in whole
	Folios  []FolioRun                  // of a cached one, how it lies in memory; nil for page by page
	Exec    bool                        // it may be executed
	// RootOwned says that the file is root's, whatever user programs run as.
	RootOwned bool
}

// FolioRun is consecutive folios of a file of the same order, or consecutive missing pages.
type FolioRun = pagecache.Run

// AddFile puts a file on the file system, as one write() of the whole would. A file that has the name is
// unlinked first. The error is ENOSPC or ENOMEM where there is no room for it, EINVAL for a size below 0 or a path that
// does not begin with a slash, EISDIR for that of a directory, ENOTDIR for one that leads through a file.
func (k *Kernel) AddFile(s FileSpec) error {
	if !strings.HasPrefix(s.Path, "/") {
		return fmt.Errorf("no file can be put at %q: a path begins with /, as /data/a: %w", s.Path, syscall.EINVAL)
	}
	if s.Size < 0 {
		return fmt.Errorf("syscalls: a file %q of %d bytes: %w", s.Path, s.Size, syscall.EINVAL)
	}
	defer k.uncounted()()
	if s.Content == nil {
		s.Content = func(_ int64, buf []byte) { clear(buf) }
	}
	if err := k.files.noFileAt(parent(s.Path)); err != nil {
		return fmt.Errorf("no file can be put at %s: %w", s.Path, err)
	}
	if old := k.files.at(s.Path); old != nil {
		if old.IsDir() {
			return fmt.Errorf("no file can be put at %s: %w", s.Path, syscall.EISDIR)
		}
		k.files.remove(old)
	}
	x := k.files.create(path.Clean(s.Path))
	m := x.File
	if m.RootOwned = s.RootOwned; s.Exec {
		m.Perm |= anyExec
	}
	f := m.OpenAs(x, pagecache.ModeRead|pagecache.ModeWrite)
	defer f.Put()
	if err := f.Fill(s.Size, s.Content); err != nil {
		return k.noRoom(s, err)
	}
	if !s.Cold && !s.Cached {
		return nil
	}
	if err := f.Sync(0, pagecache.LastPage, pagecache.AllOfIt); err != nil {
		return err
	}
	f.Advise(pagecache.AdviseDontNeed, 0, maxFileSize)
	switch {
	case s.Cached && s.Folios != nil:
		return f.ReadRuns(s.Folios)
	case s.Cached:
		return f.ReadWhole()
	}
	return nil
}

// noRoom says why a file does not fit.
func (k *Kernel) noRoom(s FileSpec, err error) error {
	switch {
	case err == syscall.ENOSPC && k.Disk != nil:
		return fmt.Errorf("%s does not fit: %s, and the disk has room for %d: %w", s.Path, plural.Bytes(s.Size),
			k.Disk.Total()*disk.BlockSize, err)
	case err == syscall.ENOMEM, err == syscall.ENOSPC:
		return fmt.Errorf("%s does not fit: %s, and the machine has memory for %d: %w", s.Path,
			plural.Bytes(s.Size),
			k.Memory.Total()*vm.PageSize, err)
	}
	return fmt.Errorf("%s: %w", s.Path, err)
}

// Sleep advances virtual time: the flusher runs when it is due.
func (k *Kernel) Sleep(d time.Duration) { k.Cache.Writer.Pass(k.Clock.Now() + clock.Time(d)) }

// DropCaches does what a write to /proc/sys/vm/drop_caches does: with bit 0 of what it drops clean cached pages that no
// area maps. Bit 1 is for the kernel's other caches, which are not modelled.
// Linux: drop_caches_sysctl_handler (fs/drop_caches.c).
func (k *Kernel) DropCaches(what int) {
	if what&1 != 0 {
		k.Cache.Drop()
	}
}
