package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"vmsim/syscalls/leash"
)

var update = flag.Bool("update", false, "write the generated documents and transcripts anew")

// asCommand is the environment variable that makes the test's own binary be vmsim.
const asCommand = "VMSIM_TEST_AS_COMMAND"

// TestMain runs the tests at the top of the project, where a reader of the README types its commands.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "bench" { // the example of bench starts its own program as the kernel's side
		os.Exit((&app{in: os.Stdin, out: os.Stdout, err: os.Stderr}).run(os.Args[1:]))
	}
	if os.Getenv(asCommand) != "" { // a test in a terminal runs itself as the command
		main()
	}
	flag.Parse()
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(leash.Tests(m))
}

// isMisused fails where a command line is not answered as one that is wrong, with that in the answer.
func isMisused(t *testing.T, line, want string) {
	t.Helper()
	if _, errs, code := vmsim(line); code != exitUsage || !strings.Contains(errs, want) {
		t.Errorf("%s: exit code %d: %s", line, code, errs)
	}
}

// vmsim runs a command line as a shell without quotes would; input is empty.
func vmsim(line string) (out, err string, code int) {
	var o, e bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &o, err: &e}
	code = a.run(strings.Fields(line)[1:])
	return o.String(), e.String(), code
}
