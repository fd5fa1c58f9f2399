package vm

import (
	"errors"
	"syscall"
	"testing"
)

func placed(t *testing.T, p *pictured, r Request) Addr {
	t.Helper()
	x, err := p.Place(r)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Without a hint the range goes right below what is mapped highest, and so on downwards.
func TestPlacesGoFromTheTopDown(t *testing.T) {
	p := newPictured(t, "")
	top := p.Layout.MmapBase
	for i := 1; i <= 3; i++ {
		x := placed(t, p, Request{Len: 2 * PageSize})
		if want := top - Addr(i)*2*PageSize; x != want {
			t.Fatalf("place %d is %v, want %v", i, x, want)
		}
		if _, err := p.Map(Region{Start: x, End: x + 2*PageSize, Flags: Read | MayRead, Index: PageIndex(x.Page())}); err != nil {
			t.Fatal(err)
		}
	}
	if p.Count() != 1 {
		t.Errorf("three ranges that touch are %d areas, want 1", p.Count())
	}
}

// The highest gap that is long enough is taken, not the best fitting one.
func TestTheHighestGapThatFitsIsTaken(t *testing.T) {
	p := newPictured(t, "A  A A")
	p.Layout.MmapBase = pageAt(6)
	if x := placed(t, p, Request{Len: PageSize}); x != pageAt(4) {
		t.Errorf("one page goes to %v, want page 4", x)
	}
	if x := placed(t, p, Request{Len: 2 * PageSize}); x != pageAt(1) {
		t.Errorf("two pages go to %v, want page 1", x)
	}
}

func TestAHintIsTakenWhereItIsFree(t *testing.T) {
	p := newPictured(t, "A  A")
	if x := placed(t, p, Request{Len: PageSize, Hint: pageAt(1) + 5}); x != pageAt(1) {
		t.Errorf("a free hint gives %v, want its page", x)
	}
	if x := placed(t, p, Request{Len: 3 * PageSize, Hint: pageAt(1)}); x == pageAt(1) {
		t.Error("a hint was taken although the range does not fit there")
	}
	if x := placed(t, p, Request{Len: PageSize, Hint: pageAt(0), Flags: MapFixed}); x != pageAt(0) {
		t.Errorf("MAP_FIXED gives %v", x)
	}
}

// Private anonymous memory of whole 2 MiB begins at a multiple of 2 MiB; a page less, and it goes right below the last area.
func TestMemoryOfWholeHugePagesIsAligned(t *testing.T) {
	p := newPictured(t, "")
	if x := placed(t, p, Request{Len: 2 * PMDSize}); x%PMDSize != 0 {
		t.Errorf("4 MiB go to %v", x)
	}
	if x := placed(t, p, Request{Len: 2*PMDSize - PageSize}); x != p.Layout.MmapBase-(2*PMDSize-PageSize) {
		t.Errorf("4 MiB less a page go to %v", x)
	}
	if x := placed(t, p, Request{Len: PMDSize, Flags: MapShared}); x != p.Layout.MmapBase-PMDSize {
		t.Errorf("shared memory goes to %v", x)
	}
}

// Nothing is placed in the MiB below a stack.
func TestAStackKeepsItsGuardGap(t *testing.T) {
	p := newPictured(t, "")
	at := p.Layout.MmapBase - 16*PageSize
	if _, err := p.Map(Region{Start: at, End: at + PageSize, Flags: Read | Write | GrowsDown | MayRead | MayWrite, Index: PageIndex(at.Page())}); err != nil {
		t.Fatal(err)
	}
	// 15 pages are free above it.
	if x := placed(t, p, Request{Len: 15 * PageSize}); x != at+PageSize {
		t.Errorf("15 pages go to %v, want the gap above the stack", x)
	}
	if x := placed(t, p, Request{Len: 16 * PageSize}); x != at-StackGuardGap-16*PageSize {
		t.Errorf("16 pages go to %v, want a guard gap below the stack at %v", x, at)
	}
}

func TestTooLongARangeIsRefused(t *testing.T) {
	p := newPictured(t, "")
	if _, err := p.Place(Request{Len: uint64(TaskSize) + PageSize}); !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("more than the address space: %v", err)
	}
}
