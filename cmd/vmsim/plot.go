package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"vmsim/cmd/internal/chart"
	"vmsim/cmd/internal/sim"
	"vmsim/syscalls/plural"
)

var plotCommand = command{
	name: "plot", args: "KIND FILE", line: "a picture of what a program did, or of a trace's misses",
	text: `KIND is one of:
faults, where and when pages faulted, each kind with a shape of its own; rss, what each process has in memory, and its
share of it; dirty, what waits for the disk; readahead, pages read against pages used; compare, the bytes that read()
and mmap move for the same work; scale, what reading costs as the file grows (without FILE); host, the faults of each
statement in the model and on this Linux; mrc, the miss-ratio curve of a trace: misses against the size of memory.

Without -o the picture is drawn with characters; with -o FILE it is a picture (.svg, .png) or a table (.csv).

FILE is a .vms program; for mrc it is a trace as vmsim sim reads it. The curve of LRU is exact for all sizes and takes
one pass over the trace. --sample looks at a part of the pages only, chosen by a hash, which is some ten times faster;
with a part of 1/100 and ten thousand pages or more it is within a hundredth of the exact one. Other policies are
simulated at as many sizes as --points says.`,
	examples: []string{
		"vmsim plot faults docs/examples/readahead.vms",
		"vmsim plot compare docs/examples/sequential.vms",
		"vmsim plot mrc zipf:50000,2000",
		"vmsim plot mrc zipf:20000,1000 --policy lru,clock,opt --points 8",
	},
	flags: []flagHelp{
		costsFlag,
		{"-o FILE", "write a picture (.svg, .png) or a table (.csv)"},
		{"--policy LIST", "of mrc: which policies, as vmsim sim has them (default lru)"},
		{"--points N", "of mrc: how many sizes of memory, 2 to 1000 (default 40)"},
		{"--sample PART", "of mrc: the part of the pages that LRU's curve looks at, above 0 and up to 1 (default 1)"},
		{"--format NAME", "of the trace, where its name does not say it: csv, lackey, perf, msr, oracle, vms"},
		{"--jobs N", "of mrc: processors to use (default all)"},
	},
	words: plotKinds,
	run:   (*app).plot,
}

// pictures are the kinds of pictures of a program.
var pictures = map[string]func(a *app, file string) (chart.Chart, error){
	"faults": (*app).plotFaults, "rss": (*app).plotResident, "dirty": (*app).plotDirty,
	"readahead": (*app).plotReadahead, "compare": (*app).plotCompare, "scale": (*app).plotScale,
	"host": (*app).plotHost,
}

// plotKinds are what plot draws.
func plotKinds() []string { return append(slices.Sorted(maps.Keys(pictures)), "mrc") }

func (a *app) plot(f *flags) int {
	const try = "vmsim plot faults docs/examples/readahead.vms"
	kinds := plotKinds()
	if len(f.rest) == 0 {
		return a.fail(&usageError{"what to plot is wanted: " + strings.Join(kinds, ", "), try})
	}
	kind := f.rest[0]
	if kind == "mrc" {
		return a.plotMisses(f)
	}
	draw := pictures[kind]
	if draw == nil {
		what := fmt.Sprintf("there is no picture %q", kind)
		if near := didYouMean(what, kind, kinds); near != what {
			return a.fail(&usageError{near, try})
		}
		return a.fail(&usageError{what + "; there are " + strings.Join(kinds, ", "), try})
	}
	if len(f.rest) == 1 && kind == "scale" {
		f.rest = append(f.rest, "")
	}
	if len(f.rest) != 2 {
		return a.fail(&usageError{"plot " + kind + " wants a program", "vmsim plot " + kind + " docs/examples/cow.vms"})
	}
	c, err := draw(a, f.rest[1])
	var none *noEvidence
	if errors.As(err, &none) {
		return a.noKernel(none.why)
	}
	if err != nil {
		return a.fail(err)
	}
	return a.draw(c, f.set["o"])
}

const tryMisses = "vmsim plot mrc zipf:50000,2000 -o mrc.svg"

// plotMisses is the miss-ratio curve of a trace.
func (a *app) plotMisses(f *flags) int {
	if len(f.rest) != 2 {
		return a.fail(&usageError{"plot mrc wants a trace", tryMisses})
	}
	f.rest = f.rest[1:]
	points, rate, err := missFlags(f)
	if err != nil {
		return a.fail(err)
	}
	if f.set["policy"] == "" {
		f.set["policy"] = "lru"
	}
	p, err := a.planOf(f, "1")
	if err != nil {
		return a.fail(err)
	}
	c, err := a.missRatios(p, f.rest[0], points, rate)
	if err != nil {
		return a.fail(err)
	}
	return a.draw(c, f.set["o"])
}

// missFlags reads how many points a curve of misses has, and which part of the pages is sampled.
func missFlags(f *flags) (points int, rate float64, err error) {
	points, rate = 40, 1.0
	if f.has("points") {
		if points, err = strconv.Atoi(f.set["points"]); err != nil || points < 2 || points > 1000 {
			return 0, 0, &usageError{"--points wants a number from 2 to 1000, not " + f.set["points"], tryMisses}
		}
	}
	if f.has("sample") {
		if rate, err = strconv.ParseFloat(f.set["sample"], 64); err != nil || !(rate > 0 && rate <= 1) {
			what := "--sample wants a part above 0 and up to 1, as 0.01, not " + f.set["sample"]
			return 0, 0, &usageError{what, tryMisses}
		}
	}
	return points, rate, nil
}

// missRatios computes the curves.
func (a *app) missRatios(p *sim.Plan, name string, points int, rate float64) (chart.Chart, error) {
	c := chart.Chart{Title: "miss ratio of " + name, X: "pages of memory", Y: "miss ratio"}
	lru, err := curveOf(p, rate)
	if err != nil {
		return c, err
	}
	if lru.Requests() == 0 {
		return c, fmt.Errorf("%s: no references in it", name)
	}
	sizes := spread(lru.Pages(), points)
	var others []string
	for _, name := range p.Policies {
		if name != "lru" {
			others = append(others, name)
		}
	}
	found := map[string][]chart.Point{}
	for _, q := range lru.Points(sizes) {
		found["lru"] = append(found["lru"], chart.Point{X: float64(q.Pages), Y: q.Ratio})
	}
	if len(others) > 0 {
		if err := simulated(p, others, sizes, found); err != nil {
			return c, err
		}
	}
	for _, name := range p.Policies {
		c.Curves = append(c.Curves, chart.Curve{Name: name, Points: found[name]})
	}
	return c, nil
}

// simulated adds the points of the policies that are simulated.
func simulated(p *sim.Plan, names []string, sizes []int, found map[string][]chart.Point) error {
	q := *p
	q.Policies, q.Sizes = names, nil
	for _, n := range sizes {
		q.Sizes = append(q.Sizes, sim.Size{Pages: n})
	}
	results, err := q.Run()
	for _, r := range results {
		found[r.Policy] = append(found[r.Policy], chart.Point{X: float64(r.Pages), Y: r.Ratio})
	}
	return err
}

// spread returns sizes from 1 page to all pages, at equal distances on a logarithmic axis.
func spread(pages, points int) (sizes []int) {
	for i := range points {
		n := int(math.Round(math.Pow(float64(max(pages, 2)), float64(i)/float64(points-1))))
		if len(sizes) == 0 || n > sizes[len(sizes)-1] {
			sizes = append(sizes, n)
		}
	}
	return sizes
}

// draw prints a chart, or writes it to a file.
func (a *app) draw(c chart.Chart, file string) int {
	if file == "" {
		if err := c.Text(a.out, 80, 21); err != nil {
			return a.fail(err)
		}
		return exitFine
	}
	var b bytes.Buffer
	err := c.Write(&b, file)
	if err == nil {
		err = os.WriteFile(file, b.Bytes(), 0o644)
	}
	if err != nil {
		return a.fail(err)
	}
	fmt.Fprintf(a.err, "%s: %s, %s\n", file, plural.Bytes(b.Len()), c.Title)
	return exitFine
}
