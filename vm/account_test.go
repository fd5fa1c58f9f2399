package vm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// RLIMIT_AS counts every page; RLIMIT_DATA only private writable ones that are no stack. A soft limit of 0 for data
// means the hard one.
func TestLimitsCountThePagesThatTheyAreFor(t *testing.T) {
	const private, shared, stack = Read | Write, Read | Write | Shared, Read | Write | GrowsDown
	for _, c := range []struct {
		name                    string
		space, data, most       uint64 // pages; the space has four, two of them data
		flags                   Flags
		pages                   uint64
		may                     bool
		why                     string
		unlimitedSpace, noLimit bool
	}{
		{name: "as much as RLIMIT_AS leaves", space: 6, data: 9, flags: Read, pages: 2, may: true},
		{name: "a page more", space: 6, data: 9, flags: Read, pages: 3, why: "more memory than RLIMIT_AS allows"},
		{name: "as much as RLIMIT_DATA leaves", space: 99, data: 4, flags: private, pages: 2, may: true},
		{name: "a page more of data", space: 99, data: 4, flags: private, pages: 3,
			why: "more private writable memory than RLIMIT_DATA allows"},
		{name: "shared memory is no data", space: 99, data: 2, flags: shared, pages: 3, may: true},
		{name: "a stack is no data", space: 99, data: 2, flags: stack, pages: 3, may: true},
		{name: "read-only memory is no data", space: 99, data: 2, flags: Read, pages: 3, may: true},
		{name: "no data at all", space: 99, data: 0, most: 5, flags: private, pages: 3, may: true},
		{name: "no data at all, and over the hard limit", space: 99, data: 0, most: 5, flags: private, pages: 4,
			why: "more private writable memory than RLIMIT_DATA allows"},
	} {
		p := newPictured(t, "AABB")
		p.Limits.AddressSpace, p.Limits.Data, p.Limits.DataMost = c.space*PageSize, c.data*PageSize, c.most*PageSize
		require.Equal(t, c.may, p.MayExpand(c.flags, c.pages), c.name)
		if !c.may {
			require.Equal(t, c.why, p.ExpandRefusal(c.pages), c.name)
		}
	}
}

func TestRLIMIT_MEMLOCKCountsWhatIsLockedAlready(t *testing.T) {
	p := newPictured(t, "AA")
	require.NoError(t, p.Lock(pageAt(0), pageAt(2), Locked))
	p.Limits.MemLock = 3*PageSize + 5 // whole pages count
	require.False(t, p.MayLock(Locked, 2*PageSize) && !p.Limits.MayLockAll)
	p.Limits.MayLockAll = false
	require.True(t, p.MayLock(Locked, PageSize))
	require.False(t, p.MayLock(Locked, 2*PageSize))
	require.True(t, p.MayLock(0, 100*PageSize), "memory that is not to be locked")
	p.Limits.MayLockAll = true
	require.True(t, p.MayLock(Locked, 100*PageSize), "CAP_IPC_LOCK")
}

// The guess refuses only what could never fit; the strict policy counts all that was charged.
func TestOvercommitPoliciesRefuseDifferentThings(t *testing.T) {
	for _, c := range []struct {
		policy        Overcommit
		before, pages uint64
		ok            bool
	}{
		{OvercommitGuess, 1000, 120, true}, {OvercommitGuess, 0, 121, false},
		{OvercommitAlways, 1000, 1 << 40, true},
		{OvercommitNever, 0, 70, true}, {OvercommitNever, 0, 71, false}, {OvercommitNever, 70, 1, false},
	} {
		m := Commit{Policy: c.policy, Ratio: 50, RAM: 100, Swap: 20, Committed: c.before}
		err := m.Charge(c.pages)
		require.Equal(t, c.ok, err == nil, "%+v", c)
		if want := c.before; err != nil {
			require.Equal(t, want, m.Committed, "what was refused is charged: %+v", c)
		} else {
			m.Return(c.pages)
			require.Equal(t, want, m.Committed)
		}
	}
}

// The most that was mapped counts also where it was so just before something was unmapped.
func TestPeakOfMappedPagesOutlivesThem(t *testing.T) {
	p := newPictured(t, "AAAAA")
	require.NoError(t, p.Unmap(pageAt(1), 3*PageSize))
	p.mapPages('A', 7, 1)
	require.EqualValues(t, 5, p.Stats.Peak())
	p.mapPages('B', 8, 4)
	require.EqualValues(t, 7, p.Stats.Peak())
}

func TestDataOfAProgramIsItsHeapAndItsInitialisedData(t *testing.T) {
	l := Layout{StartBrk: 0x10000, StartData: 0x1000, EndData: 0x3000}
	require.False(t, l.DataPasses(0x12000, 0x4000))
	require.True(t, l.DataPasses(0x12001, 0x4000))
	require.False(t, l.DataPasses(1<<46, Infinity))
}
