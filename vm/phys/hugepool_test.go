package phys

import "testing"

// newPool is a pool of huge pages in a memory of so many, which is checked at the test's end.
func newPool(t *testing.T, memory, pages uint64) *HugePool {
	t.Helper()
	p := NewHugePool(newMemory(t, memory*HugeFrames))
	p.Resize(pages)
	return p
}

func (p *HugePool) holds(t *testing.T, when string, total, free, reserved, surplus uint64) {
	t.Helper()
	if p.Total != total || p.Free != free || p.Reserved != reserved || p.Surplus != surplus {
		t.Errorf("%s there are %d pages, %d free, %d reserved, %d surplus, and not %d, %d, %d, %d", when, p.Total,
			p.Free, p.Reserved, p.Surplus, total, free, reserved, surplus)
	}
}

func TestPoolTakesItsPagesFromMemoryAtOnce(t *testing.T) {
	p := newPool(t, 4, 3)
	if n := p.memory.Free(); n != HugeFrames {
		t.Errorf("%d frames are free beside the pool", n)
	}
	p.Resize(9)
	p.holds(t, "where memory has 4", 4, 4, 0, 0)
	p.Resize(1)
	p.holds(t, "after that", 1, 1, 0, 0)
	if n := p.memory.Free(); n != 3*HugeFrames {
		t.Errorf("%d frames are free beside the smaller pool", n)
	}
}

func TestReservedPagesGoToWhoeverReservedThem(t *testing.T) {
	p := newPool(t, 4, 2)
	if !p.Reserve(2) || p.Reserve(1) {
		t.Error("not just two pages can be reserved")
	}
	if p.Take() != nil {
		t.Error("a reserved page went to somebody else")
	}
	f := p.TakeReserved()
	p.holds(t, "after one was taken", 2, 1, 1, 0)
	p.Put(f)
	p.holds(t, "when it is back", 2, 2, 2, 0)
	f = p.TakeReserved()
	f.Clear(RestoresReserve)
	p.Put(f)
	p.holds(t, "when it is back without its reservation", 2, 2, 1, 0)
	p.Return(1)
	p.holds(t, "at the end", 2, 2, 0, 0)
}

func TestSurplusPagesComeOnDemandAndGoWhenTheyAreFreed(t *testing.T) {
	p := newPool(t, 4, 1)
	p.Overcommit = 2
	if p.Reserve(4) {
		t.Error("four pages were reserved of three that there can be")
	}
	p.holds(t, "after a refusal", 1, 1, 0, 0)
	if !p.Reserve(2) {
		t.Fatal("two pages cannot be reserved")
	}
	p.holds(t, "with one surplus page", 2, 2, 2, 1)
	p.Return(2)
	p.holds(t, "without", 1, 1, 0, 0)
	a, b := p.Take(), p.Take()
	p.holds(t, "with two taken", 2, 0, 0, 1)
	p.Put(a)
	p.holds(t, "with one of them back", 1, 0, 0, 0)
	p.Put(b)
	p.holds(t, "with both back", 1, 1, 0, 0)
}

func TestPagesInUseBecomeSurplusWhenThePoolShrinks(t *testing.T) {
	p := newPool(t, 4, 3)
	a := p.Take()
	p.Resize(0)
	p.holds(t, "with one in use", 1, 0, 0, 1)
	p.Resize(1)
	p.holds(t, "with it made an ordinary one again", 1, 0, 0, 0)
	p.Put(a)
	p.Resize(0)
	p.holds(t, "at the end", 0, 0, 0, 0)
}

func TestHugePageIsZeroWhenItIsTakenAgain(t *testing.T) {
	p := newPool(t, 2, 1)
	f := p.Take()
	tail := p.memory.Frame(f.PFN() + 7)
	p.memory.Write(tail, 5, []byte{1})
	if tail.HugeHead() != f {
		t.Errorf("the head of %v is %v", tail, tail.HugeHead())
	}
	p.Put(f)
	if f = p.Take(); p.memory.Frame(f.PFN()+7).Byte(5) != 0 {
		t.Error("the page has bytes of its last user")
	}
	p.Put(f)
}

func TestReferenceToAFrameKeepsItsWholeHugePage(t *testing.T) {
	p := newPool(t, 2, 1)
	f := p.Take()
	tail := p.memory.Frame(f.PFN() + 7)
	tail.Hold()
	p.Put(f)
	p.holds(t, "while a frame of it is held", 1, 0, 0, 0)
	p.memory.Put(tail)
	p.holds(t, "when it was given up", 1, 1, 0, 0)
}
