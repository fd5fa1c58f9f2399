package vm

import (
	"syscall"

	"vmsim/vm/profile"
)

// Region is a range that mmap has placed and checked, about to become an area. It is what remains of the arguments of
// mmap once they are checked; nothing of it is in the space yet.
// Linux: struct mmap_state (mm/vma.c).
type Region struct {
	Start, End Addr
	Flags      Flags
	Index      PageIndex
	Backing    Backing // nil for private anonymous memory
}

// Map makes an area of a region, or merges the region into a neighbour. What was mapped there is unmapped. The error is
// ENOMEM, EPERM or EINVAL. The order is Linux's since 6.12: everything that may fail comes before the old mappings are
// removed, so a MAP_FIXED that fails leaves them. After admit nothing fails.
// Linux: __mmap_region (mm/vma.c).
func (s *Space) Map(r Region) (*Area, error) {
	v, err := s.admit(&r)
	if err != nil {
		return nil, err
	}
	r.Flags |= s.newness()
	a := s.overwrite(v, r)
	if a == nil {
		s.clear(v)
		a = s.mergeOrMake(r)
	}
	s.Commit.Return(v.accounted)
	pages := r.pages()
	s.Stats.count(a.Flags, int64(pages))
	s.accountLocked(a, pages)
	return a, nil
}

// MapRefused is Map of a region for which the file's own mmap operation fails: the limits are checked before it is
// asked, and what was mapped there is unmapped all the same. A file's mmap operation is called late, when the old pages
// are unmapped already; if it fails, the range is empty afterwards.
// Linux: __mmap_region, vms_abort_munmap_vmas (mm/vma.c).
func (s *Space) MapRefused(r Region) error {
	v, err := s.admit(&r)
	if err != nil {
		return err
	}
	s.clear(v)
	if s.Commit.Return(v.accounted); r.Flags.Has(Account) {
		s.Commit.Return(r.pages())
	}
	return nil
}

// admit checks that a region may be mapped, and charges its memory. It returns what has to be unmapped for it. What it
// charges is the difference to what the old areas were charged, so a program at its limit can still replace a mapping
// by one of the same kind.
// Linux: __mmap_setup (mm/vma.c).
func (s *Space) admit(r *Region) (victims, error) {
	if !s.Profile.Has(profile.UnmapsLast) {
		return victims{}, s.admitUnmapped(r)
	}
	v, err := s.victimsOf(r.Start, r.End)
	if err != nil {
		return v, err
	}
	pages := r.pages()
	// The limits see the difference only: replacing a mapping by one of the same size always fits.
	if !s.MayExpand(r.Flags, pages-v.pages) {
		return v, s.refuse(syscall.ENOMEM, s.ExpandRefusal(pages-v.pages))
	}
	if accountable(r.Flags) {
		// What the old areas were charged counts towards what the new one needs.
		if need := pages - v.accounted; need != 0 {
			if err := s.charge(need); err != nil {
				return v, err
			}
		}
		v.accounted = 0
		r.Flags |= Account
	}
	return v, nil
}

// admitUnmapped is admit until 6.12: it unmaps the range first, and returns ENOMEM for any error of that. The old
// mappings are lost even if the new one then fails.
// Linux: mmap_region (mm/mmap.c) of Linux 6.11.
func (s *Space) admitUnmapped(r *Region) error {
	pages := r.pages()
	if mapped := s.mappedWithin(r.Start, r.End); !s.MayExpand(r.Flags, pages) && !s.MayExpand(r.Flags, pages-mapped) {
		return s.refuse(syscall.ENOMEM, s.ExpandRefusal(pages-mapped))
	}
	switch err := s.UnmapAligned(r.Start, r.End); err {
	case nil:
	case syscall.EPERM:
		return err
	default:
		return s.refuse(syscall.ENOMEM, "what is mapped there cannot be unmapped")
	}
	if accountable(r.Flags) {
		if err := s.charge(pages); err != nil {
			return err
		}
		r.Flags |= Account
	}
	return nil
}

func (r *Region) pages() uint64 { return uint64(r.End-r.Start) >> PageShift }

// mappedWithin is how many pages of the range are of an area.
// Linux: count_vma_pages_range (mm/mmap.c).
func (s *Space) mappedWithin(start, end Addr) (pages uint64) {
	for a := s.FindIn(start, end); a != nil && a.Start < end; a = a.next {
		pages += uint64(min(a.End, end)-max(a.Start, start)) >> PageShift
	}
	return pages
}

// newness is VM_SOFTDIRTY on kernels that have it: every new area gets it, and a merged area as a whole.
// Linux: VM_SOFTDIRTY (include/linux/mm.h).
func (s *Space) newness() Flags {
	if s.Profile.Configured().SoftDirty {
		return SoftDirty
	}
	return 0
}

// accountable reports whether a region with flags f counts against the commit limit: private and writable. Huge pages
// count against their pool alone. The commit limit is about memory that may have to exist one day: a shared file has
// its disk, a read-only private page can be read again, and MAP_NORESERVE says that the program takes the risk.
func accountable(f Flags) bool { return f&(NoReserve|Shared|Write|HugeTLB) == Write }

// mergeOrMake lets an area beside the region grow over it where both are alike, and makes an area where none is. It
// decides how many lines /proc/PID/maps has. A program sees that, and so does vm.max_map_count, so the rules have to be
// Linux's exactly. An example: a program that maps ten single anonymous pages one after the other gets one area of ten
// pages, since each new one lies directly below the one before and is alike.
// Linux: __mmap_new_vma, vma_merge_new_range (mm/vma.c).
func (s *Space) mergeOrMake(r Region) *Area {
	next := s.FindAfter(r.Start)
	p := proposal{
		space: s, next: next, start: r.Start, end: r.End,
		index: r.Index, flags: r.Flags, backing: r.Backing,
	}
	p.prev = s.before(next)
	p.above = s.Profile.Has(profile.JoinsAbove)
	if a := p.mergeNew(); a != nil {
		return a
	}
	return s.make(r)
}

// before is the area before next, the last one where next is nil.
func (s *Space) before(next *Area) *Area {
	if next != nil {
		return next.prev
	}
	return s.tree.last()
}

// make puts a new area for the region into the space, without checks, merging or accounting.
func (s *Space) make(r Region) *Area {
	a := &Area{Start: r.Start, End: r.End, Index: r.Index, Flags: r.Flags, Backing: r.Backing}
	stepAreaNew(s.Log, a.Start, a.End, a.Flags)
	s.insert(a)
	s.link(a)
	return a
}

// link ties a new area to its backing. From here on reclaim, writeback and truncation find the area through the file.
func (s *Space) link(a *Area) {
	if a.Backing != nil {
		a.tie()
		stepFileLinked(s.Log, a.Start, a.End, a.Index)
	}
}

// overwrite reuses the one area that has exactly the region's range, without moving it in the tree: at 60,000 areas
// that takes half the time of a removal and an insertion. It returns nil if there is no such area, or if the region can
// merge with a neighbour. The steps that are logged are those of a removal and an insertion: how it is done here must
// not show.
func (s *Space) overwrite(v victims, r Region) *Area {
	a := v.first
	if a == nil || a.Start != r.Start || a.End != r.End {
		return nil
	}
	prev, next := a.prev, a.next
	p := proposal{
		space: s, prev: prev, next: next, start: r.Start, end: r.End,
		index: r.Index, flags: r.Flags, backing: r.Backing,
	}
	// A merge removes the area or reshapes a neighbour, which the common path does.
	if p.joinsPrev() || p.joinsNext() {
		return nil
	}
	s.Stats.notePeak()
	s.empty(a)
	s.freeTables(a.Start, a.End, prev, next)
	*a = Area{Start: r.Start, End: r.End, Index: r.Index, Flags: r.Flags, Backing: r.Backing, space: s, prev: prev,
		next: next}
	s.version++
	stepAreaNew(s.Log, a.Start, a.End, a.Flags)
	stepAreaInserted(s.Log, a.Start, a.End, s.tree.count())
	s.link(a)
	return a
}

// accountLocked counts the pages of a new locked region; special areas are never locked, and droppable ones since 7.1
// and 6.18.44. The flag is taken off an area that cannot be locked, although MAP_LOCKED or mlockall(MCL_FUTURE) asked
// for it: the call does not fail.
func (s *Space) accountLocked(a *Area, pages uint64) {
	switch {
	case !a.Flags.Has(Locked):
	case a.Flags.Any(Special), a.Flags.Has(Droppable) && s.Profile.Has(profile.DroppableNeverLocked):
		s.SetFlags(a, a.Flags&^LockedMask)
	default:
		s.Stats.Locked += pages
	}
}

// GrowHeap maps [start, end) as heap, with additional flags: it extends the heap's last area where it can, else makes a
// new area. The heap is no mapping of mmap: it has no hint and no gap to search, only an end that moves.
// Linux: do_brk_flags (mm/vma.c).
func (s *Space) GrowHeap(start, end Addr, more Flags) error {
	f := Read | Write | MayRead | MayWrite | MayExec | Account | s.Future | s.newness() | more
	pages := uint64(end-start) >> PageShift
	if !s.MayExpand(f, pages) {
		return s.refuse(syscall.ENOMEM, s.ExpandRefusal(pages))
	}
	if s.Count() > s.Limits.MaxMapCount {
		return s.refuse(syscall.ENOMEM, tooManyAreas)
	}
	if err := s.charge(pages); err != nil {
		return err
	}
	p := proposal{
		space: s, prev: s.before(s.FindAfter(start)), start: start, end: end,
		index: PageIndex(start.Page()), flags: f,
	}
	// Linux passes the area below only.
	// brk never merges upwards, so next is left out; an area that ends below the heap's start, such as bss, is not
	// heap. Until 6.1 that makes no difference.
	own := s.Profile.Has(profile.HeapOwnArea)
	if p.prev == nil || own && p.prev.End <= s.Layout.StartBrk || p.mergeNew() == nil {
		s.make(Region{Start: start, End: end, Flags: f, Index: p.index})
	}
	s.Stats.count(Write, int64(pages))
	if f.Has(Locked) {
		s.Stats.Locked += pages
	}
	return nil
}

// GrowDown extends a stack so that it contains x. Each check corresponds to one reason why the access becomes SIGSEGV.
// A stack needs no system call to grow: the fault below it asks, up to RLIMIT_STACK.
// Linux: expand_downwards (mm/vma.c).
func (s *Space) GrowDown(a *Area, x Addr) error {
	x = x.Floor()
	switch {
	case !a.Flags.Has(GrowsDown):
		return syscall.EFAULT
	case x < s.Limits.MmapMin:
		return s.refuse(syscall.EPERM, "the stack would reach below vm.mmap_min_addr")
	}
	if p := a.prev; p != nil && !p.Flags.Has(GrowsDown) && p.Accessible() && x-p.End < StackGuardGap {
		return s.refuse(syscall.ENOMEM, "the stack would come too close to the area below it")
	}
	// expand_downwards makes it first, and it stays even if the stack cannot grow.
	a.PrepareAnon()
	if x >= a.Start {
		return nil
	}
	grow := uint64(a.Start-x) >> PageShift
	if why := s.growthRefusal(a, x, grow); why != "" {
		return s.refuse(syscall.ENOMEM, why)
	}
	if err := s.charge(grow); err != nil {
		return err
	}
	if a.Flags.Has(Locked) {
		s.Stats.Locked += grow
	}
	s.Stats.count(a.Flags, int64(grow))
	// No area is made: the same one begins lower, with a smaller Index, so that its pages keep their numbers.
	s.gaps.occupy(x, a.Start)
	stepAreaGrown(s.Log, a.Start, a.End, x)
	s.reshape(a, x, a.End, a.Index-PageIndex(grow))
	return nil
}

// growthRefusal is which limit keeps a stack from growing by so many pages down to x; empty for none. The text names
// the limit, since ENOMEM of a fault is SIGSEGV to the program, and says nothing.
// Linux: acct_stack_growth (mm/vma.c).
func (s *Space) growthRefusal(a *Area, x Addr, grow uint64) string {
	switch {
	case PageIndex(grow) > a.Index:
		return "the stack would begin before offset 0"
	case !s.MayExpand(a.Flags, grow):
		return s.ExpandRefusal(grow)
	case uint64(a.End-x) > s.Limits.Stack:
		return "the stack would be larger than RLIMIT_STACK"
	case !s.MayLock(a.Flags, grow<<PageShift):
		return "the stack is locked, and would exceed RLIMIT_MEMLOCK"
	}
	return ""
}

// MakeCounted is Make for exec: what the region has mapped and was charged is counted.
func (s *Space) MakeCounted(r Region) *Area {
	if !r.Flags.Has(GrowsDown) {
		r.Flags |= s.newness() // execve sets the stack's flags anew when it moves it, without this one
	}
	a := s.make(r)
	s.Stats.count(a.Flags, int64(a.Pages()))
	if a.Flags.Has(Account) {
		s.Commit.Committed += a.Pages()
	}
	return a
}
