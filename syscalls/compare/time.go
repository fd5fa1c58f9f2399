package compare

import (
	"slices"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// VirtualTime is how long the model takes for a program, in nanoseconds: for all but the statements that raise a
// signal, or make or end a process, which cannot be timed on a real kernel either.
func VirtualTime(prog *script.Program, c *model.Costs) (nanos int64, err error) {
	nanos, _, err = CostIn(prog, c, "")
	return nanos, err
}

// CostIn is VirtualTime, and of how many units of a cost it consists: bytes, steps, requests or blocks.
func CostIn(prog *script.Program, c *model.Costs, name string) (nanos, units int64, err error) {
	m := model.New()
	m.Costs = c
	r, err := run.NewRunner(prog, m, run.Options{})
	if err != nil {
		return 0, 0, err
	}
	then, before := m.Elapsed(), m.Counted()
	for r.Next() {
		now, counted := m.Elapsed(), m.Counted()
		if timed(r.Result()) {
			nanos += now - then
			units += unitsOf(name, counted.Since(before))
		}
		then, before = now, counted
	}
	return nanos, units, r.Err()
}

// unitsOf is how many units of a cost steps have.
func unitsOf(name string, t trace.Tally) (n int64) {
	switch name {
	case "copy-byte", "cold-byte":
		return int64(t.Bytes[trace.CopyToUser] + t.Bytes[trace.CopyFromUser] + t.Bytes[trace.CopyKernel] +
			t.Bytes[trace.CopyCow])
	case "zero-byte":
		return int64(t.Bytes[trace.CopyZero])
	case "disk-command":
		return int64(t.Counts[trace.IoSubmitted])
	case "disk-block":
		return int64(t.Bytes[trace.DMAIn]+t.Bytes[trace.DMAOut]) / vm.PageSize // a block of the model is one
	}
	if k := slices.Index(trace.KindNames(), name); k >= 0 {
		return int64(t.Counts[k])
	}
	return 0
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
