package bench

import (
	"fmt"
	"math"
	"sync"
	"time"

	"vmsim/cmd/internal/refs"
	"vmsim/pagecache/policy"
)

// The rows of replacement are measured over 20 million references to a million pages, Zipf with α = 1, and a memory of
// a tenth. The rates to which the goals compare are those of libCacheSim as it is shipped, measured on two cores of an
// AMD EPYC.

const benchTrace = "20000000,1000000,1"

// benchKeys are the trace's references.
var benchKeys = sync.OnceValue(func() []uint64 {
	z := must(refs.ParseZipf(benchTrace))
	keys := make([]uint64, 20_000_000)
	for n := 0; n < len(keys); {
		n += must(z.Read(keys[n:]))
	}
	return keys
})

// benchIDs are the same, numbered.
var benchIDs = sync.OnceValue(func() []policy.ID {
	var n policy.Numbering
	return n.Number(make([]policy.ID, 0, len(benchKeys())), benchKeys())
})

// replacementRows are a row for each policy that libCacheSim has, too.
func replacementRows() (rows []Row) {
	for _, p := range []struct {
		name string
		rate float64 // of libCacheSim, in millions a second
	}{
		{"fifo", 10.7}, {"lru", 8.4}, {"clock", 9.7}, {"sieve", 12.1}, {"arc", 8.1}, {"2q", 5.4}, {"s3-fifo", 4.5},
		{"lirs", 3.3},
	} {
		rows = append(rows, Row{Name: "replace-" + p.name, What: "references to simulated " + p.name,
			Unit: PerSecond, Goal: atLeast(math.Round(3*p.rate*10) * 1e5), slow: true, figure: simulated(p.name)})
	}
	return append(rows,
		Row{Name: "curve", What: "references to an exact miss-ratio curve", Unit: PerSecond, Goal: atLeast(6e6),
			slow: true, figure: curved(1)},
		Row{Name: "curve-sampled", What: "references to one of 1% of the pages", Unit: PerSecond, Goal: atLeast(60e6),
			slow: true, figure: curved(0.01)})
}

// simulated is the rate of a simulation.
func simulated(name string) func(Options) (float64, error) {
	return func(o Options) (float64, error) {
		trace := benchIDs()
		const pages = 100_000
		return rateOf(o, len(trace), func() { policy.NewSimulation(policy.New(name)(pages), pages).Run(trace) })
	}
}

// curved is the rate of a curve that looks at a part of the pages.
func curved(part float64) func(Options) (float64, error) {
	return func(o Options) (float64, error) {
		keys := benchKeys()
		return rateOf(o, len(keys), func() {
			c := policy.NewCurve(part)
			for from := 0; from < len(keys); from += 1 << 14 {
				c.Add(keys[from:min(from+1<<14, len(keys))])
			}
		})
	}
}

// rateOf is how many of n things a second work does.
func rateOf(o Options, n int, work func()) (float64, error) {
	if o.Samples < 1 {
		return 0, fmt.Errorf("%d samples", o.Samples)
	}
	var rates []float64
	for range min(o.Samples, 3) {
		began := time.Now()
		work()
		rates = append(rates, float64(n)/time.Since(began).Seconds())
	}
	return median(rates), nil
}
