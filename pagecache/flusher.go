package pagecache

import (
	"fmt"
	"slices"
	"time"

	"vmsim/disk"
	"vmsim/pagecache/throttle"
	"vmsim/vm"
	"vmsim/vm/clock"
)

// Writeback writes dirty pages back when they are old, or when there are many. The zero values of its knobs are not
// Linux's; newWriteback sets those. Two limits bound how much may be lost or has to be written at once: the background
// threshold, above which the flusher runs, and the limit, above which a process that dirties pages has to wait for it.
//
//	dirty pages   0 ........ background ............ limit
//	              by age     the flusher writes      writers wait longer and longer
//
// Linux: struct bdi_writeback (include/linux/backing-dev-defs.h), mm/page-writeback.c.
type Writeback struct {
	Interval time.Duration // vm.dirty_writeback_centisecs: how often the flusher looks
	Expire   time.Duration // vm.dirty_expire_centisecs: how old a dirty page may become
	// vm.dirty_background_ratio: percent of memory that may be dirty before the flusher starts
	BackgroundRatio uint64
	BackgroundBytes uint64 // vm.dirty_background_bytes: the same in bytes, where it is not 0
	Ratio           uint64 // vm.dirty_ratio: percent of memory that may be dirty before writers have to wait
	Bytes           uint64 // vm.dirty_bytes: the same in bytes, where it is not 0

	// Flusher chooses what is written back.
	Flusher Flusher

	cache   *Cache
	dirty   int        // pages
	queue   []*Mapping // files that have had dirty pages, in the order they became dirty
	next    clock.Time // when the flusher looks again; 0 where nothing is dirty
	journal clock.Time // when the journals are written

	bios        []bio // requests that the disk has not completed
	inWriteback int   // pages of the bios; Linux: NR_WRITEBACK

	speed      throttle.Disk
	dirtiers   []*dirtier // in the order of their first dirty page
	latest     *dirtier
	toBalance  *dirtier // a store of its has made a page dirty: before its next access it may have to wait
	set        limitSet // the knobs that ratelimit was counted for
	ratelimit  uint64   // see ratelimitPages
	sinceCheck uint64   // pages that processes have dirtied since any of them was looked at
}

// Flusher is the policy of writeback: which files the flusher writes each time that it runs.
// Linux: wb_writeback (fs/fs-writeback.c).
type Flusher interface {
	// Choose says which of the queued files are written back now, by their places in the queue. load says how far the
	// dirty pages exceed the thresholds.
	Choose(queue []Queued, now, expire time.Duration, load Load) []int
}

// Queued is a file that waits for the flusher.
// Linux: i_io_list of struct inode (include/linux/fs.h).
type Queued struct {
	Since time.Duration // when it became dirty
	Pages int           // that are dirty
}

// Load classifies how many pages are dirty.
// Linux: over_bground_thresh (fs/fs-writeback.c).
type Load uint8

// The loads.
const (
	Light Load = iota
	Heavy      // more than the background threshold
	All        // whatever is dirty is to be written; no policy is asked
)

// OldestFirst is Linux's policy: files whose dirty pages have expired, and all files if too many pages are dirty. A
// file is queued once, with the time of its first dirty page since it was clean; so a file that is written all the time
// is still written back after Expire.
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
		Flusher: OldestFirst{}, cache: c, speed: throttle.NewDisk()}
}

// Dirty is how many pages of disk files are dirty.
func (w *Writeback) Dirty() int { return w.dirty }

// dirtied notes that pages of a file became dirty. The first dirty file sets the flusher's timer. Files in memory are
// not counted: they have no writeback. The time of the file counts, not that of each page. An inode has one
// dirtied_when; a page that is dirtied at 29 seconds is written with the first one at 30.
// Linux: __mark_inode_dirty (fs/fs-writeback.c).
func (w *Writeback) dirtied(m *Mapping, pages int) {
	w.dirty += pages
	w.dirties(uint64(pages))
	if m.queued {
		return
	}
	m.queued, m.dirtySince = true, w.cache.Log.Clock.Now()
	if len(w.queue) == 0 && w.next == 0 && w.Interval > 0 {
		w.next = m.dirtySince + clock.Time(w.Interval)
	}
	w.queue = append(w.queue, m)
}

// clean removes a file from the queue.
func (w *Writeback) clean(m *Mapping) {
	if !m.queued {
		return
	}
	m.queued = false
	i := slices.Index(w.queue, m)
	w.queue = slices.Delete(w.queue, i, i+1)
}

// Thresholds are how many pages may be dirty before the flusher is woken, and before writers have to wait. They are of
// what memory files could have: what is free above the reserve, and what files have. The first is less than the second,
// whatever was asked for. They follow the memory that is available, not the size of the machine, and so fall when
// private memory grows. With 1000 MiB that files could have, the defaults are about 100 MiB for the flusher and 200 MiB
// for writers.
// Linux: global_dirty_limits, domain_dirty_limits, global_dirtyable_memory (mm/page-writeback.c).
func (w *Writeback) Thresholds() (background, limit uint64) {
	free := w.cache.Memory.Free()
	memory := free - min(free, w.cache.Reclaim.Marks.High) + w.cache.filePages() + 1
	background = threshold(w.BackgroundBytes, w.BackgroundRatio, memory)
	limit = threshold(w.Bytes, w.Ratio, memory)
	if background >= limit {
		background = limit / 2
	}
	return background, limit
}

// threshold is bytes in pages, or else a part of memory: a percentage, in 4096ths.
func threshold(bytes, percent, memory uint64) uint64 {
	if bytes > 0 {
		return (bytes + vm.PageSize - 1) / vm.PageSize
	}
	return percent * vm.PageSize / 100 * memory / vm.PageSize
}

// filePages is how many pages files on disks have in memory.
func (c *Cache) filePages() (n uint64) {
	for m := c.first; m != nil; m = m.next {
		if m.ops.disk() != nil {
			n += m.pages.Count()
		}
	}
	return n
}

// Pass advances virtual time to t and runs the flusher when it is due. The journals are written every five seconds.
//
//	time   0       5        10        15           flusher every 5 s while a file is queued
//	               tick     tick      tick
//	               commit   commit    commit       the journal, on its own timer
//
// Events are handled in the order of their times: each moves the clock to its own time first.
// Linux: wb_workfn (fs/fs-writeback.c), kjournald2 (fs/jbd2/journal.c).
func (w *Writeback) Pass(t clock.Time) {
	c := w.cache.Log.Clock
	if w.journal == 0 {
		w.journal = commitInterval
	}
	for {
		at, what := w.journal, w.commitAll
		if w.next > 0 && w.next <= at {
			at, what = w.next, w.tick
		}
		if end, ok := w.nextCompletion(); ok && end < at {
			at, what = end, w.endCompleted
		}
		if at > t {
			break
		}
		c.WaitFor(at)
		what()
	}
	c.WaitFor(t)
	w.endCompleted()
}

// commitInterval is how often the journals are written.
// Linux: JBD2_DEFAULT_MAX_COMMIT_AGE (include/linux/jbd2.h).
const commitInterval = clock.Time(5 * time.Second)

// commitAll writes the transaction of each file system that has changed, and sets the time of the next one.
// Linux: kjournald2 (fs/jbd2/journal.c).
func (w *Writeback) commitAll() {
	w.journal += commitInterval
	for _, fs := range w.cache.disks() {
		if fs.Changed() {
			_ = w.cache.commit(fs)
		}
	}
}

// tick is the flusher's timer: it writes what is too old, and more where too much is dirty. As long as something is
// dirty it looks again.
// Linux: wb_do_writeback, wb_check_old_data_flush (fs/fs-writeback.c).
func (w *Writeback) tick() {
	again := w.next + clock.Time(w.Interval)
	w.flush(Light, "its timer: what has been dirty for too long")
	w.background()
	if w.next = 0; len(w.queue) > 0 {
		w.next = again
	}
}

// background writes until no more is dirty than the background threshold.
// Linux: wb_check_background_flush (fs/fs-writeback.c).
func (w *Writeback) background() {
	if background, _ := w.Thresholds(); uint64(w.dirty) > background {
		w.flush(Heavy, "more is dirty than the background threshold")
	}
}

// SetInterval changes how often the flusher looks; 0 stops it. Another value has it write everything at once.
// Linux: dirty_writeback_centisecs_handler (mm/page-writeback.c).
func (w *Writeback) SetInterval(d time.Duration) {
	if d == w.Interval {
		return
	}
	w.Interval, w.next = d, 0
	if d > 0 {
		w.flush(All, "vm.dirty_writeback_centisecs was changed")
		if len(w.queue) > 0 {
			w.next = w.cache.Log.Clock.Now() + clock.Time(d)
		}
	}
}

// Due is when the flusher's timer will have a dirty file written; ok is false where it is stopped. A page that is
// dirtied later goes with the others of its file.
func (w *Writeback) Due(m *Mapping) (at clock.Time, ok bool) {
	if w.Interval <= 0 {
		return 0, false
	}
	every, since := clock.Time(w.Interval), m.dirtySince
	if !m.queued {
		since = w.cache.Log.Clock.Now()
	}
	if at = w.next; at == 0 {
		at = since + every
	}
	if old := since + clock.Time(w.Expire); at < old {
		at += (old - at + every - 1) / every * every
	}
	return at, true
}

// flush has the flusher write what the policy chooses, file by file, of each no more than a slice at a time: a large
// file does not keep the others waiting. It does not wait for the disk.
// Linux: wb_writeback, writeback_sb_inodes (fs/fs-writeback.c).
func (w *Writeback) flush(load Load, why string) {
	if len(w.queue) == 0 {
		return
	}
	log := w.cache.Log
	running := log.PID
	// The flusher is a thread of the kernel: what it does counts for no process.
	log.PID = 0
	defer func() { log.PID = running }()
	stepFlusherRan(log, len(w.queue), w.dirty, why)
	for slice := w.slice(); ; {
		before := w.dirty
		for _, m := range w.chosen(load) {
			m.flush(slice)
		}
		if background, _ := w.Thresholds(); w.dirty == before || load == Heavy && uint64(w.dirty) <= background {
			return
		}
	}
}

// chosen are the files that the policy wants to have written.
func (w *Writeback) chosen(load Load) (files []*Mapping) {
	if load == All {
		return slices.Clone(w.queue)
	}
	queue := make([]Queued, len(w.queue))
	for i, m := range w.queue {
		queue[i] = Queued{Since: m.dirtySince.Duration(), Pages: m.dirtyPages()}
	}
	for _, i := range w.Flusher.Choose(queue, w.cache.Log.Clock.Now().Duration(), w.Expire, load) {
		files = append(files, w.queue[i])
	}
	return files
}

// slice is how many pages of a file are written before it is the next one's turn: what the disk writes in half a
// second, and no more than an eighth of the limit.
// Linux: writeback_chunk_size (fs/fs-writeback.c).
func (w *Writeback) slice() uint64 {
	const least = 1024
	_, limit := w.Thresholds()
	n := min(w.speed.Average()/2, max(w.speed.Limit, limit)/8) + least
	return n / least * least
}

// SyncAll writes back every file and makes it durable: sync. Data comes first and the journal after it, file system by
// file system: a commit makes durable what the writeback before it has changed, such as places.
// Linux: ksys_sync (fs/sync.c).
func (w *Writeback) SyncAll() (err error) {
	w.waitForAll()
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
// of their age. Files whose dirty pages were truncated stay until the flusher runs, as do inodes whose size has
// changed.
func (w *Writeback) check() error {
	for i, m := range w.queue {
		switch {
		case slices.Index(w.queue, m) != i || !m.queued:
			return fmt.Errorf("pagecache: %s waits for the flusher twice, or without knowing", m.Label)
		case i > 0 && w.queue[i-1].dirtySince > m.dirtySince:
			return fmt.Errorf("pagecache: %s waits for the flusher behind a younger file", m.Label)
		}
	}
	pages := 0
	for _, c := range w.bios {
		pages += c.pages
		for _, f := range c.folios {
			if f.head.Refs() == 0 || !f.has(writeback) {
				return fmt.Errorf("pagecache: page %d of %s is under writeback without the flag", f.first,
					c.m.Label)
			}
		}
	}
	if pages != w.inWriteback {
		return fmt.Errorf("pagecache: %d pages are under writeback, %d are counted", pages, w.inWriteback)
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
