package pagecache

import (
	"fmt"
	"slices"
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
)

// Writeback writes dirty pages back when they are old, or when there are many. The zero values of its knobs are not
// Linux's; newWriteback sets those.
// Linux: struct bdi_writeback (include/linux/backing-dev-defs.h), mm/page-writeback.c.
type Writeback struct {
	Interval time.Duration // vm.dirty_writeback_centisecs: how often the flusher looks
	Expire   time.Duration // vm.dirty_expire_centisecs: how old a dirty page may become
	// vm.dirty_background_ratio: percent of memory that may be dirty before the flusher starts
	BackgroundRatio uint64
	BackgroundBytes uint64 // vm.dirty_background_bytes: the same in bytes, where it is not 0
	Ratio           uint64 // vm.dirty_ratio: percent of memory that may be dirty before who writes has to wait
	Bytes           uint64 // vm.dirty_bytes: the same in bytes, where it is not 0

	// Flusher chooses what is written back.
	Flusher Flusher

	cache *Cache
	dirty int        // pages
	queue []*Mapping // files that have had dirty pages, in the order they became dirty
	next  clock.Time // when the flusher looks again
}

// Flusher is the policy of writing back: which files, when the flusher looks.
// Linux: wb_writeback (fs/fs-writeback.c).
type Flusher interface {
	// Choose says which of the queued files are written back now, by their places in the queue. Many says that more is
	// dirty than should be.
	Choose(queue []Queued, now, expire time.Duration, load Load) []int
}

// Queued is a file that waits for the flusher.
// Linux: i_io_list of struct inode (include/linux/fs.h).
type Queued struct {
	Since time.Duration // when it became dirty
	Pages int           // that are dirty
}

// Load is how much is dirty.
// Linux: over_bground_thresh (fs/fs-writeback.c).
type Load uint8

// The loads.
const (
	Light Load = iota
	Heavy      // more than the background threshold
)

// OldestFirst is Linux's way: what is older than the limit, and all where too much is dirty.
// Linux: queue_io, move_expired_inodes (fs/fs-writeback.c).
type OldestFirst struct{}

// Choose takes files from the front of the queue.
func (OldestFirst) Choose(queue []Queued, now, expire time.Duration, load Load) (out []int) {
	for i, q := range queue {
		if load == Heavy || now-q.Since >= expire {
			out = append(out, i)
		}
	}
	return out
}

func newWriteback(c *Cache) *Writeback {
	return &Writeback{Interval: 5 * time.Second, Expire: 30 * time.Second, BackgroundRatio: 10, Ratio: 20,
		Flusher: OldestFirst{}, cache: c}
}

// Dirty is how many pages of disk files are dirty.
func (w *Writeback) Dirty() int { return w.dirty }

func (w *Writeback) dirtied(m *Mapping, pages int) {
	w.dirty += pages
	if !m.queued {
		m.queued, m.dirtySince = true, w.cache.Log.Clock.Now()
		w.queue = append(w.queue, m)
	}
}

// clean takes a file off the queue.
func (w *Writeback) clean(m *Mapping) {
	if !m.queued {
		return
	}
	m.queued = false
	i := slices.Index(w.queue, m)
	w.queue = slices.Delete(w.queue, i, i+1)
}

// Thresholds are how many pages may be dirty before the flusher is woken, and before those that write have to wait.
func (w *Writeback) Thresholds() (background, limit uint64) {
	return w.threshold(w.BackgroundBytes, w.BackgroundRatio), w.threshold(w.Bytes, w.Ratio)
}

// threshold is how many pages may be dirty. Half of memory counts as what pages of files may have.
// Linux: domain_dirty_limits (mm/page-writeback.c).
func (w *Writeback) threshold(bytes, ratio uint64) uint64 {
	if bytes > 0 {
		return bytes / vm.PageSize
	}
	return w.cache.Memory.Total() * ratio / 100
}

// Pass lets virtual time pass until t, and the flusher run when it is due.
// Linux: wb_workfn (fs/fs-writeback.c).
func (w *Writeback) Pass(t clock.Time) {
	c := w.cache.Log.Clock
	if w.next == 0 {
		w.next = clock.Time(w.Interval)
	}
	for w.Interval > 0 && w.next <= t {
		c.WaitFor(w.next)
		w.next += clock.Time(w.Interval)
		w.flush()
	}
	c.WaitFor(t)
}

// SetInterval changes how often the flusher looks; 0 stops it.
// Linux: dirty_writeback_centisecs_handler (mm/page-writeback.c).
func (w *Writeback) SetInterval(d time.Duration) {
	w.Interval = d
	w.next = w.cache.Log.Clock.Now() + clock.Time(d)
}

// flush writes back what the policy chooses, and lets the file systems write their journals.
func (w *Writeback) flush() {
	if len(w.queue) > 0 {
		stepFlusherRan(w.cache.Log, len(w.queue), w.dirty)
		load := Light
		if uint64(w.dirty) > w.threshold(w.BackgroundBytes, w.BackgroundRatio) {
			load = Heavy
		}
		files := slices.Clone(w.queue)
		queue := make([]Queued, len(files))
		for i, m := range files {
			queue[i] = Queued{Since: m.dirtySince.Duration(), Pages: m.dirtyPages()}
		}
		for _, i := range w.Flusher.Choose(queue, w.cache.Log.Clock.Now().Duration(), w.Expire, load) {
			_ = files[i].WriteBack(0, LastPage)
		}
	}
	for _, fs := range w.cache.disks() {
		if fs.Changed() {
			_ = w.cache.commit(fs)
		}
	}
}

// balance makes who dirties pages wait, where too many are dirty already: the flusher runs, and the writer's time is
// the disk's.
// Linux: balance_dirty_pages (mm/page-writeback.c).
func (w *Writeback) balance() {
	most := w.threshold(w.Bytes, w.Ratio)
	background := w.threshold(w.BackgroundBytes, w.BackgroundRatio)
	// Below half way between the thresholds no writer waits.
	if uint64(w.dirty) <= (most+min(background, most))/2 {
		return
	}
	for _, m := range slices.Clone(w.queue) {
		if uint64(w.dirty) <= min(background, most) {
			return
		}
		_ = m.WriteBack(0, LastPage)
	}
}

// SyncAll writes back every file and makes it durable: sync.
// Linux: ksys_sync (fs/sync.c).
func (w *Writeback) SyncAll() (err error) {
	for _, m := range slices.Clone(w.queue) {
		if e := m.WriteBack(0, LastPage); e != nil {
			err = e
		}
	}
	for _, fs := range w.cache.disks() {
		if e := w.cache.commit(fs); e != nil {
			err = e
		}
	}
	return err
}

// disks are the file systems that files of the cache are on.
func (c *Cache) disks() (out []*disk.FileSystem) {
	c.Each(func(m *Mapping) {
		if fs := m.ops.disk(); fs != nil && !slices.Contains(out, fs) {
			out = append(out, fs)
		}
	})
	return out
}

// check recomputes the invariants of the flusher's queue: the files that have had dirty pages, each once, in the order
// of their age. Those whose dirty pages were cut off stay until the flusher comes, as inodes do whose size has changed.
func (w *Writeback) check() error {
	for i, m := range w.queue {
		switch {
		case slices.Index(w.queue, m) != i || !m.queued:
			return fmt.Errorf("pagecache: %s waits for the flusher twice, or without knowing", m.Label)
		case i > 0 && w.queue[i-1].dirtySince > m.dirtySince:
			return fmt.Errorf("pagecache: %s waits for the flusher behind a younger file", m.Label)
		}
	}
	return nil
}

// writeAll writes back every dirty page of disk files.
// Linux: wakeup_flusher_threads (fs/fs-writeback.c).
func (w *Writeback) writeAll() {
	for _, m := range slices.Clone(w.queue) {
		_ = m.WriteBack(0, LastPage)
	}
}
