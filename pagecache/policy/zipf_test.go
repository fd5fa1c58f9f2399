package policy_test

import (
	"math"
	"math/rand/v2"
	"slices"

	"vmsim/pagecache/policy"
)

// zipf returns n references to so many pages; the page of rank r is referenced in proportion to 1/r^alpha. The ranks
// are scattered over the numbers, which are then given out anew in the order of first reference.
func zipf(n, pages int, alpha float64, seed uint64) []policy.ID {
	sums := make([]float64, pages)
	sum := 0.0
	for r := range sums {
		sum += math.Pow(float64(r+1), -alpha)
		sums[r] = sum
	}
	random := rand.New(rand.NewPCG(seed, 1))
	number := make([]policy.ID, pages)
	trace, known := make([]policy.ID, n), policy.ID(0)
	for i := range trace {
		r, _ := slices.BinarySearch(sums, random.Float64()*sum)
		if number[r] == 0 {
			known++
			number[r] = known
		}
		trace[i] = number[r] - 1
	}
	return trace
}
