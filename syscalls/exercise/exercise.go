package exercise

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"vmsim/pagecache/policy"
	"vmsim/syscalls"
	"vmsim/vm"
)

// The kinds of exercise, by what the student writes.
const (
	Predict = "predict" // the numbers at the ? of answers.vms
	Explore = "explore" // answer.vms, a program that reaches goals
	Build   = "build"   // a Go type that decides in Linux's place
	Find    = "find"    // tests/*.vms, which tell kernels with an error from the model
	Host    = "host"    // answers.vms again, about what this Linux does
)

var kinds = []string{Predict, Explore, Build, Find, Host}

// Exercise is one exercise: a folder.
//
//	exercise.json   what this type has
//	README.md       ten minutes to read
//	hints.md        each hint begins with a line "## "
//	_student/       what the student starts with, and gets copied
//	scenarios/      programs that the student sees
//	_hidden/        programs that only the grader runs
//	_reference/     the solution, in the form of _student
type Exercise struct {
	Name    string
	Number  int
	Title   string
	Kind    string
	Observe string          // build: what is compared besides results, as run --show takes it
	Part                    // build: what the programs directly in scenarios and _hidden are about
	Parts   map[string]Part // build: further parts; their programs lie in folders of these names below the two
	Goals   []Goal          // explore
	Most    int             // explore: so many statements at most
	Mutants []string        // find: the kernels to find; build: kernels that the scenarios tell from the model
	Forbid  []string        // build: names of packages that a submission may not use, as pagecache.LinuxReadahead

	Files fs.FS `json:"-"` // the folder
}

// Part is a part of a Build exercise: one type that the student writes.
type Part struct {
	Plug    string // the field of syscalls.Policies and its value, as "CopyOnWrite: student.New()"
	Against string // the replacement policy that is the reference, as clock; empty for Linux
}

// Goal is something that a program of an Explore exercise has to reach.
type Goal struct {
	Says   string // for people
	Expect string // a condition of .expect, at the program's end
	Signal string // or a signal that has to come, as "SIGBUS {si_code=BUS_ADRERR"
	// Loaded: a load has to be answered; where a signal has to come, before it and at its address.
	Loaded bool
}

// Load reads the exercise of a folder, and says what is wrong with it.
func Load(files fs.FS) (*Exercise, error) {
	text, err := fs.ReadFile(files, "exercise.json")
	if err != nil {
		return nil, err
	}
	x := &Exercise{Files: files}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(x); err != nil {
		return nil, fmt.Errorf("exercise.json: %w", err)
	}
	if err := x.check(); err != nil {
		return nil, fmt.Errorf("exercise.json: %w", err)
	}
	return x, nil
}

// PartNames are the names of the parts, in order. The first part has the empty name.
func (x *Exercise) PartNames() []string {
	return append([]string{""}, slices.Sorted(maps.Keys(x.Parts))...)
}

// PartNamed is the part of that name.
func (x *Exercise) PartNamed(name string) Part {
	if name == "" {
		return x.Part
	}
	return x.Parts[name]
}

// Reference makes what the student's policy is held against in a job: Linux, or a replacement policy.
func (x *Exercise) Reference(j Job) syscalls.Policies {
	p := x.PartNamed(j.Part)
	if p.Against == "" {
		return syscalls.Policies{}
	}
	return syscalls.Policies{Replacement: policy.Replacer(policy.New(p.Against)(MemoryPages))}
}

// MemoryPages is the size that replacement policies are made for: that of the machines in the scenarios.
const MemoryPages = 4 << 20 / vm.PageSize

// Hints are the hints, in the order in which they are given.
func (x *Exercise) Hints() (hints []string) {
	text, _ := fs.ReadFile(x.Files, "hints.md")
	for part := range strings.SplitSeq("\n"+string(text), "\n## ") {
		if part = strings.TrimSpace(part); part != "" {
			hints = append(hints, part)
		}
	}
	return hints
}

// programs are the programs of a folder of the exercise, by their file names.
func (x *Exercise) programs(folder string) []string {
	names, _ := fs.Glob(x.Files, path.Join(folder, "*.vms"))
	return names
}
