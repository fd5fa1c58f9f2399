package pagecache

import (
	"strings"
	"testing"

	"vmsim/vm"
)

// swapIn does what a fault on page i does with the swap cache, and reports whether it had to read.
func (b *swapBench) swapIn(i int) (read bool) {
	b.t.Helper()
	e, q := b.entry(i), &vm.Fault{Space: b.space, Area: b.area, Addr: b.at(i)}
	f := b.swap.LookUp(e)
	if read = f == nil; read {
		var err error
		if f, err = b.swap.ReadAround(q, e); err != nil {
			b.t.Fatal(err)
		}
	} else {
		b.swap.Found(f, q)
	}
	b.c.Memory.Put(f)
	return read
}

// inMemory draws which pages are in the swap cache, up to the last one.
func (b *swapBench) inMemory() string {
	var s strings.Builder
	for i := range 64 {
		if b.swap.InCore(b.entry(i)) {
			s.WriteByte('1')
		} else {
			s.WriteByte('.')
		}
	}
	return strings.TrimRight(s.String(), ".")
}

// ahead is one load: of which page, whether it is a major fault, and what is in memory then.
type ahead struct {
	page  int
	major bool
	left  string
}

// Measured on Linux 6.18.44 by mincore: 64 pages of one area in a swap area on a loop device, all written out and
// reclaimed, then loads of single pages. The device was taken for one without an arm (queue/rotational 0), or with one.
func TestWhatIsReadFromTheSwapAreaWithAPageIsWhatLinux618Reads(t *testing.T) {
	for _, c := range []struct {
		name  string
		arm   bool
		loads []ahead
	}{
		{"without an arm, in order", false, []ahead{
			{0, true, "11111"}, {1, false, "11111"}, {2, false, "11111"}, {3, false, "11111"}, {4, false, "11111"},
			{5, true, "1111111111111"}, {6, false, "1111111111111"}, {7, false, "1111111111111"},
			{8, false, "1111111111111"}, {9, false, "1111111111111"}, {10, false, "1111111111111"},
			{20, true, "1111111111111....11111111"}, {40, true, "1111111111111....11111111..............1111"},
		}},
		{"without an arm, backwards", false, []ahead{
			{30, true, "...........................11111111"},
			{10, true, ".........1111..............11111111"},
			{50, true, ".........1111..............11111111...............11"},
			{49, true, ".........1111..............11111111.............1111"},
			{48, false, ".........1111..............11111111.............1111"},
			{47, true, ".........1111..............11111111.........11111111"},
			{46, false, ".........1111..............11111111.........11111111"},
		}},
		{"without an arm, here and there", false, []ahead{
			{5, true, "..11111111"}, {25, true, "..11111111..............1111"},
			{45, true, "..11111111..............1111.................11"},
			{15, true, "..11111111.....1........1111.................11"},
			{35, true, "..11111111.....1........1111.......1.........11"},
			{55, true, "..11111111.....1........1111.......1.........11........1"},
			{2, false, "..11111111.....1........1111.......1.........11........1"},
			{12, true, "..11111111.11111........1111.......1.........11........1"},
		}},
		{"with an arm, in order", true, []ahead{
			{0, true, "1111111"}, {1, false, "1111111"}, {2, false, "1111111"}, {3, false, "1111111"},
			{4, false, "1111111"}, {5, false, "1111111"}, {6, false, "1111111"},
			{7, true, "111111111111111"}, {8, false, "111111111111111"}, {9, false, "111111111111111"},
			{10, false, "111111111111111"}, {20, true, "11111111111111111111111"},
			{40, true, "11111111111111111111111................1111"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newSwapBench(t, 200, 200)
			b.swap.areas[0].rotational = c.arm
			for i := range 64 {
				b.store(i, 'x')
			}
			b.pageOut(0, 64)
			for i := range 64 {
				b.forgetFrame(b.entry(i))
			}
			for _, l := range c.loads {
				if major := b.swapIn(l.page); major != l.major || b.inMemory() != l.left {
					t.Fatalf("page %d: a major fault %v, and in memory are\n%s\nLinux: %v\n%s", l.page, major,
						b.inMemory(), l.major, l.left)
				}
			}
		})
	}
}

func TestPageClusterOfZeroReadsOnePageAtATime(t *testing.T) {
	b := newSwapBench(t, 100, 100)
	for i := range 3 {
		b.store(i, 'x')
	}
	b.pageOut(0, 3)
	for i := range 3 {
		b.forgetFrame(b.entry(i))
	}
	b.swap.PageCluster = 0
	if b.swapIn(1); b.swap.InCore(b.entry(0)) || b.swap.InCore(b.entry(2)) {
		t.Error("others were read with page 1")
	}
}

func TestAnAreaThatIsSplitOffGoesOnWithTheWindowOfTheWhole(t *testing.T) {
	b := newSwapBench(t, 100, 100)
	for i := range 32 {
		b.store(i, 'x')
	}
	b.pageOut(0, 32)
	for i := range 32 {
		b.forgetFrame(b.entry(i))
	}
	b.swapIn(0) // reads 8 pages, beginning 3 before its own
	if err := b.space.UnmapAligned(b.at(40), b.at(41)); err != nil {
		t.Fatal(err)
	}
	above := b.space.Find(b.at(50))
	if above == b.area || above.Window != b.area.Window || above.Window.Pages != 8 {
		t.Errorf("the windows are %+v and %+v", b.area.Window, above.Window)
	}
}
