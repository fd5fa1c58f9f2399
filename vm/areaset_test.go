package vm

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// showing is an area of n pages that shows a file from page first on.
func showing(first PageIndex, n uint64) *Area {
	return &Area{Start: 0x10000, End: 0x10000 + Addr(n<<PageShift), Index: first}
}

// found is the areas that a set gives for a range of pages.
func found(s *AreaSet, first, last PageIndex) (areas []*Area) {
	s.Each(first, last, func(a *Area, _ Addr, _ uint64) bool {
		areas = append(areas, a)
		return true
	})
	return areas
}

func TestReverseMapGivesAreasByTheFirstPageThatTheyShow(t *testing.T) {
	var s AreaSet
	late, early, twin := showing(9, 2), showing(0, 20), showing(9, 5)
	for _, a := range []*Area{late, early, twin} {
		s.add(a, nil)
	}
	require.Equal(t, []*Area{early, late, twin}, found(&s, 0, 100))
	require.Equal(t, []*Area{early, twin}, found(&s, 12, 13), "the one that ends before is left out")
	require.Equal(t, []*Area{early}, found(&s, 0, 8))
	require.Empty(t, found(&s, 20, 100))
}

func TestChildsAreaFollowsItsParentsInTheReverseMap(t *testing.T) {
	var s AreaSet
	parent, other, child := showing(4, 1), showing(4, 1), showing(4, 1)
	l := s.add(parent, nil)
	s.add(other, nil)
	s.addAfter(child, l)
	require.Equal(t, []*Area{parent, child, other}, found(&s, 4, 4))
}

func TestAreaThatChangesComesBehindThoseThatBeginAtTheSamePage(t *testing.T) {
	var s AreaSet
	a, b := showing(4, 1), showing(4, 1)
	a.fileLink = s.add(a, nil)
	s.add(b, nil)
	a.leaveSets()
	a.End += 3 * PageSize
	a.enterSets()
	require.Equal(t, []*Area{b, a}, found(&s, 4, 4))
	require.Equal(t, []*Area{a}, found(&s, 7, 7), "the pages that it grew by are found")
}

func TestReverseMapSaysWhereAnAreaShowsTheFirstPageOfARange(t *testing.T) {
	var s AreaSet
	s.add(showing(8, 4), nil)
	s.Each(10, 30, func(_ *Area, from Addr, pages uint64) bool {
		require.EqualValues(t, 0x12000, from)
		require.EqualValues(t, 2, pages)
		return true
	})
}

// A list of all areas, sorted when it is asked, is what the tree must agree with.
func TestReverseMapAgreesWithASearchOfAllAreas(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var s AreaSet
	var all []*link
	for range 1000 {
		switch n := len(all); {
		case n > 0 && r.IntN(3) == 0:
			i := r.IntN(n)
			s.remove(all[i])
			all = slices.Delete(all, i, i+1)
		case n > 0 && r.IntN(4) == 0:
			i := r.IntN(n)
			a := *all[i].area
			all = slices.Insert(all, i+1, s.addAfter(&a, all[i]))
		default:
			all = append(all, s.add(showing(PageIndex(r.IntN(60)), 1+r.Uint64N(20)), nil))
		}
		for _, l := range all {
			if err := l.check(); err != nil {
				t.Fatal(err)
			}
		}
		first := PageIndex(r.IntN(80))
		last := first + PageIndex(r.IntN(10))
		var want []*Area
		sorted := slices.Clone(all)
		slices.SortStableFunc(sorted, func(a, b *link) int { return cmp.Compare(a.area.Index, b.area.Index) })
		for _, l := range sorted {
			if l.area.Index <= last && l.area.lastIndex() >= first {
				want = append(want, l.area)
			}
		}
		require.Equal(t, want, found(&s, first, last))
		require.Equal(t, len(all), s.Len())
	}
}

func TestReverseMapOfManyAreasIsShallow(t *testing.T) {
	const areas, deepest = 1 << 16, 3 * 16
	for name, index := range map[string]func(i int) PageIndex{
		"rising":       func(i int) PageIndex { return PageIndex(i) },
		"falling":      func(i int) PageIndex { return PageIndex(areas - i) },
		"all the same": func(int) PageIndex { return 7 },
	} {
		t.Run(name, func(t *testing.T) {
			var s AreaSet
			var last *link
			for i := range areas {
				last = s.add(showing(index(i), 3), nil)
			}
			for i := 0; i < areas; i += 1000 {
				require.LessOrEqual(t, depthOf(s.root.search(index(i), index(i))), deepest)
			}
			require.LessOrEqual(t, depthOf(last), deepest)
		})
	}
}

// depthOf is how many nodes are above l.
func depthOf(l *link) (n int) {
	for l = l.up; l != nil; l = l.up {
		n++
	}
	return n
}

// BenchmarkReverseMap shows, takes away and finds an area among many of one file.
func BenchmarkReverseMap(b *testing.B) {
	for _, areas := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(areas), func(b *testing.B) {
			var s AreaSet
			for i := range areas {
				s.add(showing(PageIndex(i), 1), nil)
			}
			for b.Loop() {
				l := s.add(showing(PageIndex(areas/2), 1), nil)
				if s.root.search(PageIndex(areas/2), PageIndex(areas/2)) == nil {
					b.Fatal("no area was found")
				}
				s.remove(l)
			}
		})
	}
}
