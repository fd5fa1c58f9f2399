package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"vmsim/cmd/internal/grade"
	"vmsim/syscalls/exercise"
)

var gradeCommand = command{
	name: "grade", args: "--exercise NAME --submission DIR", line: "mark a submission of an exercise",
	text: `The submission is built into a program of its own, which runs with limits of time, memory, files and
imports, and only reports what happened; the verdict is made outside it. There is a valid result whatever the
submission does. Hidden tests stay hidden. NAME is one of vmsim exercise list, or the folder of an exercise of your
own.

--all marks each folder below DIR, as many at a time as there are processors, and prints a table. It names submissions
of code whose mistakes are the same. --zip writes the archive of a Gradescope autograder. It needs the go command, no
network, and vmsim's source: --source says where that is, where vmsim runs elsewhere. Exit code 1 where points are
missing.`,
	examples: []string{"vmsim grade --exercise cow --submission docs/exercises/03-cow/_reference"},
	flags: []flagHelp{
		{"--exercise NAME", "which exercise, or its folder"},
		{"--submission DIR", "the student's folder"},
		{"--all DIR", "a folder of submissions instead"},
		{"--format NAME", "text (default), gradescope, github, prairielearn or junit"},
		{"-o FILE", "write the result there; with --all a folder, which gets one for each submission"},
		{"--seed N", "vary sizes and places in the tests; the same seed gives the same result (default 1)"},
		{"--time SECONDS", "of the processor, for each test (default 5)"},
		{"--source DIR", "vmsim's source"},
		{"--zip FILE", "write an archive for Gradescope"},
	},
	run: (*app).grade,
}

func (a *app) grade(f *flags) int {
	if !f.has("exercise") {
		return a.fail(&usageError{"grade wants --exercise NAME", "vmsim grade --exercise cow --submission DIR"})
	}
	x, err := exerciseNamed(f.set["exercise"])
	if err != nil {
		return a.fail(err)
	}
	if f.has("zip") {
		return a.autograder(f, x)
	}
	form, write, err := formatOf(f)
	if err != nil {
		return a.fail(err)
	}
	j, err := jobOf(f, x)
	if err != nil {
		return a.fail(err)
	}
	if f.has("all") {
		return a.gradeAll(f, f.set["all"], j, form)
	}
	if !f.has("submission") {
		return a.fail(&usageError{"grade wants --submission DIR, or --all DIR", "vmsim grade --help"})
	}
	j.Name, j.Submission = f.set["submission"], os.DirFS(f.set["submission"])
	return a.gradeOne(f, j, write)
}

// gradeOne grades one submission and writes the result to -o, or prints it.
func (a *app) gradeOne(f *flags, j grade.Job, write func(io.Writer, grade.Grade) error) int {
	g := gradeOf(j)
	var b strings.Builder
	err := write(&b, g)
	if err != nil {
		return a.fail(err)
	}
	if f.has("o") {
		err = os.WriteFile(f.set["o"], []byte(b.String()), 0o644)
	} else {
		_, err = io.WriteString(a.out, b.String())
	}
	if err != nil {
		return a.fail(err)
	}
	if g.Points < g.Max || g.Max == 0 {
		return exitFailed
	}
	return exitFine
}

// formatOf is the format that --format names.
func formatOf(f *flags) (name string, write func(io.Writer, grade.Grade) error, err error) {
	name = "text"
	if f.has("format") {
		name = f.set["format"]
	}
	write, ok := grade.Formats[name]
	if !ok {
		err = &usageError{"--format is text, gradescope, github, prairielearn or junit, not " + name,
			"vmsim grade --help"}
	}
	return name, write, err
}

// jobOf is the grading of an exercise as the flags want it, without a submission.
func jobOf(f *flags, x *exercise.Exercise) (j grade.Job, err error) {
	j = grade.Job{Exercise: x, Scope: exercise.All, Seed: 1, Limits: grade.DefaultLimits}
	if f.has("seed") {
		if j.Seed, err = f.number("seed"); err != nil {
			return j, err
		}
	}
	if f.has("time") {
		n, err := f.number("time")
		if err != nil {
			return j, err
		}
		j.Limits.Time = time.Duration(n) * time.Second
	}
	j.Source, err = sourceFolder(f.set["source"])
	return j, err
}

// gradeAll marks each folder below dir, and prints a table. Where -o names a folder, each result goes there too.
func (a *app) gradeAll(f *flags, dir string, j grade.Job, form string) int {
	if f.has("format") && !f.has("o") {
		return a.fail(&usageError{"with --all, --format wants a folder for the results too",
			"vmsim grade --all DIR --format " + form + " -o RESULTS"})
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return a.fail(err)
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !e.IsDir() })
	if len(entries) == 0 {
		return a.fail(&usageError{"there is no folder in " + dir, "vmsim grade --all DIR: a folder for each student"})
	}
	grades := gradeFolders(dir, entries, j)
	if f.has("o") {
		if err := writeGrades(f.set["o"], form, grades); err != nil {
			return a.fail(err)
		}
	}
	return a.printGrades(grades)
}

// firstFailed names the first test that a submission which was run has failed; empty for none.
func firstFailed(g grade.Grade) string {
	for _, r := range g.Results {
		if !r.Passed {
			return "fails " + r.Name
		}
	}
	return ""
}

// printGrades prints a line for each submission; the exit code says whether all have full points.
func (a *app) printGrades(grades []grade.Grade) int {
	code := exitFine
	for i, g := range grades {
		says, _, _ := strings.Cut(or(g.Problem, firstFailed(g)), "\n")
		if like := mostAlike(grades, i); like != "" {
			says = like
		}
		fmt.Fprintf(a.out, "%-24s %3d/%d  %s\n", g.Submission, g.Points, g.Max, says)
		if g.Points < g.Max {
			code = exitFailed
		}
	}
	return code
}

// gradeFolders grades the submissions in the folders, as many at a time as there are processors.
func gradeFolders(dir string, entries []os.DirEntry, j grade.Job) []grade.Grade {
	grades := make([]grade.Grade, len(entries))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for i, e := range entries {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			k := j
			k.Name, k.Submission = e.Name(), os.DirFS(filepath.Join(dir, e.Name()))
			grades[i] = gradeOf(k)
		})
	}
	wg.Wait()
	return grades
}

// gradeOf grades one submission; where the grader itself fails, the grade says so.
func gradeOf(j grade.Job) grade.Grade {
	g, err := grade.Do(j)
	if err != nil {
		g.Problem = "the grader itself failed: " + err.Error()
	}
	return g
}

// writeGrades writes a result for each submission into a folder.
func writeGrades(dir, form string, grades []grade.Grade) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, g := range grades {
		var b strings.Builder
		if err := grade.Formats[form](&b, g); err != nil {
			return err
		}
		name := filepath.Join(dir, g.Submission+gradeEndings[form])
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// gradeEndings are the endings of the files of each format.
var gradeEndings = map[string]string{
	"text": ".txt", "gradescope": ".json", "github": ".txt", "prairielearn": ".json", "junit": ".xml",
}

// suspicious is how much alike the mistakes of two submissions are that are named together.
const suspicious = 0.9

// mostAlike names the other submission with the same mistakes as submission i, where there is one. Many have those of
// the code that all begin with; a teacher sees that by their number.
func mostAlike(grades []grade.Grade, i int) string {
	best, with := 0.0, ""
	for k, g := range grades {
		if like := grades[i].Mistakes.Alike(g.Mistakes); k != i && like > best {
			best, with = like, g.Submission
		}
	}
	if best < suspicious {
		return ""
	}
	return fmt.Sprintf("%.0f%% of its mistakes are those of %s", 100*best, with)
}

// sourceFolder is where vmsim's own source is: as the flag or VMSIM_SOURCE says, or a folder above this one, or where
// the module in this folder has it from.
func sourceFolder(given string) (string, error) {
	if given == "" {
		given = os.Getenv("VMSIM_SOURCE")
	}
	if given != "" {
		if !isSource(given) {
			return "", &usageError{given + " is not vmsim's source: its go.mod does not begin with module vmsim",
				"export VMSIM_SOURCE=/path/to/vmsim, or --source /path/to/vmsim"}
		}
		return filepath.Abs(given)
	}
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; at = filepath.Dir(at) {
		if isSource(at) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	if _, file, _, ok := runtime.Caller(0); ok { // an absolute name, where vmsim was built in its source
		at := filepath.Dir(filepath.Dir(filepath.Dir(file)))
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil && filepath.IsAbs(at) {
			return at, nil
		}
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "vmsim").Output()
	if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
		return dir, nil
	}
	return "", &usageError{"vmsim's source is not found from here",
		"export VMSIM_SOURCE=/path/to/vmsim, or --source /path/to/vmsim"}
}

// isSource reports whether a folder is the root of vmsim's module.
func isSource(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.HasPrefix(string(text), "module vmsim\n")
}
