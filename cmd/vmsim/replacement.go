package main

import (
	"fmt"
	"strings"

	"vmsim/cmd/internal/sim"
	"vmsim/pagecache/policy"
)

// docTrace is the trace of docs/replacement.md, and docSizes the sizes of its table.
const (
	docTrace = "zipf:200000,10000"
	docSizes = "1%,10%,50%"
)

// docSim runs a command line of the kind that readers type, for its results.
func docSim(sizes string) (*app, *sim.Plan) {
	a := &app{err: new(strings.Builder)}
	p, err := a.planOf(&flags{set: map[string]string{"size": sizes}, rest: []string{docTrace}}, "")
	if err != nil {
		panic(err)
	}
	return a, p
}

// replacementText is what follows the table: the trace, the sizes, and the trace again are left open.
const replacementText = `
` + "```sh\nvmsim sim %s --size %s\n```" + `

The same for all sizes of memory is the miss-ratio curve. For LRU one pass over the trace gives it exactly; a sample of
the pages gives nearly the same some ten times faster (` + "`--sample 0.01`" + `).

![miss ratios against the size of memory](replacement.svg)

` + "```sh\nvmsim plot mrc %s --policy lru,clock,sieve,arc,opt -o mrc.svg\n```" + `

## In a machine

` + "`.machine reclaim=lru`" + ` has the policy decide in the model, with read, mmap and fork around it. A policy is
notified of every use, as in a simulation, and one page is evicted at a time. No kernel is notified of every load:
the processor sets a bit in the page-table entry, and the kernel finds it when it scans the page. So Linux's own
policy differs; it also frees 32 pages at a time. A program that uses 20 pages in turn, with memory for 16:

` + "```sh" + `
$ vmsim -i docs/examples/thrash.vms
> continue
> why evicted a:3               who chose page 3, and why
> .machine reclaim=lirs         the same program from the beginning, on a machine with another policy
> diff branch 0                 the two histories: 34 major faults here, 60 there
> info mrc                      misses by size of memory: the knee is at 20 pages
` + "```" + `

## Traces

` + "`vmsim sim`" + ` reads what other programs write: ` + "`valgrind --tool=lackey --trace-mem=yes`" + `, page faults
of perf, block requests, CSV, the binary form of cache simulators, and programs: ` + "`vmsim sim FILE.vms`" + `.
A trace is read in parts and not held in memory.

## A policy of your own

A policy is four methods: Hit, Victim, Add, Remove (` + "`go doc vmsim/pagecache/policy.Policy`" + `).
` + "`policytest.Replacement`" + ` tries it with memories of many sizes and names the first rule that it breaks;
` + "`policy.NewSimulation`" + ` counts its misses.

## More than one machine

` + "`--shard I/N`" + ` does share I of N simulations and prints a line of JSON for each; merge puts the shares
together. With GNU parallel on one machine:

` + "```sh" + `
seq 0 3 | parallel vmsim sim trace.csv --shard {}/4 '>' {}.json
vmsim sim merge 0.json 1.json 2.json 3.json
` + "```" + `

As an indexed Job of Kubernetes, with the trace on a volume that all pods mount:

` + "```yaml" + `
apiVersion: batch/v1
kind: Job
metadata: {name: sim}
spec:
  completions: 16
  parallelism: 16
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: sim
        image: golang
        workingDir: /data
        command: [sh, -c, "./vmsim sim trace.csv --shard $JOB_COMPLETION_INDEX/16 >$JOB_COMPLETION_INDEX.json"]
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
` + "```\n"

// replacementDoc is the page about replacement policies.
func replacementDoc(b *strings.Builder) {
	b.WriteString(`# Which page leaves: replacement policies

When memory is full, a page that comes in takes the frame of one that is there. The policy that chooses the victim sees
the references so far; opt sees the future and is the lower bound.

`)
	_, p := docSim(docSizes)
	results, err := p.Run()
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(b, "Misses of %s, with memory for 1%%, 10%% and 50%% of the pages:\n\n", docTrace)
	b.WriteString("| policy | rule | 1% | 10% | 50% |\n|---|---|---|---|---|\n")
	about := map[string]string{policy.Optimum: "evicts the page whose next use is farthest in the future (Belady 1966)"}
	for _, p := range policy.Named {
		about[p.Name] = p.About
	}
	for i := 0; i+2 < len(results); i += 3 {
		fmt.Fprintf(b, "| %s | %s |", results[i].Policy, about[results[i].Policy])
		for _, r := range results[i : i+3] {
			fmt.Fprintf(b, " %.1f%% |", 100*r.Ratio)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, replacementText, docTrace, docSizes, docTrace)
}

// replacementPicture is the picture on that page.
func replacementPicture(b *strings.Builder) {
	a, p := docSim("1")
	p.Policies = []string{"lru", "clock", "sieve", "arc", policy.Optimum}
	c, err := a.missRatios(p, docTrace, 24, 1)
	if err == nil {
		err = c.Write(b, "replacement.svg")
	}
	if err != nil {
		panic(err)
	}
}
