package session

import (
	"bytes"
	"fmt"
	"syscall"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// onDisk is what the disk holds of a page of a file, compared with the frame that caches it.
type onDisk struct {
	block     disk.Block
	placed    bool // some of the page has a block
	hole      bool // some of the page has none
	unwritten bool // some lies in blocks that count as zeros until they are written
	reserved  bool // some waits for a block
	differs   bool // some of the bytes in memory are not those of the disk
	volatile  bool // some are in the disk's write cache alone
}

// lookOnDisk compares page i of a file with the disk, a block of the file system at a time. f is the frame that caches
// the page; nil compares nothing.
func (s *Session) lookOnDisk(m *pagecache.Mapping, i vm.PageIndex, f *phys.Frame) (d onDisk) {
	inode := m.Inode()
	if inode == nil {
		return d
	}
	device := s.Kernel().Disk.Device
	size := vm.PageSize / disk.Parts
	for k := range disk.Parts {
		from := i.FileOffset() + int64(k*size)
		to := min(from+int64(size), m.Size())
		if from >= to {
			break
		}
		held := make([]byte, to-from)
		e, ok := inode.Map(disk.FileBlock(from)/disk.FileBlock(size), 1)
		d.lookAt(device, e, ok, held)
		d.compare(f, k*size, held)
	}
	return d
}

// compare notes whether memory, where the page is there, has other bytes than the disk holds.
func (d *onDisk) compare(f *phys.Frame, off int, held []byte) {
	if f != nil {
		have := make([]byte, len(held))
		f.Read(off, have)
		d.differs = d.differs || !bytes.Equal(have, held)
	}
}

// lookAt notes what backs one block of the page, and reads what the disk holds there.
func (d *onDisk) lookAt(device *disk.Device, e disk.Extent, ok bool, held []byte) {
	switch {
	case !ok:
		d.hole = true
	case e.State == disk.Delayed:
		d.reserved = true
	case e.State == disk.Unwritten:
		d.unwritten = true
		d.place(e)
	default:
		d.place(e)
		var page [disk.BlockSize]byte
		device.Peek(e.Place.Block(), &page)
		copy(held, page[int(e.Place)%disk.Parts*(vm.PageSize/disk.Parts):])
		d.volatile = d.volatile || !device.Endures(e.Place.Block())
	}
}

// place notes the first block that holds some of the page.
func (d *onDisk) place(e disk.Extent) {
	if !d.placed {
		d.placed, d.block = true, e.Place.Block()
	}
}

// clean is what is said of a page that the kernel counts as clean.
func (d onDisk) clean() string {
	switch {
	case d.differs && d.placed:
		return fmt.Sprintf("it counts as clean, but block %d of the disk holds other bytes: its writeback failed",
			d.block)
	case d.differs:
		return "it counts as clean, but the disk has no block for it: its writeback failed"
	case d.unwritten:
		return "it is clean: its blocks on the disk are allocated but not written, so they count as zeros"
	case !d.placed:
		return "it is clean: the file has a hole there, which reads as zeros and takes no block"
	case d.volatile:
		return fmt.Sprintf("it is clean: block %d of the disk has the same bytes, in its write cache: a power cut "+
			"may take them back until fsync, msync or sync flushes it", d.block)
	}
	return fmt.Sprintf("it is clean: block %d of the disk has the same bytes", d.block)
}

// lostAt is the step at which the last writeback of page i of a file failed; 0 where it did not.
func (s *Session) lostAt(m *pagecache.Mapping, i vm.PageIndex) Moment {
	return s.last(func(e trace.Event) bool {
		return e.Kind == trace.WritebackFailed && e.Args[0] == uint64(i) && e.Args[2] == m.Number
	})
}

// lostBy tells of a writeback that failed, and of how the page came to be dirty before.
func (s *Session) lostBy(m *pagecache.Mapping, i vm.PageIndex) []Link {
	t := s.lostAt(m, i)
	if t == 0 {
		return nil
	}
	e := s.Branch().Event(t)
	how := fmt.Sprintf("its writeback failed with %s (%s), and is not tried again; fsync and msync report that once",
		script.ErrnoName(syscall.Errno(e.Args[1])), script.ErrnoText(syscall.Errno(e.Args[1])))
	chain := []Link{{0, how}}
	if first, last := s.failedWith(t); first != last {
		chain = append(chain, Link{0, fmt.Sprintf("it was written in one request with the others of pages %d to %d: "+
			"where the disk fails at one of them, the whole request fails", first, last)})
	}
	return append(chain, s.causes(t)...)
}

// failedWith are the first and the last page of the request that failed at step t, whose failures are logged in a row.
func (s *Session) failedWith(t Moment) (first, last uint64) {
	b := s.Branch()
	e := b.Event(t)
	same := func(t Moment, page uint64) bool {
		if t < 1 || t > s.At() {
			return false
		}
		x := b.Event(t)
		return x.Kind == trace.WritebackFailed && x.Args[0] == page && x.Args[2] == e.Args[2]
	}
	first, last = e.Args[0], e.Args[0]
	for n := Moment(1); first > 0 && same(t-n, first-1); n++ {
		first--
	}
	for n := Moment(1); same(t+n, last+1); n++ {
		last++
	}
	return first, last
}

// whyUnread is why a page is in the page cache without its bytes: the request that was to read it failed. It is nil
// where none failed.
func (s *Session) whyUnread(page string, m *pagecache.Mapping, i vm.PageIndex, f *phys.Frame) []Link {
	added := s.last(func(e trace.Event) bool {
		return e.Kind == trace.CacheAdded && e.Args[0] == uint64(i) && e.Args[2] == m.Number
	})
	for t := added + 1; t <= s.At() && !f.Has(phys.Uptodate); t++ {
		if s.Branch().Event(t).Note == pagecache.ReadFails {
			return append([]Link{{0, fmt.Sprintf("%s is in memory, in frame %#x, but not up to date: the request that "+
				"was to read it failed, and the next access asks the disk again, for this page alone", page, f.PFN())}},
				s.causes(t)...)
		}
	}
	return nil
}

// powerCut is the last power cut, by the number of its statement from 0; ok is false where there was none.
func (s *Session) powerCut() (n int, ok bool) {
	stmts := s.Branch().stmts
	for n := s.live.done - 1; n >= 0; n-- {
		if d, is := stmts[n].Op.Do.(*script.Directive); is && d.Name == "power_cut" {
			return n, true
		}
	}
	return 0, false
}

// whyAbsent is why a page of a file is not in memory.
func (s *Session) whyAbsent(path string, m *pagecache.Mapping, i vm.PageIndex) []Link {
	state := fmt.Sprintf("page %d of %s is not in memory", i, path)
	if uint64(i)<<vm.PageShift >= uint64(m.Size()) {
		state += fmt.Sprintf(": the file has %s and ends before it", plural.Bytes(m.Size()))
	}
	if e, away := m.Swapped(i); away {
		state += fmt.Sprintf(": the swap area has it, at %v", e)
	} else if m.InMemory() && i < vm.IndexOf(m.Size()+vm.PageSize-1) {
		state += ": a file in memory has no other place for it, so the page is a hole and reads as zeros"
	}
	n, cut := s.powerCut()
	left := func(e trace.Event) bool {
		return (e.Kind == trace.CacheRemoved || e.Kind == trace.PageTruncated) && e.Args[0] == uint64(i) &&
			e.Args[2] == m.Number
	}
	if t := s.last(left); t > 0 || !cut {
		return append(s.because(state, "it was never brought in since the program began", left), s.lostBy(m, i)...)
	}
	begin := s.Branch().stmts[n].Begin
	chain := []Link{{0, state + ": it has not been brought in since the power cut"},
		{begin + 1, fmt.Sprintf("statement %d:  %s", n+1, s.statementText(n))}}
	return append(chain, s.takenBack(path, i, n)...)
}

// takenBack is what a power cut, statement n, did to a page that was not safely on the disk. It is looked at on a
// machine as it was before the cut.
func (s *Session) takenBack(path string, i vm.PageIndex, n int) []Link {
	before, err := s.standing(s.Branch().stmts[n].Begin)
	if err != nil {
		return nil
	}
	defer before.Close()
	m := before.Kernel().FileAt(path)
	if m == nil {
		return nil
	}
	f := m.LookUp(i)
	switch d := before.lookOnDisk(m, i, f); {
	case f != nil && f.Has(phys.Dirty):
		t, statement := before.DirtiedAt(m, i)
		return []Link{{t, "the power cut took its bytes: it was dirty, and the disk did not have them: " + statement}}
	case f != nil && d.differs:
		return append([]Link{{0, "the power cut took its bytes: it counted as clean, but the disk did not have them"}},
			before.lostBy(m, i)...)
	case d.volatile:
		return []Link{{0, "its bytes were in the disk's write cache, which nothing had flushed: the power cut may " +
			"have taken them"}}
	}
	return []Link{{0, "the disk had its bytes: a load reads them again"}}
}

// standing is a session on the same branch at another moment, to look at.
func (s *Session) standing(t Moment) (*Session, error) {
	m, err := newMachine(s.Branch())
	if err != nil {
		return nil, err
	}
	return &Session{taking: s.taking, branches: s.branches, live: m}, m.run(t, nil)
}

// unsafe is what is not dirty any more, and still not safely on the disk: pages whose writeback failed, and what is in
// the disk's write cache alone.
func (s *Session) unsafe() (chain []Link) {
	if s.Kernel().Disk == nil {
		return nil
	}
	const most = 20
	s.EachFile(func(path string, m *pagecache.Mapping) {
		m.EachPage(0, ^vm.PageIndex(0), func(i vm.PageIndex, f *phys.Frame) {
			if m.InMemory() || f.Has(phys.Dirty) || len(chain) > most || !s.lookOnDisk(m, i, f).differs {
				return
			}
			chain = append(chain, Link{s.lostAt(m, i), fmt.Sprintf(
				"page %d of %s counts as clean, but its bytes did not reach the disk; more: why page %s:%d", i, path,
				path, i)})
		})
	})
	if n := s.Kernel().Disk.Device.Volatile(); n > 0 {
		chain = append(chain, Link{0, fmt.Sprintf("%s in the disk's write cache alone: not safe from a power cut "+
			"until fsync, msync or sync flushes the cache", plural.Count(n, "block is", "blocks are"))})
	}
	return chain
}
