package vm

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// stacked is a picture with a stack of one page at page 300, and a heap that begins at page 10.
func stacked(t *testing.T, picture string) (p *pictured, stack *Area) {
	t.Helper()
	p = newPictured(t, picture)
	p.Layout.StartBrk, p.Layout.Brk = pageAt(10), pageAt(10)
	p.Limits.Stack = 64 * PageSize
	stack = p.MakeCounted(Region{Start: pageAt(300), End: pageAt(301), Index: PageIndex(pageAt(300).Page()),
		Flags: Read | Write | MayRead | MayWrite | GrowsDown | Account})
	return p, stack
}

// lockStack locks a stack for a process that may lock four pages.
func (p *pictured) lockStack(stack *Area) {
	p.Limits.MayLockAll, p.Limits.MemLock = false, 4*PageSize
	require.NoError(p.t, p.Lock(stack.Start, stack.End, Locked))
}

func TestAStackGrowsDownToTheAccess(t *testing.T) {
	p, stack := stacked(t, "")
	charged := p.Commit.Committed
	require.NoError(t, p.GrowDown(stack, pageAt(295)+77))
	require.Equal(t, pageAt(295), stack.Start)
	require.Equal(t, PageIndex(pageAt(295).Page()), stack.Index, "the pages that it has keep their numbers")
	require.EqualValues(t, 6, p.Stats.Stack)
	require.EqualValues(t, 5, p.Commit.Committed-charged)
	require.NotNil(t, stack.Anon)
	require.NoError(t, p.GrowDown(stack, pageAt(297)), "it reaches there already")
	require.Equal(t, pageAt(295), stack.Start)
	require.NoError(t, p.Check())
}

func TestAStackDoesNotGrowBeyondItsLimits(t *testing.T) {
	for _, c := range []struct {
		name  string
		setUp func(p *pictured, stack *Area)
		to    int
		err   error
	}{
		{"as large as RLIMIT_STACK", nil, 237, nil},
		{"larger than that", nil, 236, syscall.ENOMEM},
		{"over RLIMIT_AS", func(p *pictured, _ *Area) { p.Limits.AddressSpace = 9 * PageSize }, 290, syscall.ENOMEM},
		{"over the commit limit", func(p *pictured, _ *Area) {
			p.Commit.Policy, p.Commit.RAM = OvercommitNever, 20
		}, 290, syscall.ENOMEM},
		{"locked, over RLIMIT_MEMLOCK", (*pictured).lockStack, 296, syscall.ENOMEM},
		{"locked, within it", (*pictured).lockStack, 297, nil},
		{"below the lowest address", func(p *pictured, _ *Area) { p.Limits.MmapMin = pageAt(299) }, 298, syscall.EPERM},
		{"no stack", func(_ *pictured, a *Area) { a.Flags &^= GrowsDown }, 299, syscall.EFAULT},
		{"before page 0", func(_ *pictured, a *Area) { a.Index = 3 }, 296, syscall.ENOMEM},
	} {
		p, stack := stacked(t, "")
		if c.setUp != nil {
			c.setUp(p, stack)
		}
		before, locked := p.Commit.Committed, p.Stats.Locked
		require.Equal(t, c.err, p.GrowDown(stack, pageAt(c.to)), c.name)
		if c.err != nil {
			require.Equal(t, pageAt(300), stack.Start, c.name)
			require.Equal(t, before, p.Commit.Committed, c.name)
			require.Equal(t, locked, p.Stats.Locked, c.name)
		} else if stack.Flags.Has(Locked) {
			require.Equal(t, stack.Pages(), p.Stats.Locked, c.name)
		}
	}
}

// What may be accessed below a stack stops it 256 pages above; what may not, as a guard page of a thread, does not.
func TestAStackKeepsAwayFromWhatMayBeAccessed(t *testing.T) {
	for _, c := range []struct {
		flags Flags
		to    int
		err   error
	}{
		{Read, 296, nil}, {Read, 295, syscall.ENOMEM}, {0, 290, nil}, {Read | GrowsDown, 290, nil},
	} {
		p, stack := stacked(t, "")
		_, err := p.Map(Region{Start: pageAt(39), End: pageAt(40), Flags: c.flags | MayRead,
			Index: PageIndex(pageAt(39).Page())})
		require.NoError(t, err)
		require.Equal(t, c.err, p.GrowDown(stack, pageAt(c.to)), "%+v", c)
	}
}

// The heap never becomes part of what ends where it begins; it grows as one area, unless its last part is of another
// kind.
func TestTheHeapIsAnAreaThatGrows(t *testing.T) {
	grow := func(p *pictured, at, n int) { require.NoError(t, p.GrowHeap(pageAt(at), pageAt(at+n), 0)) }
	p, _ := stacked(t, "AAAAAAAAAA")
	grow(p, 10, 2)
	p.SetBrk(pageAt(12))
	p.expect("AAAAAAAAAA|AA" + p.String()[len("AAAAAAAAAA|AA"):])
	grow(p, 12, 3)
	require.Equal(t, pageAt(15), p.Find(pageAt(10)).End, "one area")
	require.EqualValues(t, 15, p.Stats.Data)
	p.protect('B', 14, 1)
	grow(p, 15, 1)
	require.Equal(t, pageAt(15), p.Find(pageAt(15)).Start, "its end was read-only")
	require.NoError(t, p.Check())

	old, _ := stacked(t, "AAAAAAAAAA")
	old.Profile = release(t, "5.10")
	grow(old, 10, 2)
	require.Equal(t, pageAt(12), old.First().End, "until 6.1 the heap extends the program's zeroed data")
}

func TestTheHeapDoesNotGrowBeyondItsLimits(t *testing.T) {
	for name, setUp := range map[string]func(p *pictured){
		"RLIMIT_DATA":      func(p *pictured) { p.Limits.Data = 3 * PageSize },
		"vm.max_map_count": func(p *pictured) { p.Limits.MaxMapCount = 0 },
		"the commit limit": func(p *pictured) { p.Commit.Policy, p.Commit.RAM = OvercommitNever, 2 },
	} {
		p, _ := stacked(t, "")
		setUp(p)
		before := p.Stats
		require.Equal(t, syscall.ENOMEM, p.GrowHeap(pageAt(10), pageAt(14), 0), name)
		require.Equal(t, before, p.Stats, name)
		require.Nil(t, p.Find(pageAt(10)), name)
	}
}

// mlockall(MCL_FUTURE) and execute permission are for what comes, and such memory is counted as locked.
func TestTheHeapTakesTheFlagsOfFutureAreas(t *testing.T) {
	p, _ := stacked(t, "")
	p.Future = Locked
	require.NoError(t, p.GrowHeap(pageAt(10), pageAt(12), Exec))
	require.True(t, p.Find(pageAt(10)).Flags.Has(Locked|Exec|Account))
	require.EqualValues(t, 2, p.Stats.Locked)
}

// What mmap replaces is paid back, and counts towards what the new area is charged; where a check fails all stays.
func TestAFailedMapLeavesWhatItWouldReplace(t *testing.T) {
	for name, setUp := range map[string]func(p *pictured) error{
		"over RLIMIT_AS": func(p *pictured) error { p.Limits.AddressSpace = 4 * PageSize; return syscall.ENOMEM },
		"over the commit limit": func(p *pictured) error {
			p.Commit.Policy, p.Commit.RAM = OvercommitNever, 6
			return syscall.ENOMEM
		},
		"over a sealed area": func(p *pictured) error {
			p.SetFlags(p.Find(pageAt(1)), p.Find(pageAt(1)).Flags|Sealed)
			return syscall.EPERM
		},
	} {
		for _, kernel := range []string{"6.18", "6.11"} {
			p := newPictured(t, "aaa")
			p.Profile = release(t, kernel)
			want := setUp(p)
			_, err := p.Map(Region{Start: pageAt(1), End: pageAt(6), Flags: Read | Write | MayRead | MayWrite,
				Index: PageIndex(pageAt(1).Page())})
			require.Equal(t, want, err, "%s, %s", name, kernel)
			require.NoError(t, p.Check())
			if kernel == "6.18" {
				require.EqualValues(t, 3, p.Stats.Total, name)
				require.EqualValues(t, 3, p.Commit.Committed, name)
			}
		}
	}
	p := newPictured(t, "aaa")
	p.Profile = release(t, "6.11")
	p.Commit.Policy, p.Commit.RAM = OvercommitNever, 6
	_, err := p.Map(Region{Start: pageAt(1), End: pageAt(6), Flags: Read | Write | MayRead | MayWrite,
		Index: PageIndex(pageAt(1).Page())})
	require.Equal(t, syscall.ENOMEM, err)
	p.expect("a") // until 6.12 what was there is unmapped first
}

// The kernel's own areas and, since 7.1, those that may be dropped are never locked, even where mmap asks for it.
func TestSomeAreasAreNeverLocked(t *testing.T) {
	for _, c := range []struct {
		release string
		flags   Flags
		locked  uint64
	}{
		{"6.18", 0, 2}, {"6.18", PFNMap, 0}, {"6.18", MixedMap, 0}, {"6.18", Droppable, 2}, {"7.1", Droppable, 0},
	} {
		p := newPictured(t, "")
		p.Profile = release(t, c.release)
		a, err := p.Map(Region{Start: pageAt(0), End: pageAt(2), Flags: Read | MayRead | Locked | c.flags,
			Index: PageIndex(pageAt(0).Page())})
		require.NoError(t, err)
		require.Equal(t, c.locked, p.Stats.Locked, "%+v", c)
		require.Equal(t, c.locked != 0, a.Flags.Has(Locked), "%+v", c)
	}
}

// On a kernel that notes what is new, each new area has the flag, and one that a merge has made.
func TestNewAreasAreSoftDirty(t *testing.T) {
	p := newPictured(t, "")
	p.Profile = profile.Default().Reconfigured(profile.Config{SoftDirty: true})
	p.mapPages('A', 0, 1)
	a := p.First()
	require.True(t, a.Flags.Has(SoftDirty))
	a.Flags &^= SoftDirty
	p.mapPages('A', 1, 1)
	p.expect("AA")
	require.True(t, a.Flags.Has(SoftDirty), "the merged area is new as a whole")
}

// The file's own mmap operation is asked last: memory is charged and given back, and no area is made.
func TestRegionThatItsFileRefusesUnmapsItsRangeAndMakesNoArea(t *testing.T) {
	for _, release := range []string{"6.18", "6.1"} {
		p := newPictured(t, "AAAA  AA")
		which, err := profile.Parse(release)
		require.NoError(t, err)
		p.Profile = which
		charged, made := p.Commit.Committed, p.Log.Count(trace.AreaNew)
		split := p.Log.Count(trace.AreaSplit)
		r := Region{Start: pageAt(2), End: pageAt(6), Flags: Write | MayWrite, Backing: p.files['F']}
		require.NoError(t, p.MapRefused(r), release)
		require.Nil(t, p.FindIn(pageAt(2), pageAt(6)), release)
		require.EqualValues(t, charged-2, p.Commit.Committed, release)
		require.Equal(t, made, p.Log.Count(trace.AreaNew), release)
		require.Equal(t, split+1, p.Log.Count(trace.AreaSplit), release)
		p.Limits.AddressSpace = PageSize
		require.Equal(t, syscall.ENOMEM, p.MapRefused(r), release)
		require.NoError(t, p.Check())
	}
}
