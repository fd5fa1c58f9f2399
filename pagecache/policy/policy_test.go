package policy_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/pagecache/policy"
)

// traces are references of many shapes: skewed, uniform, scans, loops, and changes from one to another.
func traces() map[string][]policy.ID {
	random := rand.New(rand.NewPCG(7, 7))
	loop := make([]policy.ID, 3000)
	uniform, mixed := slices.Clone(loop), slices.Clone(loop)
	for i := range loop {
		loop[i] = policy.ID(i % 60)
		uniform[i] = policy.ID(random.IntN(150))
		switch i / 500 % 3 {
		case 0:
			mixed[i] = policy.ID(random.IntN(20))
		case 1:
			mixed[i] = policy.ID(i % 400)
		default:
			mixed[i] = policy.ID(random.IntN(20) * random.IntN(20))
		}
	}
	return map[string][]policy.ID{
		"loop": loop, "uniform": uniform, "mixed": mixed,
		"zipf 1": zipf(6000, 300, 1, 3), "zipf 0.7": zipf(6000, 300, 0.7, 4),
	}
}

var sizes = []int{1, 2, 3, 4, 5, 8, 13, 30, 50, 59, 60, 61, 100, 128, 150, 200, 299}

func TestPoliciesMissWhatNaiveOnesMiss(t *testing.T) {
	for name, make := range naives {
		for shape, trace := range traces() {
			for _, size := range sizes {
				t.Run(fmt.Sprintf("%s/%s/%d", name, shape, size), func(t *testing.T) {
					second, first := make(size), policy.NewSimulation(policy.New(name)(size), size)
					for i := range trace {
						before := first.Misses
						first.Run(trace[i : i+1])
						require.Equal(t, second(trace[i]), first.Misses == before, "hit at reference %d", i)
					}
				})
			}
		}
	}
}

func TestOptimumMissesWhatASearchOfTheFutureMisses(t *testing.T) {
	for shape, trace := range traces() {
		for _, size := range []int{1, 2, 5, 30, 60, 100} {
			var memory pages
			misses := uint64(0)
			next := func(from int, page policy.ID) int {
				at := slices.Index(trace[from:], page)
				if at < 0 {
					return len(trace)
				}
				return at
			}
			for i, page := range trace {
				if memory.has(page) {
					continue
				}
				if misses++; len(memory) == size {
					memory.drop(slices.MaxFunc(memory, func(a, b policy.ID) int { return next(i, a) - next(i, b) }))
				}
				memory.push(page)
			}
			s := policy.NewSimulation(policy.NewOPT(trace), size)
			s.Run(trace)
			assert.Equal(t, misses, s.Misses, "%s, %d pages", shape, size)
		}
	}
}

func TestNoPolicyMissesLessThanTheOptimum(t *testing.T) {
	for shape, trace := range traces() {
		for _, size := range sizes {
			best := policy.NewSimulation(policy.NewOPT(trace), size)
			best.Run(trace)
			for _, p := range policy.Named {
				s := policy.NewSimulation(p.New(size), size)
				s.Run(trace)
				assert.GreaterOrEqual(t, s.Misses, best.Misses, "%s, %s, %d pages", p.Name, shape, size)
			}
		}
	}
}

// TestMissRatiosOfZipf holds the ratios that others measured, of 20 million references to a million pages.
func TestMissRatiosOfZipf(t *testing.T) {
	if os.Getenv("VMSIM_LONG") == "" {
		t.Skip("20 million references for each policy, half a minute: VMSIM_LONG=1 runs it")
	}
	trace := zipf(20_000_000, 1_000_000, 1, 1)
	for name, want := range map[string]float64{
		"fifo": .2519, "lru": .2219, "clock": .2150, "sieve": .1851, "arc": .1870, "2q": .1941, "s3-fifo": .1834,
		"lirs": .1874, "w-tinylfu": .1789,
	} {
		s := policy.NewSimulation(policy.New(name)(100_000), 100_000)
		s.Run(trace)
		t.Log(name, s.Ratio())
		assert.InDelta(t, want, s.Ratio(), .003, name)
	}
}

// TestLinuxKeepsWhatIsUsedTwiceThroughAScan is what the active list is for.
func TestLinuxKeepsWhatIsUsedTwiceThroughAScan(t *testing.T) {
	var trace []policy.ID
	for range 2 {
		for page := range policy.ID(10) {
			trace = append(trace, page)
		}
	}
	for page := range policy.ID(1000) {
		trace = append(trace, 100+page)
	}
	misses := func(name string) uint64 {
		s := policy.NewSimulation(policy.New(name)(50), 50)
		s.Run(trace)
		before := s.Misses
		s.Run(trace[:10])
		return s.Misses - before
	}
	assert.Equal(t, uint64(0), misses("linux"))
	assert.Equal(t, uint64(10), misses("lru"))
}

// TestLinuxActivatesAPageThatComesBackSoon: a refault within the length of the active list activates, a later one does
// not.
func TestLinuxActivatesAPageThatComesBackSoon(t *testing.T) {
	survives := func(others policy.ID) bool {
		s := policy.NewSimulation(policy.New("linux")(20), 20)
		for range 2 { // ten pages become active
			for page := range policy.ID(10) {
				s.Run([]policy.ID{page})
			}
		}
		s.Run([]policy.ID{100})
		for page := range 10 + others { // evicts page 100, and some others after it
			s.Run([]policy.ID{200 + page})
		}
		s.Run([]policy.ID{100})
		for page := range policy.ID(9) { // evicts page 100 if it is inactive
			s.Run([]policy.ID{400 + page, 500 + page})
		}
		before := s.Misses
		s.Run([]policy.ID{100})
		return s.Misses == before
	}
	assert.True(t, survives(0))
	assert.False(t, survives(40))
}
