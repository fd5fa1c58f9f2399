package main

import (
	"fmt"

	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

var recordCommand = command{
	name: "record", args: "FILE…", line: "run programs on this Linux alone, print them with its answers",
	text: `What it prints is a program that holds every answer of the kernel's: vmsim test runs it on the model and
says where that differs, on any machine. Without a kernel to ask it is exit code 4.`,
	examples: []string{"vmsim record docs/examples/cow.vms", "vmsim record --random anon --len 4"},
	flags: []flagHelp{
		{"--random KINDS", "random programs instead, of the kinds that vmsim fuzz has"},
		{"--seed N", "of the first of them; each has the next (default 1)"},
		{"--len N", "statements of each (default 16)"},
		{"--programs N", "how many of each kind (default 1)"},
		{"--out DIR", "write each of them there, as KIND-SEED.vms"},
		{"--json", "a line of JSON for each statement"},
	},
	run: (*app).recordPrograms,
}

func (a *app) recordPrograms(f *flags) int {
	if f.has("random") {
		return a.recordRandom(f)
	}
	if len(f.rest) == 0 {
		return a.fail(&usageError{"record wants a program", "vmsim record docs/examples/cow.vms"})
	}
	m, err := host.New()
	if err != nil {
		return a.noKernel(err)
	}
	defer m.Close()
	for _, file := range f.rest {
		prog, err := a.program(file)
		if err != nil {
			return a.fail(err)
		}
		if err := a.record(m, prog, f.form()); err != nil {
			fmt.Fprintf(a.err, "vmsim: %s cannot run on this kernel: %v\n", file, err)
			return exitNoWay
		}
	}
	return exitFine
}

func (a *app) record(m *host.Machine, prog *script.Program, as form) (err error) {
	if as == asText {
		text, err := m.Record(prog)
		fmt.Fprint(a.out, text)
		return err
	}
	m.Run(func() {
		var r *run.Runner
		if r, err = run.NewRunner(prog, m, run.Options{Show: host.Recorded}); err != nil {
			return
		}
		for r.Next() {
			writeJSON(a.out, r.Text(run.Style{Show: host.Recorded, PIDs: true}), r.Result(), nil)
		}
		err = r.Err()
	})
	return err
}
