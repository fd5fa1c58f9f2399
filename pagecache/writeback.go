package pagecache

import (
	"fmt"
	"slices"
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// Writeback brings dirty pages to the disk: at once where a program asks, else when they are old or many. The zero values
// of its knobs are not Linux's; newWriteback sets those.
// Linux: struct bdi_writeback (include/linux/backing-dev-defs.h), mm/page-writeback.c.
type Writeback struct {
	Interval        time.Duration // vm.dirty_writeback_centisecs: how often the flusher looks
	Expire          time.Duration // vm.dirty_expire_centisecs: how old a dirty page may become
	BackgroundRatio uint64        // vm.dirty_background_ratio: percent of memory that may be dirty before the flusher starts
	BackgroundBytes uint64        // vm.dirty_background_bytes: the same in bytes, where it is not 0
	Ratio           uint64        // vm.dirty_ratio: percent of memory that may be dirty before who writes has to wait
	Bytes           uint64        // vm.dirty_bytes: the same in bytes, where it is not 0

	cache *Cache
	dirty int        // pages
	queue []*Mapping // files with dirty pages, in the order they became dirty
	next  clock.Time // when the flusher looks again
}

func newWriteback(c *Cache) *Writeback {
	return &Writeback{Interval: 5 * time.Second, Expire: 30 * time.Second, BackgroundRatio: 10, Ratio: 20, cache: c}
}

// Dirty is how many pages of disk files are dirty.
func (w *Writeback) Dirty() int { return w.dirty }

func (w *Writeback) dirtied(m *Mapping) {
	w.dirty++
	if !slices.Contains(w.queue, m) {
		m.dirtySince = w.cache.Log.Clock.Now()
		w.queue = append(w.queue, m)
	}
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

// flush writes back what is too old, or all where too much is dirty.
func (w *Writeback) flush() {
	if len(w.queue) == 0 {
		return
	}
	now := w.cache.Log.Clock.Now()
	w.cache.Log.Step(trace.FlusherRan, uint64(len(w.queue)), uint64(w.dirty), 0)
	many := uint64(w.dirty)*100 > w.cache.Memory.Total()*w.BackgroundRatio
	for _, m := range slices.Clone(w.queue) {
		if many || now-m.dirtySince >= clock.Time(w.Expire) {
			_ = m.WriteBack(0, LastPage)
		}
	}
}

// SyncAll writes back every file and makes the disk's write cache durable: sync.
// Linux: ksys_sync (fs/sync.c).
func (w *Writeback) SyncAll() (err error) {
	for _, m := range slices.Clone(w.queue) {
		if e := m.sync(0, LastPage); e != nil {
			err = e
		}
	}
	return err
}

// Sync writes back the dirty pages from first to last and makes them durable: fsync, msync. The error is what the disk
// refused since this open file was told the last time: each is told once.
// Linux: vfs_fsync_range (fs/sync.c), file_check_and_advance_wb_err (mm/filemap.c).
func (f *File) Sync(first, last vm.PageIndex) error {
	err := f.Mapping.sync(first, last)
	if told := f.Mapping.failed.tell(&f.told); told != nil {
		return told
	}
	return err
}

// sync writes back and flushes the disk's cache.
// Linux: ext4_sync_file (fs/ext4/fsync.c).
func (m *Mapping) sync(first, last vm.PageIndex) error {
	d, ok := m.store.(*diskFile)
	if !ok {
		return nil
	}
	wrote := m.pages.tagged(TagDirty)
	err := m.WriteBack(first, last)
	if wrote {
		log := m.Cache.Log
		log.Step(trace.IoSubmitted, 0, 0, uint64(disk.Flush))
		done, e := d.fs.Device.Submit(time.Duration(log.Clock.Now()), disk.Request{Op: disk.Flush})
		log.Clock.WaitFor(clock.Time(done))
		if err == nil {
			err = e
		}
	}
	return err
}

// WriteBack writes the dirty pages from first to last to the disk and waits for it. What is dirtied meanwhile stays dirty.
// Linux: write_cache_pages (mm/page-writeback.c), mpage_prepare_extent_to_map (fs/ext4/inode.c).
func (m *Mapping) WriteBack(first, last vm.PageIndex) error {
	d, ok := m.store.(*diskFile)
	if !ok {
		return nil
	}
	for i, f := m.pages.nextTagged(first, last, TagDirty); f != nil; i, f = m.pages.nextTagged(i+1, last, TagDirty) {
		m.pages.setTag(i, TagToWrite)
		if i == last {
			break
		}
	}
	var err error
	for i, f := m.pages.nextTagged(first, last, TagToWrite); f != nil; i, f = m.pages.nextTagged(i, last, TagToWrite) {
		if e := m.writeRun(d, i); e != nil {
			err = e
		}
	}
	if !m.pages.tagged(TagDirty) {
		m.Cache.Writer.clean(m)
	}
	return err
}

// SetInterval changes how often the flusher looks; 0 stops it.
// Linux: dirty_writeback_centisecs_handler (mm/page-writeback.c).
func (w *Writeback) SetInterval(d time.Duration) {
	w.Interval = d
	w.next = w.cache.Log.Clock.Now() + clock.Time(d)
}

// check recomputes what the flusher's queue promises: the files that have had dirty pages, each once, in the order of
// their age. Those whose dirty pages were cut off stay until the flusher comes, as inodes do whose size has changed.
func (w *Writeback) check() error {
	for i, m := range w.queue {
		switch {
		case slices.Index(w.queue, m) != i:
			return fmt.Errorf("pagecache: %s waits for the flusher twice", m.Label)
		case i > 0 && w.queue[i-1].dirtySince > m.dirtySince:
			return fmt.Errorf("pagecache: %s waits for the flusher behind a younger file", m.Label)
		}
	}
	return nil
}

func (w *Writeback) clean(m *Mapping) {
	if i := slices.Index(w.queue, m); i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
}

// writeRun writes the pages from i on that are to be written and that one request can take: those with consecutive blocks.
func (m *Mapping) writeRun(d *diskFile, i vm.PageIndex) error {
	n := uint64(1)
	for m.pages.hasTag(i+vm.PageIndex(n), TagToWrite) {
		n++
	}
	e, err := d.inode.Allocate(disk.Page(i), n)
	if err != nil {
		e.Count = 1
		m.failed.note(err)
	}
	m.Cache.Log.Step(trace.BlockMapped, uint64(i), uint64(e.Block), e.Count)
	pages := make([]*[disk.BlockSize]byte, 0, e.Count)
	for k := range vm.PageIndex(e.Count) {
		pages = append(pages, m.startWriteback(i+k).Data())
	}
	if err == nil {
		err = m.submitWrite(d.fs.Device, e, pages)
	}
	for k := range vm.PageIndex(e.Count) {
		m.endWriteback(i + k)
	}
	if err != nil {
		m.failed.note(err)
		return nil // told by the next Sync
	}
	d.inode.Convert(e.Page, e.Count)
	return nil
}

// startWriteback makes a page clean and write-protected wherever it is mapped, so that the next store to it is seen.
// Linux: folio_clear_dirty_for_io (mm/page-writeback.c), folio_mkclean (mm/rmap.c).
func (m *Mapping) startWriteback(i vm.PageIndex) *phys.Frame {
	f := m.pages.get(i)
	entries := uint64(0)
	m.areas.Each(i, i, func(a *vm.Area, x vm.Addr, _ uint64) bool {
		if a.Flags.Has(vm.Shared) && a.Space().NormalFrame(a.Space().Entry(x)) == f && a.Space().WriteProtect(x) {
			entries++
		}
		return true
	})
	if entries > 0 {
		m.Cache.Log.Step(trace.PageCleaned, uint64(i), entries, m.Number)
	}
	if f.Has(phys.Dirty) {
		m.Cache.Writer.dirty--
	}
	f.Clear(phys.Dirty)
	f.Set(phys.Writeback)
	m.pages.clearTag(i, TagDirty)
	m.pages.clearTag(i, TagToWrite)
	m.pages.setTag(i, TagWriteback)
	m.Cache.Log.Step(trace.WritebackStarted, uint64(i), uint64(f.PFN()), m.Number)
	return f
}

func (m *Mapping) submitWrite(dev *disk.Device, e disk.Extent, pages []*[disk.BlockSize]byte) error {
	log := m.Cache.Log
	log.Step(trace.IoSubmitted, uint64(e.Block), e.Count, uint64(disk.Write))
	done, err := dev.Submit(time.Duration(log.Clock.Now()), disk.Request{Op: disk.Write, Block: e.Block, Data: pages})
	for k := range e.Count {
		log.Copy(trace.DMAOut, vm.PageSize, uint64(e.Page)+k, uint64(e.Block)+k)
	}
	log.Clock.WaitFor(clock.Time(done))
	log.Step(trace.IoCompleted, uint64(e.Block), e.Count, uint64(disk.Write))
	return err
}

func (m *Mapping) endWriteback(i vm.PageIndex) {
	f := m.pages.get(i)
	f.Clear(phys.Writeback)
	m.pages.clearTag(i, TagWriteback)
	m.Cache.Log.Step(trace.WritebackEnded, uint64(i), uint64(f.PFN()), m.Number)
}
