package main

import (
	"fmt"
	"strings"
	"time"

	"vmsim/docs"
	"vmsim/syscalls/difftest"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

var mutantCommand = command{
	name: "mutant", args: "list | show NAME | measure",
	line: "kernels with one error each, which a good suite of tests finds",
	text: `A mutant is the model with one error in it: a test is worth something where the model passes it and a
mutant fails. vmsim test --mutant NAME runs programs on one; vmsim fuzz --mutant NAME counts how many random
statements it takes to tell it from the model. show prints the program that reveals a mutant: a student's answer, so
it is not in list. measure prints the table of docs/mutants.md: it takes a minute.`,
	examples: []string{"vmsim mutant list", "vmsim mutant show cow-no-copy"},
	words: func() []string {
		words := []string{"list", "show", "measure"}
		for _, m := range profile.Mutants() {
			words = append(words, m.String())
		}
		return words
	},
	run: (*app).mutant,
}

func (a *app) mutant(f *flags) int {
	switch {
	case len(f.rest) == 0 || f.rest[0] == "list" && len(f.rest) == 1:
		for _, m := range profile.Mutants() {
			says := indent(wrap(m.Info().Says, 55), strings.Repeat(" ", 25))
			fmt.Fprintf(a.out, "%-25s%s", m, strings.TrimLeft(says, " "))
		}
		return exitFine
	case f.rest[0] == "show" && len(f.rest) == 2:
		m, err := mutantNamed(f.rest[1])
		if err != nil {
			return a.fail(err)
		}
		text, _ := docs.Program("mutants/" + m.String() + ".vms")
		fmt.Fprintf(a.out, "# %s: %s.\n# The error is in %s.\n\n%s", m, m.Info().Says, m.Info().At, text)
		return exitFine
	case f.rest[0] == "measure" && len(f.rest) == 1:
		return a.measureMutants()
	}
	return a.fail(&usageError{"mutant wants list, measure, or show and a name", "vmsim mutant list"})
}

// measureMutants prints, for each mutant, whether the model passes its program and the mutant fails it, and how soon
// random programs tell it from the model.
func (a *app) measureMutants() int {
	code := exitFine
	fmt.Fprint(a.out, "| mutant | what is wrong | in | its program | random statements | seconds |\n"+
		"|---|---|---|---|---:|---:|\n")
	for _, m := range profile.Mutants() {
		own := "finds it"
		if !a.killedByOwn(m) {
			own, code = "does **not** find it", exitFailed
		}
		t, err := killTime(m)
		if err != nil {
			return a.fail(err)
		}
		statements := fmt.Sprint(t.Statements)
		if t.Differing == t.Unsteady {
			statements, code = "it survives "+statements, exitFailed
		}
		fmt.Fprintf(a.out, "| %s | %s | `%s` | %s | %s | %.1f |\n", m, inCell(m.Info().Says), m.Info().At, own,
			statements, t.Elapsed.Seconds())
	}
	return code
}

// inCell is a text for a cell of a table in Markdown.
func inCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// killedByOwn reports whether the model passes a mutant's program, and the mutant fails it.
func (a *app) killedByOwn(m profile.Mutant) bool {
	text, _ := docs.Program("mutants/" + m.String() + ".vms")
	prog, err := script.Parse(m.String()+".vms", text)
	if err != nil {
		panic(err)
	}
	right, wrong := model.New(), &model.Machine{Profile: profile.Default().Mutated(m)}
	return run.Test(prog, right, run.Testing{Check: right.Check}).Passed() &&
		!a.testOn(prog, wrong, run.Testing{}).Passed()
}

// killTime runs random programs on the model and on a mutant until one tells them apart.
func killTime(m profile.Mutant) (difftest.Tally, error) {
	kinds, err := difftest.ParseKinds("all")
	if err != nil {
		return difftest.Tally{}, err
	}
	c := difftest.Campaign{Kinds: kinds, Reach: difftest.Both, Seed: 1, Workers: 1, Limit: 1, Most: 400_000}
	c.NewLab = func() (*difftest.Lab, func(), error) { return difftest.NewLabOfMutant(m), func() {}, nil }
	return c.Run()
}

// mutantNamed is the mutant of that name.
func mutantNamed(name string) (profile.Mutant, error) {
	m, ok := profile.MutantNamed(name)
	if ok {
		return m, nil
	}
	var names []string
	for _, m := range profile.Mutants() {
		names = append(names, m.String())
	}
	what := fmt.Sprintf("there is no mutant %q", name)
	if near := script.Nearest(name, names); near != "" {
		what += "; did you mean " + near + "?"
	}
	return 0, &usageError{what, "vmsim mutant list"}
}

// mutantOf is the profile that --mutant asks for; nil where it is not given.
func mutantOf(f *flags) (*profile.Profile, error) {
	if !f.has("mutant") {
		return nil, nil
	}
	m, err := mutantNamed(f.set["mutant"])
	if err != nil {
		return nil, err
	}
	return profile.Default().Mutated(m), nil
}

// fuzzMutant lets random programs tell a mutant from the model, and says how many statements that took.
func (a *app) fuzzMutant(f *flags) int {
	m, err := mutantNamed(f.set["mutant"])
	if err != nil {
		return a.fail(err)
	}
	c, err := mutantCampaign(f)
	if err != nil {
		return a.fail(err)
	}
	var killer *difftest.Bundle
	c.Found = func(b difftest.Bundle) { killer = &b }
	c.NewLab = func() (*difftest.Lab, func(), error) {
		return difftest.NewLabOfMutant(m), func() {}, nil
	}
	t, err := c.Run()
	if err != nil {
		return a.fail(err)
	}
	end := "is killed"
	if killer == nil {
		end = "survives"
	}
	fmt.Fprintf(a.out, "%s %s: %s, %s, %.1f s, seed %d\n", m, end, plural.Count(t.Programs, "program", "programs"),
		plural.Count(t.Statements, "statement", "statements"), t.Elapsed.Seconds(), c.Seed)
	if killer == nil {
		return exitFailed
	}
	if f.has("out") || f.has("json") {
		a.finding(*killer, 1, f)
	}
	return exitFine
}

// mutantCampaign is a campaign with all kinds for two minutes, or as the flags say; it ends with the first difference.
func mutantCampaign(f *flags) (difftest.Campaign, error) {
	c, err := campaignOf(f)
	if err != nil {
		return c, err
	}
	if !f.has("kinds") {
		c.Kinds, _ = difftest.ParseKinds("all")
	}
	if !f.has("for") && !f.has("statements") && !f.has("programs") {
		c.For = 2 * time.Minute
	}
	c.Limit, c.Workers = 1, 1
	return c, nil
}
