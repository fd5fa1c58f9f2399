package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vmsim/cmd/internal/grade"
	"vmsim/docs"
	"vmsim/syscalls/exercise"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
)

var exerciseCommand = command{
	name: "exercise", args: "[list | start | check | hint | next | new | verify] [NAME…]",
	line: "exercises: predict, explore, build, find errors",
	text: `start copies an exercise into a folder of your own, a Go module that builds without a network. In that
folder, check runs its tests, hint gives one hint after the other, and next names the next exercise. For teachers: new
makes a folder for an exercise of your own, and verify proves that its reference gets all points, that what the
student starts with gets less than a fifth, and that its programs tell the listed kernels with an error from the
model.`,
	examples: []string{"vmsim exercise list", "vmsim exercise verify signals"},
	flags: []flagHelp{
		{"--source DIR", "vmsim's source, where it is not found"},
		{"--from NAME", "new: which exercise is copied (default cow)"},
		{"--changes", "verify: also change the reference in one place at a time, and list what no program shows"},
	},
	words: func() []string {
		names := slices.Clone(exerciseWords)
		for _, x := range allExercises() {
			names = append(names, x.Name)
		}
		return names
	},
	run: (*app).exercise,
}

// exerciseWords are what may follow exercise.
var exerciseWords = []string{"list", "start", "check", "hint", "next", "new", "verify"}

func (a *app) exercise(f *flags) int {
	do, rest := "list", f.rest
	if len(rest) > 0 {
		do, rest = rest[0], rest[1:]
	}
	code, err := a.exerciseWord(do, f, rest)
	if err != nil {
		return a.fail(err)
	}
	return code
}

// exerciseWord does what the first word after exercise says.
func (a *app) exerciseWord(do string, f *flags, rest []string) (code int, err error) {
	switch do {
	case "list":
		err = a.listExercises()
	case "start":
		err = a.startExercise(f, rest)
	case "check":
		code, err = a.checkExercise(f)
	case "hint":
		err = a.hint()
	case "next":
		err = a.nextExercise()
	case "new":
		err = a.newExercise(f, rest)
	case "verify":
		code, err = a.verifyExercises(f, rest)
	default:
		what := didYouMean("exercise has no "+do, do, exerciseWords)
		err = &usageError{what, "vmsim exercise " + strings.Join(exerciseWords, " | ")}
	}
	return code, err
}

// allExercises are those of docs/exercises, by their numbers.
func allExercises() (all []*exercise.Exercise) {
	entries, err := fs.ReadDir(docs.Exercises(), ".")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		sub, err := fs.Sub(docs.Exercises(), e.Name())
		if err != nil {
			panic(err)
		}
		x, err := exercise.Load(sub)
		if err != nil {
			panic(e.Name() + ": " + err.Error())
		}
		all = append(all, x)
	}
	slices.SortFunc(all, func(x, y *exercise.Exercise) int { return x.Number - y.Number })
	return all
}

// exerciseNamed is the exercise of that name or number, or of that folder.
func exerciseNamed(name string) (*exercise.Exercise, error) {
	var names []string
	for _, x := range allExercises() {
		if x.Name == name || strconv.Itoa(x.Number) == name {
			return x, nil
		}
		names = append(names, x.Name)
	}
	if _, err := os.Stat(filepath.Join(name, "exercise.json")); name != "" && err == nil {
		return exercise.Load(os.DirFS(name))
	}
	what := fmt.Sprintf("there is no exercise %q", name)
	if near := script.Nearest(name, names); near != "" {
		what += "; did you mean " + near + "?"
	}
	return nil, &usageError{what, "vmsim exercise list"}
}

func (a *app) listExercises() error {
	for _, x := range allExercises() {
		fmt.Fprintf(a.out, "%2d  %-11s%-9s%s\n", x.Number, x.Name, x.Kind, x.Title)
	}
	fmt.Fprintln(a.out, "\nvmsim exercise start cow makes a folder cow with the third.")
	return nil
}

// startExercise copies what a student gets.
func (a *app) startExercise(f *flags, rest []string) error {
	if len(rest) == 0 {
		return &usageError{"start wants the name of an exercise", "vmsim exercise start cow"}
	}
	x, err := exerciseNamed(rest[0])
	if err != nil {
		return err
	}
	dir := x.Name
	if len(rest) > 1 {
		dir = rest[1]
	}
	if _, err := os.Stat(dir); err == nil {
		return &usageError{dir + " is there already, and is not overwritten",
			"vmsim exercise start " + x.Name + " ANOTHER-FOLDER"}
	}
	if err := copyForStudent(x, dir); err != nil {
		return err
	}
	if err := buildModule(f, x, dir); err != nil {
		return err
	}
	test := "vmsim exercise check"
	if x.Kind == exercise.Build {
		test = "go test"
	}
	fmt.Fprintf(a.out, "%s: %s\n\n  cd %s\n  less README.md\n  %s\n\nIt starts out failing. That is expected.\n", dir,
		x.Title, dir, test)
	return nil
}

// buildModule makes the folder a Go module where the exercise is a package to write; the folder is removed if that
// fails.
func buildModule(f *flags, x *exercise.Exercise, dir string) error {
	if x.Kind != exercise.Build {
		return nil
	}
	source, err := sourceFolder(f.set["source"])
	if err == nil {
		err = grade.Module(x.Name, source, dir)
	}
	if err != nil {
		os.RemoveAll(dir)
	}
	return err
}

// copyForStudent copies an exercise without its reference and what is hidden.
func copyForStudent(x *exercise.Exercise, dir string) error {
	err := fs.WalkDir(x.Files, ".", func(path string, d fs.DirEntry, err error) error {
		to := strings.TrimPrefix(path, "_student/")
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == "_reference" || path == "_hidden"):
			return fs.SkipDir
		case d.IsDir() && path == "_student":
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, to), 0o755)
		}
		return copyOut(x.Files, path, filepath.Join(dir, to))
	})
	if _, e := fs.Stat(x.Files, "_student/answers.vms"); err == nil && e == nil {
		err = copyOut(x.Files, "_student/answers.vms", filepath.Join(dir, "questions.vms"))
	}
	return err
}

// copyOut writes a file of an exercise to where it may be changed.
func copyOut(from fs.FS, path, to string) error {
	text, err := fs.ReadFile(from, path)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

// here is the exercise whose folder this is.
func here() (*exercise.Exercise, error) {
	x, err := exercise.Load(os.DirFS("."))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{"this is not the folder of an exercise", "vmsim exercise start cow; cd cow"}
	}
	return x, err
}

func (a *app) checkExercise(f *flags) (int, error) {
	x, err := here()
	if err != nil {
		return 0, err
	}
	g, err := a.gradeFolder(f, x, os.DirFS("."), exercise.Shown, 0)
	if err != nil {
		return 0, err
	}
	_ = grade.Formats["text"](a.out, g)
	if g.Points < g.Max {
		fmt.Fprintln(a.out, exercise.Next)
		return exitFailed, nil
	}
	fmt.Fprintln(a.out, "All done. vmsim exercise next names the next one.")
	return exitFine, nil
}

// gradeFolder grades a submission; an exercise without code runs in this process.
func (a *app) gradeFolder(f *flags, x *exercise.Exercise, submission fs.FS, scope exercise.Scope,
	seed uint64) (grade.Grade, error) {
	j := grade.Job{Exercise: x, Submission: submission, Scope: scope, Seed: seed, Limits: grade.DefaultLimits}
	if x.Kind == exercise.Build {
		var err error
		if j.Source, err = sourceFolder(f.set["source"]); err != nil {
			return grade.Grade{}, err
		}
		return grade.Do(j)
	}
	return grade.With(j, exercise.InProcess(nil)), nil
}

// hintsFile is where a student's folder keeps how many hints were given.
const hintsFile = ".hints"

func (a *app) hint() error {
	x, err := here()
	if err != nil {
		return err
	}
	given, hints := hintsGiven(), x.Hints()
	if len(hints) == 0 {
		fmt.Fprintln(a.out, "There are no hints.")
		return nil
	}
	if given >= len(hints) {
		fmt.Fprintf(a.out, "That was the last one; all %s are in hints.md.\n\n",
			plural.Count(len(hints), "hint", "hints"))
	}
	n := min(given, len(hints)-1)
	title, text, _ := strings.Cut(hints[n], "\n")
	fmt.Fprintf(a.out, "Hint %d of %d: %s\n\n%s\n", n+1, len(hints), title, indent(wrap(text, 80), ""))
	return os.WriteFile(hintsFile, []byte(strconv.Itoa(n+1)+"\n"), 0o644)
}

// hintsGiven is how many hints the student has had.
func hintsGiven() int {
	text, err := os.ReadFile(hintsFile)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}

func (a *app) nextExercise() error {
	at := 0
	if x, err := here(); err == nil {
		at = x.Number
	}
	for _, x := range allExercises() {
		if x.Number > at {
			fmt.Fprintf(a.out, "%d: %s\n\n  vmsim exercise start %s\n", x.Number, x.Title, x.Name)
			return nil
		}
	}
	fmt.Fprintln(a.out, "That was the last one.")
	return nil
}
