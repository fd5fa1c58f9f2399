package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"vmsim/cmd/internal/grade"
	"vmsim/syscalls/exercise"
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
		switch {
		case path == "exercise.json": // the names of kernels stay what they are; the number is of the twelve
			text = bytes.Replace(text, []byte(`"Name": "cow"`), []byte(`"Name": "`+name+`"`), 1)
			text = bytes.Replace(text, []byte("  \"Number\": 3,\n"), nil, 1)
		case path == "README.md":
			text = bytes.Replace(old.ReplaceAll(text, []byte(name)), []byte("# 3. "), []byte("# "), 1)
		case filepath.Ext(path) != ".vms":
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
		if len(problems) > 0 {
			continue
		}
		fmt.Fprintf(a.out, "%s: sound\n", x.Name)
		if f.has("changes") && x.Kind == exercise.Build {
			if err := a.unnoticed(f, x); err != nil {
				return 0, err
			}
		}
	}
	return code, nil
}

// verify proves that every program runs; that the reference gets all points, for several seeds; that what a student
// starts with gets under a fifth; and that the programs tell the mutants from the model.
func (a *app) verify(f *flags, x *exercise.Exercise) (problems []string, err error) {
	if x.Kind == exercise.Build {
		if problems = brokenPrograms(x); len(problems) > 0 {
			return problems, nil
		}
	}
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
		if problems = append(problems, unfair(c.folder, c.seed, g)...); len(problems) > 0 {
			return problems, nil // the rest would say the same again
		}
	}
	if x.Kind == exercise.Build {
		problems = survivors(x)
	}
	return problems, nil
}

// unfair says what is wrong with a grade that the reference, or what a student starts with, got.
func unfair(folder string, seed uint64, g grade.Grade) (problems []string) {
	switch {
	case g.Max == 0:
		return []string{"there is nothing to grade: a build exercise has its programs in scenarios and _hidden"}
	case g.Problem != "":
		return []string{folder + ": " + g.Problem}
	case folder == "_student" && 5*g.Points >= g.Max:
		return []string{fmt.Sprintf("what the student starts with gets %d of %d points; less than a fifth is wanted",
			g.Points, g.Max)}
	case folder == "_reference" && g.Points < g.Max:
		problems = []string{fmt.Sprintf("with seed %d the reference gets %d of %d points", seed, g.Points, g.Max)}
		for _, r := range g.Results {
			if !r.Passed {
				problems = append(problems, "  "+r.Name+": "+r.Output)
			}
		}
	}
	return problems
}

// brokenPrograms are the programs of a Build exercise that do not run to their end on the model.
func brokenPrograms(x *exercise.Exercise) (problems []string) {
	for _, j := range x.Jobs(exercise.All, 0) {
		if t := exercise.Record(j, x.Reference); t.Broken != "" {
			problems = append(problems, "the model does not run "+j.Name+": "+t.Broken)
		}
	}
	return problems
}

// survivors are the mutants that no program of the exercise tells from the model.
func survivors(x *exercise.Exercise) (problems []string) {
	for _, m := range x.Mutants {
		killed := false
		for _, j := range x.Jobs(exercise.All, 0) {
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

// unnoticed prints which small changes of the reference no program shows.
func (a *app) unnoticed(f *flags, x *exercise.Exercise) error {
	source, err := sourceFolder(f.set["source"])
	if err != nil {
		return err
	}
	left, tried, err := grade.Unnoticed(x, source, grade.Limits{Time: time.Second, Memory: grade.DefaultLimits.Memory})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s: the programs show %d of %d small changes of the reference\n", x.Name, tried-len(left),
		tried)
	for _, c := range left {
		fmt.Fprintf(a.out, "  not shown: %v\n", c)
	}
	return nil
}
