package bench

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"vmsim/syscalls"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/trace"
)

// The rows that are measured whole: sizes, and what the command as a program does.

// heap is how many bytes live on the heap.
func heap() float64 {
	runtime.GC()
	runtime.GC() // what the first one has freed is swept now
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// grown is how much heap each of n things takes that make creates; what make returns is kept until it is measured.
func grown(n int, create func() any) float64 {
	before := heap()
	kept := create()
	after := heap()
	runtime.KeepAlive(kept)
	return (after - before) / float64(n)
}

const metaPages = 1 << 17

// metadata is what a page costs that is in a file's cache and mapped: its frame, its slot and its entry. It holds
// nothing, so there are no bytes.
func metadata(Options) (float64, error) {
	p := process()
	check(p.Kernel().AddFile(syscalls.FileSpec{Path: "/data/a"}))
	fd := must(p.Open("/data/a", syscalls.OpenReadWrite, 0))
	check(p.Ftruncate(fd, metaPages*vm.PageSize))
	x := must(p.Mmap(0, metaPages*vm.PageSize, rw, syscalls.MapShared, fd, 0))
	return grown(metaPages, func() any {
		for i := range vm.Addr(metaPages) {
			check(p.Store(x+i*vm.PageSize, 0))
		}
		return p
	}), nil
}

func areaSize(Options) (float64, error) {
	const areas = 100000
	return grown(areas, func() any {
		p, _ := withAreas(areas)
		return p
	}), nil
}

// sparse is what a page costs that is written to somewhere in a file of 1 TiB, in runs of 1 MiB far from each other.
func sparse(Options) (float64, error) {
	const runs, runPages = 64, large / vm.PageSize
	k := syscalls.New(syscalls.Config{FS: syscalls.Ext4, DiskSize: 4 << 40})
	p := k.Spawn()
	fd := must(p.Open("/data/a", syscalls.OpenReadWrite|syscalls.OpenCreate, 0o644))
	check(p.Ftruncate(fd, 1<<40))
	x := must(p.Mmap(0, large, rw, anon|syscalls.MapPopulate, -1, 0))
	for i := range vm.Addr(runPages) {
		check(p.Store(x+i*vm.PageSize, 1))
	}
	return grown(runs*runPages, func() any {
		for i := range int64(runs) {
			must(p.Pwrite64(fd, x, large, i*(16<<30)))
		}
		return k
	}), nil
}

// logShare is how much of a first load, the shortest of the faults, goes into the log, with no observer: the
// number of its steps times what a step takes. It is a lower bound: a build whose Step does nothing was 7 to 10% faster
// in this row, 4% in minor-fault and within what the machine varies by in all others, since between the steps the
// compiler keeps less in registers.
func logShare(o Options) (float64, error) {
	l := trace.NewLog(new(clock.Clock))
	steps := Work{Do: func(_ Watch, n int) {
		for i := range n {
			l.Step(trace.TLBMiss, uint64(i), 0, 0)
			l.Step(trace.Faulted, uint64(i), 0, 0)
			l.Step(trace.FaultArea, uint64(i), 0, 0)
			l.Step(trace.AnonFault, uint64(i), 0, 0)
			l.Step(trace.ZeroPageMapped, uint64(i), 0, 0)
			l.Step(trace.FaultMinor, uint64(i), 0, 0)
			l.Step(trace.TLBFilled, uint64(i), 0, 0)
		}
	}}
	load := modelFirstLoad()
	n, m := calibrate(steps, o.Sample), calibrate(load, o.Sample)
	var shares []float64
	for range o.Samples {
		shares = append(shares, 100*nanos(steps, n)/nanos(load, m))
	}
	return median(shares), nil
}

var errNotBuilt = errors.New("only the built command can tell")

// self is the command with arguments.
func (o Options) self(args ...string) (*exec.Cmd, error) {
	if o.Self == "" || strings.HasSuffix(filepath.Base(o.Self), ".test") {
		return nil, errNotBuilt
	}
	return exec.Command(o.Self, args...), nil
}

// demoTime is how long vmsim demo takes, by the wall's clock.
func demoTime(o Options) (float64, error) {
	var times []float64
	for range o.Samples {
		cmd, err := o.self("demo")
		if err != nil {
			return 0, err
		}
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return 0, err
		}
		times = append(times, float64(time.Since(began))/1e6)
	}
	return median(times), nil
}

// fuzzRate is how many statements a second vmsim fuzz runs on both sides.
func fuzzRate(o Options) (float64, error) {
	cmd, err := o.self("fuzz", "--kinds", "main", "--for", "5s", "--json")
	if err != nil {
		return 0, err
	}
	out, err := cmd.Output()
	if len(out) == 0 && err != nil {
		return 0, errors.New("there is no kernel to ask here")
	}
	return rateInSums(out)
}

// rateInSums is how many statements a second the sums say that vmsim fuzz --json prints last.
func rateInSums(out []byte) (float64, error) {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var tally struct {
		Statements int64         `json:"statements"`
		Elapsed    time.Duration `json:"elapsed_ns"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &tally); err != nil || tally.Elapsed == 0 {
		return 0, errors.New("vmsim fuzz gave no sums")
	}
	return float64(tally.Statements) / tally.Elapsed.Seconds(), nil
}
