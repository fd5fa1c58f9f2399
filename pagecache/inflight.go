package pagecache

import (
	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// inflight is the frames that a device is filling while programs run: those of readahead, which does not wait.
//
//	submitted, same call     the frame counts as locked: the device is slower than the processor
//	a call has waited        all that was submitted until then counts as filled, too
//	the next call or access  the frame counts as filled: the device is faster than programs are
//	a page table shows it    the clock reaches the end of its request at the latest
//
// What a program can see of it: mincore, fault-around and read() treat a page that is being read differently from one
// that is there. On real hardware this depends on a race. The rules above are what the real kernel shows nearly always,
// so that the model and the kernel agree without measuring time.
// Linux: PG_locked of folios that are being read (include/linux/page-flags.h).
type inflight struct {
	batches map[phys.PFN]*batch // what fills each frame
	epoch   uint64              // how many calls and accesses there were
	made    uint64              // how many batches there were
	waited  uint64              // the last of them that the present call or an earlier one has waited for
}

// batch is the requests of one reader, which the device serves while programs run.
// Linux: the bios of one plug (struct blk_plug, include/linux/blkdev.h).
type batch struct {
	number   uint64     // in the order of submission
	done     clock.Time // when the last of the requests is complete
	epoch    uint64     // the call or access that submitted them
	requests []extent
	reported bool // the log has the completion
}

// extent is a run of the device's blocks.
type extent struct {
	block disk.Block
	count int
}

// newBatch begins the requests of one reader.
func (i *inflight) newBatch() *batch {
	i.made++
	return &batch{number: i.made, epoch: i.epoch}
}

// add notes a request that is complete at time done.
func (b *batch) add(r disk.Request, done clock.Time) {
	b.requests = append(b.requests, extent{r.Block, r.Blocks()})
	b.done = max(b.done, done)
}

// put notes what fills a frame.
func (i *inflight) put(f *phys.Frame, b *batch) { i.batches[f.PFN()] = b }

// remove forgets a frame that leaves the cache.
func (i *inflight) remove(f *phys.Frame) { delete(i.batches, f.PFN()) }

// take removes a frame and returns the batch that fills it, nil if it is filled already.
func (i *inflight) take(f *phys.Frame) *batch {
	if len(i.batches) == 0 {
		return nil
	}
	b := i.batches[f.PFN()]
	delete(i.batches, f.PFN())
	return b
}

// has reports whether the device is still filling a frame. Within one call the device is slower than the processor: no
// request completes until the call waits for one, and then all complete that were submitted until then.
// Linux: folio_test_locked of a folio that is being read (include/linux/page-flags.h).
func (i *inflight) has(f *phys.Frame) bool {
	if len(i.batches) == 0 {
		return false
	}
	b, ok := i.batches[f.PFN()]
	return ok && b.epoch == i.epoch && b.number > i.waited
}

// Begin notes that a program makes its next call or access. Earlier requests then count as complete where the kernel
// checks a page's flags, since the device is faster than programs are. Their time must still pass: see waitToMap. Begin
// also drains the LRU batches, as the harness makes the real kernel do between two statements. It is called once for
// each system call, and for each load and store that misses the TLB.
func (c *Cache) Begin() {
	c.inflight.epoch++
	c.LRU.Drain()
	c.Writer.begin()
	if c.Reclaim.short {
		c.Reclaim.begin()
	}
}

// inFlight reports whether the device is still filling one of the folio's frames.
func (f folio) inFlight() (is bool) {
	if i := &f.m.Cache.inflight; len(i.batches) > 0 {
		f.each(func(_ vm.PageIndex, x *phys.Frame) { is = is || i.has(x) })
	}
	return is
}

// filled reports whether the folio holds the file's bytes.
func (f folio) filled() bool { return f.has(uptodate) && !f.inFlight() }

// waitFolio waits until the device has filled every frame of a folio. All other requests are complete by the time that
// the call goes on: waking it takes longer than the device does. The wait is time that passes on the virtual clock.
// Other processes do not run meanwhile.
// Linux: folio_wait_locked (mm/filemap.c).
func (m *Mapping) waitFolio(f folio) {
	i := &m.Cache.inflight
	if len(i.batches) == 0 {
		return
	}
	f.each(func(_ vm.PageIndex, x *phys.Frame) {
		if i.has(x) {
			i.waited = i.made
		}
		m.Cache.waitFrame(x)
	})
}

// waitToMap waits in virtual time for a frame that an earlier call or access asked for. Such a frame counts as filled,
// so a fault on a neighbour maps it. No access may see its bytes before the device has delivered them.
func (c *Cache) waitToMap(f *phys.Frame) { c.waitFrame(f) }

// waitFrame moves the clock to the end of the batch that fills a frame; nil where the frame is filled already.
func (c *Cache) waitFrame(f *phys.Frame) *batch {
	b := c.inflight.take(f)
	if b != nil {
		c.wait(b.done)
		b.report(c.Log)
	}
	return b
}

// waitAll waits for everything that is being read or written, and reports whether anything was.
func (c *Cache) waitAll() bool {
	written := c.Writer.waitForAll()
	if len(c.inflight.batches) == 0 {
		return written
	}
	for _, b := range c.inflight.batches {
		c.wait(b.done)
	}
	clear(c.inflight.batches)
	return true
}

// report logs each request once, when it is first found complete.
func (b *batch) report(log *trace.Log) {
	if b.reported {
		return
	}
	b.reported = true
	for _, r := range b.requests {
		stepIoCompleted(log, r.block, r.count, disk.Read)
	}
}
