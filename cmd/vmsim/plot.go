package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strconv"

	"vmsim/cmd/internal/chart"
	"vmsim/cmd/internal/sim"
)

var plotCommand = command{
	name: "plot", args: "mrc TRACE", line: "draw the miss-ratio curve of a trace: misses against the size of memory",
	text: `The curve of LRU is exact for all sizes and takes one pass over the trace. --sample looks at a part of the
pages only, chosen by a hash, which is some ten times faster; with a part of 1/100 and ten thousand pages or more it
is within a hundredth of the exact one. Other policies are simulated at as many sizes as --points says.

Without -o the curve is drawn with characters; with -o FILE it is a picture (.svg, .png) or a table (.csv).
TRACE is what vmsim sim reads.`,
	examples: []string{
		"vmsim plot mrc zipf:50000,2000",
		"vmsim plot mrc zipf:20000,1000 --policy lru,clock,opt --points 8",
	},
	flags: []flagHelp{
		{"-o FILE", "write a picture (.svg, .png) or a table (.csv)"},
		{"--policy LIST", "which policies, as vmsim sim has them (default lru)"},
		{"--points N", "how many sizes of memory, 2 to 1000 (default 40)"},
		{"--sample PART", "the part of the pages that LRU's curve looks at, above 0 and up to 1 (default 1)"},
		{"--format NAME", "of the file, where its name does not say it: csv, lackey, perf, msr, oracle"},
		{"--jobs N", "processors to use (default all)"},
	},
	run: (*app).plot,
}

func (a *app) plot(f *flags) int {
	const try = "vmsim plot mrc zipf:50000,2000 -o mrc.svg"
	if len(f.rest) == 0 || f.rest[0] != "mrc" {
		return a.fail(&usageError{"what to plot is wanted: mrc, the miss-ratio curve", try})
	}
	f.rest = f.rest[1:]
	points, rate := 40, 1.0
	var err error
	if f.has("points") {
		if points, err = strconv.Atoi(f.set["points"]); err != nil || points < 2 || points > 1000 {
			return a.fail(&usageError{"--points wants a number from 2 to 1000, not " + f.set["points"], try})
		}
	}
	if f.has("sample") {
		if rate, err = strconv.ParseFloat(f.set["sample"], 64); err != nil || !(rate > 0 && rate <= 1) {
			return a.fail(
				&usageError{"--sample wants a part above 0 and up to 1, as 0.01, not " + f.set["sample"], try},
			)
		}
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
	fmt.Fprintf(a.err, "%s: %d bytes, %s\n", file, b.Len(), c.Title)
	return exitFine
}
