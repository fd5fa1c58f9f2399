package phys

// HugeFrames is how many frames a huge page of the pool has.
const HugeFrames = 512

// HugePool is a machine's pool of huge pages: 512 frames in a row each, which are set aside for requests for huge
// pages and serve nothing else.
//
//	Total    ├── in use ──┼──────── Free ────────┤
//	                      ├─ Reserved ─┤           free, but set aside for areas and files that exist
//	Surplus  how many of all were taken from ordinary memory on demand, and go back there when they are freed
//
// mmap reserves the pages of an area so that a fault never fails for lack of one; a fault is too late to report an
// error other than by SIGBUS.
// Linux: struct hstate (include/linux/hugetlb.h).
type HugePool struct {
	Total, Free, Reserved, Surplus uint64
	// Overcommit is how large Surplus may get: vm.nr_overcommit_hugepages.
	Overcommit uint64

	memory *Memory
	free   []*Frame // the first frames of the free pages, the last to be given back at the end
}

// NewHugePool makes an empty pool of huge pages.
func NewHugePool(m *Memory) *HugePool { return &HugePool{memory: m} }

// FrameOwner names the owner for people.
func (p *HugePool) FrameOwner() string { return "huge page" }

// unreserved is how many free pages are not reserved. Reserved may be 0 less something for a while: where an area goes
// whose page a child still has, the page gives its reservation back too late.
// Linux: available_huge_pages (mm/hugetlb.c).
func (p *HugePool) unreserved() uint64 { return p.Free - p.Reserved }

// InUse is how many pages are taken.
func (p *HugePool) InUse() uint64 { return p.Total - p.Free }

// Take takes a page that was not reserved: a free one, or else one of ordinary memory, as far as surplus is allowed. It
// returns the first frame, with one reference; nil if there is none. It may not take a free page that is reserved,
// even if the pool is otherwise full.
// Linux: alloc_hugetlb_folio (mm/hugetlb.c).
func (p *HugePool) Take() *Frame {
	if (p.unreserved() == 0 || p.Free == 0) && !p.addSurplus() {
		return nil
	}
	return p.dequeue()
}

// TakeReserved takes a page that was reserved: the reservation is used up by it, and comes back with the page where
// that is freed without having become a file's.
func (p *HugePool) TakeReserved() *Frame {
	if p.Free == 0 && !p.addSurplus() {
		return nil
	}
	p.Reserved--
	f := p.dequeue()
	f.Set(RestoresReserve)
	return f
}

// dequeue takes the huge page that was freed last.
// Linux: dequeue_hugetlb_folio_node_exact (mm/hugetlb.c).
func (p *HugePool) dequeue() *Frame {
	n := len(p.free) - 1
	f := p.free[n]
	p.free = p.free[:n]
	p.Free--
	f.refs = 1
	return f
}

// Put gives up a reference to a page; with the last one it is free. A surplus page goes back to ordinary memory,
// whichever page is freed: surplus is a number, not a property of a page. A page that stays in the pool is not prepared
// anew for its next user: it stays dirty or referenced.
// Linux: free_huge_folio (mm/hugetlb.c).
func (p *HugePool) Put(f *Frame) {
	if f.refs--; f.refs > 0 {
		return
	}
	if f.Has(RestoresReserve) {
		p.Reserved++
	}
	p.clean(f)
	f.refs = 1
	if p.Surplus > 0 {
		p.Surplus--
		p.Total--
		p.memory.giveBack(f)
		return
	}
	p.enqueue(f)
}

// clean fills the huge page of f with zeros, as its next user finds it. The marks of dirty and referenced stay.
func (p *HugePool) clean(f *Frame) {
	kept := f.Flags & (Dirty | Referenced)
	for i := range PFN(HugeFrames) {
		x := p.memory.Frame(f.PFN() + i)
		p.memory.ZeroRange(x, 0, pageSize)
		x.Flags = hugeFlags
	}
	f.Set(kept)
}

// enqueue adds a free page to the pool. The page that was freed last is taken first, as Linux puts it at the head of
// its list.
func (p *HugePool) enqueue(f *Frame) {
	p.free = append(p.free, f)
	p.Free++
}

// addSurplus makes a free page of ordinary memory.
// Linux: alloc_surplus_hugetlb_folio (mm/hugetlb.c).
func (p *HugePool) addSurplus() bool {
	if p.Surplus >= p.Overcommit || !p.grow() {
		return false
	}
	p.Surplus++
	return true
}

// grow makes a free page of ordinary memory that is to stay.
func (p *HugePool) grow() bool {
	f := p.memory.inARow(p, HugeFrames)
	if f == nil {
		return false
	}
	p.Total++
	p.enqueue(f)
	return true
}

// Reserve sets n pages aside for who asks for them later. Where not as many are free, surplus ones are made; false, and
// nothing has changed, where that is not enough.
// Linux: hugetlb_acct_memory, gather_surplus_pages (mm/hugetlb.c).
func (p *HugePool) Reserve(n uint64) bool {
	if n == 0 {
		return true
	}
	made := uint64(0)
	for int64(p.Reserved+n) > int64(p.Free) {
		if !p.addSurplus() {
			for ; made > 0; made-- {
				p.dropSurplus()
			}
			return false
		}
		made++
	}
	p.Reserved += n
	if n > p.Free { // where Reserved is less than 0, that is not enough for as many
		p.Return(n)
		return false
	}
	return true
}

// Return gives n reservations back, and as many surplus pages as are free then.
// Linux: return_unused_surplus_pages (mm/hugetlb.c).
func (p *HugePool) Return(n uint64) {
	p.Reserved -= n
	for n = min(n, p.Surplus); n > 0 && p.Free > 0; n-- {
		p.dropSurplus()
	}
}

// dropSurplus makes ordinary memory of a free page.
func (p *HugePool) dropSurplus() {
	p.shrink()
	p.Surplus--
}

func (p *HugePool) shrink() {
	p.memory.giveBack(p.dequeue())
	p.Total--
}

// Resize makes the pool one of n pages, surplus ones not counted: as far as memory allows, and no smaller than what is
// in use or reserved. Pages that are in use then become surplus ones.
// Linux: set_max_huge_pages (mm/hugetlb.c).
func (p *HugePool) Resize(n uint64) {
	for p.Surplus > 0 && n > p.Total-p.Surplus {
		p.Surplus--
	}
	for n > p.Total-p.Surplus && p.grow() {
	}
	least := max(n, p.Reserved+p.Total-p.Surplus-p.freeForGood())
	for least < p.Total-p.Surplus && p.Free > 0 {
		p.shrink()
	}
	for n < p.Total-p.Surplus {
		p.Surplus++
	}
}

// freeForGood is how many of the free pages are no surplus ones.
func (p *HugePool) freeForGood() uint64 {
	if p.Free <= p.Total-p.Surplus {
		return p.Free
	}
	return p.Free - min(p.Free, p.Surplus)
}

// hugeFlags are those of a frame of a huge page that is not in use.
const hugeFlags = Uptodate | Huge

// HugeHead is the first frame of the huge page that f is part of; f itself where it is part of none. The state of the
// whole page is kept there: the flags of the others never change.
// Linux: page_folio (include/linux/page-flags.h).
func (f *Frame) HugeHead() *Frame {
	p, ok := f.Owner.(*HugePool)
	if !ok {
		return f
	}
	return p.memory.Frame(f.PFN() - PFN(f.Index))
}

// CopyHuge makes huge page dst hold what src holds.
// Linux: copy_user_large_folio (mm/memory.c).
func (m *Memory) CopyHuge(dst, src *Frame) {
	for i := range PFN(HugeFrames) {
		m.CopyFrame(m.Frame(dst.PFN()+i), m.Frame(src.PFN()+i))
	}
}

// inARow takes n frames in a row for owner; nil where there are none. The frames that were given back last are such a
// row where giveBack has given them back.
func (m *Memory) inARow(owner Owner, n uint64) *Frame {
	var first *Frame
	switch at := uint64(len(m.free)) - n; {
	case uint64(len(m.free)) >= n && consecutive(m.free[at:]):
		first = m.Frame(m.free[at])
		m.free = m.free[:at]
	case m.next+n <= m.total:
		first = m.fresh()
		for range n - 1 {
			m.fresh()
		}
	default:
		return nil
	}
	m.used += n
	for i := range n {
		f := m.Frame(first.PFN() + PFN(i))
		f.Owner, f.Index, f.Flags, f.refs = owner, i, hugeFlags, 1
	}
	return first
}

// consecutive reports whether frames follow one another, as those of a huge page must.
func consecutive(list []PFN) bool {
	for i, n := range list {
		if n != list[0]+PFN(i) {
			return false
		}
	}
	return true
}

// giveBack makes ordinary memory of a huge page.
func (m *Memory) giveBack(first *Frame) {
	for i := range PFN(HugeFrames) {
		f := m.Frame(first.PFN() + i)
		f.Owner, f.Index, f.Flags, f.refs = nil, 0, 0, 0
		m.used--
		m.free = append(m.free, f.PFN())
	}
}
