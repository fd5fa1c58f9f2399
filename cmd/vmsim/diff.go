package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/host"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

var diffCommand = command{
	name: "diff", args: "FILE…", line: "run programs on this Linux and on the model, and compare",
	text: `What it prints is the program with the kernel's answers; under a statement in which the two differ stand the
model's, as a comment, and what explains the difference: an entry of docs/differences.md, or UNEXPLAINED. An
unexplained one is exit code 1, and a bundle follows that shows it again: the shortest program found, what
both answered, the kernel. Without a kernel to ask it is exit code 4.

What is outside the model (/proc, most devices, a call that it does not have) runs on neither side: the answer is
the program's, or ENOENT. Such a statement, and what uses its answer, counts as not compared, with the reason.
Where that is so of every statement it is exit code 4.

A program that differs is run again where something disturbed the kernel's side (others' reclaim, writeback or dropped
caches), as vmsim fuzz does; what is never undisturbed is undecided, with exit code 4.

The kernel's side has a tmpfs of the program's size (tmpfs_size=, or half of ram=), and it sleeps where the
program says .sleep. It has this machine's memory and a disk of its own: a program that ram=, swap=, disk_size=,
or a directive such as .power_cut decides is refused before anything runs, with exit code 4.`,
	examples: []string{
		"vmsim diff docs/examples/cow.vms",
		"vmsim diff --evidence results,maps docs/examples/cow.vms",
		"vmsim diff --kernels 6.12,6.18 docs/examples/cow.vms",
	},
	flags: []flagHelp{
		{"--evidence KINDS",
			"what is compared, as vmsim doctor lists it; without it, all that this machine can give but kpageflags, " +
				"vmstat and io: these have to be named, and vmsim doctor says why"},
		{"--address WHOSE", "host: the model starts with the areas that a process here has; model: with its own"},
		{"--kernels A,B",
			"model against model, as two releases answer, such as 6.12,6.18: the rule behind each difference is " +
				"named; docs/kernels.md lists them"},
		{"--bundle DIR", "write the bundles there as well"},
		{"--quiet", "only what differs, and the sums"},
		{"--json", "a line of JSON for each statement, and one for the sums"},
	},
	run: (*app).diffPrograms,
}

func (a *app) diffPrograms(f *flags) int {
	kinds, asked, err := a.evidence(f)
	if err != nil {
		return a.fail(err)
	}
	at, err := addressesOf(f)
	if err != nil {
		return a.fail(err)
	}
	if len(f.rest) == 0 {
		return a.fail(&usageError{"diff wants a program", "vmsim diff docs/examples/cow.vms"})
	}
	if f.has("kernels") {
		return a.diffKernels(f)
	}
	return a.diffOnKernel(f, kinds, asked, at)
}

// diffOnKernel runs each program on the model and on the kernel of this machine.
func (a *app) diffOnKernel(f *flags, kinds run.Kinds, asked bool, at difftest.Addresses) int {
	lab, done, err := newLab(kinds)
	if err != nil {
		return a.noKernel(err)
	}
	defer done()
	signs := a.signsOfLife(silence)
	defer signs.end()
	code, can := exitFine, host.Examine()
	for _, file := range f.rest {
		prog, err := a.program(file)
		if err != nil {
			return a.fail(err)
		}
		if !asked {
			lab.Kinds = allEvidence(can)
		}
		if !f.has("json") {
			a.diffHead(file, lab.Kinds, can)
		}
		lab.Before = signs.of(file)
		code = max(code, a.diffProgram(lab, prog, file, at, f))
		signs.rest()
	}
	return code
}

// addressesOf says whose choice of addresses --address names.
func addressesOf(f *flags) (difftest.Addresses, error) {
	switch f.set["address"] {
	case "", "host":
		return difftest.HostAddresses, nil
	case "model":
		return difftest.ModelAddresses, nil
	}
	return 0, &usageError{"--address is host or model, not " + f.set["address"], "vmsim diff --address model FILE"}
}

func (a *app) diffProgram(lab *difftest.Lab, prog *script.Program, file string, at difftest.Addresses, f *flags) int {
	asJSON := f.has("json")
	if name := missingDevice(prog); name != "" {
		fmt.Fprintf(a.err, "vmsim: %s: not compared: this machine has no %s for programs\n", file, name)
		return exitNoWay
	}
	w, err := lab.Compare(prog, at, func(l difftest.Line) {
		switch {
		case asJSON:
			a.diffJSON(l)
		case len(l.Differences) > 0 || l.NotCompared != "" || !f.has("quiet"):
			fmt.Fprint(a.out, diffText(l))
		}
	})
	if err != nil {
		fmt.Fprintf(a.err, "vmsim: %s cannot run on this kernel: %v\n", file, a.inProgram(prog, err))
		return exitNoWay
	}
	if asJSON {
		_ = json.NewEncoder(a.out).Encode(diffSums{file, host.Kernel(), w.Statements, w.Compared, len(w.Differences),
			len(w.Unexplained()), w.Aside, w.Disturbed, w.Undecided})
	} else {
		a.diffSum(w)
	}
	if len(w.Unexplained()) == 0 {
		switch {
		case w.Undecided:
			fmt.Fprintf(a.err, "vmsim: %s: undecided: it differed whenever it ran, and each time something disturbed "+
				"the kernel's side\nTry it again on a quiet machine: %s\n", file, a.diffAgain(file))
			return exitNoWay
		case w.NotCompared() < w.Statements:
			return exitFine
		case w.Statements == 0:
			fmt.Fprintf(a.err, "vmsim: %s: no statement in it can be compared\n", file)
		default:
			fmt.Fprintf(a.err, "vmsim: %s: nothing of it is compared\n", file)
		}
		return exitNoWay
	}
	lab.Before(nil, 0, 0)
	lab.Until = time.Now().Add(mostShortening)
	a.bundle(lab.Bundle(w), file, f)
	return exitFailed
}

// inProgram is an error that begins with a line of the program. At the prompt a line has no number: there the statement
// is quoted.
func (a *app) inProgram(prog *script.Program, err error) error {
	line, why, ok := strings.Cut(err.Error(), ": ")
	for i := range prog.Ops {
		if op := &prog.Ops[i]; a.typed && ok && line == fmt.Sprintf("line %d", op.Line) {
			return fmt.Errorf("%s: %s", op.Head(), why)
		}
	}
	return err
}

// diffAgain is the command that compares the program again.
func (a *app) diffAgain(file string) string {
	if a.typed {
		return "diff host"
	}
	return "vmsim diff " + file
}

// mostShortening is how long a program that differs is made shorter: with all evidence a run may take seconds.
const mostShortening = 30 * time.Second

// missingDevice is a device that a program opens and the kernel's side lacks; empty for none. Its root has no devices.
func missingDevice(prog *script.Program) string {
	const screen = "/dev/fb0"
	for i := range prog.Ops {
		if c, ok := prog.Ops[i].Do.(*script.Call); ok && strings.Contains(c.String(), `"`+screen+`"`) {
			return screen
		}
	}
	return ""
}

func (a *app) diffHead(file string, kinds run.Kinds, can []host.Evidence) {
	a.remark(fmt.Sprintf("%s on %s.", file, kernels()))
	a.remark("Compared: " + strings.ReplaceAll(difftest.EvidenceOf(kinds), ",", ", ") + ".")
	var left []string
	for _, name := range host.OnlyNamed(can) {
		if k, err := difftest.ParseEvidence(name); err == nil && kinds&k == 0 {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		a.remark("Left out, since --evidence does not name it: " + strings.Join(left, ", ") +
			" (vmsim doctor says why).")
	}
	if missing := host.Missing(can); len(missing) > 0 {
		a.remark("Not available here: " + strings.Join(missing, ", ") + " (vmsim doctor says why).")
	}
}

// remark prints a comment of a program in lines of 80 columns.
func (a *app) remark(text string) { fmt.Fprint(a.out, indent(wrap(text, 78), "# ")) }

// diffText is the statement with the kernel's answers, and what differs.
func diffText(l difftest.Line) string {
	var b strings.Builder
	b.WriteString(l.Kernel)
	if l.NotCompared != "" {
		fmt.Fprintf(&b, "#  not compared: %s\n", l.NotCompared)
	}
	if len(l.Differences) == 0 {
		return b.String()
	}
	for line := range strings.Lines(l.Model) {
		b.WriteString("#  model: " + line)
	}
	for _, d := range l.Differences {
		fmt.Fprintf(&b, "#  %s: kernel %s, model %s: %s\n", d.What, d.Want, d.Got, verdict(d))
	}
	return b.String()
}

func verdict(d difftest.Judged) string {
	if d.Rule == nil {
		return "UNEXPLAINED"
	}
	return "explained by " + d.Rule.Name
}

// diffSum is what was compared, by the kinds of evidence.
func (a *app) diffSum(w difftest.Whole) {
	differ := map[string]int{}
	for _, d := range w.Differences {
		differ[difftest.EvidenceOf(d.Kind)]++
		if d.Op == nil {
			fmt.Fprintf(a.out, "#  at the end: %s: kernel %s, model %s: %s\n", d.What, d.Want, d.Got, verdict(d))
		}
	}
	sum := a.diffTable(w.Compared, differ)
	n := len(w.Unexplained())
	fmt.Fprintf(a.out, "# %s, %s compared, %s, %s.\n", plural.Count(w.Statements, "statement", "statements"),
		plural.Count(sum, "thing", "things"), plural.Count(len(w.Differences), "differs", "differ"),
		unexplained(n, w.Undecided))
	a.leftOut(w.Aside)
	if len(w.Disturbed) > 0 {
		a.remark("Run again, since " + strings.Join(w.Disturbed, ", and ") + ".")
	}
}

// diffTable prints how much of each kind of evidence was compared, and differs; it is how much that was in all.
func (a *app) diffTable(compared, differ map[string]int) (sum int) {
	fmt.Fprintf(a.out, "#\n# %-10s %8s %8s\n", "evidence", "compared", "differ")
	for _, name := range difftest.EvidenceNames() {
		if n := compared[name]; n > 0 || differ[name] > 0 {
			fmt.Fprintf(a.out, "# %-10s %8d %8d\n", name, n, differ[name])
			sum += n
		}
	}
	return sum
}

// leftOut says how many statements were not compared, and why.
func (a *app) leftOut(list []difftest.Aside) {
	var parts []string
	for _, l := range list {
		parts = append(parts, fmt.Sprintf("%d (%s)", l.Statements, l.Why))
	}
	if len(parts) > 0 {
		a.remark("Not compared: " + strings.Join(parts, ", ") + ".")
	}
}

func unexplained(n int, undecided bool) string {
	switch {
	case undecided:
		return "which is undecided"
	case n == 0:
		return "nothing is unexplained"
	}
	return fmt.Sprintf("%d UNEXPLAINED", n)
}

// bundle prints all that it takes to see a difference again, and writes it where a directory is given.
func (a *app) bundle(b difftest.Bundle, file string, f *flags) {
	text := b.String()
	if !f.has("json") {
		fmt.Fprintf(a.out, "#\n# The bundle:\n%s", text)
	}
	dir := f.set["bundle"]
	if dir == "" {
		return
	}
	at := filepath.Join(dir, strings.TrimSuffix(filepath.Base(file), ".vms")+".bundle.vms")
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(at, []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(a.err, "vmsim:", err)
	}
}

// diffLine and diffSums are what --json prints.
type diffLine struct {
	Kernel      string     `json:"kernel"`
	Model       string     `json:"model"`
	Differences []diffJSON `json:"differences,omitempty"`
	NotCompared string     `json:"not_compared,omitempty"`
}

type diffJSON struct {
	What   string `json:"what"`
	Kernel string `json:"kernel"`
	Model  string `json:"model"`
	Rule   string `json:"rule,omitempty"`
}

type diffSums struct {
	File        string         `json:"file"`
	Release     string         `json:"release"`
	Statements  int            `json:"statements"`
	Compared    map[string]int `json:"compared"`
	Differ      int            `json:"differ"`
	Unexplained int            `json:"unexplained"`

	NotCompared []difftest.Aside `json:"not_compared,omitempty"`
	Disturbed   []string         `json:"disturbed,omitempty"` // what disturbed runs that were made again
	Undecided   bool             `json:"undecided,omitempty"` // every run that differed was disturbed
}

func (a *app) diffJSON(l difftest.Line) {
	out := diffLine{Kernel: l.Kernel, Model: l.Model, NotCompared: l.NotCompared}
	for _, d := range l.Differences {
		j := diffJSON{What: d.What, Kernel: d.Want, Model: d.Got}
		if d.Rule != nil {
			j.Rule = d.Rule.Name
		}
		out.Differences = append(out.Differences, j)
	}
	_ = json.NewEncoder(a.out).Encode(out)
}
