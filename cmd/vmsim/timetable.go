package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vmsim/syscalls/compare"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
)

// workload is a program that is timed on both sides.
type workload struct {
	name, way string
	prog      *script.Program
}

// timedRuns is how often vmsim compare runs a program on this Linux; the median counts.
const timedRuns = 5

// memoryWorkloads are of memory alone: what the examples faults, cow, private and shared do, with more pages.
var memoryWorkloads = [][2]string{
	{"loads of untouched memory", eightMiB + "p[0..8M step PAGE]\n"},
	{"stores to untouched memory", eightMiB + "p[0..8M step PAGE] = 1\n"},
	{"the same, populated",
		"p = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n" +
			"p[0..8M step PAGE] = 1\n"},
	{"stores after fork", eightMiB + "p[0..8M step PAGE] = 1\nfork()\np[0..8M step PAGE] = 2\n"},
	{"unmapping", strings.Repeat(eightMiB+"p[0..8M step PAGE] = 1\nmunmap(p, 8M)\n", 2)},
	{"private stores to a cached file", ".machine fs=ext4\n.file /data/a 4M cached\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n" +
		"p = mmap(NULL, 4M, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)\np[0..4M step PAGE] = 1\n"},
}

// workloads are examples done by several ways, with the file on the disk and in the page cache, and some unchanged.
func (a *app) workloads() (list []workload, err error) {
	for _, name := range []string{"sequential", "random", "repeated", "written"} {
		prog, err := a.program("docs/examples/" + name + ".vms")
		if name == "random" {
			prog, err = script.Parse(name, randomReads())
		}
		if err != nil {
			return nil, err
		}
		work, err := compare.Observe(prog)
		if err != nil {
			return nil, err
		}
		more, err := coldAndCached(name, work)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	slices.SortStableFunc(list, func(x, y workload) int { return strings.Compare(x.name, y.name) })
	for _, w := range memoryWorkloads {
		prog, err := script.Parse(w[0], w[1])
		if err != nil {
			return nil, err
		}
		list = append(list, workload{name: w[0], prog: prog})
	}
	return list, nil
}

// coldAndCached is a work done by read and by mmap, each with the file on the disk only and with it in the page cache.
func coldAndCached(name string, work *compare.Work) (list []workload, err error) {
	for _, way := range []compare.Way{compare.Read, compare.Mmap} {
		prog, err := work.Program(way)
		if err != nil {
			return nil, err
		}
		list = append(list, workload{name + ", cold", string(way), prog},
			workload{name + ", cached", string(way), compare.Cached(prog)})
	}
	return list, nil
}

// randomReads is docs/examples/random.vms with 512 accesses: the time of eight is mostly that of a new process's first
// calls.
func randomReads() string {
	var b strings.Builder
	b.WriteString(".machine fs=ext4 disk=nvme\n.file /data/a 16M cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n")
	for i := range 512 {
		fmt.Fprintf(&b, "pread64(fd, scratch, PAGE, %d*PAGE)\n", i*1237%4096)
	}
	return b.String()
}

// timeTable prints how long the workloads take in the model and on this Linux, as a table of docs/time.md.
func (a *app) timeTable() int {
	m, err := host.New()
	if err != nil {
		return a.noKernel(err)
	}
	defer m.Close()
	list, err := a.workloads()
	if err != nil {
		return a.fail(err)
	}
	fmt.Fprint(a.out, "| workload | way | model | Linux "+host.Kernel()+", median | from, to | model/Linux |\n"+
		"|---|---|---:|---:|---:|---:|\n")
	var rows []timedRow
	for i, n := 0, 0; i < len(list); i += n {
		for n = 1; i+n < len(list) && list[i+n].name == list[i].name; n++ {
		}
		more, err := a.timeTogether(m, list[i:i+n])
		if err != nil {
			return a.fail(err)
		}
		rows = append(rows, more...)
	}
	fmt.Fprintf(a.out, "\n%s\n", rankings(rows))
	fmt.Fprintf(a.out, "%s\n", timeSummary(rows))
	return exitFine
}

// The ways of a workload take turns: in each of so many rounds each runs so often.
const timedRounds, runsOfRound = 11, 3

// timeTogether prints how long the ways of one workload take. They take turns, so that what else the machine does
// meets all of them.
func (a *app) timeTogether(m *host.Machine, ways []workload) ([]timedRow, error) {
	rows, all := make([]timedRow, len(ways)), make([][]time.Duration, len(ways))
	for range timedRounds {
		for i, w := range ways {
			took, err := timesHere(m, w.prog, runsOfRound)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
			all[i] = append(all[i], took...)
			rows[i].rounds = append(rows[i].rounds, float64(took[len(took)/2]))
		}
	}
	for i, w := range ways {
		virtual, err := compare.VirtualTime(w.prog, a.costs)
		if err != nil {
			return nil, err
		}
		took := all[i]
		slices.Sort(took)
		mid := max(time.Nanosecond, took[len(took)/2])
		rows[i].name, rows[i].model, rows[i].here = w.name, float64(virtual), float64(mid)
		fmt.Fprintf(a.out, "| %s | %s | %s | %s | %s, %s | %.2f |\n", w.name, w.way, micros(virtual),
			micros(mid.Nanoseconds()), micros(took[0].Nanoseconds()), micros(took[len(took)-1].Nanoseconds()),
			rows[i].model/rows[i].here)
	}
	return rows, nil
}

// timedRow is a row of the table: how long a workload takes in the model and on this Linux.
type timedRow struct {
	name        string
	model, here float64
	rounds      []float64 // the median of each round on this Linux
}

// sureRounds is how many of the rounds a way has to win to be the faster one: by chance one does in 3 of 100 cases.
const sureRounds = 9

// shorter compares two times: -1 where the first is shorter by a tenth, 1 where the second is, 0 else.
func shorter(a, b float64) int {
	const alike = 1.1
	switch {
	case alike*a <= b:
		return -1
	case alike*b <= a:
		return 1
	}
	return 0
}

// faster compares two ways on this Linux: -1 where r is the faster one, 1 where o is, 0 where the rounds do not tell,
// or the medians differ by less than a tenth.
func (r timedRow) faster(o timedRow) int {
	wins := r.wins(o)
	switch {
	case shorter(r.here, o.here) == 0:
		return 0
	case wins >= sureRounds:
		return -1
	case len(r.rounds)-wins >= sureRounds:
		return 1
	}
	return 0
}

// wins is in how many rounds r took less time than o.
func (r timedRow) wins(o timedRow) (n int) {
	for i := range r.rounds {
		if r.rounds[i] < o.rounds[i] {
			n++
		}
	}
	return n
}

// rankings is a table of the pairs: which way is the faster one on either side, and how many rounds it has won.
func rankings(rows []timedRow) string {
	text := "| workload | faster in the model | faster on this Linux | rounds won by read |\n|---|---|---|---:|\n"
	ways := []string{"read", "neither", "mmap"}
	for i := 1; i < len(rows); i++ {
		read, other := rows[i-1], rows[i]
		if read.name != other.name {
			continue
		}
		text += fmt.Sprintf("| %s | %s | %s | %d |\n", read.name, ways[1+shorter(read.model, other.model)],
			ways[1+read.faster(other)], read.wins(other))
	}
	return text
}

// timeSummary says how many rows lie within 1.5 times, and of how many pairs the faster way is the same.
func timeSummary(rows []timedRow) string {
	const within = 1.5
	near, pairs, same, even := 0, 0, 0, 0 // even: on one side no way is the faster one, on the other one is
	for i, r := range rows {
		if r.model <= within*r.here && r.here <= within*r.model {
			near++
		}
		if i == 0 || rows[i-1].name != r.name {
			continue
		}
		pairs++
		switch here, model := rows[i-1].faster(r), shorter(rows[i-1].model, r.model); {
		case here == model:
			same++
		case here == 0 || model == 0:
			even++
		}
	}
	return fmt.Sprintf("%d of %d rows lie within %.1f times. Of %d pairs, both sides say the same of %d, and the "+
		"opposite of %d; of %d one side says that neither way is the faster one: it is so by less than a tenth, or on "+
		"this Linux in fewer than %d of %d rounds.", near, len(rows), within, pairs, same, pairs-same-even, even,
		sureRounds, timedRounds)
}
