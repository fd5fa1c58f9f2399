package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"vmsim/cmd/internal/grade"
	"vmsim/syscalls/exercise"
	"vmsim/syscalls/plural"
)

// goName is what a package of an exercise may be called.
var goName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// newExercise makes a folder that verifies: exercise 3, or the one of --from, under another name, to be changed.
func (a *app) newExercise(f *flags, rest []string) error {
	if len(rest) != 1 || !goName.MatchString(filepath.Base(rest[0])) {
		return &usageError{"new wants a folder whose name is lower-case letters: it is the exercise's too",
			"vmsim exercise new labs/mylab"}
	}
	dir, name, from := rest[0], filepath.Base(rest[0]), "cow"
	if _, err := os.Stat(dir); err == nil {
		return &usageError{dir + " is there already", "vmsim exercise new ANOTHER-FOLDER"}
	}
	if f.has("from") {
		from = f.set["from"]
	}
	x, err := exerciseNamed(from)
	if err != nil {
		return err
	}
	err = fs.WalkDir(x.Files, ".", func(path string, d fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(path))
		switch {
		case err != nil || d.IsDir():
			return first(err, os.MkdirAll(to, 0o755))
		case d.Name() == x.Name+".go" || d.Name() == x.Name+"_test.go":
			to = filepath.Join(filepath.Dir(to), name+strings.TrimPrefix(d.Name(), x.Name))
		}
		text, err := fs.ReadFile(x.Files, path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, renamed(path, string(text), x, name), 0o644)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is a copy of exercise %s. Change it, and prove that it is sound:\n\n"+
		"  vmsim exercise verify %s\n", dir, x.Name, dir)
	return nil
}

// renamed is a file of an exercise with the exercise's name changed where it names the package or its file. The number
// is of the twelve.
func renamed(path, text string, x *exercise.Exercise, name string) []byte {
	switch filepath.Ext(path) {
	case ".json":
		text = strings.Replace(text, `"Name": "`+x.Name+`"`, `"Name": "`+name+`"`, 1)
		text = strings.Replace(text, fmt.Sprintf("  \"Number\": %d,\n", x.Number), "", 1)
	case ".md":
		text = strings.Replace(text, fmt.Sprintf("# %d. ", x.Number), "# ", 1)
		text = strings.ReplaceAll(text, "`"+x.Name+".go`", "`"+name+".go`")
	case ".go":
		clause := regexp.MustCompile(`(?m)^(// Package |package )` + x.Name + `\b`)
		text = clause.ReplaceAllString(text, "${1}"+name)
	}
	return []byte(text)
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
		return []string{fmt.Sprintf("what the student starts with gets %d of %s; less than a fifth is wanted",
			g.Points, plural.Count(g.Max, "point", "points"))}
	case folder == "_reference" && g.Points < g.Max:
		problems = []string{fmt.Sprintf("with seed %d the reference gets %d of %s", seed, g.Points,
			plural.Count(g.Max, "point", "points"))}
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
	fmt.Fprintf(a.out, "%s: the programs show %d of %s of the reference\n", x.Name, tried-len(left),
		plural.Count(tried, "small change", "small changes"))
	for _, c := range left {
		fmt.Fprintf(a.out, "  not shown: %v\n", c)
	}
	return nil
}
