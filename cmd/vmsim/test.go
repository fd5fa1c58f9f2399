package main

import (
	"fmt"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

var testCommand = command{
	name: "test", args: "FILE…", line: "run programs on the model and hold them against what they assert",
	text: `A line FAIL file:line: what, wanted, got for each file's first difference; at the end how many passed.
Exit code 1 if any failed.`,
	examples: []string{
		"vmsim test docs/examples/cow.vms",
		"vmsim test --only results,maps docs/examples/cow.vms",
	},
	flags: []flagHelp{
		{"--keep-going", "every difference of each file, not the first only"},
		{"--only KINDS",
			"hold only these: results, signals, bytes, maps, faults, mincore, pte, page, trace, io, copy, expect"},
		{"--mutant NAME", "run them on a kernel with an error in it (vmsim mutant list): a good test fails then"},
		costsFlag,
		{"--check", "recompute the model's invariants after every statement (slow)"},
	},
	run: (*app).testPrograms,
}

func (a *app) testPrograms(f *flags) int {
	how := run.Testing{All: f.has("keep-going")}
	if f.has("only") {
		var err error
		if how.Only, err = run.ParseKinds(f.set["only"]); err != nil {
			return a.fail(&usageError{"--only: " + err.Error(), "vmsim test --only results,maps FILE"})
		}
	}
	if len(f.rest) == 0 {
		return a.fail(&usageError{"test wants a program", "vmsim test docs/examples/cow.vms"})
	}
	which, err := mutantOf(f)
	if err != nil {
		return a.fail(err)
	}
	return a.testFiles(f, how, which)
}

func (a *app) testFiles(f *flags, how run.Testing, which *profile.Profile) int {
	passed, failed, unread := 0, 0, 0
	for _, file := range f.rest {
		prog, err := a.program(file)
		if err != nil {
			a.fail(err)
			unread++
			continue
		}
		m := a.machine()
		m.Profile = which
		if f.has("check") {
			how.Check = m.Check
		}
		v := a.testOn(prog, m, how)
		for _, d := range v.Differences {
			fmt.Fprintln(a.out, d)
		}
		if v.Err != nil {
			fmt.Fprintln(a.err, v.Err)
		}
		if v.Passed() && !prog.Asserts() {
			fmt.Fprintf(a.err, "%s: nothing is asserted: the program ran, and no line says what should come of it\n"+
				"An answer is asserted by writing it: vmsim run %s prints the program with its answers\n", file, file)
		}
		if v.Unheld > 0 {
			fmt.Fprintf(a.err, "%s: the last %s not held: an argument of a call was undetermined\n",
				file, plural.Count(v.Unheld, "statement is", "statements are"))
		}
		if v.Passed() {
			passed++
		} else {
			failed++
		}
	}
	fmt.Fprintf(a.out, "%d passed, %d failed\n", passed, failed+unread)
	switch {
	case failed > 0:
		return exitFailed
	case unread > 0:
		return exitUsage
	}
	return exitFine
}

// testOn is run.Test; a mutant that breaks down has failed.
func (a *app) testOn(prog *script.Program, m *model.Machine, how run.Testing) (v *run.Verdict) {
	if m.Profile != nil {
		defer func() {
			if r := recover(); r != nil {
				v = &run.Verdict{Err: fmt.Errorf("%s: the mutant breaks down: %v", prog.Name, r)}
			}
		}()
	}
	return run.Test(prog, m, how)
}
