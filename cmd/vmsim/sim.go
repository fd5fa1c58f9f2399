package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"vmsim/cmd/internal/refs"
	"vmsim/cmd/internal/sim"
	"vmsim/pagecache/policy"
	"vmsim/syscalls/script"
)

var simCommand = command{
	name: "sim", args: "TRACE | merge FILE…",
	line: "count the misses of replacement policies over a trace of references",
	text: `TRACE is a file, or zipf:REFERENCES,PAGES,ALPHA,SEED, which is made up. A file is in the format that its name
says, packed by gzip or zstd or not: .csv (the key in the first column), .lackey (valgrind --tool=lackey
--trace-mem=yes), .perf (page faults as perf script and perf trace -F all print them), .msr (block requests),
.oracleGeneral. Addresses and offsets count as pages of 4 KiB. A .vms program is run, on a machine with plenty of
memory, and each page that it uses counts.

Each policy is tried with each size of memory. The trace is read once and never held in memory; sizes in percent
read it twice, and opt, which needs the future, holds four bytes for each reference.

With --shard I/N the command does its share of the simulations and prints a line of JSON for each; vmsim sim
merge puts the shares together.

Policies: ` + strings.Join(
		sim.Names(),
		", ",
	) + ".",
	examples: []string{
		"vmsim sim zipf:50000,2000 --size 1%,10%",
		"vmsim sim zipf:50000,2000 --policy lru,sieve,opt --size 200",
		"vmsim sim zipf:20000,500 --policy lru,arc --size 5%,10% --shard 0/2",
	},
	flags: []flagHelp{
		{"--policy LIST", "which policies (default all)"},
		{"--size LIST", "of memory: pages (1000), bytes (64M), or a part of the trace's pages (10%) (default 10%)"},
		{"--format NAME", "of the file, where its name does not say it: csv, lackey, perf, msr, oracle, vms"},
		{"--jobs N", "processors to use (default all)"},
		{"--shard I/N", "only share I of N, counted from 0; prints JSON"},
		{"--json", "a line of JSON for each policy and size"},
	},
	words: func() []string { return []string{"merge"} },
	run:   (*app).sim,
}

func (a *app) sim(f *flags) int {
	if len(f.rest) > 0 && f.rest[0] == "merge" {
		return a.simMerge(f)
	}
	p, err := a.planOf(f, "10%")
	if err != nil {
		return a.fail(err)
	}
	results, err := p.Run()
	if err != nil {
		return a.fail(err)
	}
	if f.has("shard") || f.has("json") {
		return a.simJSON(results)
	}
	a.simTable(results)
	return exitFine
}

const trySim = "vmsim sim zipf:50000,2000 --policy lru,clock --size 10%"

// planOf reads the flags that sim and plot share.
func (a *app) planOf(f *flags, sizes string) (*sim.Plan, error) {
	if len(f.rest) != 1 {
		return nil, &usageError{"one trace is wanted: a file, or zipf:REFERENCES,PAGES", trySim}
	}
	name := f.rest[0]
	p := &sim.Plan{Jobs: runtime.NumCPU(), Progress: a.references()}
	p.Open = func() (refs.Reader, io.Closer, error) { return refs.Open(name, f.set["format"]) }
	for _, n := range strings.Split(or(f.set["policy"], strings.Join(sim.Names(), ",")), ",") {
		if !slices.Contains(sim.Names(), n) {
			return nil, &usageError{noPolicy(n), trySim}
		}
		p.Policies = append(p.Policies, n)
	}
	for _, text := range strings.Split(or(f.set["size"], sizes), ",") {
		s, err := sim.ParseSize(text)
		if err != nil {
			return nil, &usageError{err.Error(), trySim}
		}
		p.Sizes = append(p.Sizes, s)
	}
	return p, readShare(f, p)
}

// noPolicy says that there is no such policy, and which one is meant or which there are.
func noPolicy(n string) string {
	if near := script.Nearest(n, sim.Names()); near != "" {
		return fmt.Sprintf("there is no policy %q; did you mean %s?", n, near)
	}
	return fmt.Sprintf("there is no policy %q; the policies are %s", n, strings.Join(sim.Names(), ", "))
}

// readShare reads how many simulations run at a time, and which part of them this run does.
func readShare(f *flags, p *sim.Plan) (err error) {
	if f.has("jobs") {
		n, err := strconv.Atoi(f.set["jobs"])
		if err != nil || n < 1 {
			return &usageError{"--jobs wants a number from 1 on, not " + f.set["jobs"], trySim}
		}
		p.Jobs = n
	}
	if f.has("shard") {
		if p.Shard, err = sim.ParseShard(f.set["shard"]); err != nil {
			return &usageError{err.Error(), trySim + " --shard 0/4"}
		}
	}
	return nil
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// references prints how many references were read and at which rate, once a second, from the first second on.
func (a *app) references() func(uint64) {
	begun := time.Now()
	last := begun
	return func(n uint64) {
		if now := time.Now(); now.Sub(last) > time.Second {
			last = now
			fmt.Fprintf(a.err, "\r%d references, %.1f million a second ", n, float64(n)/now.Sub(begun).Seconds()/1e6)
		}
	}
}

func (a *app) simJSON(results []sim.Result) int {
	out := json.NewEncoder(a.out)
	for _, r := range results {
		if err := out.Encode(r); err != nil {
			return a.fail(err)
		}
	}
	return exitFine
}

func (a *app) simTable(results []sim.Result) {
	fmt.Fprintf(a.out, "%-11s %10s %12s %12s %8s\n", "policy", "pages", "references", "misses", "missed")
	for _, r := range results {
		fmt.Fprintf(a.out, "%-11s %10d %12d %12d %7.2f%%\n", r.Policy, r.Pages, r.Requests, r.Misses, 100*r.Ratio)
	}
}

// simMerge prints the results of shards as one table.
func (a *app) simMerge(f *flags) int {
	results, err := readShards(f.rest[1:])
	if err != nil {
		return a.fail(err)
	}
	if len(results) == 0 {
		return a.fail(&usageError{"nothing to merge: name the files that vmsim sim --shard I/N has printed",
			"vmsim sim a.csv --shard 0/2 >0.json; vmsim sim a.csv --shard 1/2 >1.json; vmsim sim merge 0.json 1.json"})
	}
	merged, err := sim.Merge(results)
	if err != nil {
		return a.fail(err)
	}
	if f.has("json") {
		return a.simJSON(merged)
	}
	a.simTable(merged)
	return exitFine
}

// readShards reads what runs with --shard printed.
func readShards(names []string) (results []sim.Result, err error) {
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		for in := json.NewDecoder(file); ; {
			var r sim.Result
			if err := in.Decode(&r); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("%s: not what vmsim sim --shard printed: %w", name, err)
			}
			results = append(results, r)
		}
	}
	return results, nil
}

// curveOf reads a trace into the curve of LRU.
func curveOf(p *sim.Plan, rate float64) (*policy.Curve, error) {
	r, done, err := p.Open()
	if err != nil {
		return nil, err
	}
	defer done.Close()
	c, keys := policy.NewCurve(rate), make([]uint64, 1<<14)
	for {
		n, err := r.Read(keys)
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return nil, err
		}
		c.Add(keys[:n])
		p.Progress(c.Requests())
	}
}
