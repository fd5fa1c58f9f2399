package grade

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"vmsim/syscalls/exercise"
	"vmsim/syscalls/leash"
)

// Unnoticed are the small changes of the reference that no program of a Build exercise tells from it. Those that do not
// change what the reference does are among them. tried is how many changes compile.
func Unnoticed(x *exercise.Exercise, source string, limits Limits) (left []Change, tried int, err error) {
	all, err := changesOf(x)
	if err != nil {
		return nil, 0, err
	}
	dir, remove, err := leash.Dir(filepath.Join(os.TempDir(), "vmsim-changed-"), 0o700)
	if err != nil {
		return nil, 0, err
	}
	defer remove()
	c := changed{x: x, dir: dir, all: all}
	program, err := c.build(source)
	if err != nil {
		return nil, 0, err
	}
	jobs := x.Jobs(exercise.All, 0)
	// The quick ones come first.
	slices.SortStableFunc(jobs, func(i, j exercise.Job) int { return len(i.Text) - len(j.Text) })
	want := make([]exercise.Transcript, len(jobs))
	for i, j := range jobs {
		want[i] = exercise.Record(j, x.Reference)
	}
	for n := range all {
		if c.bad[n] {
			continue
		}
		if tried++; !noticed(program, jobs, want, n, limits) {
			left = append(left, all[n])
		}
	}
	return left, tried, nil
}

// noticed reports whether a program shows change n.
func noticed(program string, jobs []exercise.Job, want []exercise.Transcript, n int, limits Limits) bool {
	for i, j := range jobs {
		j.Part += mark + packageOf(n)
		if exercise.Compare(want[i], Run(program, limits)([]exercise.Job{j})[0]) != nil {
			return true
		}
	}
	return false
}

// mark is between the part of a job and the package of the change that it is for.
const mark = "#"

// packageOf is the name of the package that has change n.
func packageOf(n int) string { return fmt.Sprintf("c%d", n) }

// changesOf are the changes of the reference's files.
func changesOf(x *exercise.Exercise) (all []Change, err error) {
	names, err := fs.Glob(x.Files, "_reference/*.go")
	for _, name := range names {
		text, err := fs.ReadFile(x.Files, name)
		if err != nil {
			return nil, err
		}
		some, err := changes(name, string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, err
}

// changed is a module with a package for each change.
type changed struct {
	x   *exercise.Exercise
	dir string
	all []Change
	bad map[int]bool // the changes that do not compile
}

// build makes the program that has all changes which compile.
func (c *changed) build(source string) (program string, err error) {
	if err := Module("submission", source, c.dir); err != nil {
		return "", err
	}
	for n, change := range c.all {
		if err := c.write(n, change); err != nil {
			return "", err
		}
	}
	if c.bad, err = failing(c.dir); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(c.dir, "main.go"), []byte(c.main()), 0o644); err != nil {
		return "", err
	}
	return compile(c.dir)
}

// write makes the package of change n: the files of the reference, one of them changed.
func (c *changed) write(n int, change Change) error {
	to := filepath.Join(c.dir, packageOf(n))
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	names, err := fs.Glob(c.x.Files, "_reference/*.go")
	for _, name := range names {
		text, e := fs.ReadFile(c.x.Files, name)
		if name == change.File {
			text = []byte(change.text)
		}
		err = errors.Join(err, e, os.WriteFile(filepath.Join(to, path.Base(name)), text, 0o644))
	}
	return err
}

// failed finds the packages that do not compile in what the go command prints.
var failed = regexp.MustCompile(`(?m)^# submission/c(\d+)$`)

// failing are the changes whose packages do not compile.
func failing(dir string) (map[int]bool, error) {
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "./...")
	c.Dir, c.Env = dir, environment()
	defer leash.Foreign(c)()
	out, err := c.CombinedOutput()
	bad := map[int]bool{}
	for _, m := range failed.FindAllStringSubmatch(string(out), -1) {
		var n int
		fmt.Sscan(m[1], &n)
		bad[n] = true
	}
	if err != nil && len(bad) == 0 {
		return nil, fmt.Errorf("the changed references do not compile: %w\n%s", err, firstOf(string(out), 20))
	}
	return bad, nil
}

// main is the main function: it plugs in the change that the part of a job names.
func (c *changed) main() string {
	var imports, cases strings.Builder
	plugs := ""
	for n := range c.all {
		if c.bad[n] {
			continue
		}
		fmt.Fprintf(&imports, "\t%s %q\n", packageOf(n), "submission/"+packageOf(n))
		for _, name := range c.x.PartNames() {
			plug := strings.ReplaceAll(c.x.PartNamed(name).Plug, "student.", packageOf(n)+".")
			fmt.Fprintf(&cases, "\tcase %q:\n\t\treturn syscalls.Policies{%s}\n", name+mark+packageOf(n), plug)
			plugs += plug
		}
	}
	if strings.Contains(plugs, "policy.") {
		imports.WriteString("\t\"vmsim/pagecache/policy\"\n")
	}
	return "package main\n\nimport (\n\t\"vmsim/syscalls\"\n\t\"vmsim/syscalls/exercise\"\n" +
		"\t\"vmsim/syscalls/exercise/child\"\n" + imports.String() + ")\n\nfunc main() {\n" +
		"\tchild.Main(func(j exercise.Job) syscalls.Policies {\n\tswitch j.Part {\n" + cases.String() +
		"\t}\n\treturn syscalls.Policies{}\n\t})\n}\n"
}
