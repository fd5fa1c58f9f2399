// Package phys is physical memory: frames of 4096 bytes, who owns each, and how many are free.
//
// # What Linux does
//
// Linux has a struct page for every frame. A reference count says how many hold the frame: each page-table entry that
// maps it, the page cache or swap cache that it is in, and each piece of code that works with it. The map count says
// how many of the references are page-table entries. When the last reference is dropped, the frame returns to the buddy
// allocator.
//
//	        Alloc           Mapped           Unmapped           Put
//	free ----------> refs 1 -------> refs 2 ---------> refs 1 ------> Freeing, then free
//	                 maps 0          maps 1            maps 0
//
// Freeing removes the frame from the LRU lists.
//
// # What is kept
//
// Frame is struct page and struct folio in one: owner and index, flags, both counts, and the bytes. The frames of a
// large folio need not lie together; each has the order of the whole. There is one zone. The frame that was freed last
// is allocated next, as with Linux's per-CPU lists.
//
// Records are made in chunks when a frame is first used, and a frame has bytes of its own only once one of them is not
// zero: a machine of 24 GiB that touches ten pages takes ten pages.
//
// A disk may keep the bytes of a Lent frame instead of a copy, so that writeback copies nothing. Recalled is called
// before they change.
//
// # What is left out
//
// The buddy allocator with its orders and fragmentation, zones and nodes, and poisoned memory. Alloc fails only when no
// frame is left: callers ask reclaim for room first.
package phys

import "fmt"

const (
	chunkFrames = 1024 // frame records made at a time: 48 KiB
	slabPages   = 64   // pages of bytes made at a time: 256 KiB
	firstPFN    = 16   // low memory that is never allocated, so that 0 is no valid frame
)

// Memory is the pool of frames of one machine. Reclaim is above this package: the pool only counts. What is free here
// includes the reserve that the watermarks keep.
//
//	PFN    0 .. 15        16            17 ..                 next ..
//	       never used     frame of      in use, or in free    never used yet: no record
//	                      zeros
//
// Linux: struct zone (include/linux/mmzone.h).
type Memory struct {
	// Freeing is called with a frame that is about to be free, while it still has its flags and its owner.
	Freeing func(*Frame)
	// Recalled is called for a Lent frame that is taken back, while it still has its bytes.
	Recalled func(*Frame)
	// Blurred is called for a frame that has become Undetermined.
	Blurred func(*Frame)

	total  uint64 // frames in all
	chunks []*[chunkFrames]Frame
	next   uint64 // the lowest frame never yet used
	free   []PFN  // frames given back, the last first
	spare  []*[pageSize]byte
	slab   []byte
	zero   *Frame
	used   uint64
	masks  map[PFN]*Mask // of the frames that are Undetermined, and of no others
}

// NewMemory makes a pool of the given number of frames.
func NewMemory(frames uint64) *Memory {
	m := &Memory{total: frames + firstPFN + 1, next: firstPFN, Freeing: func(*Frame) {}, Blurred: func(*Frame) {}}
	m.zero = m.fresh()
	m.zero.Flags = Reserved
	m.zero.refs = 1
	return m
}

// Zero is the frame of zeros that every load from untouched anonymous memory maps.
// Linux: empty_zero_page (arch/x86/kernel/head_64.S).
func (m *Memory) Zero() *Frame { return m.zero }

// Total is the number of frames of the machine.
func (m *Memory) Total() uint64 { return m.total - firstPFN - 1 }

// Used is the number of frames in use, the zero page not counted.
func (m *Memory) Used() uint64 { return m.used }

// Free is the number of frames that can still be allocated.
func (m *Memory) Free() uint64 { return m.Total() - m.used }

// Frame is the record of frame n; it panics where n was never allocated, since only a broken page table can name it.
func (m *Memory) Frame(n PFN) *Frame {
	return &m.chunks[n/chunkFrames][n%chunkFrames]
}

// FrameAt is the record of frame n; ok is false where there is none.
func (m *Memory) FrameAt(n PFN) (f *Frame, ok bool) {
	if uint64(n) < firstPFN || uint64(n) >= m.next {
		return nil, false
	}
	return m.Frame(n), true
}

// Alloc takes a free frame of zeros with one reference for owner; nil where none is left. The frame is not on a list
// and not in a cache; the caller puts it there before anything else can free it.
func (m *Memory) Alloc(owner Owner, index uint64, fl Flags) *Frame {
	f := m.take()
	if f == nil {
		return nil
	}
	f.Owner, f.Index, f.Flags = owner, index, fl
	f.refs, f.maps = 1, 0
	return f
}

// Reserve allocates n consecutive frames that were never used, for a device that keeps them; nil if there are not
// enough. They are consecutive because a device addresses them as one range.
// Linux: memblock_reserve (mm/memblock.c).
func (m *Memory) Reserve(owner Owner, n uint64) []*Frame {
	if m.next+n > m.total {
		return nil
	}
	frames := make([]*Frame, n)
	for i := range frames {
		f := m.fresh()
		f.Owner, f.Index, f.Flags, f.refs = owner, uint64(i), Reserved|Uptodate, 1
		frames[i] = f
	}
	m.used += n
	return frames
}

// take is the frame that was freed last, since its bytes may still be in the processor's cache, or one that was never
// used; nil where memory has run out.
func (m *Memory) take() *Frame {
	if n := len(m.free); n > 0 {
		f := m.Frame(m.free[n-1])
		m.free = m.free[:n-1]
		m.used++
		return f
	}
	if m.next >= m.total {
		return nil
	}
	m.used++
	return m.fresh()
}

// fresh is the next frame that was never used. Frames are made in chunks: a machine of 24 GiB that uses ten pages costs
// no more than a small one.
func (m *Memory) fresh() *Frame {
	n := m.next
	if n/chunkFrames >= uint64(len(m.chunks)) {
		m.chunks = append(m.chunks, new([chunkFrames]Frame))
	}
	m.next++
	f := m.Frame(PFN(n))
	f.pfn = uint32(n)
	return f
}

// Put drops a reference; the last one frees the frame. The owner must not find the frame any more: the page cache has
// removed it from its tree before.
func (m *Memory) Put(f *Frame) {
	if f.Flags&Huge != 0 {
		f.Owner.(*HugePool).Put(f.HugeHead())
		return
	}
	f.refs--
	if f.refs > 0 {
		return
	}
	if f.refs < 0 || f.maps != 0 {
		panic(fmt.Sprintf("phys.Put: %v is given back once too often, or while it is mapped", f))
	}
	m.Freeing(f)
	if f.Flags&Undetermined != 0 {
		m.SetMask(f, nil)
	}
	m.dropData(f)
	f.Owner, f.Flags, f.Index = nil, 0, 0
	m.used--
	m.free = append(m.free, PFN(f.pfn))
}

// Unmapped notes that one page-table entry less maps the frame, and drops the entry's reference.
func (m *Memory) Unmapped(f *Frame) {
	f.maps--
	m.Put(f)
}

// Bytes is the frame's bytes for writing. A page that only holds zeros has no bytes; this gives it some. Read and Byte
// do not.
func (m *Memory) Bytes(f *Frame) *[pageSize]byte {
	if f.data == nil || f.Flags&Lent != 0 {
		m.readyBytes(f)
	}
	return f.data
}

// readyBytes is a function of its own, so that Bytes is inlined into its callers.
func (m *Memory) readyBytes(f *Frame) {
	if f.data == nil {
		f.data = m.page()
	}
	m.Recall(f)
}

// Recall is called before a frame's bytes change, so that no disk relies on them any more. Code that stores through
// Data must call it. Without it a disk that has kept the frame instead of a copy would change with the frame, and a
// crash would show bytes that were never written.
func (m *Memory) Recall(f *Frame) {
	if f.Flags&Lent != 0 {
		f.Flags &^= Lent
		m.Recalled(f)
	}
}

// Write copies buf into the frame at offset off.
func (m *Memory) Write(f *Frame, off int, buf []byte) {
	copy(m.Bytes(f)[off:], buf)
	if f.Flags&Undetermined != 0 {
		m.Determine(f, off, len(buf))
	}
}

// ZeroRange clears bytes from to to of the frame.
func (m *Memory) ZeroRange(f *Frame, from, to int) {
	m.Determine(f, from, to-from)
	if f.data == nil {
		return
	}
	if from == 0 && to == pageSize {
		m.dropData(f)
		return
	}
	m.Recall(f)
	clear(f.data[from:to])
}

// CopyFrame copies the bytes of src to dst. Copying a frame of zeros costs nothing.
func (m *Memory) CopyFrame(dst, src *Frame) {
	if (dst.Flags|src.Flags)&Undetermined != 0 {
		m.SetMask(dst, m.MaskOf(src))
	}
	if src.data == nil {
		m.dropData(dst)
		return
	}
	*m.bytesToOverwrite(dst) = *src.data
}

// page is a page of zeros.
func (m *Memory) page() *[pageSize]byte {
	if n := len(m.spare); n > 0 {
		p := m.spare[n-1]
		m.spare = m.spare[:n-1]
		*p = [pageSize]byte{}
		return p
	}
	return m.newPage()
}

// bytesToOverwrite is Bytes without the zeros, for a caller that writes all of it.
func (m *Memory) bytesToOverwrite(f *Frame) *[pageSize]byte {
	if f.data != nil {
		m.Recall(f)
		return f.data
	}
	if n := len(m.spare); n > 0 {
		f.data = m.spare[n-1]
		m.spare = m.spare[:n-1]
	} else {
		f.data = m.newPage()
	}
	return f.data
}

// newPage is room for the bytes of a frame, cut from a slab.
func (m *Memory) newPage() *[pageSize]byte {
	if len(m.slab) == 0 {
		m.slab = make([]byte, slabPages*pageSize)
	}
	p := (*[pageSize]byte)(m.slab)
	m.slab = m.slab[pageSize:]
	return p
}

// dropData keeps the room of a frame's bytes for the next one.
func (m *Memory) dropData(f *Frame) {
	if f.data != nil {
		m.Recall(f)
		m.spare = append(m.spare, f.data)
		f.data = nil
	}
}

// Check recomputes the invariants of the pool: every frame is either free or referenced, and the counts agree.
func (m *Memory) Check() error {
	free := make(map[PFN]bool, len(m.free))
	for _, n := range m.free {
		if free[n] {
			return fmt.Errorf("phys: frame %#x is free twice", uint64(n))
		}
		free[n] = true
	}
	used := uint64(0)
	for n := uint64(firstPFN); n < m.next; n++ {
		f := m.Frame(PFN(n))
		switch {
		case free[PFN(n)] && (f.refs != 0 || f.maps != 0 || f.Owner != nil):
			return fmt.Errorf("phys: free frame is in use: %v", f)
		case free[PFN(n)] || f == m.zero:
			continue
		case f.refs <= 0 || f.maps < 0 || f.maps > f.refs:
			return fmt.Errorf("phys: counts of %v make no sense", f)
		case f.Has(Undetermined) != (m.masks[f.PFN()] != nil):
			return fmt.Errorf("phys: %v and the list of undetermined bytes do not agree", f)
		}
		used++
	}
	if used != m.used {
		return fmt.Errorf("phys: %d frames are in use, %d are counted", used, m.used)
	}
	return nil
}

// EachUsed calls fn for every frame in use, the lowest first.
func (m *Memory) EachUsed(fn func(*Frame)) {
	for n := uint64(firstPFN); n < m.next; n++ {
		if f := m.Frame(PFN(n)); f.refs > 0 && f != m.zero {
			fn(f)
		}
	}
}
