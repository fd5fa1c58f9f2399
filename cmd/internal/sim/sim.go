// Package sim runs many simulations of page replacement over one trace: each policy with each size of memory. The trace
// is read once and handed to all of them in parts, so its length does not count for memory; several processors share
// the simulations.
package sim

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"vmsim/cmd/internal/refs"
	"vmsim/pagecache/policy"
	"vmsim/syscalls/plural"
)

// Names are the names of all policies, the optimum last: it needs the whole trace, four bytes a reference.
func Names() (names []string) {
	for _, p := range policy.Named {
		names = append(names, p.Name)
	}
	return append(names, policy.Optimum)
}

// Result is what one simulation found.
type Result struct {
	Policy   string  `json:"policy"`
	Pages    int     `json:"pages"` // the size of memory
	Requests uint64  `json:"requests"`
	Misses   uint64  `json:"misses"`
	Ratio    float64 `json:"ratio"` // misses divided by requests
}

// Size is a size of memory: pages, or a part of the different pages of the trace.
type Size struct {
	Pages int
	Part  float64 // 0 where Pages says it
}

// ParseSize reads "1000" (pages), "10%" (of the trace's pages), "64M" (bytes).
func ParseSize(text string) (Size, error) {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		p, err := strconv.ParseFloat(percent, 64)
		if err != nil || !(p > 0 && p <= 100) {
			return Size{}, fmt.Errorf("size %q is not a percentage above 0 and up to 100", text)
		}
		return Size{Part: p / 100}, nil
	}
	number, shift := text, 0
	for unit, bits := range map[string]int{"K": 10, "M": 20, "G": 30} {
		if cut, ok := strings.CutSuffix(strings.ToUpper(text), unit); ok {
			number, shift = cut, bits
		}
	}
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil || n == 0 {
		return Size{}, fmt.Errorf(
			"size %q is not a number of pages (1000), a part of the trace's pages (10%%) or bytes (64M)",
			text,
		)
	}
	if shift > 0 {
		n = max(1, n<<shift>>12)
	}
	if n > math.MaxUint32/2 {
		return Size{}, fmt.Errorf("size %q is more than %d pages", text, math.MaxUint32/2)
	}
	return Size{Pages: int(n)}, nil
}

func (s Size) of(pages int) int {
	if s.Part == 0 {
		return s.Pages
	}
	return max(1, int(math.Round(s.Part*float64(pages))))
}

// Shard is a share of the simulations: those whose number has the remainder Index when divided by Count.
type Shard struct{ Index, Count int }

// ParseShard reads "0/4" to "3/4".
func ParseShard(text string) (Shard, error) {
	index, count, ok := strings.Cut(text, "/")
	i, err := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	if !ok || err != nil || err2 != nil || n < 1 || i < 0 || i >= n {
		return Shard{}, fmt.Errorf("shard %q is not I/N with I from 0 to N-1, as 0/4", text)
	}
	return Shard{i, n}, nil
}

// Plan is what to simulate.
type Plan struct {
	Open     func() (refs.Reader, io.Closer, error) // begins the trace; called twice where it must be known beforehand
	Policies []string
	Sizes    []Size
	Jobs     int // processors
	Shard    Shard
	Progress func(requests uint64) // called after each part
}

// Run simulates, and returns the results by policies and sizes in the plan's order.
func (p *Plan) Run() ([]Result, error) {
	sizes, trace, err := p.prepare()
	if err != nil {
		return nil, err
	}
	var runs []*run
	number := 0
	for _, name := range p.Policies {
		for _, pages := range sizes {
			if number++; p.Shard.Count > 1 && (number-1)%p.Shard.Count != p.Shard.Index {
				continue
			}
			runs = append(runs, newRun(name, pages, trace))
		}
	}
	if err := p.stream(runs); err != nil {
		return nil, err
	}
	results := make([]Result, len(runs))
	for i, r := range runs {
		results[i] = Result{r.name, r.Pages, r.Requests, r.Misses, r.Ratio()}
	}
	return results, nil
}

// run is one simulation.
type run struct {
	*policy.Simulation
	name string
}

func newRun(name string, pages int, trace []policy.ID) *run {
	if name == policy.Optimum {
		return &run{policy.NewSimulation(policy.NewOPT(trace), pages), name}
	}
	return &run{policy.NewSimulation(policy.New(name)(pages), pages), name}
}

// prepare reads the trace once where sizes are parts of it, or the optimum is asked for.
func (p *Plan) prepare() (sizes []int, trace []policy.ID, err error) {
	keep := slices.Contains(p.Policies, policy.Optimum)
	first := keep || slices.ContainsFunc(p.Sizes, func(s Size) bool { return s.Part > 0 })
	pages := 0
	if first {
		err := p.each(func(ids []policy.ID, known int) error {
			if pages = known; keep {
				trace = append(trace, ids...)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	for _, s := range p.Sizes {
		sizes = append(sizes, s.of(pages))
	}
	return slices.Compact(sizes), trace, nil
}

// partSize is how many references a part has.
const partSize = 1 << 14

// each reads the trace and calls f with each part of it, and how many different pages there were so far.
func (p *Plan) each(f func(ids []policy.ID, known int) error) error {
	r, done, err := p.Open()
	if err != nil {
		return err
	}
	defer done.Close()
	var numbers policy.Numbering
	keys, requests := make([]uint64, partSize), uint64(0)
	for {
		n, err := r.Read(keys)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(numbers.Number(make([]policy.ID, 0, n), keys[:n]), numbers.Len()); err != nil {
			return err
		}
		if requests += uint64(n); p.Progress != nil {
			p.Progress(requests)
		}
	}
}

// stream hands each part of the trace to all simulations, which some workers share.
func (p *Plan) stream(runs []*run) error {
	workers := max(1, min(p.Jobs, len(runs)))
	parts := make([]chan []policy.ID, workers)
	ended := make(chan struct{})
	for w := range parts {
		parts[w] = make(chan []policy.ID, 16)
		go func() {
			for ids := range parts[w] {
				for i := w; i < len(runs); i += workers {
					runs[i].Run(ids)
				}
			}
			ended <- struct{}{}
		}()
	}
	err := p.each(func(ids []policy.ID, _ int) error {
		for _, part := range parts {
			part <- ids
		}
		return nil
	})
	for _, part := range parts {
		close(part)
	}
	for range parts {
		<-ended
	}
	return err
}

// Merge puts the results of shards into one order: by policies as tables have them, then by sizes. The same simulation
// twice must have found the same.
func Merge(results []Result) ([]Result, error) {
	order := Names()
	slices.SortStableFunc(results, func(a, b Result) int {
		if a.Policy != b.Policy {
			return slices.Index(order, a.Policy) - slices.Index(order, b.Policy)
		}
		return a.Pages - b.Pages
	})
	var merged []Result
	for _, r := range results {
		if n := len(merged); n > 0 && merged[n-1].Policy == r.Policy && merged[n-1].Pages == r.Pages {
			if merged[n-1] != r {
				return nil, fmt.Errorf("%s with %s: %s of %d in one shard, %d of %d in another", r.Policy,
					plural.Pages(r.Pages), plural.Count(merged[n-1].Misses, "miss", "misses"),
					merged[n-1].Requests, r.Misses, r.Requests)
			}
			continue
		}
		if len(merged) > 0 && merged[0].Requests != r.Requests {
			return nil, fmt.Errorf(
				"the shards are of different traces: %d and %d references",
				merged[0].Requests,
				r.Requests,
			)
		}
		merged = append(merged, r)
	}
	return merged, nil
}
