package pagecache

import (
	"vmsim/disk"
	"vmsim/vm/clock"
)

// What the flusher writes is under way while programs run on:
//
//	submitted                  the pages are clean, and marked as being written
//	the clock is at its end    the mark goes
//	fsync, truncate, reclaim   wait for it; a store does not: the page is dirty again, and still being written
//
// A process that writes a file itself (fsync, msync, sync, O_DIRECT) waits at once, so nothing of that is under way.

// crossing is folios of one file that the device takes in one go. Data is on its way for virtual time only: the device
// has the bytes already, so nothing can change them.
// Linux: struct ext4_io_end (fs/ext4/ext4.h), the bio of a writeback.
type crossing struct {
	m       *Mapping
	done    clock.Time
	folios  []folio
	pages   int
	request disk.Request // what is complete with it; without pages where more of it follows
	blocks  int
}

// mostTogether is how many pages are complete at once: a request for more is served piece by piece.
// Linux: BIO_MAX_VECS (include/linux/bio.h).
const mostTogether = 256

// launch notes that the writer's folios are on their way; the last of them is there at time done.
func (w *Writeback) launch(from *writer, done clock.Time) {
	perPage := clock.Time(from.d.fs.Device.Profile.PerBlock)
	left := 0
	for _, f := range from.folios {
		left += int(f.pages())
	}
	now := crossing{m: from.m}
	for i, f := range from.folios {
		now.folios = append(now.folios, f)
		now.pages += int(f.pages())
		left -= int(f.pages())
		if last := i == len(from.folios)-1; now.pages >= mostTogether || last {
			// The device takes the pages in order, each in the same time: what is behind this piece is still to come.
			now.done = done - clock.Time(left)*perPage
			if last {
				now.request, now.blocks = disk.Request{Op: disk.Write, Block: from.req.Block}, from.req.Blocks()
			}
			w.crossing = append(w.crossing, now)
			w.crossingPages += now.pages
			now = crossing{m: from.m}
		}
	}
}

// settle ends the writeback of what the device has by now. It is called wherever the clock may have moved, before
// anything looks at the marks.
// Linux: ext4_end_bio (fs/ext4/page-io.c).
func (w *Writeback) settle() {
	if len(w.crossing) == 0 {
		return
	}
	now := w.cache.Log.Clock.Now()
	still := w.crossing[:0]
	for _, c := range w.crossing {
		if c.done > now {
			still = append(still, c)
			continue
		}
		w.land(c)
	}
	clear(w.crossing[len(still):])
	w.crossing = still
}

// land takes the marks off the pages of one crossing.
func (w *Writeback) land(c crossing) {
	w.crossingPages -= c.pages
	w.speed.Written += uint64(c.pages)
	if c.blocks > 0 {
		stepIoCompleted(w.cache.Log, c.request.Block, c.blocks, disk.Write)
	}
	for _, f := range c.folios {
		c.m.endWriteback(f)
	}
}

// wrote ends the writeback of a folio that the writer has waited for.
func (w *Writeback) wrote(f folio) {
	w.speed.Written += uint64(f.pages())
	f.m.endWriteback(f)
}

// waitFor waits until nothing of the file is under way. Only this file's requests are waited for; those of others that
// are complete by then are taken in as well.
// Linux: filemap_fdatawait_range (mm/filemap.c).
func (w *Writeback) waitFor(m *Mapping) {
	if len(w.crossing) == 0 {
		return
	}
	last := clock.Time(0)
	for _, c := range w.crossing {
		if c.m == m {
			last = max(last, c.done)
		}
	}
	w.cache.wait(last)
	w.settle()
}

// waitForAll waits until nothing is under way, and reports whether anything was.
func (w *Writeback) waitForAll() bool {
	any := len(w.crossing) > 0
	for _, c := range w.crossing {
		w.cache.wait(c.done)
	}
	w.settle()
	return any
}

// firstLanding is when the next pages are complete; ok is false where none are under way.
func (w *Writeback) firstLanding() (at clock.Time, ok bool) {
	for i, c := range w.crossing {
		if i == 0 || c.done < at {
			at = c.done
		}
	}
	return at, len(w.crossing) > 0
}

// Underway is how many pages the flusher has given to the disk that are not there yet.
// Linux: NR_WRITEBACK (include/linux/mmzone.h).
func (w *Writeback) Underway() int { return w.crossingPages }
