package pagecache

import (
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// OpenMode is what an open file may be used for.
// Linux: fmode_t, f_flags (include/linux/fs.h).
type OpenMode uint32

// The modes of an open file.
const (
	ModeRead OpenMode = 1 << iota
	ModeWrite
	ModeAppend
	ModeDirect // O_DIRECT: reads and writes bypass the page cache
	ModeSync   // O_SYNC
	ModeDSync
	ModePath
	ModeNoWait   // of one write: it does not wait for room in a pipe
	ModeNoSignal // of one write: no SIGPIPE
)

// NoAccessTime is the flag of an open file whose reads are not noted.
// Linux: O_NOATIME (include/uapi/asm-generic/fcntl.h).
const NoAccessTime = 0o1000000

// File is an open file: what open() makes and descriptors and areas share. It backs the areas that mmap makes of it;
// two areas have the same backing only if they come from the same open(). Threads and children share it, so a read() of
// one moves the position of all. dup makes a second descriptor of the same File; a second open makes a File of its own,
// which reads ahead on its own.
// Linux: struct file (include/linux/fs.h).
type File struct {
	Mapping *Mapping
	Mode    OpenMode
	Pos     int64  // where the next read() or write() begins
	Flags   uint64 // as F_GETFL returns them
	By      any    // the process that opened it
	// Spliced means that splice or vmsplice has used this end of a pipe, which may have made it wait.
	Spliced bool

	segment *File // a segment's own file, where shmat has made this one

	path  string // where no directory has its name
	name  *Name
	ahead readaheadState
	refs  int // descriptors and areas
	// Each open file reports an error once, also to a program that had it open when the error occurred.
	reported uint64 // the last write error that this open file has reported

	advised vm.Traits // UsedOnce after POSIX_FADV_NOREUSE; Linux: FMODE_NOREUSE
}

// Open makes an open file of m, known by path, with one reference.
func (m *Mapping) Open(path string, mode OpenMode) *File {
	m.hold()
	if mode&ModeWrite != 0 {
		m.writing++
	}
	return &File{Mapping: m, Mode: mode, path: path, refs: 1,
		ahead: readaheadState{prev: -1, most: m.Cache.ReadaheadPages}, reported: m.failed.sample()}
}

// Attach makes an open file of a segment for one shmat; f is the segment's own, and ends after it.
// Linux: do_shmat, shm_release (ipc/shm.c).
func (f *File) Attach(mode OpenMode) *File {
	f.Hold()
	a := f.Mapping.Open(f.Mapping.Label, mode)
	a.segment = f
	return a
}

// OpenAs is Open for a file that is known by a name in a directory.
func (m *Mapping) OpenAs(name *Name, mode OpenMode) *File {
	f := m.Open("", mode)
	f.name = name
	return f
}

// Hold takes a reference to the open file.
func (f *File) Hold() { f.refs++ }

// Passed notes that a read has come so many bytes further. A pipe, and a device that gives zeros, know no place.
func (f *File) Passed(n uint64) {
	if !f.Zeros() && !f.Stream() {
		f.Pos += int64(n)
	}
}

// Put gives up a reference; the file is closed with the last. An area holds a reference, so a file that is mapped is
// open even after close(). The last reference may be that of an area, so a file is often closed by munmap or by the end
// of its process.
func (f *File) Put() {
	f.refs--
	if f.refs == 0 {
		f.Mapping.Cache.ended(f)
	}
}

// FileOf is the open file that an area shows; nil for anonymous memory and for the kernel's own pages.
// Linux: vm_area_struct.vm_file (include/linux/mm_types.h).
func FileOf(a *vm.Area) *File {
	f, _ := a.Backing.(*File)
	return f
}

// Name is the file's name in /proc/PID/maps.
// Linux: d_path (fs/d_path.c).
func (f *File) Name() string {
	if f.name != nil && f.name.unlinked || f.name == nil && f.Mapping.links == 0 {
		return f.Path() + " (deleted)"
	}
	return f.Path()
}

// Path is the current path of the name that the file was opened by.
func (f *File) Path() string {
	if f.name != nil {
		return f.name.Path()
	}
	return f.path
}

// NameInDirectory is the name that the file was opened by; nil where no directory has it.
func (f *File) NameInDirectory() *Name { return f.name }

// Inode is the device's and the inode's number.
func (f *File) Inode() (dev uint32, ino uint64) { return f.Mapping.device(), f.Mapping.Number }

// Opened notes that an area maps the file. Splits and forks call it for the new area, as for one that mmap makes.
func (f *File) Opened(a *vm.Area) {
	f.Hold()
	if a.Flags.Has(sharedWritable) {
		f.Mapping.writers++
	}
}

// Closed notes that an area no longer maps the file.
func (f *File) Closed(a *vm.Area) {
	if a.Flags.Has(sharedWritable) {
		f.Mapping.writers--
	}
	if n := a.Unused(); n > 0 {
		f.Mapping.ops.(*hugeFile).pool.Return(n)
	}
	f.Put()
}

// sharedWritable are the flags of an area through which a file may be written to, now or after an mprotect.
const sharedWritable = vm.Shared | vm.MayWrite

// Areas is the reverse map of the file.
func (f *File) Areas() *vm.AreaSet { return &f.Mapping.areas }

// Traits say how areas that show the file behave.
func (f *File) Traits() vm.Traits { return f.Mapping.ops.traits() | f.advised }

// Fault finds the page that a fault asks for. The file system decides what a page is: a read from the disk, a new page
// of zeros, or a huge page of a pool.
func (f *File) Fault(q *vm.Fault) (*phys.Frame, error) { return f.Mapping.ops.fault(f.Mapping, q) }

// MakeWritable reports that a shared page is about to be written to. It is called once for each page that becomes
// writable, before the entry does: the only moment at which the file system learns of a store. A swap file in use
// refuses, since its blocks belong to the swap area.
// Linux: page_mkwrite of struct vm_operations_struct (include/linux/mm.h).
func (f *File) MakeWritable(q *vm.Fault, frame *phys.Frame) error {
	if f.Mapping.Swapfile {
		return vm.ErrNoPage
	}
	return f.Mapping.ops.makeWritable(f.Mapping, q, frame)
}

// MapAround maps the pages from first to last that are in the cache and filled, at entries that are none. It maps a
// large folio as a whole if it fits. It never waits and never reads: only pages that are complete are mapped. It
// returns how many entries it set, and whether the faulting page's is one of them. Sixteen pages, or 64 KiB, around a
// fault cost little more than one, and save up to fifteen faults. On x86 the entries get their accessed bit although
// nothing has used the pages yet, so reclaim takes them for used once.
// Linux: filemap_map_pages (mm/filemap.c).
func (f *File) MapAround(q *vm.Fault, first, last vm.PageIndex) (set int, own bool) {
	m := f.Mapping
	end := pagesFor(m.size)
	// Nothing is mapped beyond the end of the file, though the area may go on.
	if end == 0 || first >= end {
		return 0, false
	}
	if !m.mayBegin(q, first, last, end) {
		return 0, false
	}
	last = min(last, end-1)
	found, any := 0, false
	for i, frame := m.pages.Next(first, last); frame != nil; i, frame = m.pages.Next(i+1, last) {
		// A page with the readahead mark is left to a fault of its own, which starts the next window.
		if !m.ready(frame) {
			continue
		}
		any = true
		lo, hi := i, i
		if frame.Order() > 0 {
			lo, hi = m.partAround(q, i, last, end, frame)
		}
		n, is := f.mapPart(q, lo, hi, frame)
		found, set, own = found+int(hi-lo)+1, set+n, own || is
		if frame.Order() > 0 {
			i = max(hi, m.folioOf(i, frame).next()-1)
		}
		if i >= last {
			break
		}
	}
	if any {
		stepMappedAround(m.Cache.Log, first, last, m.Number)
	}
	f.hits(q, found, own)
	return set, own
}

// partAround are the pages of a large folio that are mapped with page i: since 6.18 those before it too.
func (m *Mapping) partAround(q *vm.Fault, i, last, end vm.PageIndex, frame *phys.Frame) (lo, hi vm.PageIndex) {
	if m.Cache.Profile.Has(profile.WholeFolios) {
		return m.folioOf(i, frame).around(q, i, last, end)
	}
	return i, min(last, m.folioOf(i, frame).next()-1)
}

// mapPart maps the pages lo to hi of one folio. A large folio that is now mapped as a whole in a locked area is locked.
func (f *File) mapPart(q *vm.Fault, lo, hi vm.PageIndex, frame *phys.Frame) (set int, own bool) {
	for k := lo; k <= hi; k++ {
		n, is := f.mapOne(q, k, f.Mapping.pages.Get(k))
		set, own = set+n, own || is
	}
	if frame.Order() > 0 && set == 1<<frame.Order() {
		q.Space.LockFolio(q.Area, frame)
	}
	return set, own
}

// hits counts pages that a fault has found in the cache: since 7.2 only its own page, and only on the first try.
func (f *File) hits(q *vm.Fault, found int, own bool) {
	switch m := f.Mapping; {
	case m.uncounted(q.Area):
	case !m.Cache.Profile.Has(profile.OneHitAFault):
		f.ahead.hits(found)
	case own && !q.Tried:
		f.ahead.hits(1)
	}
}

// mayBegin reports whether a fault may map pages around it. Since 6.18, and in later patch levels of older series, the
// kernel maps only one page if there is no page table yet and the first folio to map reaches the end of a disk file.
// Linux: filemap_map_pages (mm/filemap.c), where filemap_map_pmd is not asked.
func (m *Mapping) mayBegin(q *vm.Fault, first, last, end vm.PageIndex) bool {
	if m.InMemory() || q.Space.HasTable(q.Addr) || !m.Cache.Profile.Has(profile.EndWithoutTable) {
		return true
	}
	for i, x := m.pages.Next(first, last); x != nil; i, x = m.pages.Next(i+1, last) {
		if m.ready(x) {
			return m.folioOf(i, x).next() < end
		}
	}
	return true
}

// ready reports whether fault-around may map the page.
// Linux: next_uptodate_folio (mm/filemap.c).
func (m *Mapping) ready(x *phys.Frame) bool {
	return x.Flags&(uptodate|readaheadMark|phys.Locked) == uptodate && !m.Cache.inflight.has(x)
}

// around is which pages of a large folio are mapped around a fault when page i of it lies in the window, which ends at
// last: all, if the file, the area and one page table contain the whole folio. The pages of the folio before the window
// are mapped as well.
// Linux: filemap_map_folio_range (mm/filemap.c).
func (f folio) around(q *vm.Fault, i, last, end vm.PageIndex) (lo, hi vm.PageIndex) {
	if end > f.next() && f.fits(q) {
		return f.first, f.next() - 1
	}
	return i, min(f.next()-1, last)
}

// fits reports whether the area of a fault and one page table contain the whole folio. A folio that crosses a page
// table, or the edge of the area, is mapped page by page.
// Linux: folio_within_vma (mm/internal.h).
func (f folio) fits(q *vm.Fault) bool {
	a := q.Area
	if f.first < a.Index || f.next() > a.Index+vm.PageIndex(a.Pages()) {
		return false
	}
	lo := a.Start + vm.Addr(f.first-a.Index)<<vm.PageShift
	return lo/vm.PMDSize == (lo+vm.Addr(f.pages()<<vm.PageShift)-1)/vm.PMDSize
}

// Whole is the pages that a fault on frame may map at once: the whole folio, if file, area and page table contain it,
// else only that page.
// Linux: finish_fault (mm/memory.c).
func (m *Mapping) Whole(q *vm.Fault, frame *phys.Frame) (first, last vm.PageIndex) {
	if f := m.folioOf(q.Index, frame); f.large() && pagesFor(m.size) >= f.next() && f.fits(q) {
		return f.first, f.next() - 1
	}
	return q.Index, q.Index
}

// mapOne maps a page if its entry is none; own says that it is the faulting page. An entry that is set already stays as
// it is: it may be a private copy, or writable.
func (f *File) mapOne(q *vm.Fault, i vm.PageIndex, frame *phys.Frame) (set int, own bool) {
	x := q.Addr + vm.Addr(i-q.Index)<<vm.PageShift
	if !q.Space.Entry(x).None() {
		return 0, false
	}
	f.Mapping.Cache.waitToMap(frame)
	q.Space.MapShared(q.Area, x, frame, 0)
	return 1, i == q.Index
}
