package vm

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func placed(t *testing.T, p *pictured, r Request) Addr {
	t.Helper()
	x, err := p.Place(r)
	require.NoError(t, err)
	return x
}

// Without a hint the range goes right below what is mapped highest, and so on downwards.
func TestPlacesGoFromTheTopDown(t *testing.T) {
	p := newPictured(t, "")
	top := p.Layout.MmapBase
	for i := 1; i <= 3; i++ {
		x := placed(t, p, Request{Len: 2 * PageSize})
		require.Equal(t, top-Addr(i)*2*PageSize, x, "place %d", i)
		_, err := p.Map(Region{Start: x, End: x + 2*PageSize, Flags: Read | MayRead, Index: PageIndex(x.Page())})
		require.NoError(t, err)
	}
	require.Equal(t, 1, p.Count(), "three ranges that touch are one area")
}

// The highest gap that is long enough is taken, not the best fitting one.
func TestTheHighestGapThatFitsIsTaken(t *testing.T) {
	p := newPictured(t, "A  A A")
	p.Layout.MmapBase = pageAt(6)
	require.Equal(t, pageAt(4), placed(t, p, Request{Len: PageSize}))
	require.Equal(t, pageAt(1), placed(t, p, Request{Len: 2 * PageSize}))
}

func TestAHintIsTakenWhereItIsFree(t *testing.T) {
	p := newPictured(t, "A  A")
	require.Equal(t, pageAt(1), placed(t, p, Request{Len: PageSize, Hint: pageAt(1) + 5}), "a free hint gives its page")
	require.NotEqual(t, pageAt(1), placed(t, p, Request{Len: 3 * PageSize, Hint: pageAt(1)}),
		"the range does not fit there")
	require.Equal(t, pageAt(0), placed(t, p, Request{Len: PageSize, Hint: pageAt(0), Flags: PlaceFixed}), "MAP_FIXED")
}

// Private anonymous memory of whole 2 MiB begins at a multiple of 2 MiB; a page less, and it goes right below the last
// area.
func TestMemoryOfWholeHugePagesIsAligned(t *testing.T) {
	p := newPictured(t, "")
	top := p.Layout.MmapBase
	require.Zero(t, placed(t, p, Request{Len: 2 * PMDSize})%PMDSize, "4 MiB")
	require.Equal(t, top-(2*PMDSize-PageSize), placed(t, p, Request{Len: 2*PMDSize - PageSize}), "4 MiB less a page")
	require.Equal(t, top-PMDSize, placed(t, p, Request{Len: PMDSize, Flags: PlaceShared}), "shared memory")
}

// Nothing is placed in the MiB below a stack.
func TestAStackKeepsItsGuardGap(t *testing.T) {
	p := newPictured(t, "")
	at := p.Layout.MmapBase - 16*PageSize
	_, err := p.Map(Region{Start: at, End: at + PageSize, Flags: Read | Write | GrowsDown | MayRead | MayWrite,
		Index: PageIndex(at.Page())})
	require.NoError(t, err)
	// 15 pages are free above it.
	require.Equal(t, at+PageSize, placed(t, p, Request{Len: 15 * PageSize}), "the gap above the stack")
	require.Equal(t, at-StackGuardGap-16*PageSize, placed(t, p, Request{Len: 16 * PageSize}),
		"a guard gap below the stack")
}

func TestTooLongARangeIsRefused(t *testing.T) {
	p := newPictured(t, "")
	_, err := p.Place(Request{Len: uint64(TaskSize) + PageSize})
	require.ErrorIs(t, err, syscall.ENOMEM)
}
