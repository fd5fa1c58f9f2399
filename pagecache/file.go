package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
)

// OpenMode is what an open file may be used for.
// Linux: fmode_t, f_flags (include/linux/fs.h).
type OpenMode uint32

// The modes of an open file.
const (
	ModeRead OpenMode = 1 << iota
	ModeWrite
	ModeAppend
	ModeDirect // O_DIRECT: reads and writes pass the page cache by
	ModeSync   // O_SYNC
	ModeDSync
	ModePath
)

// File is an open file: what open() makes and descriptors and areas share. It backs the areas that mmap makes of it; two
// areas have the same backing only where they come from the same open().
// Linux: struct file (include/linux/fs.h).
type File struct {
	Mapping *Mapping
	Mode    OpenMode
	Pos     int64  // where the next read() or write() begins
	Flags   uint64 // as F_GETFL returns them

	path   string
	ahead  readaheadState
	wanted uint64 // pages that the read() under way still wants
	refs   int    // descriptors and areas
	told   uint64 // the last failure of the disk's that this open file was told of
}

// Open makes an open file of m, known by path, with one reference.
func (m *Mapping) Open(path string, mode OpenMode) *File {
	m.Hold()
	return &File{Mapping: m, Mode: mode, path: path, refs: 1, ahead: readaheadState{prev: -1}, told: m.failed.sample()}
}

// Hold takes a reference to the open file.
func (f *File) Hold() { f.refs++ }

// Put gives up a reference; the file is closed with the last.
func (f *File) Put() {
	f.refs--
	if f.refs == 0 {
		f.Mapping.Release()
	}
}

// Refs is the number of descriptors and areas that hold the open file.
func (f *File) Refs() int { return f.refs }

// Name is the file's name in /proc/PID/maps.
func (f *File) Name() string {
	if f.Mapping.links == 0 {
		return f.path + " (deleted)"
	}
	return f.path
}

// Path is the name that the file was opened by.
func (f *File) Path() string { return f.path }

// Inode is the device's and the inode's number.
func (f *File) Inode() (dev uint32, ino uint64) { return f.Mapping.device(), f.Mapping.Number }

// Opened is told that an area shows the file.
func (f *File) Opened(*vm.Area) { f.Hold() }

// Closed is told that an area does not any more.
func (f *File) Closed(*vm.Area) { f.Put() }

// Areas is the reverse map of the file.
func (f *File) Areas() *vm.AreaSet { return &f.Mapping.areas }

// Traits say how areas that show the file behave.
func (f *File) Traits() vm.Traits { return f.Mapping.store.traits() }

// Fault finds the page that a fault asks for.
func (f *File) Fault(q *vm.Fault) (*phys.Frame, error) { return f.Mapping.store.fault(f.Mapping, q) }

// MakeWritable is told that a shared page is going to be written to.
func (f *File) MakeWritable(q *vm.Fault, frame *phys.Frame) error {
	return f.Mapping.store.makeWritable(f.Mapping, q, frame)
}

// MapAround maps the pages from first to last that are in the cache and filled, where the page table has nothing yet.
// Linux: filemap_map_pages (mm/filemap.c).
func (f *File) MapAround(q *vm.Fault, first, last vm.PageIndex) (set int, own bool) {
	m := f.Mapping
	if end := pagesFor(m.size); end == 0 || first >= end {
		return 0, false
	} else if last >= end {
		last = end - 1
	}
	for i, frame := m.pages.nextPage(first, last); frame != nil; i, frame = m.pages.nextPage(i+1, last) {
		x := q.Addr + vm.Addr(i-q.Index)<<vm.PageShift
		if frame.Flags&(phys.Uptodate|phys.ReadaheadMark|phys.Locked) != phys.Uptodate || !q.Space.Entry(x).None() {
			continue
		}
		m.wait(frame)
		e := q.Area.BaseEntry(frame.PFN())
		if e.Writable() && frame.Has(phys.Dirty) {
			e |= vm.PteDirty
		}
		q.Space.MapFrame(x, frame, e)
		set++
		own = own || i == q.Index
	}
	return set, own
}
