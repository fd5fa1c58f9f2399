package policy_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/pagecache/policy"
)

// keys are the keys of a trace, spread as the page numbers of a program are.
func keys(trace []policy.ID) []uint64 {
	keys := make([]uint64, len(trace))
	for i, page := range trace {
		keys[i] = 0x7ffff7 + uint64(page)*3
	}
	return keys
}

func TestExactCurveIsWhatLRUMissesAtEachSize(t *testing.T) {
	for shape, trace := range traces() {
		c := policy.NewCurve(1)
		c.Add(keys(trace[:100]))
		c.Add(keys(trace[100:]))
		for _, p := range c.Points(sizes) {
			s := policy.NewSimulation(policy.New("lru")(p.Pages), p.Pages)
			s.Run(trace)
			require.InDelta(t, s.Ratio(), p.Ratio, 1e-12, "%s, %d pages", shape, p.Pages)
		}
	}
}

func TestExactCurveOfMorePagesThanOneLineHas(t *testing.T) {
	trace := zipf(400_000, 150_000, .6, 5)
	c := policy.NewCurve(1)
	c.Add(keys(trace))
	sizes := []int{100, 10_000, 60_000, 100_000}
	for _, p := range c.Points(sizes) {
		s := policy.NewSimulation(policy.New("lru")(p.Pages), p.Pages)
		s.Run(trace)
		assert.InDelta(t, s.Ratio(), p.Ratio, 1e-12, "%d pages", p.Pages)
	}
}

func TestSampledCurveIsWithinAHundredthOfTheExactOne(t *testing.T) {
	trace := keys(zipf(2_000_000, 200_000, 1, 9))
	exact, sampled := policy.NewCurve(1), policy.NewCurve(.05)
	exact.Add(trace)
	sampled.Add(trace)
	sizes := []int{1000, 3000, 10_000, 30_000, 100_000, 200_000}
	want := exact.Points(sizes)
	for i, p := range sampled.Points(sizes) {
		assert.InDelta(t, want[i].Ratio, p.Ratio, .01, "%d pages", p.Pages)
	}
	assert.InEpsilon(t, exact.Pages(), sampled.Pages(), .02)
}

func TestNumberingIsDenseAndInOrderOfFirstReference(t *testing.T) {
	var n policy.Numbering
	ids := n.Number(nil, []uint64{1 << 63, 0, 7, 0, 1 << 63, 8})
	assert.Equal(t, []policy.ID{0, 1, 2, 1, 0, 3}, ids)
	trace := zipf(50_000, 9000, .5, 1)
	assert.True(t, slices.Equal(trace, new(policy.Numbering).Number(nil, keys(trace))))
}

// BenchmarkCurve is over 20 million references to a million pages, Zipf with α = 1.
func BenchmarkCurve(b *testing.B) {
	trace := keys(zipf(20_000_000, 1_000_000, 1, 1))
	for name, rate := range map[string]float64{"exact": 1, "sampled": .01} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				policy.NewCurve(rate).Add(trace)
			}
			b.ReportMetric(float64(len(trace))*float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
		})
	}
}
