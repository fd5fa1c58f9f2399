package vm

import (
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// Space is a process's address space: its areas, the free ranges between them, and its page table. Three descriptions
// of the same addresses have to agree, and Check compares them: the tree and the list hold the same areas in the same
// order, and the gaps are exactly what lies between them. The page table may lag behind the areas, as entries appear
// only with faults, but it never has an entry where no area is.
// Linux: struct mm_struct (include/linux/mm_types.h).
type Space struct {
	Log    *trace.Log
	Memory *phys.Memory
	LRU    *lru.Lists
	// Each private writable page counts there from the mmap on, whether it has a frame or not.
	Commit *Commit // the machine's account of committed memory, shared by all spaces
	Swap   SwapMap // the machine's swap area; nil where there is none
	Limits *Limits // of the process
	Stats  Stats   // what is mapped
	Layout Layout  // the addresses that exec chose
	Future Flags   // flags that every further area gets: mlockall(MCL_FUTURE)
	// Profile is the Linux that the space answers as; nil for the default one.
	Profile *profile.Profile
	// Sharing, Placement and Merging are policies that replace Linux's; nil for Linux's own.
	Sharing   Sharing
	Placement Placement
	Merging   Merging

	tree  areaTree
	first *Area
	gaps  gaps
	table PageTable
	// One for each process that runs here: several after vfork or clone with CLONE_VM.
	tlbs []TLB
	// A view of maps is kept for as long as the version stays the same.
	version uint64 // changes with every change of what maps shows
	gather  gather // of the zap under way
	listed  bool   // a page of it has been in a swap area: it is on the list of Swap
	recent  *Area  // the last area that a look-up found: the next look-up is often near
}

// Layout is where exec put things.
// Linux: start_brk, brk, start_stack, start_code, end_code, mmap_base of struct mm_struct.
type Layout struct {
	StartBrk, Brk Addr // the heap, from the end of bss; Brk need not be page-aligned
	// StartData and EndData are the program's initialised data, which count against RLIMIT_DATA with the heap.
	StartData, EndData Addr
	StackTop           Addr // an address in the stack as exec left it
	// StartCode and EndCode are the program's own code.
	StartCode, EndCode Addr
	// Entry is the first instruction of the program that execve has put there, or of its interpreter; 0 for none.
	Entry    Addr
	MmapBase Addr // mmap gives out addresses below this one, from the top down
}

// DataPasses reports whether a heap that ends at brk would, with the program's data, pass limit.
// Linux: check_data_rlimit (include/linux/mm.h).
func (l *Layout) DataPasses(brk Addr, limit uint64) bool {
	return limit != Infinity && uint64(brk-l.StartBrk)+uint64(l.EndData-l.StartData) > limit
}

// TLB is a processor's cache of translations; the space flushes those that change. It is an interface because the
// processor is a layer above: fault.CPU implements it.
// Linux: none; the processor.
type TLB interface {
	// Flush forgets the translations of the pages from first up to end.
	Flush(first, end VPN)
}

// SwapMap counts who refers to the entries of the swap area. A place is free when no entry and no cached frame refers
// to it.
// Linux: swap_map of struct swap_info_struct (include/linux/swap.h).
type SwapMap interface {
	// Duplicate notes that one more page-table entry refers to e.
	Duplicate(e SwapEntry)
	// Release notes that one less does; with the last one the place is free.
	Release(e SwapEntry)
	// Forget takes a frame out of the swap cache; not where entries still refer to its place.
	Forget(f *phys.Frame) (gone bool)
	// List puts a space on the list of those that swapoff looks at: right behind another one, or first.
	List(s, behind *Space)
	// Unlist takes a space off it.
	Unlist(s *Space)
}

// DirtyTracker is an owner of frames that is notified when one was written to.
// Linux: dirty_folio of struct address_space_operations (include/linux/fs.h).
type DirtyTracker interface {
	MarkDirty(f *phys.Frame)
}

// NewSpace makes an empty address space whose pages are frames on the given lists.
func NewSpace(log *trace.Log, lists *lru.Lists, commit *Commit, limits *Limits) *Space {
	return &Space{
		Log: log, Memory: lists.Memory(), LRU: lists, Commit: commit, Limits: limits,
		tree: newAreaTree(),
		gaps: newGaps(0, TaskSize),
		Layout: Layout{
			StackTop: TaskSize, MmapBase: MmapBase(limits.Stack),
		},
	}
}

// MmapBase is where the mapping area begins: below the largest stack that the limit allows, at least 128 MiB below the
// top. Without randomization, which is switched off, the base follows from the limit of the stack alone. So
// RLIMIT_STACK at exec decides where every later mmap goes.
func MmapBase(stackLimit uint64) Addr {
	const least, guard = 128 << 20, uint64(StackGuardGap)
	gap := stackLimit
	if gap+guard > gap {
		gap += guard
	}
	// At most five sixths of the address space are kept for the stack. Linux: mmap_base (arch/x86/mm/mmap.c).
	gap = min(max(gap, least), uint64(TaskSize)/6*5)
	base, _ := (TaskSize - Addr(gap)).Ceil()
	return base
}

// Version changes whenever the text of Maps may have changed.
func (s *Space) Version() uint64 { return s.version }

// NamesChanged notes that mapped files may have new names: Version changes.
func (s *Space) NamesChanged() { s.version++ }

// Succeed makes the space the one that a process has after old: its Version goes on from there.
func (s *Space) Succeed(old *Space) { s.version += old.version + 1 }

// Count is the number of areas.
func (s *Space) Count() int { return s.tree.count() }

// First is the area at the lowest addresses, nil where there is none.
func (s *Space) First() *Area { return s.first }

// Table is the page table.
func (s *Space) Table() *PageTable { return &s.table }

// AttachTLB makes the space flush a processor's TLB when entries change.
func (s *Space) AttachTLB(t TLB) { s.tlbs = append(s.tlbs, t) }

// DetachTLB ends that.
func (s *Space) DetachTLB(t TLB) {
	for i, x := range s.tlbs {
		if x == t {
			s.tlbs = append(s.tlbs[:i], s.tlbs[i+1:]...)
			return
		}
	}
}

func (s *Space) flush(first, end VPN) {
	for _, t := range s.tlbs {
		t.Flush(first, end)
	}
}

// FindAfter is the area that contains x, or else the next one above it; nil where there is none. Many walks begin with
// it: the first area that ends above x is where the work on a range starts, even if x itself is in a hole.
// Linux: find_vma (mm/mmap.c).
func (s *Space) FindAfter(x Addr) *Area {
	if below := s.startingAtOrBelow(x); below != nil {
		if x < below.End {
			return below
		}
		// x is in a hole: the next area begins above it.
		return below.next
	}
	return s.first
}

// Find is the area that contains x, nil where there is none.
// Linux: vma_lookup (include/linux/mm.h).
func (s *Space) Find(x Addr) *Area {
	if a := s.startingAtOrBelow(x); a != nil && x < a.End {
		return a
	}
	return nil
}

// FindIn is the first area that has an address in [start, end), nil where there is none.
// Linux: find_vma_intersection (mm/mmap.c).
func (s *Space) FindIn(start, end Addr) *Area {
	if a := s.FindAfter(start); a != nil && a.Start < end {
		return a
	}
	return nil
}

// startingAtOrBelow is the area with the highest start not above x. Most look-ups want an area near the last one: the
// neighbours are tried before the tree, which halves the cost of mmap and munmap at 60,000 areas.
func (s *Space) startingAtOrBelow(x Addr) *Area {
	if s.first == nil || x < s.first.Start {
		return nil // new areas go below all others
	}
	if a := s.recent; a != nil {
		if a.covers(x) {
			return a
		}
		if p := a.prev; p != nil && p.covers(x) {
			s.recent = p
			return p
		}
	}
	s.recent = s.tree.atOrBelow(x)
	return s.recent
}

// covers reports whether a is the area with the highest start not above x.
func (a *Area) covers(x Addr) bool {
	return a.Start <= x && (a.next == nil || x < a.next.Start)
}

// insert puts a new area, whose range is free, into the tree and takes its range out of the gaps. The caller has
// checked that nothing is mapped in the range: gaps panics if something is.
func (s *Space) insert(a *Area) {
	s.gaps.occupy(a.Start, a.End)
	s.adopt(a)
	stepAreaInserted(s.Log, a.Start, a.End, s.tree.count())
}

// adopt puts an area into the tree and the chain of neighbours; the gaps know its range already.
func (s *Space) adopt(a *Area) {
	a.space = s
	before := s.startingAtOrBelow(a.Start)
	s.tree.add(a)
	if before == nil {
		a.prev, a.next = nil, s.first
		s.first = a
	} else {
		a.prev, a.next = before, before.next
		before.next = a
	}
	if a.next != nil {
		a.next.prev = a
	}
	s.recent = a
	s.version++
}

// drop takes an area out of the tree and the chain; its range stays taken. The caller decides what becomes of the
// range: unmap gives it back to the gaps, a merge gives it to another area.
func (s *Space) drop(a *Area) {
	s.tree.remove(a)
	if s.recent == a {
		if s.recent = a.prev; s.recent == nil {
			s.recent = a.next
		}
	}
	if a.prev != nil {
		a.prev.next = a.next
	} else {
		s.first = a.next
	}
	if a.next != nil {
		a.next.prev = a.prev
	}
	s.version++
}

// reshape gives an area a new range. The order of the areas stays as it is. The area is out of its reverse maps
// meanwhile, because their trees are ordered by what it shows. Afterwards it comes behind the other areas that begin at
// the same page, as in Linux: truncate and writeback visit it later than before.
func (s *Space) reshape(a *Area, start, end Addr, index PageIndex) {
	a.leaveSets()
	if start != a.Start {
		// The tree is ordered by start, so the area goes out and comes back.
		s.tree.remove(a)
		a.Start = start
		s.tree.add(a)
	}
	a.End, a.Index = end, index
	a.enterSets()
	s.version++
}

// SetFlags gives an area new flags; it keeps the sticky ones that it has. Sticky flags are about the pages that were in
// the area once, so changing the area's permissions must not lose them.
func (s *Space) SetFlags(a *Area, f Flags) {
	f |= a.Flags & Sticky
	if a.Flags == f {
		return
	}
	a.Flags = f
	s.version++
	stepAreaFlags(s.Log, a.Start, a.End, f)
}

// SetBrk moves the end of the heap, which maps shows by the name.
func (s *Space) SetBrk(x Addr) {
	s.Layout.Brk = x
	s.version++
}
