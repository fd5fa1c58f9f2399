package pagecache

import (
	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// batch is the requests of one reader, which the device serves while programs run on.
// Linux: the bios of one plug (struct blk_plug, include/linux/blkdev.h).
type batch struct {
	done     clock.Time // when the last of the requests is complete
	epoch    uint64     // the call or access that submitted them
	requests []request
	reported bool // the log has the completion
}

// request is a run of the device's blocks.
type request struct {
	block disk.Block
	count int
}

func (c *Cache) newBatch() *batch { return &batch{epoch: c.epoch} }

// add notes a request that is complete at time done.
func (b *batch) add(block disk.Block, count int, done clock.Time) {
	b.requests = append(b.requests, request{block, count})
	b.done = max(b.done, done)
}

// Begin notes that a program makes its next call or access. Requests from before it count as complete when the kernel
// looks at the flags of a page: the device is faster than programs are. Their time still has to pass: see waitToMap.
// The batches of LRU updates are drained, as the harness has the real kernel do between two statements.
func (c *Cache) Begin() {
	c.epoch++
	c.LRU.Drain()
}

// inFlight reports whether the device is still filling a frame. Within one call the device is slower than the
// processor: no request completes until the call waits for one, and then all complete that end no later.
// Linux: folio_test_locked of a folio that is being read (include/linux/page-flags.h).
func (c *Cache) inFlight(f *phys.Frame) bool {
	if len(c.inflight) == 0 {
		return false
	}
	b, ok := c.inflight[f.PFN()]
	return ok && b.epoch == c.epoch && b.done > c.waited
}

// inFlight reports whether the device is still filling one of the folio's frames.
func (f folio) inFlight() (is bool) {
	if len(f.m.Cache.inflight) > 0 {
		f.each(func(_ vm.PageIndex, x *phys.Frame) { is = is || f.m.Cache.inFlight(x) })
	}
	return is
}

// filled reports whether the folio holds the file's bytes.
func (f folio) filled() bool { return f.has(uptodate) && !f.inFlight() }

// waitFolio waits until the device has filled every frame of a folio. Requests that end no later are complete, too.
// Linux: folio_wait_locked (mm/filemap.c).
func (m *Mapping) waitFolio(f folio) {
	c := m.Cache
	if len(c.inflight) == 0 {
		return
	}
	f.each(func(_ vm.PageIndex, x *phys.Frame) {
		if b := c.complete(x); b != nil {
			c.waited = max(c.waited, b.done)
		}
	})
}

// waitToMap waits in virtual time for a frame that an earlier call or access asked for. Such a frame counts as filled,
// so a fault on a neighbour maps it. No access may see its bytes before the device has delivered them.
func (c *Cache) waitToMap(f *phys.Frame) { c.complete(f) }

// complete moves the clock to the end of the batch that fills a frame; nil where the frame is filled already.
func (c *Cache) complete(f *phys.Frame) *batch {
	if len(c.inflight) == 0 {
		return nil
	}
	b, ok := c.inflight[f.PFN()]
	if !ok {
		return nil
	}
	delete(c.inflight, f.PFN())
	c.Log.Clock.WaitFor(b.done)
	b.report(c.Log)
	return b
}

// report logs each request once, when it is first found complete.
func (b *batch) report(log *trace.Log) {
	if b.reported {
		return
	}
	b.reported = true
	for _, r := range b.requests {
		log.Step(trace.IoCompleted, uint64(r.block), uint64(r.count), uint64(disk.Read))
	}
}
