package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"vmsim/cmd/internal/bench"
	"vmsim/syscalls/script"
)

var benchCommand = command{
	name: "bench", line: "how fast and how small the model is, row by row, beside this machine's kernel",
	text: `vmsim bench alone measures everything, in a minute or two. Each row is a piece of work that model and kernel
both do, taking turns; the medians are compared, and held against the goal. Other work on the machine makes
the figures worse, seldom the ratios.`,
	examples: []string{"vmsim bench --quick --only load-hit", "vmsim bench --quick --json --only first-load"},
	flags: []flagHelp{
		{"--quick", "short samples, and without the rows that take seconds to make ready"},
		{"--only ROW", "one row, by its name in --json"},
		{"--strict", "exit code 1 if a goal is missed"},
		{"--json", "a line of JSON for each row"},
		{"--kernel-side ROW",
			"be the kernel's side of a row, driven by lines on standard input (bench starts it itself)"},
		{"--sample TIME", "how long a sample takes, as 40ms"},
	},
	run: (*app).bench,
}

func (a *app) bench(f *flags) int {
	o := bench.Options{Samples: 9, Sample: 40 * time.Millisecond, Quick: f.has("quick"), Only: f.set["only"],
		Child: kernelSide, Self: executable()}
	if o.Quick {
		o.Samples, o.Sample = 7, 4*time.Millisecond
	}
	if f.has("sample") {
		d, err := time.ParseDuration(f.set["sample"])
		if err != nil || d <= 0 {
			return a.fail(&usageError{fmt.Sprintf("--sample: %q is no time", f.set["sample"]),
				"vmsim bench --sample 40ms"})
		}
		o.Sample = d
	}
	if f.has("kernel-side") {
		if err := bench.KernelSide(f.set["kernel-side"], o.Sample, a.in, a.out); err != nil {
			return a.fail(err)
		}
		return exitFine
	}
	if o.Only != "" && !bench.HasRow(o.Only) {
		return a.fail(noRow(o.Only))
	}
	figures := a.measure(o, f.form())
	if f.has("strict") && bench.Missed(figures) {
		return exitFailed
	}
	return exitFine
}

// noRow says that there is no such row, and which one is meant or which there are.
func noRow(only string) error {
	near := script.Nearest(only, bench.RowNames())
	if near == "" {
		near = bench.RowNames()[0] + ", or one of " + strings.Join(bench.RowNames()[1:], ", ")
	}
	return &usageError{fmt.Sprintf("--only: there is no row %q", only), "vmsim bench --only " + near}
}

// executable is this program's path.
func executable() string {
	self, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return self
}

// kernelSide starts this program as the kernel's side of a row.
func kernelSide(row string, sample time.Duration) *exec.Cmd {
	cmd := exec.Command(executable(), "bench", "--kernel-side", row, "--sample", sample.String())
	cmd.Stderr = os.Stderr
	return cmd
}

func (a *app) measure(o bench.Options, as form) []bench.Figure {
	if as == asText {
		fmt.Fprintln(a.out, bench.Head())
	}
	o.Told = func(f bench.Figure) {
		if as == asJSON {
			_ = f.WriteJSON(a.out)
			return
		}
		fmt.Fprintln(a.out, f)
	}
	figures := bench.Run(o)
	if as == asText {
		fmt.Fprint(a.out, bench.Tail(figures))
	}
	return figures
}
