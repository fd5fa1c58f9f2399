package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"vmsim/syscalls/exercise"
	"vmsim/syscalls/script/run"
)

// goName is what a package of an exercise may be called.
var goName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// newExercise makes a folder that verifies: exercise 3 under another name, to be changed.
func (a *app) newExercise(rest []string) error {
	if len(rest) != 1 || !goName.MatchString(filepath.Base(rest[0])) {
		return &usageError{"new wants a folder whose name is lower-case letters: it is the exercise's too",
			"vmsim exercise new labs/mylab"}
	}
	dir, name := rest[0], filepath.Base(rest[0])
	if _, err := os.Stat(dir); err == nil {
		return &usageError{dir + " is there already", "vmsim exercise new ANOTHER-FOLDER"}
	}
	x, err := exerciseNamed("cow")
	if err != nil {
		return err
	}
	old := regexp.MustCompile(`\bcow\b`)
	err = fs.WalkDir(x.Files, ".", func(path string, d fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(old.ReplaceAllString(path, name)))
		if filepath.Base(path) == "cow_test.go" {
			to = filepath.Join(filepath.Dir(to), name+"_test.go")
		}
		if err != nil || d.IsDir() {
			return first(err, os.MkdirAll(to, 0o755))
		}
		text, err := fs.ReadFile(x.Files, path)
		if err != nil {
			return err
		}
		if filepath.Ext(path) != ".vms" {
			text = old.ReplaceAll(text, []byte(name))
		}
		return os.WriteFile(to, text, 0o644)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is a copy of exercise cow. Change it, and prove that it is sound:\n\n"+
		"  vmsim exercise verify %s\n", dir, dir)
	return nil
}

// first is the first error that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyExercises proves that exercises are sound.
func (a *app) verifyExercises(f *flags, names []string) (int, error) {
	var list []*exercise.Exercise
	for _, n := range names {
		x, err := exerciseNamed(n)
		if err != nil {
			return 0, err
		}
		list = append(list, x)
	}
	if len(names) == 0 {
		list = allExercises()
	}
	code := exitFine
	for _, x := range list {
		problems, err := a.verify(f, x)
		if err != nil {
			return 0, err
		}
		for _, p := range problems {
			fmt.Fprintf(a.out, "%s: %s\n", x.Name, p)
			code = exitFailed
		}
		if len(problems) == 0 {
			fmt.Fprintf(a.out, "%s: sound\n", x.Name)
		}
	}
	return code, nil
}

// verify proves that the reference gets all points, for several seeds; that what a student starts with gets under a
// fifth; and that the programs tell the mutants from the model.
func (a *app) verify(f *flags, x *exercise.Exercise) (problems []string, err error) {
	for _, c := range []struct {
		folder string
		seed   uint64
	}{{"_reference", 1}, {"_reference", 2}, {"_student", 1}} {
		sub, err := fs.Sub(x.Files, c.folder)
		if err != nil {
			return nil, err
		}
		g, err := a.gradeFolder(f, x, sub, exercise.All, c.seed)
		if err != nil {
			return nil, err
		}
		switch {
		case c.folder == "_student" && 5*g.Points >= g.Max:
			problems = append(problems, fmt.Sprintf("what the student starts with gets %d of %d points", g.Points,
				g.Max))
		case c.folder == "_reference" && (g.Points < g.Max || g.Max == 0):
			problems = append(problems, fmt.Sprintf("with seed %d the reference gets %d of %d points %s", c.seed,
				g.Points, g.Max, g.Problem))
			for _, r := range g.Results {
				if !r.Passed {
					problems = append(problems, "  "+r.Name+": "+r.Output)
				}
			}
		}
	}
	if x.Kind == exercise.Build {
		problems = append(problems, survivors(x)...)
	}
	return problems, nil
}

// survivors are the mutants that no program of the exercise tells from the model.
func survivors(x *exercise.Exercise) (problems []string) {
	show, _ := run.ParseKinds(x.Observe)
	for _, m := range x.Mutants {
		killed := false
		for _, name := range append(x.Programs("scenarios"), x.Programs("_hidden")...) {
			text, _ := fs.ReadFile(x.Files, name)
			j := exercise.Job{Name: name, Text: string(text), Observe: show | run.Faults}
			want := exercise.Record(j, nil)
			j.Mutant = m
			killed = killed || exercise.Compare(want, exercise.Record(j, nil)) != nil
		}
		if !killed {
			problems = append(problems, "no program tells the kernel "+m+" from the model")
		}
	}
	return problems
}
