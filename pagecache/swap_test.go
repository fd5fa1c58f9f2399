package pagecache

import (
	"slices"
	"testing"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// swapBench is a process with private memory, and a swap area.
type swapBench struct {
	*bench
	swap  *SwapCache
	space *vm.Space
	area  *vm.Area
}

const swapBase vm.Addr = 0x10000000

func newSwapBench(t *testing.T, frames, pages uint64) *swapBench {
	t.Helper()
	b := &swapBench{bench: newBench(t, frames)}
	b.start(pages)
	t.Cleanup(func() {
		if err := b.swap.Check(); err != nil {
			t.Error(err)
		}
		if err := b.space.Check(); err != nil {
			t.Error(err)
		}
		b.space.UnmapAll()
		if b.swap.Used() != 0 {
			t.Errorf("%d places of the swap area are taken when nothing is mapped", b.swap.Used())
		}
	})
	return b
}

func newUncheckedSwapBench(t *testing.T, frames, pages uint64) *swapBench {
	t.Helper()
	b := &swapBench{bench: newUncheckedBench(t, frames)}
	b.start(pages)
	return b
}

// start makes the swap area and the process.
func (b *swapBench) start(pages uint64) {
	b.t.Helper()
	b.swap = b.c.NewSwapCache()
	b.swap.AddDevice("/dev/swap", pages, disk.Instant, AutoPriority)
	b.space = b.newSpace()
	var err error
	b.area, err = b.space.Map(vm.Region{
		Start: swapBase, End: swapBase + 64*vm.PageSize, Flags: vm.Read | vm.Write | vm.MayRead | vm.MayWrite,
		Index: vm.PageIndex(swapBase.Page()),
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// newSpace is an address space on the bench's machine.
func (b *bench) newSpace() *vm.Space {
	s := vm.NewSpace(b.c.Log, b.c.LRU, &vm.Commit{RAM: 1 << 20, Ratio: 50}, vm.DefaultLimits())
	if b.c.Reclaim.swap != nil {
		s.Swap = b.c.Reclaim.swap
	}
	return s
}

func (b *swapBench) at(i int) vm.Addr { return swapBase + vm.Addr(i)*vm.PageSize }

// store gives page i a frame of its own that is full of a letter, as the first store does.
func (b *swapBench) store(i int, letter byte) *phys.Frame {
	b.t.Helper()
	b.area.PrepareAnon()
	f := b.c.Memory.Alloc(b.area.Anon, uint64(b.area.IndexOf(b.at(i))),
		phys.Anon|phys.Exclusive|phys.SwapBacked|phys.Uptodate|phys.LRU)
	for k := range vm.PageSize {
		b.c.Memory.Bytes(f)[k] = letter
	}
	b.space.MapFrame(b.area, b.at(i), f, vm.NewPTE(f.PFN(), b.area.Flags)|vm.PteWrite|vm.PteDirty)
	b.c.Memory.Put(f)
	return f
}

// entry is the place in the swap area that page i is in.
func (b *swapBench) entry(i int) vm.SwapEntry {
	b.t.Helper()
	e := b.space.Entry(b.at(i))
	if !e.Swapped() {
		b.t.Fatalf("page %d is not in the swap area: %v", i, e)
	}
	return e.SwapEntry()
}

func (b *swapBench) pageOut(i, n int) { b.c.Reclaim.PageOut(b.space, b.at(i), b.at(i+n)) }

func TestPagedOutPagesStayInTheSwapCacheUntilTheyAreTouched(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	f := b.store(0, 'x')
	b.pageOut(0, 1)
	e := b.entry(0)
	if !b.swap.InCore(e) || b.swap.Count(e) != 1 || b.swap.Used() != 1 {
		t.Errorf("in the cache: %v, entries: %d, places taken: %d", b.swap.InCore(e), b.swap.Count(e), b.swap.Used())
	}
	if got := b.swap.LookUp(e); got != f {
		t.Errorf("the swap cache has %v, and not the frame that was paged out", got)
	} else {
		b.c.Memory.Put(got)
	}
	if b.c.Log.Bytes(trace.DMAOut) != vm.PageSize {
		t.Errorf("%d bytes were written to the device", b.c.Log.Bytes(trace.DMAOut))
	}
}

// forgetFrame takes the frame of an entry out of the cache, as reclaim does that needs it.
func (b *swapBench) forgetFrame(e vm.SwapEntry) {
	f := b.swap.slot(e).frame
	b.swap.slot(e).frame = nil
	f.Clear(phys.SwapCached)
	delete(b.swap.at, f.PFN())
	b.c.Memory.Put(f)
}

func TestReadingInBringsTheBytesBack(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	for i := range 3 {
		b.store(i, 'a'+byte(i))
	}
	b.pageOut(0, 3)
	for i := range 3 {
		b.forgetFrame(b.entry(i))
	}
	before := b.c.Log.Bytes(trace.DMAIn)
	b.swap.ReadRange(b.space, b.at(0), b.at(16))
	b.swap.ReadRange(b.space, b.at(0), b.at(16)) // what is there is not read again
	if n := b.c.Log.Bytes(trace.DMAIn) - before; n != 3*vm.PageSize {
		t.Errorf("%d bytes were read, want three pages", n)
	}
	for i := range 3 {
		f := b.swap.LookUp(b.entry(i))
		if f == nil || f.Byte(17) != 'a'+byte(i) {
			t.Fatalf("page %d comes back as %v", i, f)
		}
		b.c.Memory.Put(f)
	}
}

// Undetermined bytes are the same after a stay in the swap area.
func TestUndeterminedBytesSurviveTheSwapArea(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	f := b.store(0, 'x')
	b.c.Memory.SetCell(f, 5, phys.Cell{Byte: 'y', Undetermined: true})
	b.pageOut(0, 1)
	e := b.entry(0)
	b.forgetFrame(e)
	got, err := b.swap.readIn(e)
	if err != nil {
		t.Fatal(err)
	}
	if m := b.c.Memory.MaskOf(got); !m.Has(5) || m.Has(6) {
		t.Error("the mask is not what it was")
	}
	b.c.Memory.Put(got)
}

func TestFullSwapAreaLeavesPagesActive(t *testing.T) {
	b := newSwapBench(t, 100, 2)
	var frames []*phys.Frame
	for i := range 3 {
		frames = append(frames, b.store(i, 'x'))
	}
	b.pageOut(0, 3)
	if b.swap.Used() != b.swap.Total() || !b.space.Entry(b.at(2)).Present() || !frames[2].Has(phys.Active) {
		t.Errorf("%d of %d places are taken, page 2 is %v", b.swap.Used(), b.swap.Total(), frames[2])
	}
}

func TestPlacesAreFreeWhenNoEntryRefersToThem(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	b.store(0, 'x')
	b.pageOut(0, 1)
	child := b.newSpace()
	if err := b.space.Fork(child); err != nil {
		t.Fatal(err)
	}
	e := b.entry(0)
	if b.swap.Count(e) != 2 {
		t.Errorf("after a fork %d entries refer to the place", b.swap.Count(e))
	}
	b.space.Discard(b.area, b.at(0), b.at(1))
	if b.swap.Used() != 1 {
		t.Error("the child's entry does not keep the place")
	}
	child.UnmapAll()
	if b.swap.Used() != 0 {
		t.Error("nothing refers to the place, and it is not free")
	}
	b.store(1, 'y')
	if b.pageOut(1, 1); b.entry(1) != e+1 {
		t.Errorf("the next page goes to place %d, and not to the one behind %d", b.entry(1), e)
	}
}

func TestPagesThatMoreThanOneProcessShowsAreNotPagedOut(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	b.store(0, 'x')
	child := b.newSpace()
	if err := b.space.Fork(child); err != nil {
		t.Fatal(err)
	}
	if b.pageOut(0, 1); !b.space.Entry(b.at(0)).Present() || b.swap.Used() != 0 {
		t.Error("a page that the child shows too was paged out")
	}
	child.UnmapAll()
}

func TestFreedPagesAreDroppedWithoutASwapArea(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	b.store(0, 'x')
	b.store(1, 'y')
	b.space.Free(b.area, b.at(0), b.at(2)) // MADV_FREE
	e := b.space.Entry(b.at(1))
	b.space.SetEntry(b.at(1), e|vm.PteDirty) // and a store
	b.pageOut(0, 2)
	if e := b.space.Entry(b.at(0)); !e.None() {
		t.Errorf("the page that was given up is still there: %v", e)
	}
	if !b.space.Entry(b.at(1)).Present() || b.swap.Used() != 0 {
		t.Error("a page that was written to since is lost, or swapped out at once")
	}
	if n := b.c.LRU.Events.LazyDropped; n != 1 {
		t.Errorf("%d pages count as dropped", n)
	}
}

func TestLockedPagesAreNotPagedOut(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	f := b.store(0, 'x')
	b.c.LRU.Add(f)
	b.c.LRU.Drain()
	b.c.LRU.Mlock(f)
	b.c.LRU.Drain()
	b.pageOut(0, 1)
	if !b.space.Entry(b.at(0)).Present() || !f.Has(phys.Unevictable) {
		t.Errorf("a locked page was paged out: %v", f)
	}
}

func TestAgedPagesLookUnused(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	f := b.store(0, 'x')
	f.Set(phys.Active | phys.Referenced)
	b.c.Reclaim.Age(b.space, b.at(0), b.at(16))
	if f.Has(phys.Active) || f.Has(phys.Referenced) || b.space.Entry(b.at(0)).Young() {
		t.Errorf("the page looks used: %v %v", f.Flags, b.space.Entry(b.at(0)))
	}
}

func TestSwapAreaShowsItsPlaces(t *testing.T) {
	b := newSwapBench(t, 100, 8)
	f := b.store(0, 'x')
	b.store(1, 'y')
	b.pageOut(0, 2)
	b.forgetFrame(b.entry(1))
	var got []vm.SwapEntry
	b.swap.Each(func(e vm.SwapEntry, count int, x *phys.Frame) {
		got = append(got, e)
		if count != 1 || (e == b.entry(0)) != (x == f) {
			t.Errorf("place %d: %d entries, frame %v", e, count, x)
		}
	})
	if len(got) != 2 {
		t.Errorf("the places are %v", got)
	}
}

// As in Linux's mmlist: swapoff looks first at the process that was the last to lose a page, and at a child right after
// its parent.
func TestSwapoffLooksAtTheLastProcessThatLostAPageFirst(t *testing.T) {
	b := newSwapBench(t, 100, 10)
	spaces := [4]*vm.Space{}
	for i := range spaces {
		spaces[i] = vm.NewSpace(b.c.Log, b.c.LRU, new(vm.Commit), new(vm.Limits))
	}
	first, last, child, other := spaces[0], spaces[1], spaces[2], spaces[3]
	b.swap.List(first, nil)
	b.swap.List(other, nil)
	b.swap.List(last, nil)
	b.swap.List(child, first)
	b.swap.Unlist(other)
	if got, want := b.swap.Spaces(), []*vm.Space{last, first, child}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}
