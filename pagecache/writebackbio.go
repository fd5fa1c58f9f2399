package pagecache

import (
	"vmsim/disk"
	"vmsim/vm/clock"
)

// The flusher does not wait for its requests. Programs run on while their pages are under writeback:
//
//	submitted                     the pages are clean, and have the flag and the tag of writeback
//	the clock reaches its end     both are cleared: the write is complete
//	fsync, truncate, O_DIRECT     wait for it
//	a store                       does not: the page is dirty and under writeback at once, and is written once more
//
// A process that writes a file back itself (fsync, msync, sync, O_DIRECT) waits for each request, and leaves none here.
// In Linux the end of a request is an interrupt. Here no interrupt comes: endCompleted compares the requests' ends with
// the virtual clock, before code looks at a flag or at a count of pages.

// bio is the folios of one file that complete at one time: a request of the flusher, or a piece of one. It takes
// virtual time; the device has copied or borrowed the bytes when it was submitted (see devicepages.go), so a store
// meanwhile does not change what is written.
// Linux: struct bio (include/linux/blk_types.h), struct ext4_io_end (fs/ext4/ext4.h).
type bio struct {
	m       *Mapping
	done    clock.Time // when the device has written all of its pages
	folios  []folio
	pages   int          // of the folios together
	request disk.Request // what is complete with it; without pages where more of it follows
	blocks  int
}

// bioPages is how many pages a bio has at most. In Linux a longer run of blocks is several bios, which end one after
// the other. The model submits the run as one request, and completes it in pieces of this size.
// Linux: BIO_MAX_VECS (include/linux/bio.h).
const bioPages = 256

// addBios adds the folios of a writer to those under writeback; the last of them is complete at time done. The device
// takes the same time for each page. So the request of 256 of 1000 pages ends before done by the time of 744 pages.
func (w *Writeback) addBios(from *writer, done clock.Time) {
	perPage := clock.Time(from.d.fs.Device.Profile.PerBlock)
	left := 0
	for _, f := range from.folios {
		left += int(f.pages())
	}
	now := bio{m: from.m}
	for i, f := range from.folios {
		now.folios = append(now.folios, f)
		now.pages += int(f.pages())
		left -= int(f.pages())
		if last := i == len(from.folios)-1; now.pages >= bioPages || last {
			// The pages left follow this piece on the device, so it ends before them.
			now.done = done - clock.Time(left)*perPage
			if last {
				now.request, now.blocks = disk.Request{Op: disk.Write, Block: from.req.Block}, from.req.Blocks()
			}
			w.bios = append(w.bios, now)
			w.inWriteback += now.pages
			now = bio{m: from.m}
		}
	}
}

// endCompleted ends the writeback of the requests that are complete by now. It is called wherever the clock may have
// moved, before code reads the flags or the counts.
// Linux: ext4_end_bio (fs/ext4/page-io.c).
func (w *Writeback) endCompleted() {
	if len(w.bios) == 0 {
		return
	}
	now := w.cache.Log.Clock.Now()
	still := w.bios[:0]
	for _, c := range w.bios {
		if c.done > now {
			still = append(still, c)
			continue
		}
		w.endBio(c)
	}
	clear(w.bios[len(still):])
	w.bios = still
}

// endBio ends the writeback of one request's pages, and counts them for the speed of the disk.
// Linux: ext4_end_bio, ext4_finish_bio (fs/ext4/page-io.c).
func (w *Writeback) endBio(c bio) {
	w.inWriteback -= c.pages
	w.speed.Written += uint64(c.pages)
	if c.blocks > 0 {
		stepIoCompleted(w.cache.Log, c.request.Block, c.blocks, disk.Write)
	}
	for _, f := range c.folios {
		c.m.endWriteback(f)
	}
}

// wrote is endBio for a folio that its writer has waited for.
func (w *Writeback) wrote(f folio) {
	w.speed.Written += uint64(f.pages())
	f.m.endWriteback(f)
}

// waitFor waits until no page of the file is under writeback by the flusher. Requests of other files that end meanwhile
// are completed too, but not waited for.
// Linux: filemap_fdatawait_range (mm/filemap.c).
func (w *Writeback) waitFor(m *Mapping) {
	if len(w.bios) == 0 {
		return
	}
	last := clock.Time(0)
	for _, c := range w.bios {
		if c.m == m {
			last = max(last, c.done)
		}
	}
	w.cache.wait(last)
	w.endCompleted()
}

// waitForAll waits until no page is under writeback, and reports whether any was.
func (w *Writeback) waitForAll() bool {
	any := len(w.bios) > 0
	for _, c := range w.bios {
		w.cache.wait(c.done)
	}
	w.endCompleted()
	return any
}

// nextCompletion is when the next request is complete; ok is false if there is none.
func (w *Writeback) nextCompletion() (at clock.Time, ok bool) {
	for i, c := range w.bios {
		if i == 0 || c.done < at {
			at = c.done
		}
	}
	return at, len(w.bios) > 0
}

// UnderWriteback is how many pages the flusher has submitted that the disk has not written yet.
// Linux: NR_WRITEBACK (include/linux/mmzone.h).
func (w *Writeback) UnderWriteback() int { return w.inWriteback }
