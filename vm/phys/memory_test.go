package phys

import (
	"slices"
	"testing"
)

type owner string

func (o owner) FrameOwner() string { return string(o) }

// newMemory is a pool that is checked at the test's end.
func newMemory(t *testing.T, frames uint64) *Memory {
	t.Helper()
	m := NewMemory(frames)
	m.Recalled = func(*Frame) {}
	t.Cleanup(func() {
		if err := m.Check(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestPoolHasSoManyFramesAndNoMore(t *testing.T) {
	m := newMemory(t, 3)
	var got []*Frame
	for f := m.Alloc(owner("a"), 7, Uptodate); f != nil; f = m.Alloc(owner("a"), 7, Uptodate) {
		got = append(got, f)
	}
	if len(got) != 3 || m.Free() != 0 || m.Used() != 3 || m.Total() != 3 {
		t.Errorf("%d frames, %d free, %d used, %d in all", len(got), m.Free(), m.Used(), m.Total())
	}
	for _, f := range got {
		if f.Refs() != 1 || f.Maps() != 0 || f.Index != 7 || !f.Has(Uptodate) || f.Byte(17) != 0 {
			t.Errorf("a new frame is %v", f)
		}
		m.Put(f)
	}
	if m.Free() != 3 {
		t.Errorf("%d frames are free when all were given back", m.Free())
	}
}

func TestLastFrameGivenBackIsTheNextTaken(t *testing.T) {
	m := newMemory(t, 10)
	a, b := m.Alloc(nil, 0, 0), m.Alloc(nil, 0, 0)
	m.Put(a)
	m.Put(b)
	if f := m.Alloc(nil, 0, 0); f != b {
		t.Errorf("the next frame is %v, and not the one given back last", f)
	} else {
		m.Put(f)
	}
}

func TestFrameIsFreeWithItsLastReference(t *testing.T) {
	m := newMemory(t, 10)
	var freed []*Frame
	m.Freeing = func(f *Frame) {
		if f.Owner == nil || !f.Has(Dirty) {
			t.Error("a frame has lost owner and flags before Freeing is called")
		}
		freed = append(freed, f)
	}
	f := m.Alloc(owner("a"), 0, Dirty)
	f.Mapped()
	f.Hold()
	m.Put(f)
	m.Put(f)
	if len(freed) != 0 || f.Maps() != 1 || f.Refs() != 1 {
		t.Fatalf("freed early: %v", f)
	}
	m.Unmapped(f)
	if !slices.Equal(freed, []*Frame{f}) || f.Owner != nil || f.Flags != 0 {
		t.Errorf("with its last reference the frame is %v", f)
	}
}

func TestFrameIsNotGivenBackTwiceOrWhileMapped(t *testing.T) {
	panics := func(name string, spoil func(m *Memory, f *Frame)) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		m := NewMemory(4)
		spoil(m, m.Alloc(nil, 0, 0))
	}
	panics("given back twice", func(m *Memory, f *Frame) { m.Put(f); m.Put(f) })
	panics("given back while mapped", func(m *Memory, f *Frame) { f.maps++; m.Put(f) })
}

// A frame has bytes of its own only where one of them is not zero, and gives them back.
func TestZerosTakeNoMemory(t *testing.T) {
	m := newMemory(t, 10)
	f := m.Alloc(nil, 0, 0)
	buf := []byte{1}
	if f.Read(5, buf); f.Data() != nil || buf[0] != 0 {
		t.Error("a new frame has bytes")
	}
	m.Write(f, 5, []byte("abc"))
	if f.Byte(6) != 'b' || f.Data() == nil {
		t.Errorf("byte 6 is %q", f.Byte(6))
	}
	m.ZeroRange(f, 6, 7)
	if f.Byte(5) != 'a' || f.Byte(6) != 0 || f.Byte(7) != 'c' {
		t.Errorf("after clearing byte 6: %q", f.Data()[5:8])
	}
	m.ZeroRange(f, 0, pageSize)
	if f.Data() != nil {
		t.Error("a frame of zeros keeps its bytes")
	}
	g := m.Alloc(nil, 0, 0)
	if m.Write(g, 0, []byte{9}); g.Byte(5) != 0 {
		t.Error("bytes that were used before are not zero")
	}
	m.Put(f)
	m.Put(g)
}

func TestCopyOfAFrameIsItsOwn(t *testing.T) {
	m := newMemory(t, 10)
	a, b := m.Alloc(nil, 0, 0), m.Alloc(nil, 0, 0)
	m.Write(a, 0, []byte("abc"))
	m.CopyFrame(b, a)
	m.Write(a, 0, []byte("x"))
	if b.Byte(0) != 'a' {
		t.Error("the copy changes with the original")
	}
	zero := m.Alloc(nil, 0, 0)
	if m.CopyFrame(b, zero); b.Byte(0) != 0 || b.Data() != nil {
		t.Error("a copy of zeros is not zeros")
	}
	for _, f := range []*Frame{a, b, zero} {
		m.Put(f)
	}
}

// Who relies on a frame's bytes hears of it before they change, once.
func TestLentFramesAreRecalledBeforeTheyChange(t *testing.T) {
	for name, change := range map[string]func(m *Memory, f *Frame){
		"a write":          func(m *Memory, f *Frame) { m.Write(f, 0, []byte("x")) },
		"a write of bytes": func(m *Memory, f *Frame) { m.Bytes(f)[0] = 'x' },
		"zeros in part":    func(m *Memory, f *Frame) { m.ZeroRange(f, 0, 1) },
		"zeros all over":   func(m *Memory, f *Frame) { m.ZeroRange(f, 0, pageSize) },
		"a copy onto it":   func(m *Memory, f *Frame) { m.CopyFrame(f, m.Zero()) },
		"its end":          func(m *Memory, f *Frame) { f.Hold(); m.Put(f); m.dropData(f) },
		"another copy to it": func(m *Memory, f *Frame) {
			g := m.Alloc(nil, 0, 0)
			m.Write(g, 0, []byte("x"))
			m.CopyFrame(f, g)
			m.Put(g)
		},
	} {
		m := newMemory(t, 10)
		calls := 0
		f := m.Alloc(nil, 0, 0)
		m.Write(f, 0, []byte("a"))
		m.Recalled = func(x *Frame) {
			if calls++; x != f || x.Byte(0) != 'a' || x.Has(Lent) {
				t.Errorf("%s: recalled is %v, with %q", name, x, x.Byte(0))
			}
		}
		f.Set(Lent)
		change(m, f)
		m.Write(f, 9, []byte("y"))
		if calls != 1 {
			t.Errorf("%s: recalled %d times", name, calls)
		}
		m.Put(f)
	}
}

func TestOrderOfAFolioIsKeptBesideTheFlags(t *testing.T) {
	m := newMemory(t, 10)
	f := m.Alloc(nil, 0, Uptodate|Dirty)
	for _, order := range []int{4, 9, 0, 2, 0} {
		f.SetOrder(order)
		if f.Order() != order || f.Has(Large) != (order > 0) || !f.Has(Uptodate|Dirty) || f.Has(Undetermined) {
			t.Errorf("order %d: %v, flags %#x", order, f.Order(), f.Flags)
		}
	}
	m.Put(f)
}

func TestReservedFramesLieInARow(t *testing.T) {
	m := newMemory(t, 8)
	frames := m.Reserve(owner("fb"), 4)
	for i, f := range frames {
		if f.PFN() != frames[0].PFN()+PFN(i) || f.Index != uint64(i) || !f.Has(Reserved) {
			t.Errorf("frame %d is %v", i, f)
		}
	}
	if m.Free() != 4 || m.Reserve(owner("fb"), 5) != nil {
		t.Errorf("%d frames are free", m.Free())
	}
}

func TestFramesAreFoundByTheirNumber(t *testing.T) {
	m := newMemory(t, 10)
	f := m.Alloc(owner("a"), 3, 0)
	if got, ok := m.FrameAt(f.PFN()); !ok || got != f {
		t.Errorf("frame %d is %v", f.PFN(), got)
	}
	for _, n := range []PFN{0, firstPFN - 1, f.PFN() + 1} {
		if _, ok := m.FrameAt(n); ok {
			t.Errorf("there is a frame %d", n)
		}
	}
	var seen []*Frame
	if m.EachUsed(func(x *Frame) { seen = append(seen, x) }); !slices.Equal(seen, []*Frame{f}) {
		t.Errorf("in use are %v", seen)
	}
	if got := f.String(); got != "frame 0x11 a[3] refs 1 maps 0" {
		t.Errorf("it prints as %q", got)
	}
	m.Put(f)
}

func TestCheckFindsWhatIsBroken(t *testing.T) {
	for name, spoil := range map[string]func(m *Memory, f *Frame){
		"a frame that is free twice":      func(m *Memory, _ *Frame) { m.free = append(m.free, m.free[0]) },
		"a free frame with an owner":      func(m *Memory, _ *Frame) { m.Frame(m.free[0]).Owner = owner("a") },
		"more maps than references":       func(_ *Memory, f *Frame) { f.maps = 2 },
		"a frame in use without a holder": func(_ *Memory, f *Frame) { f.refs = 0 },
		"a wrong count":                   func(m *Memory, _ *Frame) { m.used++ },
		"a mask without its flag":         func(_ *Memory, f *Frame) { f.Set(Undetermined) },
	} {
		m := NewMemory(10)
		f := m.Alloc(nil, 0, 0)
		m.Put(m.Alloc(nil, 0, 0))
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		if spoil(m, f); m.Check() == nil {
			t.Errorf("%s is not found", name)
		}
	}
}

func TestMasksFollowTheBytes(t *testing.T) {
	m := newMemory(t, 10)
	blurred := 0
	m.Blurred = func(*Frame) { blurred++ }
	a, b := m.Alloc(nil, 0, 0), m.Alloc(nil, 0, 0)
	m.SetCell(a, 5, Cell{'x', true})
	m.SetCell(a, 6, Cell{'y', true})
	if c := m.Cell(a, 5); c != (Cell{'x', true}) || !a.Has(Undetermined) || blurred != 1 || !m.HasUndetermined() {
		t.Errorf("byte 5 is %v; %d frames were reported", c, blurred)
	}
	m.CarryMask(b, 10, a, 4, 3)
	if k := m.MaskOf(b); k.Has(10) || !k.Has(11) || !k.Has(12) {
		t.Error("a copy is not as undetermined as what it was copied from")
	}
	m.Write(a, 5, []byte("z"))
	if k := m.MaskOf(a); k.Has(5) || !k.Has(6) {
		t.Error("a byte that was written to is undetermined, or its neighbour is not")
	}
	m.CopyFrame(b, a)
	if k := m.MaskOf(b); k.Has(11) || !k.Has(6) {
		t.Error("a frame keeps its old mask when another is copied onto it")
	}
	m.Determine(a, 0, pageSize)
	m.SetMask(b, nil)
	if m.HasUndetermined() || a.Has(Undetermined) || m.MaskOf(a) != nil {
		t.Error("masks stay when nothing is undetermined")
	}
	m.Put(a)
	m.Put(b)
}
