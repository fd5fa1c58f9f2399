package main

import (
	"fmt"
	"maps"
	"slices"

	"vmsim/cmd/internal/chart"
	"vmsim/syscalls/compare"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// sortedKeys are a map's keys in order.
func sortedKeys[V any](m map[uint64]V) []uint64 { return slices.Sorted(maps.Keys(m)) }

// plottedWays are the ways that pictures compare.
var plottedWays = []compare.Way{compare.Read, compare.Mmap}

// plotCompare is what each way of doing the work of a program costs.
func (a *app) plotCompare(file string) (c chart.Chart, err error) {
	prog, err := a.program(file)
	if err != nil {
		return c, err
	}
	work, err := compare.Observe(prog)
	if err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	c = chart.Chart{Title: "the work of " + short(file) + ", by two ways",
		X: "copied, zeroed, or moved by the device", Y: "KiB"}
	kinds := []string{"to-user", "from-user", "zero", "dma-in", "dma-out"}
	c.Names = []string{"to the user", "from the user", "zeroed", "DMA in", "DMA out"}
	for _, way := range plottedWays {
		costs, err := a.measureModel(work, way)
		if err != nil {
			return c, err
		}
		curve := chart.Curve{Name: string(way), Drawing: chart.Bars}
		for i, k := range kinds {
			curve.Points = append(curve.Points, chart.Point{X: float64(i), Y: float64(costs.Total.Copies[k]) / 1024})
		}
		c.Curves = append(c.Curves, curve)
	}
	return c, nil
}

func (a *app) measureModel(work *compare.Work, way compare.Way) (*compare.Costs, error) {
	prog, err := work.Program(way)
	if err != nil {
		return nil, err
	}
	return compare.Measure(way, prog, a.machine())
}

// scaled are the sizes of file, in pages, whose reading plotScale measures.
var scaled = []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048}

// plotScale is how the cost of reading a whole cold file grows with its size, by each way, in the model's time.
func (a *app) plotScale(string) (c chart.Chart, err error) {
	c = chart.Chart{
		Title: "reading a cold file whole, a page at a time", X: "pages of the file", Y: "microseconds a page",
	}
	curves := make([]chart.Curve, len(plottedWays))
	for _, pages := range scaled {
		work, err := scaledReads(pages)
		if err != nil {
			return c, err
		}
		for i, way := range plottedWays {
			costs, err := a.measureModel(work, way)
			if err != nil {
				return c, err
			}
			curves[i].Name = string(way)
			curves[i].Points = append(curves[i].Points, chart.Point{
				X: float64(pages), Y: float64(costs.Total.Nanos) / microsecond / float64(pages),
			})
		}
	}
	c.Curves = curves
	return c, nil
}

// scaledReads is the work of reading a cold file of so many pages, a page at a time.
func scaledReads(pages int) (*compare.Work, error) {
	text := fmt.Sprintf(".machine fs=ext4 disk=nvme\n.file /data/a %d cold\nfd = openat(AT_FDCWD, \"/data/a\", "+
		"O_RDONLY)\nbuf = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", pages*4096)
	for i := range pages {
		text += fmt.Sprintf("pread64(fd, buf, PAGE, %d*PAGE)\n", i)
	}
	prog, err := script.Parse("scale", text)
	if err != nil {
		return nil, err
	}
	return compare.Observe(prog)
}

// plotHost is the faults of each statement, in the model and on this Linux: a dot on the diagonal is a statement that
// is the same in both.
func (a *app) plotHost(file string) (c chart.Chart, err error) {
	prog, err := a.program(file)
	if err != nil {
		return c, err
	}
	ours, err := faultsOf(prog, model.New())
	if err != nil {
		return c, err
	}
	kernel, err := host.New()
	if err != nil {
		return c, &noEvidence{err}
	}
	defer kernel.Close()
	here, err := faultsOf(prog, kernel)
	if err != nil {
		return c, &noEvidence{fmt.Errorf("%s cannot run on this kernel: %w", file, err)}
	}
	dots := chart.Curve{Name: "a statement", Drawing: chart.Dots}
	top := 1.0
	for i := range min(len(ours), len(here)) {
		dots.Points = append(dots.Points, chart.Point{X: ours[i], Y: here[i]})
		top = max(top, ours[i], here[i])
	}
	return chart.Chart{
		Title: "page faults of " + short(file) + ", a statement each", X: "in the model",
		Y:      "on Linux " + host.Kernel(),
		Scale:  chart.Linear,
		Curves: []chart.Curve{dots, {Name: "the same", Points: []chart.Point{{X: 0, Y: 0}, {X: top, Y: top}}}},
	}, nil
}

// noEvidence is a kernel that cannot be asked, or not about this program.
type noEvidence struct{ why error }

// Error is why not.
func (e *noEvidence) Error() string { return e.why.Error() }

// faultsOf are the faults of each statement of a program on a machine.
func faultsOf(prog *script.Program, m run.Machine) (n []float64, err error) {
	r, err := run.NewRunner(prog, m, run.Options{Show: run.Faults})
	if err != nil {
		return nil, err
	}
	for r.Next() {
		n = append(n, float64(r.Result().Minor+r.Result().Major))
	}
	return n, r.Err()
}
