package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"vmsim/syscalls/crash"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
)

var crashCommand = command{
	name: "crash", args: "FILE…",
	line: "cut the power at every step, and hold invariants against every disk that may be found",
	text: `The program says by .invariant lines what must hold of its files after a power cut at any point behind
the line. At each statement every state is tried that the disk may be left in: pages written back at any
time, sectors of 512 bytes that reach the medium or do not, the journal of ext4 written sooner or later.
Where there are more than --budget states for an invariant at a statement, that many are drawn at random.

A broken invariant is shown with the earliest statement, what the disk has then, and the msync, fsync or flag that
removes it. Files of the program's head are on the disk when it begins. Exit code 1 if an invariant is broken.`,
	examples: []string{"vmsim crash docs/examples/crash-record.vms"},
	flags: []flagHelp{
		{"--budget N", "states to try for an invariant at a statement (default 10000)"},
		{"--seed N", "of what is drawn at random (default 1)"},
		{"--json", "a line of JSON for each program"},
	},
	run: (*app).crash,
}

func (a *app) crash(f *flags) int {
	how, err := crashOptions(f)
	if err != nil {
		return a.fail(err)
	}
	if len(f.rest) == 0 {
		return a.fail(&usageError{"crash wants a program", "vmsim crash docs/examples/crash-record.vms"})
	}
	code := exitFine
	for _, file := range f.rest {
		rep, err := a.crashProgram(f, file, how)
		if err != nil {
			return a.fail(err)
		}
		if len(rep.Findings) > 0 {
			code = exitFailed
		}
	}
	return code
}

// crashProgram tries the crashes of one program and says what they find.
func (a *app) crashProgram(f *flags, file string, how crash.Options) (*crash.Report, error) {
	prog, err := a.program(file)
	if err != nil {
		return nil, err
	}
	rep, err := crash.Try(prog, how)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i := range rep.Findings {
		rep.Findings[i].Remedies = crash.Remedies(prog, rep.Findings[i], how)
	}
	if f.has("json") {
		return rep, json.NewEncoder(a.out).Encode(crashForPrograms(file, rep))
	}
	a.printCrash(file, rep)
	return rep, nil
}

// crashOptions reads how many disks are tried at most, and the seed of their choice.
func crashOptions(f *flags) (crash.Options, error) {
	how := crash.Options{Seed: 1}
	for name, to := range map[string]func(uint64){
		"budget": func(v uint64) { how.Budget = int(min(v, math.MaxInt32)) },
		"seed":   func(v uint64) { how.Seed = v },
	} {
		if !f.has(name) {
			continue
		}
		v, err := strconv.ParseUint(f.set[name], 10, 63)
		if err != nil || name == "budget" && v == 0 {
			return how, &usageError{fmt.Sprintf("--%s wants a number above 0, not %q", name, f.set[name]),
				"vmsim crash --" + name + " 1000 FILE"}
		}
		to(v)
	}
	return how, nil
}

// printCrash says what was tried, and then each finding.
func (a *app) printCrash(file string, rep *crash.Report) {
	tried := plural.Count(rep.States, "state", "states") + " that the invariants tell apart, all tried"
	if float64(rep.States) < rep.All {
		tried = fmt.Sprintf("%d of %.3g states that the invariants tell apart, drawn at random where there are too "+
			"many", rep.States, rep.All)
	}
	said := fmt.Sprintf("%s: the power may fail at any of %s, during %s or after the last: %s.", file,
		plural.Count(rep.Steps, "step", "steps"), plural.Count(rep.Points-1, "statement", "statements"), tried)
	fmt.Fprint(a.out, indent(wrap(said, 80), ""))
	if len(rep.Findings) == 0 {
		fmt.Fprintln(a.out, "Every invariant holds in all of them.")
	}
	for _, x := range rep.Findings {
		fmt.Fprintln(a.out)
		a.printFinding(x)
	}
}

func (a *app) printFinding(x crash.Finding) {
	fmt.Fprintf(a.out, "BROKEN  %v\n", x.Invariant)
	if x.During != nil {
		fmt.Fprintf(a.out, "  The power fails during line %d:  %s\n", x.During.Line, x.During.Head())
	} else {
		fmt.Fprintln(a.out, "  The power fails after the last line.")
	}
	fmt.Fprintln(a.out, "  The disk may then have:")
	for _, f := range x.Files {
		a.printFound(f)
	}
	switch {
	case len(x.Remedies) > 0:
		fmt.Fprintln(a.out, "  What removes it:")
		for _, r := range x.Remedies {
			fmt.Fprintf(a.out, "    %s\n", r)
		}
	default:
		fmt.Fprint(a.out, indent(wrap("No msync or fsync behind one or two statements removes it: what belongs "+
			"together has to reach the disk in one sector, or in two copies one after the other.", 76), "  "))
	}
}

func (a *app) printFound(f crash.Found) {
	if !f.Exists {
		fmt.Fprintf(a.out, "    %s: does not exist\n", f.Path)
		return
	}
	fmt.Fprintf(a.out, "    %s: %s\n", f.Path, plural.Bytes(f.Size))
	for _, s := range f.Sectors {
		since := "as before the first line"
		if s.Since != nil {
			since = fmt.Sprintf("as of line %d", s.Since.Line)
		}
		if s.Newest {
			since += ", the newest"
		}
		fmt.Fprintf(a.out, "      bytes %d to %d: %s\n", s.Offset, s.Offset+int64(len(s.Text))-1, since)
	}
}

// The JSON of crash.
type (
	crashJSON struct {
		File     string             `json:"file"`
		Steps    uint64             `json:"steps"`
		Points   int                `json:"points"`
		Tried    uint64             `json:"tried"`
		States   float64            `json:"states"`
		Findings []crashFindingJSON `json:"findings"`
	}
	crashFindingJSON struct {
		Invariant string   `json:"invariant"`
		Line      int      `json:"line"` // during which the power fails; 0 after the last
		Remedies  []string `json:"remedies"`
	}
)

func crashForPrograms(file string, rep *crash.Report) crashJSON {
	out := crashJSON{file, rep.Steps, rep.Points, rep.States, rep.All, []crashFindingJSON{}}
	for _, x := range rep.Findings {
		out.Findings = append(out.Findings, crashFindingJSON{strings.TrimPrefix(x.Invariant.String(), ".invariant "),
			lineOf(x.During), append([]string{}, x.Remedies...)})
	}
	return out
}

func lineOf(op *script.Op) int {
	if op == nil {
		return 0
	}
	return op.Line
}
