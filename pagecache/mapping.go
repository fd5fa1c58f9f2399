package pagecache

import (
	"fmt"

	"vmsim/pagecache/xarray"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/phys"
)

// Mapping is the cached pages of one file, and the areas that show them. Its pages are in a tree by their number in the
// file. Each frame has one reference from the cache; more come from page tables and from calls in progress. The
// invariants are in check, which a test runs after every statement.
// Linux: struct address_space with struct inode (include/linux/fs.h).
type Mapping struct {
	Cache *Cache

	Number uint64 // inode number
	Label  string // for people: the path under which the file was created
	Seals  Seals  // the seals of a memfd
	Perm   uint32 // the permission bits of st_mode
	// RootOwned means that root owns the file, and not the programs' user.
	RootOwned bool
	// Private means that the file is on no file system that is mounted: a memfd.
	Private bool
	// Internal says that the file is shared memory on the kernel's own mount, which no path leads to.
	Internal bool

	// Swapfile says that the file is a swap area in use: it keeps its name, its size and its bytes.
	// Linux: S_SWAPFILE (include/linux/fs.h).
	Swapfile bool

	// Linkable says that a file that O_TMPFILE has made may be given a name.
	Linkable bool

	// Deleted is called when the inode is deleted; nil for none.
	Deleted func()

	// Bytes. A fault on a page that lies beyond it, rounded up to a page, is SIGBUS; every try of a fault compares
	// anew.
	size int64
	// The cached pages, by their number in the file. A page is in it from the moment that its frame is allocated.
	pages xarray.Array
	// Linux: i_mmap. Writeback, truncation and reclaim reach the page tables through it.
	areas vm.AreaSet
	// writers is how many of the areas are shared and may become writable
	writers int
	writing int        // open files that may write to it
	denials int        // programs that run from it
	ops     operations // of the file system that the file is on

	dirtySince clock.Time   // when the file joined the flusher's queue
	queued     bool         // it is there
	flushed    vm.PageIndex // where the flusher goes on
	failed     failures     // write errors, until every open file has reported them

	unevictable bool // its pages are unevictable

	// Linux keeps such an entry in the tree, in the place of the page. Shadows are kept in the same way.
	swapped map[vm.PageIndex]vm.SwapEntry // pages of a file in memory that are in the swap area; nil for none yet
	shadows map[vm.PageIndex]shadow       // of pages that reclaim has taken; nil for none yet

	links int // names that lead to the file
	opens int // descriptors and areas that hold it

	prev, next *Mapping // in the cache's list of files
}

// FrameOwner names the mapping as the owner of a frame.
func (m *Mapping) FrameOwner() string { return m.Label }

// device is the number of the file system that the file is on, as maps shows it.
func (m *Mapping) device() uint32 { return m.ops.device() }

// Device is the number of the file system that the file is on.
func (m *Mapping) Device() uint32 { return m.ops.device() }

// Size is the file's size in bytes.
func (m *Mapping) Size() int64 { return m.size }

// Areas is the reverse map of the file: the areas that may show its pages.
func (m *Mapping) Areas() *vm.AreaSet { return &m.areas }

// WritablyMapped reports whether an area shows the file that is shared and writable, or may become so.
// Linux: mapping_writably_mapped (include/linux/fs.h).
func (m *Mapping) WritablyMapped() bool { return m.writers > 0 }

// Cached is how many pages of the file are in memory.
func (m *Mapping) Cached() uint64 { return m.pages.Count() }

// Limit is the largest size that the file may have, in bytes; in a hashed directory it is the largest hash. ext4 counts
// blocks of a file in 32 bits, so a file of 1 KiB blocks ends at 4 TiB; tmpfs ends where an int64 does.
func (m *Mapping) Limit() int64 {
	if m.hashed() {
		return maxFileSize
	}
	return m.ops.limit()
}

// LookUp is the frame of page i, nil if it is not in memory; it takes no reference. A caller that may fault or reclaim
// before it is done with the frame takes a reference of its own.
// Linux: filemap_get_entry (mm/filemap.c).
func (m *Mapping) LookUp(i vm.PageIndex) *phys.Frame { return m.pages.Get(i) }

// InCore reports whether page i is in memory and filled: what mincore says. A page that is being read does not count:
// it has a frame, but not its bytes yet. A page in the swap area counts if the swap cache still has its frame.
func (m *Mapping) InCore(i vm.PageIndex) bool {
	if e, away := m.swapped[i]; away {
		return m.Cache.Reclaim.swap.InCore(e)
	}
	f := m.pages.Get(i)
	return f != nil && f.Has(phys.Uptodate) && !m.Cache.inflight.has(f)
}

// EachPage calls fn for every cached page from first to last, the lowest first. fn may remove the page that it is
// called for, since the walk looks the next one up by its number.
func (m *Mapping) EachPage(first, last vm.PageIndex, fn func(i vm.PageIndex, f *phys.Frame)) {
	for i, f := m.pages.Next(first, last); f != nil; i, f = m.pages.Next(i+1, last) {
		fn(i, f)
		if i == last {
			return
		}
	}
}

// add adds a free frame to the cache as page i; nil if no memory is left. Room may reclaim, and reclaim may take any
// page that the caller has looked up before.
func (m *Mapping) add(i vm.PageIndex, fl phys.Flags) *phys.Frame {
	if !m.Cache.Reclaim.Room(1, MustHave) {
		return nil
	}
	return m.addOf(i, fl, 0)
}

// addOf is add for a page of a folio of the given order. The page is in the cache from here on, although it is not
// filled: others that look it up wait for it and read it no second time.
func (m *Mapping) addOf(i vm.PageIndex, fl phys.Flags, order int) *phys.Frame {
	f := m.Cache.Memory.Alloc(m, uint64(i), fl|phys.LRU)
	if f == nil {
		return nil
	}
	f.SetOrder(order)
	m.Cache.Reclaim.Charge(f)
	m.Cache.LRU.Add(f)
	if m.unevictable {
		m.Cache.LRU.Cull(f)
	}
	m.pages.Put(i, f)
	m.Cache.Reclaim.added(m, i, f)
	stepCacheAdded(m.Cache.Log, i, f.PFN(), m.Number)
	return f
}

// remove removes page i from the cache; no page-table entry may map it. The frame is freed with the last reference; a
// pipe or a device may still have one. The page leaves the tree before its reference is dropped, so that no look-up
// finds a frame that is free. Its Dirty flag is cleared: a frame that is allocated anew must begin clean.
func (m *Mapping) remove(i vm.PageIndex, f *phys.Frame) {
	m.pages.Remove(i)
	m.ops.forget(m, f)
	m.Cache.inflight.remove(f)
	m.Cache.Reclaim.removed(m, i)
	f.Clear(phys.Dirty | phys.ReadaheadMark)
	stepCacheRemoved(m.Cache.Log, i, f.PFN(), m.Number)
	m.Cache.Memory.Put(f)
}

// Holds reports whether the frame is a page of the file. A frame that the file has lost may still be lent to a pipe.
// Linux: folio_mapping (mm/util.c).
func (m *Mapping) Holds(f *phys.Frame) bool { return m.pages.Get(vm.PageIndex(f.Index)) == f }

// MarkDirty notes that frame f of the file was written to. A dirty page must not be dropped, and the flusher has to
// know of it. tmpfs only notes it; ext4 also counts it.
// Linux: folio_mark_dirty (mm/page-writeback.c).
func (m *Mapping) MarkDirty(f *phys.Frame) {
	if f.Has(readaheadMark) {
		m.folioOf(vm.PageIndex(f.Index), f).clear(readaheadMark) // for a dirty folio the same bit is PG_reclaim
	}
	m.ops.dirtied(m, f)
}

// noteDirty sets a frame's flag. It leaves the tag to the caller, since files in memory have none.
// Linux: folio_test_set_dirty (include/linux/page-flags.h).
func (m *Mapping) noteDirty(f *phys.Frame) {
	if !f.Has(phys.Dirty) {
		f.Set(phys.Dirty)
		stepPageDirtied(m.Cache.Log, vm.PageIndex(f.Index), f.PFN(), m.Number)
	}
}

// pagesFor is how many pages hold size bytes.
func pagesFor(size int64) vm.PageIndex {
	return vm.PageIndex((uint64(size) + vm.PageSize - 1) >> vm.PageShift)
}

// hold takes a reference for a descriptor or an area. An inode lives as long as it has a name, a descriptor or an area.
func (m *Mapping) hold() { m.opens++ }

// release drops a reference; a file without names is deleted with the last one.
func (m *Mapping) release() {
	m.opens--
	m.dropIfDead()
}

// Linked notes that n more names lead to the file; n may be negative.
func (m *Mapping) Linked(n int) {
	m.links += n
	m.dropIfDead()
}

// Links is how many names lead to the file.
func (m *Mapping) Links() int { return m.links }

// dropIfDead frees a file that has neither a name nor an open descriptor, with all of its pages. This is why a program
// may unlink a file that it has mapped: the pages stay until the last area goes.
// Linux: iput_final, evict (fs/inode.c).
func (m *Mapping) dropIfDead() {
	if m.links == 0 && m.opens == 0 {
		m.evict()
		if m.Deleted != nil {
			m.Deleted()
			m.Deleted = nil
		}
	}
}

// evict drops every page: the inode is deleted.
func (m *Mapping) evict() {
	// Dirty pages are dropped with the others: a file that is deleted is not written any more.
	m.truncateRange(0, everything)
	m.ops.deleted(m)
	m.Cache.Writer.clean(m)
	m.Cache.Reclaim.forgetFile(m)
	m.Cache.unlist(m)
	m.size = 0
}

// dirtyPages is how many of the file's pages are dirty. The search goes from tag to tag, so its cost follows the dirty
// pages and not the size of the file.
func (m *Mapping) dirtyPages() (n int) {
	for i, f := m.pages.NextTagged(0, LastPage, xarray.Dirty); f != nil; i, f = m.pages.NextTagged(i+1, LastPage,
		xarray.Dirty) {
		n++
	}
	return n
}

// check recomputes the invariants of the mapping.
func (m *Mapping) check() (err error) {
	n := uint64(0)
	m.EachPage(0, LastPage, func(i vm.PageIndex, f *phys.Frame) {
		if n++; err == nil {
			err = m.checkPage(i, f)
		}
	})
	if err == nil && n != m.pages.Count() {
		err = fmt.Errorf("pagecache: %s has %d pages, counts %d", m.Label, n, m.pages.Count())
	}
	if err == nil {
		err = m.checkWriters()
	}
	if err == nil {
		err = m.ops.check(m)
	}
	return err
}

// checkWriters counts the shared areas that may write: F_SEAL_WRITE is refused while there is one. A count that is too
// high would forbid the seal without a reason, one that is too low would let a sealed file change.
func (m *Mapping) checkWriters() error {
	n := 0
	m.areas.Each(0, LastPage, func(a *vm.Area, _ vm.Addr, _ uint64) bool {
		if a.Flags.Has(sharedWritable) {
			n++
		}
		return true
	})
	if n != m.writers {
		return fmt.Errorf("pagecache: %d shared areas of %s may be written to, %d are counted", n, m.Label, m.writers)
	}
	return nil
}

// checkPage holds a page of the file against its folio, its references and its tags. A page has one reference from the
// cache and one for each entry that maps it; tags and flags agree, and all pages of a folio have the same flags.
func (m *Mapping) checkPage(i vm.PageIndex, f *phys.Frame) error {
	x, wrong := m.folioOf(i, f), ""
	switch {
	case f.Owner != phys.Owner(m) || f.Index != uint64(i):
		wrong = "belongs elsewhere"
	case f.Refs() < 1+f.Maps():
		wrong = "has too few references"
	case x.head == nil || x.head.Order() != f.Order():
		wrong = "is part of a folio that is not there"
	case i == x.first && !x.complete():
		wrong = "lacks a page of its folio"
	case (f.Flags^x.head.Flags)&folioFlags != 0:
		wrong = "has not the flags of its folio"
	case f.Has(dirty) != m.pages.HasTag(i, xarray.Dirty) && !m.InMemory():
		wrong = "is tagged and flagged differently"
	case f.Has(writeback) != m.pages.HasTag(i, xarray.Writeback):
		wrong = "is tagged and flagged differently"
	default:
		return nil
	}
	return fmt.Errorf("pagecache: page %d of %s %s: %v", i, m.Label, wrong, f)
}

// folioFlags are those that all pages of a folio have together.
const folioFlags = uptodate | dirty | writeback | readaheadMark | phys.Large
