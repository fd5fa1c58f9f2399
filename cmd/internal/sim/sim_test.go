package sim_test

import (
	"io"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/cmd/internal/refs"
	"vmsim/cmd/internal/sim"
)

// plan is of all policies and three sizes over a trace of 60,000 references.
func plan(t *testing.T) *sim.Plan {
	t.Helper()
	var sizes []sim.Size
	for _, text := range []string{"7", "5%", "1M"} {
		s, err := sim.ParseSize(text)
		require.NoError(t, err)
		sizes = append(sizes, s)
	}
	return &sim.Plan{
		Open:     func() (refs.Reader, io.Closer, error) { return refs.Open("zipf:60000,2000", "") },
		Policies: sim.Names(), Sizes: sizes, Jobs: 1,
	}
}

func TestAnyNumberOfJobsFindsTheSame(t *testing.T) {
	one, err := plan(t).Run()
	require.NoError(t, err)
	assert.Len(t, one, 3*len(sim.Names()))
	for _, jobs := range []int{2, 5, 100} {
		p := plan(t)
		p.Jobs = jobs
		results, err := p.Run()
		require.NoError(t, err)
		assert.Equal(t, one, results)
	}
	for _, r := range one {
		assert.Equal(t, uint64(60000), r.Requests)
		assert.InDelta(t, float64(r.Misses)/60000, r.Ratio, 1e-12)
	}
}

func TestShardsTogetherAreTheWhole(t *testing.T) {
	whole, err := plan(t).Run()
	require.NoError(t, err)
	whole, err = sim.Merge(whole)
	require.NoError(t, err)
	var parts []sim.Result
	for i := range 4 {
		p := plan(t)
		p.Shard = sim.Shard{Index: i, Count: 4}
		results, err := p.Run()
		require.NoError(t, err)
		parts = append(parts, results...)
	}
	merged, err := sim.Merge(slices.Concat(parts, parts[:2]))
	require.NoError(t, err)
	assert.Equal(t, whole, merged)

	p := plan(t)
	p.Shard = sim.Shard{Index: 0, Count: 7}
	first, err := p.Run()
	require.NoError(t, err)
	assert.Equal(t, whole[0], first[0], "share 0 begins with the first simulation")

	other := parts[0]
	other.Misses++
	_, err = sim.Merge([]sim.Result{parts[0], other})
	assert.ErrorContains(t, err, "in one shard")
	other = parts[1]
	other.Requests++
	_, err = sim.Merge([]sim.Result{parts[0], other})
	assert.ErrorContains(t, err, "different traces")
}

func TestSizesAndShardsThatCannotBe(t *testing.T) {
	for _, text := range []string{"", "0", "-1", "x", "0%", "101%", "NaN%", "5000000000", "9999G", "1T"} {
		_, err := sim.ParseSize(text)
		assert.ErrorContains(t, err, "size", text)
	}
	for _, text := range []string{"", "1", "2/2", "-1/2", "0/0", "a/b"} {
		_, err := sim.ParseShard(text)
		assert.ErrorContains(t, err, "as 0/4", text)
	}
	s, err := sim.ParseSize("4K")
	require.NoError(t, err)
	assert.Equal(t, 1, s.Pages)
	s, err = sim.ParseSize("10.5%")
	require.NoError(t, err)
	assert.Less(t, math.Abs(s.Part-.105), 1e-12)
}
