package syscalls

import (
	"time"

	"vmsim/pagecache"
)

// FileSpec is a file that is there before a program begins.
type FileSpec struct {
	Path    string
	Size    int64
	Content func(off int64, buf []byte) // fills buf with the bytes from off on
	Cold    bool                        // on disk, not in memory
	Cached  bool                        // on disk long since, and read in whole
}

// AddFile puts a file on the file system, as one write() of the whole would.
func (k *Kernel) AddFile(s FileSpec) error {
	m := k.files.find(s.Path)
	if m == nil {
		m = k.files.create(s.Path)
	}
	if err := m.Truncate(0); err != nil {
		return err
	}
	f := m.Open(s.Path, pagecache.ModeWrite)
	defer f.Put()
	return f.Fill(s.Size, s.Content)
}

// Sleep lets virtual time pass.
func (k *Kernel) Sleep(d time.Duration) { k.Clock.Sleep(d) }

// DropCaches gives up clean cached pages, as writing to /proc/sys/vm/drop_caches does.
func (k *Kernel) DropCaches(int) {}
