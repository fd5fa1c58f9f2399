package compare

import (
	"slices"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// VirtualTime is how long the model takes for a program, in nanoseconds: for all but the statements that raise a
// signal, or make or end a process, which cannot be timed on a real kernel either.
func VirtualTime(prog *script.Program, c *model.Costs) (nanos int64, err error) {
	m := model.New()
	m.Costs = c
	r, err := run.NewRunner(prog, m, run.Options{})
	if err != nil {
		return 0, err
	}
	then := m.Elapsed()
	for r.Next() {
		now := m.Elapsed()
		if timed(r.Result()) {
			nanos += now - then
		}
		then = now
	}
	return nanos, r.Err()
}

// processCalls make or end a process.
var processCalls = []syscalls.Number{syscalls.SysFork, syscalls.SysVfork, syscalls.SysClone, syscalls.SysExit,
	syscalls.SysExitGroup}

func timed(r *run.Result) bool {
	_, isCall := r.Op.Do.(*script.Call)
	return r.Signal == nil && !r.Taken && !(isCall && slices.Contains(processCalls, r.Nr))
}

// Cached is the program with its files in the page cache, clean, where they are to be cold.
func Cached(prog *script.Program) *script.Program {
	out := *prog
	out.Ops = slices.Clone(prog.Ops)
	for i := range out.Ops {
		d, ok := out.Ops[i].Do.(*script.Directive)
		if !ok || d.File == nil || !d.File.Cold {
			continue
		}
		next, file := *d, *d.File
		file.Cold, file.Cached = false, true
		next.File = &file
		next.Args = slices.Clone(d.Args)
		for k, a := range next.Args {
			if a == "cold" {
				next.Args[k] = "cached"
			}
		}
		out.Ops[i].Do = &next
	}
	return &out
}
