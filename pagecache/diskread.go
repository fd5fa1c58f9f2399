package pagecache

import (
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// noMark says that no page of a read is to start the next one.
const noMark = ^vm.PageIndex(0)

// readPages brings the pages from first on that are missing into the cache, n of them at most and none beyond the file's
// end; the page mark gets the mark at which a reader starts the next window. Nobody waits.
// Linux: page_cache_ra_unbounded (mm/readahead.c).
func (d *diskFile) readPages(m *Mapping, first vm.PageIndex, n uint64, mark vm.PageIndex) {
	end := min(first+vm.PageIndex(n), pagesFor(m.size))
	var batch []*phys.Frame
	for i := first; i <= end; i++ {
		if i < end && m.pages.get(i) == nil {
			if f := m.add(i, 0); f != nil {
				if i == mark {
					f.Set(phys.ReadaheadMark)
				}
				batch = append(batch, f)
				continue
			}
		}
		if len(batch) > 0 {
			_ = d.readInto(m, vm.PageIndex(batch[0].Index), batch)
			batch = nil
		}
	}
}

// readInto fills frames, which are consecutive pages from first on, from the disk: a request for each run of blocks.
// Linux: ext4_mpage_readpages (fs/ext4/readpage.c).
func (d *diskFile) readInto(m *Mapping, first vm.PageIndex, frames []*phys.Frame) (err error) {
	for len(frames) > 0 {
		e, ok := d.inode.Map(disk.Page(first), uint64(len(frames)))
		n := int(e.Count)
		if ok && e.State == disk.Written {
			m.Cache.Log.Step(trace.BlockMapped, uint64(first), uint64(e.Block), e.Count)
			if fail := m.submitRead(d.fs.Device, e, frames[:n]); fail != nil {
				err = fail
			}
		} else {
			for _, f := range frames[:n] {
				f.Set(phys.Uptodate) // a hole: zeros
			}
		}
		first, frames = first+vm.PageIndex(n), frames[n:]
	}
	return err
}

func (m *Mapping) submitRead(dev *disk.Device, e disk.Extent, frames []*phys.Frame) error {
	pages := make([]*[disk.BlockSize]byte, len(frames))
	for i, f := range frames {
		pages[i] = m.Cache.Memory.Bytes(f)
	}
	log := m.Cache.Log
	log.Step(trace.IoSubmitted, uint64(e.Block), e.Count, uint64(disk.Read))
	done, err := dev.Submit(time.Duration(log.Clock.Now()), disk.Request{Op: disk.Read, Block: e.Block, Data: pages})
	if err != nil {
		return err
	}
	for i, f := range frames {
		log.Copy(trace.DMAIn, vm.PageSize, uint64(e.Block)+uint64(i), uint64(f.PFN()))
		f.Set(phys.Uptodate)
		m.Cache.arrives(f, clock.Time(done))
	}
	return nil
}

// arrives notes when the disk will have filled a frame.
func (c *Cache) arrives(f *phys.Frame, t clock.Time) {
	if t > c.Log.Clock.Now() {
		c.arrival[f.PFN()] = t
	}
}

// wait waits until the disk has filled a frame.
func (m *Mapping) wait(f *phys.Frame) {
	if len(m.Cache.arrival) == 0 {
		return
	}
	if t, ok := m.Cache.arrival[f.PFN()]; ok {
		delete(m.Cache.arrival, f.PFN())
		m.Cache.Log.Clock.WaitFor(t)
		m.Cache.Log.Step(trace.IoCompleted, f.Index, 1, 0)
	}
}
