package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

var fuzzCommand = command{
	name: "fuzz", line: "random programs on this Linux and on the model; what differs is made short",
	text: `A program is made while it runs: half by weights like those of ordinary programs, half at the edges of
pages, areas, files and limits. The first difference that no entry of docs/differences.md explains ends it;
it is made as short as it gets and printed with both answers and the command that makes it again. Exit code
1 where something was found, 4 without a kernel to ask.

Kinds: anon, errors, fork, file-tmpfs, shared-tmpfs, calls-tmpfs, process, threads, names-tmpfs,
signals, signals-tmpfs, wait (together: main), pipes, full-tmpfs, file-ext4, shared-ext4, calls-ext4,
names-ext4 (all of these: all); exec, exec-ext4: programs that run others by
execve; uffd: programs that handle their faults themselves, by a userfaultfd;
pressure: programs in a control group that is smaller than what they use; swap: the same with private
memory and a swap area, or files that they swapon and swapoff (style wide), which the whole kernel has
meanwhile; and hugetlb: programs with a pool of huge
pages. Those of the last two run one at a time, as root. A program in a control group that differs is run
nine times at each try to make it shorter: it is made shorter in 120 tries at most.`,
	examples: []string{
		"vmsim fuzz --kinds anon,fork --style plain --programs 6",
		"vmsim fuzz --kinds errors --seed 7 --style plain --statements 500",
	},
	flags: []flagHelp{
		{"--kinds LIST", "what the programs are about (default main)"},
		{"--for TIME", "how long, as 10m (default 10s, where nothing else bounds it)"},
		{"--statements N", "end after so many statements"},
		{"--programs N", "end after so many programs"},
		{"--seed N", "of the first program; each has the next (default 1)"},
		{"--len N", "statements of a program (default a mixture of 40, 120 and 300)"},
		{"--style WHICH", "plain, wide or both (default both, by turns)"},
		{"--wide", "the same as --style wide"},
		{"--user nobody", "let the programs run as an ordinary user, where root runs this"},
		{"--workers N", "programs at a time (default 2)"},
		{"--limit N", "end after so many different findings (default 20)"},
		{"--evidence KINDS",
			"what is compared, as vmsim doctor lists it (default results,signals,bytes,maps,faults,mincore)"},
		{"--look N", "look at /proc (smaps, pagemap, kpageflags) after every so many statements (default 4)"},
		{"--kernels A,B", "model against model, as two releases answer: A takes the kernel's place"},
		{"--mutant NAME", "model against mutant: how soon random programs tell it from the model (vmsim mutant list)"},
		{"--out DIR", "write each finding there as well"},
		{"--json", "a line of JSON for each finding, and one for the sums"},
	},
	run: func(a *app, f *flags) int {
		if f.has("mutant") {
			return a.fuzzMutant(f)
		}
		return a.fuzz(f)
	},
}

// evidenceOfKinds is what programs of these kinds are compared by, besides what all are.
func evidenceOfKinds(list []difftest.Kind) (kinds run.Kinds) {
	if slices.ContainsFunc(list, difftest.Kind.Limited) {
		kinds |= difftest.Pressure
	}
	if slices.Contains(list, difftest.Swapping) {
		kinds |= difftest.Pagemap
	}
	return kinds
}

func (a *app) fuzz(f *flags) int {
	c, err := campaignOf(f)
	if err != nil {
		return a.fail(err)
	}
	sides, err := a.sidesOf(f, &c)
	if err != nil {
		return a.fail(err)
	}
	if _, done, err := c.NewLab(); err != nil {
		return a.noKernel(err)
	} else {
		done()
	}
	defer debug.SetGCPercent(debug.SetGCPercent(fuzzGC))
	fmt.Fprintf(a.err, "%s; seed %d, %s\n", sides, c.Seed, plural.Count(c.Workers, "worker", "workers"))
	found := a.reports(f, &c)
	t, err := c.Run()
	if err != nil {
		return a.noKernel(err)
	}
	a.sums(t)
	if f.has("json") {
		_ = json.NewEncoder(a.out).Encode(t)
	}
	if *found > 0 || t.Differing > t.Unsteady {
		return exitFailed
	}
	return exitFine
}

// sidesOf sets how the campaign makes the two sides of each comparison, as --kernels, --evidence, --user and --look
// say, and describes them.
func (a *app) sidesOf(f *flags, c *difftest.Campaign) (string, error) {
	apart, err := f.number("look")
	if err != nil {
		return "", err
	}
	kinds, asked, err := a.evidence(f)
	if err != nil {
		return "", err
	}
	if f.has("kernels") {
		older, newer, err := kernelsOf(f, "vmsim fuzz --kernels 6.12,6.18 --programs 20")
		c.NewLab = func() (*difftest.Lab, func(), error) { return difftest.NewLabBetween(older, newer), func() {}, nil }
		return fmt.Sprintf("%v in the kernel's place, and %v", older, newer), err
	}
	if !asked {
		kinds |= evidenceOfKinds(c.Kinds)
	}
	c.NewLab = func() (lab *difftest.Lab, done func(), err error) {
		if lab, done, err = newLab(kinds, userOf(f)...); err == nil {
			lab.Apart = int(apart)
		}
		return lab, done, err
	}
	return kernels(), nil
}

// reports makes the campaign print what it finds, and counts the findings that repeat.
func (a *app) reports(f *flags, c *difftest.Campaign) *int {
	found, number := new(int), 0
	c.Progress = a.progress()
	c.Found = func(b difftest.Bundle) {
		if number++; b.Repeats {
			*found++
		}
		a.finding(b, number, f)
		if f.has("kernels") && !f.has("json") {
			a.rulesBehind(b, f)
		}
	}
	c.Hung = func(r difftest.Recipe) {
		fmt.Fprintf(a.out, "# A program does not end: vmsim fuzz %v --programs 1\n", r)
		*found++
	}
	return found
}

// sums prints how far the campaign came, and what there was on the way.
func (a *app) sums(t difftest.Tally) {
	fmt.Fprintf(a.err, "\r%v\n", t)
	for name, n := range t.Rules {
		fmt.Fprintf(a.err, "explained by %s: %d\n", name, n)
	}
	for cause, n := range t.Disturbed {
		fmt.Fprintf(a.err, "run again since %s: %d\n", cause, n)
	}
	if t.LastLoss != "" {
		fmt.Fprintf(a.err, "the last one lost: %s\n", t.LastLoss)
	}
}

// userOf is the machine's setting that --user asks for.
func userOf(f *flags) []script.Setting {
	if !f.has("user") {
		return nil
	}
	return []script.Setting{{Name: "user", Value: f.set["user"]}}
}

// fuzzGC lets the heap grow to this many percent of what lives before it is collected: little lives, and much is
// written.
const fuzzGC = 800

// progress prints how far it is, twice a second at most.
func (a *app) progress() func(difftest.Tally) {
	last := time.Now()
	return func(t difftest.Tally) {
		if time.Since(last) > time.Second/2 {
			last = time.Now()
			fmt.Fprintf(a.err, "\r%v", t)
		}
	}
}

func (a *app) finding(b difftest.Bundle, n int, f *flags) {
	text := b.String()
	if f.has("json") {
		_ = json.NewEncoder(a.out).Encode(map[string]any{"recipe": b.Recipe.String(), "what": b.Difference.What,
			"repeats": b.Repeats,
			"kernel":  b.Difference.Want, "model": b.Difference.Got, "bundle": text})
	} else {
		fmt.Fprintf(a.out, "# --- %03d\n%s", n, text)
	}
	dir := f.set["out"]
	if dir == "" {
		return
	}
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.vms", n)), []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(a.err, "vmsim:", err)
	}
}

// campaignOf reads the flags.
func campaignOf(f *flags) (c difftest.Campaign, err error) {
	c.Seed, c.Workers, c.User = 1, 2, f.set["user"]
	if c.Kinds, err = difftest.ParseKinds(or(f.set["kinds"], "main")); err != nil {
		return c, &usageError{"--kinds: " + err.Error(), "vmsim fuzz --kinds anon,errors"}
	}
	if err := f.ordinary(); err != nil {
		return c, err
	}
	for name, to := range map[string]func(uint64){
		"seed":       func(v uint64) { c.Seed = v },
		"statements": func(v uint64) { c.Most = int64(v) },
		"programs":   func(v uint64) { c.Count = int(v) },
		"len":        func(v uint64) { c.Len = int(v) },
		"workers":    func(v uint64) { c.Workers = int(v) },
		"limit":      func(v uint64) { c.Limit = int(v) },
	} {
		number := f.count
		if name == "seed" {
			number = f.number
		}
		v, err := number(name)
		if err != nil {
			return c, err
		}
		if f.has(name) {
			to(v)
		}
	}
	if f.has("for") {
		if c.For, err = time.ParseDuration(f.set["for"]); err != nil {
			return c, &usageError{fmt.Sprintf("--for wants a time, not %q", f.set["for"]), "vmsim fuzz --for 10m"}
		}
		if c.For <= 0 {
			return c, &usageError{fmt.Sprintf("--for wants a time above 0, not %s", c.For), "vmsim fuzz --for 10m"}
		}
	}
	if c.For == 0 && c.Most == 0 && c.Count == 0 {
		c.For = 10 * time.Second
	}
	c.Reach, err = reachOf(f)
	return c, err
}

// number is a flag that wants a number; 0 where it is not given.
func (f *flags) number(name string) (uint64, error) {
	if !f.has(name) {
		return 0, nil
	}
	v, err := strconv.ParseUint(f.set[name], 10, 63)
	if err != nil {
		return 0, &usageError{fmt.Sprintf("--%s wants a number, not %q", name, f.set[name]),
			fmt.Sprintf("vmsim %s --%s 10", f.of, name)}
	}
	return v, nil
}

// count is a flag that wants a number above 0; 0 where it is not given.
func (f *flags) count(name string) (uint64, error) {
	v, err := f.number(name)
	if err == nil && v == 0 && f.has(name) {
		err = &usageError{fmt.Sprintf("--%s wants a number above 0", name), fmt.Sprintf("vmsim %s --%s 10", f.of, name)}
	}
	return v, err
}

// ordinary refuses a user that --user cannot be.
func (f *flags) ordinary() error {
	if user := or(f.set["user"], nobody); user != nobody {
		return &usageError{"--user is " + nobody + ", which is any ordinary user, not " + user,
			"vmsim fuzz --user " + nobody}
	}
	return nil
}

const nobody = "nobody"

func reachOf(f *flags) (difftest.Span, error) {
	switch style := f.set["style"]; {
	case f.has("wide"), style == "wide":
		return difftest.Wide, nil
	case style == "plain":
		return difftest.Plain, nil
	case style == "" || style == "both":
		return difftest.Both, nil
	default:
		return 0, &usageError{"--style is plain, wide or both, not " + style, "vmsim fuzz --style wide"}
	}
}
