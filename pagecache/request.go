package pagecache

import (
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
)

// Every request takes the same path, whether it is for a file, the journal, the swap area or O_DIRECT:
//
//	submit ──→ the device's queue ──→ complete: the clock is at the request's end
//	   └─ dma: each page's bytes move, and no processor copies them
//
// Readahead does not wait: its requests are in flight, see inflight.go.

// submit submits a request to a device, and returns when it will be complete. With an error in broken the request
// fails.
// Linux: submit_bio (block/blk-core.c).
func (c *Cache) submit(d *disk.Device, r disk.Request, broken error) (done clock.Time, err error) {
	stepIoSubmitted(c.Log, r.Block, r.Blocks(), r.Op)
	now := c.Log.Clock.Now()
	c.submitted = now
	if broken != nil {
		return now, broken
	}
	at, err := d.Submit(time.Duration(now), r)
	return clock.Time(at), err
}

// complete waits until a request is done.
// Linux: bio_endio (block/bio.c), which wakes the process that waits.
func (c *Cache) complete(r disk.Request, done clock.Time) {
	c.wait(done)
	stepIoCompleted(c.Log, r.Block, r.Blocks(), r.Op)
}

// dma logs that the device moves a page between one of its blocks and a frame.
// Linux: none; the device.
func (c *Cache) dma(op disk.Op, b disk.Block, f *phys.Frame) {
	if op == disk.Read {
		stepDMAIn(c.Log, vm.PageSize, b, f.PFN())
	} else {
		stepDMAOut(c.Log, vm.PageSize, f.PFN(), b)
	}
}

// flushDisk flushes the disk's write cache.
// Linux: blkdev_issue_flush (block/blk-flush.c).
func (c *Cache) flushDisk(fs *disk.FileSystem) error {
	done, err := c.submit(fs.Device, disk.Request{Op: disk.Flush}, nil)
	c.wait(done)
	return err
}

// wait waits until a request is done. With nothing to do from the newest request on, the processor goes idle before the
// device has begun, and has to be woken. One that had work meanwhile, as a reader that consumes one window while the
// next is read, waits too briefly for that.
// Linux: folio_wait_bit_common (mm/filemap.c), default_idle_call (kernel/sched/idle.c).
func (c *Cache) wait(done clock.Time) {
	const soon = clock.Time(5 * time.Microsecond)
	if now := c.Log.Clock.Now(); done > now && now < c.submitted+soon {
		done += c.Log.WakeUp()
	}
	c.Log.Clock.WaitFor(done)
}
