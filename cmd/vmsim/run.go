package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"vmsim/docs"
	"vmsim/fault"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

var runCommand = command{
	name: "run", args: "FILE…", line: "run programs on the model, print them as strace would",
	text: `What it prints is itself a program, and passes vmsim test. FILE is a .vms program, or - for standard
input. Exit code 1 if a condition of .expect does not hold.`,
	examples: []string{
		"vmsim run docs/examples/cow.vms",
		"vmsim run --show maps,faults docs/examples/cow.vms",
		"vmsim run --total docs/examples/cow.vms",
	},
	flags: []flagHelp{
		{"--show KINDS", "what each statement changed: maps,faults,pte,page,copy,trace,io, or all"},
		{"--total", "at the end, what all statements did: bytes moved, calls, faults, requests to the disk, time"},
		{"--json", "a line of JSON for each statement"},
		costsFlag,
	},
	run: (*app).runPrograms,
}

func (a *app) runPrograms(f *flags) int {
	show, err := run.ParseKinds(f.set["show"])
	if f.has("show") && err != nil {
		return a.fail(&usageError{"--show: " + err.Error(), "vmsim run --show maps,faults FILE"})
	}
	if len(f.rest) == 0 {
		return a.fail(&usageError{"run wants a program", "vmsim run docs/examples/cow.vms"})
	}
	if f.has("total") && f.has("json") {
		return a.fail(&usageError{"--total prints text; a line of --json has the counts of its statement",
			"vmsim run --total " + f.rest[0]})
	}
	as := f.form()
	if f.has("total") {
		as = asTotal
	}
	worst := exitFine
	for _, file := range f.rest {
		prog, err := a.program(file)
		if err != nil {
			return a.fail(err)
		}
		style := run.Style{Show: show, Comments: true, PIDs: prog.Recorded(),
			Remarks: !prog.Recorded()}
		switch code := a.runProgram(prog, style, as); code {
		case exitFine:
		case exitFailed:
			worst = exitFailed
		default:
			return code
		}
	}
	return worst
}

// program reads a program from a file, or from standard input for "-".
func (a *app) program(file string) (*script.Program, error) {
	r, err := a.source(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return script.Read(file, r)
}

// source is the text of a program. An example is found from far away of vmsim's source, too.
func (a *app) source(file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(a.in), nil
	}
	if file == theSession && a.typed {
		return io.NopCloser(strings.NewReader(a.session)), nil
	}
	f, err := os.Open(file)
	if text, ok := docs.Program(file); ok && errors.Is(err, os.ErrNotExist) {
		return io.NopCloser(strings.NewReader(text)), nil
	}
	return f, err
}

func (a *app) runProgram(prog *script.Program, style run.Style, as form) int {
	m := a.machine()
	show := style.Show
	if as == asJSON {
		show |= run.Faults // the counts are part of every line of JSON
	}
	r, err := run.NewRunner(prog, m, run.Options{Show: show})
	if err != nil {
		return a.fail(err)
	}
	if as != asJSON {
		fmt.Fprint(a.out, r.Head())
	}
	starved, code := false, exitFine
	for r.Next() {
		if s := r.Result().Signal; s != nil && s.Number == fault.SIGKILL {
			starved = true
		}
		missed := r.Missed()
		if a.tellUnmet(prog, r.Result(), missed) {
			code = exitFailed
		}
		if as == asJSON {
			writeJSON(a.out, r.Text(style), r.Result(), missed)
			continue
		}
		fmt.Fprint(a.out, r.Text(style))
	}
	if as != asJSON {
		fmt.Fprint(a.out, r.Tail())
	}
	if as == asTotal {
		a.printTotal(m)
	}
	if err := r.Err(); err != nil {
		return a.fail(err)
	}
	a.tellCold(prog, m)
	if starved {
		fmt.Fprintf(a.err,
			"vmsim: the OOM killer ended a process, as none of the machine's %d frames could be freed.\nTry: .machine "+
				"ram=64M in the program's first line\n", m.Kernel.Memory.Total())
	}
	return code
}

// printTotal prints what the whole program did, as comments: what run prints is a program.
func (a *app) printTotal(m *model.Machine) {
	all := m.Counted()
	fmt.Fprintf(a.out, "\n%s\n%s\n%s\n%s\n", copyHeader("# "), copyRow("# the program", all),
		workHeader("# "), workRow("# the program", seen{tally: all, nanos: m.Elapsed()}))
}

// tellUnmet reports what the last statement asserts and did not get, and whether there is any. What is printed has the
// answers that it did get.
func (a *app) tellUnmet(prog *script.Program, r *run.Result, missed []run.Difference) bool {
	for _, d := range missed {
		fmt.Fprintf(a.err, "%s:%d: asserted: %s %s, got %s\n    %s\n", prog.Name, d.Line, d.What, d.Want, d.Got, d.Op)
	}
	for _, u := range r.Unmet {
		fmt.Fprintf(a.err, "%s:%d: .expect %v\n", prog.Name, r.Op.Line, u)
	}
	return len(r.Unmet)+len(missed) > 0
}

// tellCold says which files were to be cold and are on a file system that keeps its files in memory.
func (a *app) tellCold(prog *script.Program, m *model.Machine) {
	for i := range prog.Ops {
		if d, ok := prog.Ops[i].Do.(*script.Directive); ok && model.ColdInMemory(d, m.Kernel) {
			fmt.Fprintf(a.err,
				"vmsim: line %d: cold has no effect on %s: files on tmpfs are always in memory.\nTry: .machine "+
					"fs=ext4 in the program's first line\n", prog.Ops[i].Line, d.File.Path)
		}
	}
}
