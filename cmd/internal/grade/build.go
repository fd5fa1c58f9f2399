// Package grade marks submissions of exercises: each is built into a program of its own, which runs under limits and
// only reports what happened; the verdict and the result are the grader's.
package grade

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"vmsim/syscalls/exercise"
	"vmsim/syscalls/leash"
)

// allowed are the packages that a submission may import: none of them reaches files, the network, other processes or
// the memory of the program itself.
var allowed = map[string]bool{
	"bytes": true, "cmp": true, "container/heap": true, "container/list": true, "container/ring": true, "errors": true,
	"fmt": true, "hash/fnv": true, "iter": true, "maps": true, "math": true, "math/bits": true, "slices": true,
	"sort": true, "strconv": true, "strings": true, "time": true, "unicode": true, "syscall": false,
	"vmsim/disk": true, "vmsim/fault": true, "vmsim/pagecache": true, "vmsim/pagecache/policy": true, "vmsim/vm": true,
	"vmsim/vm/phys": true, "vmsim/vm/trace": true, "vmsim/vm/clock": true,
}

// forbidden are names that no submission may use: with them it would let the reference do the work, or wait.
var forbidden = []string{"fault.Handler", "fault.NewCPU", "time.Sleep", "time.After", "time.NewTimer", "time.Tick"}

// Build makes the program of a submission in dir, an empty folder, and returns its path. The error is for the student.
func Build(x *exercise.Exercise, submission fs.FS, source, dir string) (program string, err error) {
	imports := "\t\"vmsim/syscalls/exercise/child\"\n"
	body := "child.Main(nil)"
	if x.Kind == exercise.Build {
		if err := copyPackage(x, submission, filepath.Join(dir, "student")); err != nil {
			return "", err
		}
		body = mainOf(x)
		imports += mainImports(body)
	}
	text := "package main\n\nimport (\n" + imports + ")\n\nfunc main() { " + body + " }\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(text), 0o644); err != nil {
		return "", err
	}
	if err := Module("submission", source, dir); err != nil {
		return "", err
	}
	return compile(dir)
}

// mainImports are what a program with that main function imports to run a submission.
func mainImports(body string) string {
	imports := "\t\"vmsim/syscalls\"\n\tstudent \"submission/student\"\n"
	for _, p := range []string{"vmsim/pagecache/policy", "vmsim/syscalls/exercise"} {
		if strings.Contains(body, path.Base(p)+".") {
			imports += "\t" + strconv.Quote(p) + "\n"
		}
	}
	return imports
}

// mainOf is the main function of the program of a submission of code: it plugs in what the part of each job is about.
func mainOf(x *exercise.Exercise) string {
	cases := ""
	for _, name := range x.PartNames() {
		cases += "\tcase " + strconv.Quote(name) + ":\n\t\treturn syscalls.Policies{" + x.PartNamed(name).Plug + "}\n"
	}
	return "child.Main(func(j exercise.Job) syscalls.Policies {\n\tswitch j.Part {\n" + cases + "\t}\n" +
		"\treturn syscalls.Policies{}\n})"
}

// Module writes the go.mod and go.sum of a module that uses the vmsim of a folder, and needs no network.
func Module(name, source, dir string) error {
	mod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(source, "go.sum"))
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(mod), "\n")
	text := "module " + name + "\n" + rest +
		"\nrequire vmsim v0.0.0\n\nreplace vmsim => " + strconv.Quote(source) + "\n"
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644)
}

// copyPackage copies the Go files of a submission, and holds them against what is allowed.
func copyPackage(x *exercise.Exercise, submission fs.FS, to string) error {
	names, err := fs.Glob(submission, "*.go")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	found := false
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(submission, name)
		if err != nil {
			return err
		}
		if len(text) > mostSource {
			return fmt.Errorf("%s has over %d bytes", name, mostSource)
		}
		if err := holdSource(x, name, text); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o644); err != nil {
			return err
		}
		found = true
	}
	if _, err := fs.Stat(submission, "."); err != nil {
		return errors.New("the folder of the submission is not there")
	}
	if !found {
		return errors.New("there is no Go file in the submission")
	}
	return nil
}

// mostSource is how long a file may be.
const mostSource = 1 << 20

// holdSource holds a file against the list of packages and names.
func holdSource(x *exercise.Exercise, name string, text []byte) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	local, err := importsOf(f, name)
	if err != nil {
		return err
	}
	if d := directiveIn(f); d != "" {
		return fmt.Errorf("%s: a submission may not have the directive %s", name, d)
	}
	if bad := usedOf(f, local, append(slices.Clone(forbidden), x.Forbid...)); bad != "" {
		return fmt.Errorf("%s: a submission may not use %s: that is what it has to do itself", name, bad)
	}
	return nil
}

// importsOf are the packages that a file imports, by their names in the file.
func importsOf(f *ast.File, name string) (map[string]string, error) {
	local := map[string]string{}
	for _, i := range f.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		if !allowed[p] {
			return nil, fmt.Errorf("%s: a submission may not import %q", name, p)
		}
		as := path.Base(p)
		if i.Name != nil {
			as = i.Name.Name
		}
		if as == "." || as == "_" {
			return nil, fmt.Errorf("%s: %q is to be imported by its name", name, p)
		}
		local[as] = path.Base(p)
	}
	return local, nil
}

// directiveIn is the first directive to the compiler in a file, or "".
func directiveIn(f *ast.File) string {
	for _, group := range f.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:") || strings.HasPrefix(c.Text, "//line") {
				return c.Text
			}
		}
	}
	return ""
}

// usedOf is the last of the names PACKAGE.NAME that a file uses, or "".
func usedOf(f *ast.File, local map[string]string, names []string) (used string) {
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && local[id.Name] != "" {
			if full := local[id.Name] + "." + sel.Sel.Name; slices.Contains(names, full) {
				used = full
			}
		}
		return true
	})
	return used
}

// buildTime is how long the compiler may take.
const buildTime = 3 * time.Minute

// compile builds the program of a module.
func compile(dir string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	program := filepath.Join(dir, "submission.exe")
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", program, ".")
	c.Dir = dir
	c.Env = environment()
	defer leash.Foreign(c)()
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("it does not compile:\n%s", firstOf(string(out), 20))
	}
	return program, nil
}

// firstOf are the first lines of a text.
func firstOf(text string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(text), "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

// environment has the go command build without the network, whatever the environment of the grader says.
func environment() []string {
	return append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off", "CGO_ENABLED=0", "GOTOOLCHAIN=local")
}
