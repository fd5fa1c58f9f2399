package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"vmsim/syscalls/strace"
)

var importCommand = command{
	name: "import", args: "LOG", line: "make a program of a log of strace -f",
	text: "The program goes to stdout; what was skipped, and why, to stderr. LOG may be - for standard input.",
	examples: []string{
		"vmsim import syscalls/strace/testdata/real/git_version.strace",
	},
	run: (*app).importLog,
}

func (a *app) importLog(f *flags) int {
	if len(f.rest) != 1 {
		return a.fail(&usageError{"import wants one log", "strace -f -o t.log ./app; vmsim import t.log > t.vms"})
	}
	var r io.Reader = a.in
	if f.rest[0] != "-" {
		file, err := os.Open(f.rest[0])
		if err != nil {
			return a.fail(err)
		}
		defer file.Close()
		r = file
	}
	im, err := strace.Import(f.rest[0], r)
	if err != nil {
		return a.fail(err)
	}
	fmt.Fprint(a.out, im.Program.String())
	fmt.Fprintf(a.err, "%d lines, %d statements, %d of them outside the model (they take the log's answer), %d skipped\n",
		im.Lines, im.Kept, im.Outside, len(im.Skipped))
	reasons := im.Reasons()
	for _, why := range sortedKeys(reasons) {
		fmt.Fprintf(a.err, "  %4d  %s\n", reasons[why], why)
	}
	return exitFine
}

func sortedKeys(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if m[a] != m[b] {
			return m[b] - m[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	return keys
}
