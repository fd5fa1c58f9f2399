package syscalls

import (
	"time"

	"vmsim/pagecache"
	"vmsim/vm/clock"
)

// FileSpec is a file that is there before a program begins.
type FileSpec struct {
	Path    string
	Size    int64
	Content func(off int64, buf []byte) // fills buf with the bytes from off on
	Cold    bool                        // on disk, not in memory
	Cached  bool                        // on disk long since, and read in whole
}

// AddFile puts a file on the file system, as one write() of the whole would. One that has the name goes. The error is
// ENOSPC or ENOMEM where there is no room for it.
func (k *Kernel) AddFile(s FileSpec) error {
	k.files.remove(s.Path)
	m := k.files.create(s.Path)
	f := m.Open(s.Path, pagecache.ModeRead|pagecache.ModeWrite)
	defer f.Put()
	if err := f.Fill(s.Size, s.Content); err != nil {
		return err
	}
	if !s.Cold && !s.Cached {
		return nil
	}
	if err := f.Sync(0, pagecache.LastPage); err != nil {
		return err
	}
	f.Advise(pagecache.AdviseDontNeed, 0, maxFileSize)
	if s.Cached {
		return f.ReadWhole()
	}
	return nil
}

// Sleep lets virtual time pass: the flusher runs when it is due.
func (k *Kernel) Sleep(d time.Duration) { k.Cache.Writer.Pass(k.Clock.Now() + clock.Time(d)) }

// DropCaches gives up clean cached pages that nobody maps where bit 0 of what is set, as writing to
// /proc/sys/vm/drop_caches does. The kernel's other caches, which bit 1 stands for, are not modelled.
// Linux: drop_caches_sysctl_handler (fs/drop_caches.c).
func (k *Kernel) DropCaches(what int) {
	if what&1 != 0 {
		k.Cache.Drop()
	}
}
