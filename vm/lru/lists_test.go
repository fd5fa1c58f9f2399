package lru

import (
	"testing"

	"vmsim/vm/phys"
)

const (
	fileFlags = phys.Uptodate | phys.LRU
	anonFlags = fileFlags | phys.Anon | phys.SwapBacked
)

// owner is a file; it keeps its frames in memory where it is true.
type owner bool

func (owner) FrameOwner() string  { return "file" }
func (o owner) Unevictable() bool { return bool(o) }

// newFrames are n frames that have just been added.
func newFrames(t *testing.T, l *Lists, n int, fl phys.Flags) []*phys.Frame {
	t.Helper()
	frames := make([]*phys.Frame, n)
	for i := range frames {
		frames[i] = l.Memory().Alloc(owner(false), uint64(i), fl)
		l.Add(frames[i])
	}
	return frames
}

// listed are n frames that are on their inactive list.
func listed(t *testing.T, l *Lists, n int, fl phys.Flags) []*phys.Frame {
	t.Helper()
	frames := newFrames(t, l, n, fl)
	l.Drain()
	return frames
}

func newLists() *Lists { return New(phys.NewMemory(256)) }

func wantFlags(t *testing.T, what string, f *phys.Frame, set, clear phys.Flags) {
	t.Helper()
	if f.Flags&set != set || f.Flags&clear != 0 {
		t.Errorf("%s: flags %#x; want %#x set and %#x clear", what, uint32(f.Flags), uint32(set), uint32(clear))
	}
}

func wantEvents(t *testing.T, l *Lists, want Events) {
	t.Helper()
	if l.Events != want {
		t.Errorf("events %+v; want %+v", l.Events, want)
	}
}

func TestSecondUseActivatesAFrameOnceTheBatchIsDrained(t *testing.T) {
	l := newLists()
	f := listed(t, l, 1, fileFlags)[0]
	l.Accessed(f)
	wantFlags(t, "used once", f, phys.Referenced, phys.Active)
	l.Accessed(f)
	wantFlags(t, "used twice", f, 0, phys.Referenced|phys.Active)
	l.Drain()
	wantFlags(t, "drained", f, phys.Active, phys.Referenced)
	wantEvents(t, l, Events{Activated: 1})
}

func TestSecondUseOfANewFrameActivatesItAtOnceAndCountsNothing(t *testing.T) {
	l := newLists()
	f := newFrames(t, l, 1, fileFlags)[0]
	l.Accessed(f)
	l.Accessed(f)
	wantFlags(t, "used twice", f, phys.Active, 0)
	l.Drain()
	wantEvents(t, l, Events{})
}

func TestSecondUseOfANewLockedFrameActivatesNothing(t *testing.T) {
	l := newLists()
	f := l.Memory().Alloc(owner(false), 0, anonFlags)
	l.Mlock(f)
	l.Add(f)
	l.Accessed(f)
	l.Accessed(f)
	wantFlags(t, "used twice", f, phys.Mlocked, phys.Active|phys.Referenced)
	l.Drain()
	wantFlags(t, "drained", f, phys.Mlocked|phys.Unevictable, phys.Active)
	wantEvents(t, l, Events{Mlocked: 1, Culled: 1})
}

func TestBatchOf31ActivationsDrainsItself(t *testing.T) {
	l := newLists()
	frames := listed(t, l, 31, fileFlags)
	for i, f := range frames {
		l.Accessed(f)
		l.Accessed(f)
		if want := uint64((i + 1) / 31 * 31); l.Events.Activated != want {
			t.Fatalf("after %d: %d activated, want %d", i+1, l.Events.Activated, want)
		}
	}
}

func TestLargeFolioDrainsTheActivationsAtOnce(t *testing.T) {
	l := newLists()
	frames := listed(t, l, 2, fileFlags)
	frames[1].SetOrder(1)
	for _, f := range frames {
		l.Accessed(f)
		l.Accessed(f)
	}
	wantEvents(t, l, Events{Activated: 2})
}

func TestMlockedFrameBecomesUnevictableWithItsBatch(t *testing.T) {
	l := newLists()
	f := listed(t, l, 1, anonFlags)[0]
	l.Mlock(f)
	wantFlags(t, "mlocked", f, phys.Mlocked, phys.Unevictable)
	l.Drain()
	wantFlags(t, "drained", f, phys.Mlocked|phys.Unevictable, 0)
	wantEvents(t, l, Events{Mlocked: 1, Culled: 1})
}

// mlockedTwice is a frame on a list that two areas have locked.
func mlockedTwice(t *testing.T) (*Lists, *phys.Frame) {
	t.Helper()
	l := newLists()
	f := listed(t, l, 1, anonFlags)[0]
	l.Mlock(f)
	l.Mlock(f)
	l.Drain()
	return l, f
}

// unlockedOnce unlocks the frame for one of two areas, after which it may be evicted.
func unlockedOnce(t *testing.T, l *Lists, f *phys.Frame) {
	t.Helper()
	l.Munlock(f)
	l.Drain()
	wantFlags(t, "unlocked once of twice", f, 0, phys.Mlocked|phys.Unevictable)
}

func TestFrameStaysMlockedUntilTheLastAreaUnlocksItsAreasBeingCounted(t *testing.T) {
	l, f := mlockedTwice(t)
	l.Munlock(f)
	l.Drain()
	wantFlags(t, "unlocked once", f, phys.Mlocked|phys.Unevictable, 0)
	l.Munlock(f)
	wantFlags(t, "unlocked twice, in the batch", f, phys.Mlocked|phys.Unevictable, 0)
	l.Drain()
	wantFlags(t, "unlocked twice", f, 0, phys.Mlocked|phys.Unevictable)
	wantEvents(t, l, Events{Mlocked: 1, Munlocked: 1, Culled: 1, Rescued: 1})
}

// Linux does not count the areas of a frame that is on no list when their batch is full: the first munlock makes it
// evictable.
func TestAreasThatLockANewFrameAreNotCounted(t *testing.T) {
	l := newLists()
	others := listed(t, l, 29, anonFlags)
	f := newFrames(t, l, 1, anonFlags)[0]
	l.Mlock(f)
	l.Mlock(f)
	for _, o := range others {
		l.Mlock(o)
	}
	wantFlags(t, "the batch is full", f, phys.Mlocked, phys.Unevictable)
	l.Drain()
	wantFlags(t, "drained", f, phys.Mlocked|phys.Unevictable, 0)
	unlockedOnce(t, l, f)
}

func TestReclaimThatPutsAMlockedFrameBackForgetsItsAreas(t *testing.T) {
	l, f := mlockedTwice(t)
	l.PutBack(f)
	unlockedOnce(t, l, f)
}

func TestMunlockThatFollowsMlockInOneBatchLeavesTheFrameOnItsList(t *testing.T) {
	l := newLists()
	f := listed(t, l, 1, anonFlags)[0]
	l.Mlock(f)
	l.Munlock(f)
	l.Drain()
	wantFlags(t, "drained", f, 0, phys.Mlocked|phys.Unevictable)
	wantEvents(t, l, Events{Mlocked: 1, Munlocked: 1, Culled: 1, Rescued: 1})
}

func TestFrameOfAFileThatKeepsItsPagesStaysUnevictable(t *testing.T) {
	l := newLists()
	f := listed(t, l, 1, fileFlags)[0]
	l.Cull(f)
	f.Owner = owner(true)
	l.Rescue(f)
	wantFlags(t, "kept", f, phys.Unevictable, 0)
	f.Owner = owner(false)
	l.Rescue(f)
	wantFlags(t, "not kept", f, 0, phys.Unevictable)
}

func TestFreeingAFrameMakesItsBatchedChangesCount(t *testing.T) {
	l := newLists()
	frames := listed(t, l, 2, fileFlags)
	l.Accessed(frames[0])
	l.Accessed(frames[0])
	l.Memory().Put(frames[0])
	wantEvents(t, l, Events{Activated: 1})

	l.Mlock(frames[1])
	l.Memory().Put(frames[1])
	wantEvents(t, l, Events{Activated: 1, Mlocked: 1, Culled: 1, Cleared: 1})
	l.Drain()
	wantEvents(t, l, Events{Activated: 1, Mlocked: 1, Culled: 1, Cleared: 1})
}

// New frames go onto their lists before the batch of locks is applied, freed or not.
func TestNewFrameThatIsLockedUnlockedAndFreedWasUnevictable(t *testing.T) {
	l := newLists()
	f := newFrames(t, l, 1, fileFlags)[0]
	l.Mlock(f)
	l.Munlock(f)
	l.Memory().Put(f)
	l.Drain()
	wantEvents(t, l, Events{Mlocked: 1, Culled: 1, Munlocked: 1, Rescued: 1})
}

func TestFrameThatIsFreedKeepsItsPlaceInTheBatch(t *testing.T) {
	l := newLists()
	frames := listed(t, l, 31, fileFlags)
	for i, f := range frames {
		l.Mlock(f)
		if i == 0 {
			l.Memory().Put(f)
		}
	}
	wantFlags(t, "the last of a full batch", frames[30], phys.Unevictable, 0)
}

func TestMadvFreeMovesPrivateFramesToTheInactiveListOfFiles(t *testing.T) {
	l := newLists()
	f := listed(t, l, 1, anonFlags|phys.Active|phys.Referenced)[0]
	l.LazyFree(f)
	if got := ListOf(f.Flags); got != InactiveFile {
		t.Errorf("it is on the list %v", got)
	}
	wantEvents(t, l, Events{LazyFreed: 1})
	l.LazyFree(f) // it is there already
	wantEvents(t, l, Events{LazyFreed: 1})
}

func TestOnlyActiveFramesCountAsDeactivated(t *testing.T) {
	l := newLists()
	frames := listed(t, l, 3, anonFlags|phys.Referenced)
	frames[1].Set(phys.Active)
	frames[2].Set(phys.Active)
	for _, f := range frames[:2] {
		l.Deactivate(f)
		wantFlags(t, "deactivated", f, 0, phys.Active|phys.Referenced)
	}
	l.Isolate(frames[2]) // what reclaim tries to free is not counted
	wantFlags(t, "isolated", frames[2], 0, phys.Active|phys.Referenced)
	wantEvents(t, l, Events{Deactivated: 1})
}

func TestFolioThatCouldNotLeaveTheCacheLooksUnused(t *testing.T) {
	l := newLists()
	l.KeepOrder()
	frames := listed(t, l, 2, fileFlags|phys.Referenced)
	l.KeepActive(frames[0])
	for _, f := range frames {
		l.DeactivateFile(f)
		wantFlags(t, "deactivated", f, 0, phys.Active|phys.Referenced)
	}
	wantEvents(t, l, Events{Activated: 1, Deactivated: 1})
	wantRow(t, l, InactiveFile, frames, 0, 1)
}

func TestListOfAFrameFollowsFromItsFlags(t *testing.T) {
	for fl, want := range map[phys.Flags]List{
		0:                                  NoList,
		phys.Active:                        NoList,
		fileFlags:                          InactiveFile,
		fileFlags | phys.Active:            ActiveFile,
		anonFlags:                          InactiveAnon,
		anonFlags | phys.Active:            ActiveAnon,
		phys.SwapBacked | phys.LRU:         InactiveAnon, // shared memory goes to swap as well
		anonFlags | phys.Unevictable:       Unevictable,
		fileFlags | phys.Anon | phys.Dirty: InactiveFile, // lazily freed
	} {
		if got := ListOf(fl); got != want {
			t.Errorf("flags %#x: %v, want %v", uint32(fl), got, want)
		}
	}
}
