package vm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// resident is a space with n private pages, each of which came with a fault.
func resident(t *testing.T, n int) *pictured {
	p := newPictured(t, "")
	p.mapPages('A', 0, n)
	for i := range n {
		p.Stats.BeginFault()
		p.touch(i)
		p.Stats.NoteFault()
	}
	return p
}

// VmHWM is taken from counters that are moved in steps of 32 pages, and only before pages go away.
func TestPeakOfResidentPagesLagsBehind(t *testing.T) {
	for _, c := range []struct{ pages, peak int }{{31, 0}, {32, 32}, {63, 32}, {64, 64}, {100, 96}} {
		p := resident(t, c.pages)
		require.EqualValues(t, c.pages, p.Stats.KnownResident())
		require.NoError(t, p.Unmap(pageAt(0), uint64(c.pages)*PageSize))
		require.Zero(t, p.Stats.KnownResident())
		require.EqualValues(t, c.peak, p.Stats.PeakResident(), "%d pages", c.pages)
	}
}

func TestPeakOfResidentPagesIsNeverBelowThem(t *testing.T) {
	p := resident(t, 10)
	require.EqualValues(t, 10, p.Stats.PeakResident())
}

// Until 6.2 a process keeps back what its faults count: up to the next fault after 65 of them, or until it unmaps
// something or leaves the space.
func TestOldKernelsBatchTheCountsOfFaults(t *testing.T) {
	var task TaskCounts
	p := newPictured(t, "")
	p.Stats.KeepBack()
	p.Stats.Run(&task)
	p.mapPages('A', 0, 200)
	for i := range 140 {
		p.Stats.BeginFault()
		p.touch(i)
		p.Stats.NoteFault()
		require.EqualValues(t, max(0, (i+1)/66*66-1), p.Stats.KnownRSS(RSSAnon), "after %d faults", i+1)
	}
	require.EqualValues(t, 140, p.Stats.Resident())
	p.Discard(p.First(), pageAt(0), pageAt(1))
	require.EqualValues(t, 139, p.Stats.KnownRSS(RSSAnon), "a zap settles the counts")
	p.touch(0)
	p.Stats.NoteFault()
	require.EqualValues(t, 139, p.Stats.KnownResident())
	p.Stats.Leave(&task)
	require.EqualValues(t, 140, p.Stats.KnownResident(), "who leaves settles the counts")
}

// What another process maps into the space is counted at once.
func TestCountsOfPagesThatAnotherProcessBringsAreNotBatched(t *testing.T) {
	p := newPictured(t, "AA")
	p.Stats.KeepBack()
	p.Stats.Run(nil)
	p.Stats.BeginFault()
	p.touch(0)
	p.Stats.NoteFault()
	require.EqualValues(t, 1, p.Stats.KnownResident())
}

// An area that its file refuses is unmapped before anything of it was mapped; the kernel looks at the peak even so.
func TestTheEndOfARefusedAreaLooksAtThePeak(t *testing.T) {
	p := resident(t, 64)
	require.Zero(t, p.Stats.rss.peak)
	p.Space.UnmapRefused()
	require.EqualValues(t, 64, p.Stats.rss.peak)
}
