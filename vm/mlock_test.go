package vm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLockedPagesOfARangeAreThoseOfLockedAreas(t *testing.T) {
	p := newPictured(t, "AABB  AA")
	require.NoError(t, p.Lock(pageAt(1), pageAt(3), Locked))
	require.NoError(t, p.Lock(pageAt(6), pageAt(8), Locked|LockOnFault))
	for _, c := range []struct{ first, end, n int }{{0, 8, 4}, {2, 7, 2}, {0, 1, 0}, {1, 2, 1}, {4, 6, 0}} {
		require.EqualValues(t, c.n, p.LockedWithin(pageAt(c.first), pageAt(c.end)), "%+v", c)
	}
}
