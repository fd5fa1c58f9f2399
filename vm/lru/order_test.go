package lru

import (
	"slices"
	"testing"

	"vmsim/vm/phys"
)

// rowOf is the frames of a list, the oldest first, by the place that each has among frames.
func rowOf(l *Lists, list List, frames []*phys.Frame) (at []int) {
	for f := range l.Row(Everyone, list) {
		at = append(at, slices.Index(frames, f))
	}
	return at
}

func wantRow(t *testing.T, l *Lists, list List, frames []*phys.Frame, want ...int) {
	t.Helper()
	if got := rowOf(l, list, frames); !slices.Equal(got, want) || l.Pages(Everyone, list) != uint64(len(want)) {
		t.Errorf("%s: %v, %d pages; want %v", list, got, l.Pages(Everyone, list), want)
	}
}

func orderedLists() *Lists {
	l := newLists()
	l.KeepOrder()
	return l
}

func TestFramesAreInTheOrderInWhichTheyCame(t *testing.T) {
	l := orderedLists()
	frames := newFrames(t, l, 3, fileFlags)
	wantRow(t, l, InactiveFile, frames)
	l.Drain()
	wantRow(t, l, InactiveFile, frames, 0, 1, 2)
	if f := l.TakeOldest(Everyone, InactiveFile); f != frames[0] {
		t.Errorf("the oldest is %v", f)
	}
	wantRow(t, l, InactiveFile, frames, 1, 2)
	l.Restore(frames[0])
	wantRow(t, l, InactiveFile, frames, 1, 2, 0)
}

func TestActivatedFrameGoesToTheHeadOfTheActiveRow(t *testing.T) {
	l := orderedLists()
	frames := listed(t, l, 3, fileFlags)
	for range 2 {
		l.Accessed(frames[1])
	}
	l.Accessed(frames[2])
	l.Drain()
	wantRow(t, l, InactiveFile, frames, 0, 2)
	wantRow(t, l, ActiveFile, frames, 1)
	if l.Aged(Everyone) != 1 {
		t.Errorf("%d pages have aged the lists, 1 was activated", l.Aged(Everyone))
	}
}

func TestRotatedFrameIsLookedAtFirst(t *testing.T) {
	l := orderedLists()
	frames := listed(t, l, 3, fileFlags)
	l.KeepActive(frames[2])
	l.Rotate(frames[2])
	l.Rotate(frames[1])
	wantRow(t, l, InactiveFile, frames, 1, 2, 0)
	wantEvents(t, l, Events{Activated: 1, Rotated: 2})
}

func TestFreedFrameLeavesItsRowAndItsGroup(t *testing.T) {
	l := orderedLists()
	frames := newFrames(t, l, 2, fileFlags)
	l.Charge(frames[0])
	l.Drain()
	wantRow(t, l, InactiveFile, frames, 1)
	if l.Pages(Limited, InactiveFile) != 1 || l.Charged() != 1 {
		t.Errorf("%d pages in the group's row, %d charged", l.Pages(Limited, InactiveFile), l.Charged())
	}
	l.Memory().Put(frames[0])
	l.Memory().Put(frames[1])
	wantRow(t, l, InactiveFile, frames)
	if l.Pages(Limited, InactiveFile) != 0 || l.Charged() != 0 {
		t.Errorf("%d pages in the group's row, %d charged", l.Pages(Limited, InactiveFile), l.Charged())
	}
}

func TestOrderThatIsKeptLateBeginsWithTheFramesNumbers(t *testing.T) {
	l := newLists()
	frames := listed(t, l, 3, fileFlags)
	l.KeepOrder()
	wantRow(t, l, InactiveFile, frames, 0, 1, 2)
}

func TestMlockedFrameIsInTheUnevictableRow(t *testing.T) {
	l := orderedLists()
	frames := listed(t, l, 2, anonFlags)
	l.Mlock(frames[0])
	l.Drain()
	wantRow(t, l, InactiveAnon, frames, 1)
	wantRow(t, l, Unevictable, frames, 0)
	l.Munlock(frames[0])
	l.Drain()
	wantRow(t, l, InactiveAnon, frames, 1, 0)
}

// As measured on Linux 6.18: of a folio of pages 100 to 103 that MADV_PAGEOUT split, reclaim took 100, 103, 102, 101.
func TestPartsOfASplitFolioAreWhereItWas(t *testing.T) {
	l := orderedLists()
	frames := listed(t, l, 6, fileFlags)
	for _, f := range frames[1:4] { // the first of them represents the folio
		l.order.unlink(f)
	}
	l.order.link(frames[1], InactiveFile, atTail)
	l.Split(frames[1:4])
	wantRow(t, l, InactiveFile, frames, 1, 3, 2, 0, 4, 5)
	if n := l.Pages(Everyone, InactiveFile); n != 6 {
		t.Errorf("%d pages; want 6", n)
	}
	if err := l.Check(); err != nil {
		t.Error(err)
	}
}
