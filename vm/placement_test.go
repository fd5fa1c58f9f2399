package vm

import (
	"iter"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A plan is address space in units of 64 pages from 1 GiB up: u is used, s a stack, a space is free. A stack's guard
// gap is four units.
const (
	unit     = 64 * PageSize
	planBase = Addr(1 << 30)
)

func unitAt(i int) Addr { return planBase + Addr(i)*unit }

func newPlan(t *testing.T, plan string) *pictured {
	t.Helper()
	p := newPictured(t, "")
	p.Limits.MmapMin, p.Layout.MmapBase = planBase, unitAt(len(plan))
	for i, c := range plan {
		f := Read | Write*Flags(i%2) | MayRead
		if c == 's' {
			f |= GrowsDown
		}
		if c != ' ' {
			_, err := p.Map(Region{Start: unitAt(i), End: unitAt(i + 1), Flags: f, Index: PageIndex(unitAt(i).Page())})
			require.NoError(t, err)
		}
	}
	return p
}

// fits reports whether n units from i on are free and leave a stack above its guard gap.
func fits(plan string, i, n int) bool {
	for ; n > 0; i, n = i+1, n-1 {
		if i >= len(plan) || plan[i] != ' ' {
			return false
		}
	}
	for gap := 0; i < len(plan) && gap < 4; i, gap = i+1, gap+1 {
		if plan[i] != ' ' {
			return plan[i] != 's'
		}
	}
	return true
}

func randomPlan(r *rand.Rand, letters string) string {
	b := make([]byte, 40)
	for i := range b {
		if b[i] = letters[r.IntN(len(letters))]; i > 0 && r.IntN(2) == 0 {
			b[i] = b[i-1]
		}
	}
	return string(b)
}

// Until 6.1 a range goes to the highest place where it fits, and MAP_32BIT to the lowest one. Since then that holds
// where there is no stack.
func TestRangesGoWhereAScanOfAllPlacesSays(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	for range 400 {
		old := r.IntN(2) == 0
		letters := "u  "
		if old {
			letters = "us    "
		}
		plan, n := randomPlan(r, letters), 1+r.IntN(5)
		p := newPlan(t, plan)
		if old {
			p.Profile = release(t, "5.10")
		}
		lowest, highest := len(plan), -1 // all above the plan is free
		for i := len(plan) - 1; i >= 0; i-- {
			if fits(plan+"     ", i, n) {
				lowest = i
			}
			if highest < 0 && fits(plan, i, n) {
				highest = i
			}
		}
		x, err := p.Place(Request{Len: uint64(n) * unit, Flags: PlaceLow})
		require.NoError(t, err)
		require.Equal(t, unitAt(lowest), x, "%q, %d units, MAP_32BIT", plan, n)
		x, err = p.Place(Request{Len: uint64(n) * unit})
		require.NoError(t, err)
		if highest >= 0 {
			require.Equal(t, unitAt(highest), x, "%q, %d units", plan, n)
		} else {
			require.Equal(t, (TaskSize / 3).ceilPage(), x, "%q, %d units: the second try goes from a third up", plan, n)
		}
	}
}

// Since 6.1 a place that a stack's guard gap rules out makes the search go on below the whole gap.
func TestWhatLiesWithinAGuardGapGetsNoNeighbours(t *testing.T) {
	const plan = "     u u s"
	for kernel, at := range map[string]int{"5.10": 6, "6.18": 4} {
		p := newPlan(t, plan)
		p.Profile = release(t, kernel)
		require.Equal(t, unitAt(at), placed(t, p, Request{Len: unit}), kernel)
	}
}

func TestAFixedAddressIsCheckedInLinuxsOrder(t *testing.T) {
	for _, c := range []struct {
		name string
		r    Request
		err  error
	}{
		{"the last page", Request{Hint: TaskSize - PageSize, Len: PageSize}, nil},
		{"a page beyond the end", Request{Hint: TaskSize, Len: PageSize}, syscall.ENOMEM},
		{"not aligned, and beyond the end", Request{Hint: TaskSize + 1, Len: PageSize}, syscall.ENOMEM},
		{"not aligned", Request{Hint: pageAt(0) + 1, Len: PageSize}, syscall.EINVAL},
		{"not aligned, and too low", Request{Hint: 1, Len: PageSize}, syscall.EINVAL},
		{"too low", Request{Hint: PageSize, Len: PageSize}, syscall.EPERM},
		{"-1", Request{Hint: ^Addr(0), Len: PageSize}, syscall.EPERM},
		{"-22", Request{Hint: ^Addr(21), Len: PageSize}, syscall.EINVAL},
		{"-4096", Request{Hint: ^Addr(4095), Len: PageSize}, syscall.ENOMEM},
	} {
		p := newPictured(t, "")
		p.Limits.OwnMin = MmapMinAddr
		c.r.Flags = PlaceFixed
		x, err := p.Place(c.r)
		require.Equal(t, c.err, err, c.name)
		if err == nil {
			require.Equal(t, c.r.Hint, x, c.name)
		}
	}
}

func TestAHintThatDoesNotFitSaysWhy(t *testing.T) {
	p := newPlan(t, "u    s        ")
	for _, c := range []struct {
		at, n int
		why   string
	}{
		{1, 0, ""}, {1, 4, "it is free, but nearer to the stack above it than the stack's guard gap"},
		{0, 1, "something is mapped there"}, {6, 3, ""}, {4, 2, "something is mapped there"},
	} {
		require.Equal(t, c.why, p.hintMisses(unitAt(c.at), uint64(c.n)*unit), "%+v", c)
	}
	require.Equal(t, "the range would pass the end of the address space", p.hintMisses(TaskSize-PageSize, 2*PageSize))
	r := Request{Len: unit, Hint: unitAt(9), Flags: PlaceLow}
	require.Equal(t, unitAt(9), placed(t, p, r), "MAP_32BIT takes hints")
}

// A file of a file system that asks for it lies so that its 2 MiB pages are aligned in memory: where the part that is
// mapped holds one.
func TestFilesLieAsTheirHugePagesWantIt(t *testing.T) {
	file := &opened{name: "/f", traits: HugeAligned}
	for _, c := range []struct {
		release string
		index   PageIndex
		pages   uint64
		aligned bool
	}{
		{"6.18", 0, 512, true}, {"6.18", 100, 1024, true}, {"6.18", 0, 511, false}, {"6.18", 1, 512, false},
		{"5.15", 0, 512, false},
	} {
		p := newPictured(t, "")
		p.Profile = release(t, c.release)
		p.Layout.MmapBase -= 5 * PageSize
		x := placed(t, p, Request{Len: c.pages * PageSize, Backing: file, Index: c.index})
		aligned := (uint64(x.Page())-uint64(c.index))%512 == 0
		require.Equal(t, c.aligned, aligned, "%+v: %v", c, x)
		if !c.aligned {
			require.Equal(t, p.Layout.MmapBase-Addr(c.pages)*PageSize, x, "%+v", c)
		}
	}
}

// Huge pages of hugetlbfs begin at a multiple of their size, whatever the gap.
func TestHugePagesOfAFileAreAligned(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	for range 100 {
		plan := randomPlan(r, "u     ")
		for _, f := range []PlaceFlags{0, PlaceLow} {
			p := newPlan(t, plan)
			x, err := p.Place(Request{Len: PMDSize, Align: PMDSize, Flags: f})
			require.NoError(t, err)
			require.Zero(t, x%PMDSize, "%q: %v", plan, x)
			require.Nil(t, p.FindIn(x, x+PMDSize), "%q: %v", plan, x)
		}
	}
}

// asked is a placement policy that keeps what it was asked.
type asked struct {
	free   []Range
	answer func(free []Range) (Addr, bool)
}

func (a *asked) Place(_ uint64, free iter.Seq[Range]) (Addr, bool) {
	a.free = slices.Collect(free)
	return a.answer(a.free)
}

func TestAPlacementPolicyIsShownAllFreeRangesFromTheTop(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	for range 200 {
		plan := randomPlan(r, "us    ")
		var want []Range
		for i := len(plan) - 1; i >= 0; i-- {
			if !fits(plan, i, 1) {
				continue
			}
			if n := len(want); n > 0 && want[n-1].Start == unitAt(i+1) {
				want[n-1].Start = unitAt(i)
			} else {
				want = append(want, Range{unitAt(i), unitAt(i + 1)})
			}
		}
		policy := &asked{answer: func([]Range) (Addr, bool) { return 0, false }}
		p := newPlan(t, plan)
		p.Placement = policy
		_, err := p.Place(Request{Len: unit})
		require.ErrorIs(t, err, syscall.ENOMEM)
		require.Equal(t, want, policy.free, "%q", plan)
	}
}

func TestAPolicysAnswerCountsOnlyWhereItIsFree(t *testing.T) {
	for name, c := range map[string]struct {
		answer Addr
		ok     bool
	}{
		"the middle of a range": {unitAt(5) + PageSize, true}, "the end of one": {unitAt(7), true},
		"too near the end": {unitAt(8), false}, "not aligned": {unitAt(5) + 1, false}, "used": {unitAt(0), false},
		"above the mapping base": {unitAt(20), false},
	} {
		p := newPlan(t, "uuu      ")
		p.Placement = &asked{answer: func([]Range) (Addr, bool) { return c.answer, true }}
		x, err := p.Place(Request{Len: 2 * unit})
		if c.ok {
			require.NoError(t, err, name)
			require.Equal(t, c.answer, x, name)
		} else {
			require.Equal(t, syscall.ENOMEM, err, name)
		}
	}
}

// joins is a merging policy that says always the same, and keeps what it was asked.
type joins struct {
	answer bool
	asked  []Neighbour
}

func (j *joins) Joins(below, above Neighbour) bool {
	j.asked = append(j.asked, below, above)
	return j.answer
}

// The policy is asked with the lower range first, and its word counts where Linux would say otherwise.
func TestAMergingPolicyDecidesInLinuxsPlace(t *testing.T) {
	p := newPictured(t, "A A")
	policy := &joins{}
	p.Merging = policy
	p.mapPages('A', 1, 1)
	p.expect("A|A|A")
	for i := 0; i < len(policy.asked); i += 2 {
		require.Equal(t, policy.asked[i].End, policy.asked[i+1].Start)
		require.Equal(t, policy.asked[i].EndIndex(), policy.asked[i+1].Index)
	}
	require.Len(t, policy.asked, 4)

	p = newPictured(t, "F G")
	p.Merging = &joins{answer: true}
	p.mapPages('F', 1, 1)
	require.Equal(t, 1, p.Count(), "other opens of one file are one area, as the policy says")

	p = newPictured(t, "a a")
	p.Merging = &joins{answer: true}
	p.mapPages('A', 1, 1)
	p.expect("aA|a") // private pages of two owners never become one's
	c := newPictured(t, "a").fork()
	c.Merging = &joins{answer: true}
	c.mapPages('A', 1, 1)
	c.expect("a|A") // nor those of a child that still reach back to its parent's
}
