package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// full is a disk without room.
type full struct{ left int }

var errFull = errors.New("no space left on device")

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestOutputThatCannotBeWrittenIsExitCode1(t *testing.T) {
	for _, line := range []string{"help", "demo", "claims", "explain page", "run docs/examples/cow.vms",
		"run --json docs/examples/cow.vms", "test docs/examples/cow.vms",
		"compare --model read mmap docs/examples/repeated.vms"} {
		var errs bytes.Buffer
		a := &app{in: strings.NewReader(""), out: &full{left: 10}, err: &errs}
		if code := a.main(strings.Fields(line)); code != exitFailed ||
			!strings.Contains(errs.String(), errFull.Error()) {
			t.Errorf("%s: exit code %d, %q", line, code, errs.String())
		}
	}
}

// outputRuns are command lines beside the first example of each command, which write to standard output or to the file
// DEV. Those of a command that has no output of its own, or goes on until it is ended, are empty.
var outputRuns = map[string][]string{
	"web":  {"web docs/examples/cow.vms --export -", "web docs/examples/cow.vms --export DEV"},
	"tui":  {},
	"plot": {"plot faults docs/examples/cow.vms"},
	"export": {"export --jsonl docs/examples/cow.vms", "export --cast docs/examples/cow.vms",
		"export --pprof docs/examples/cow.vms", "export --perfetto -o DEV docs/examples/cow.vms"},
	"crash":  {"crash docs/examples/crash-append.vms"},
	"demo":   {"demo", "demo --json", "demo --list", "demo cow"},
	"run":    {"run docs/examples/cow.vms", "run --json docs/examples/cow.vms"},
	"import": {}, "shadow": {}, "fuzz": {}, "docs": {}, "grade": {}, "prompt": {"prompt docs/examples/cow.vms"},
}

// TestEachCommandFailsWhereItsOutputIsLost runs each command into a disk without room.
func TestEachCommandFailsWhereItsOutputIsLost(t *testing.T) {
	for _, c := range commands {
		lines, ok := outputRuns[c.name]
		if !ok && len(c.examples) > 0 {
			lines = []string{strings.TrimPrefix(c.examples[0], "vmsim ")}
		}
		for _, line := range lines {
			toFile := strings.Contains(line, "DEV")
			if _, err := os.Stat("/dev/full"); toFile && err != nil {
				continue
			}
			var errs bytes.Buffer
			disk := &full{}
			a := &app{in: strings.NewReader("list\n"), out: disk, err: &errs}
			code := a.main(strings.Fields(strings.Replace(line, "DEV", "/dev/full", 1)))
			if wrote := disk.left < 0; wrote != toFile && code != exitFailed && (wrote || toFile) {
				t.Errorf("%s: exit code %d, %q", line, code, errs.String())
			} else if !wrote && !toFile && code == exitFine {
				t.Errorf("%s writes nothing, and says that all is well", line)
			}
			if n := strings.Count(errs.String(), "could not be written"); code == exitFailed && n != 1 {
				t.Errorf("%s: it is said %d times: %q", line, n, errs.String())
			}
		}
	}
}

// programFile writes a program to a file, and is its path.
func programFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "p.vms")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConditionThatDoesNotHoldFailsTheRunAndIsPrinted(t *testing.T) {
	file := programFile(t, "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"+
		"p[0] = 1\n.expect minflt == 300, majflt == 0\n")
	out, errs, code := vmsim("vmsim run " + file)
	const unmet = "minflt == 300 does not hold: minflt == 1"
	if code != exitFailed || !strings.Contains(errs, ":3: .expect "+unmet) || !strings.Contains(out, "# "+unmet) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

func TestJSONFieldIsRightOrAbsent(t *testing.T) {
	file := programFile(t, "p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"+
		"p[1] = 7\np[1]\nmunmap(p, 3)\nmunmap(p+1, 3)\np[1]\np[0:4]\n.expect minflt == 2\n")
	out, errs, code := vmsim("vmsim run --json " + file)
	if code != exitFailed || errs == "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	var got []map[string]any
	for line := range strings.Lines(out) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "text")
		got = append(got, m)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"majflt":0,"minflt":0,"pid":1,"value":140737354096640},` +
		`{"accesses":[{"addr":"0x7ffff7ff6001","value":7}],"majflt":0,"minflt":1,"pid":1},` +
		`{"accesses":[{"addr":"0x7ffff7ff6001","value":7}],"majflt":0,"minflt":0,"pid":1},`
	if !strings.HasPrefix(string(text), want) {
		t.Errorf("got  %s\nwant %s…", text, want)
	}
	for _, part := range []string{`"errno":"EINVAL"`, `"signal":"SIGSEGV`,
		`"unmet":["minflt == 2 does not hold: minflt == 1"]`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %s in %s", part, text)
		}
	}
}

// What a program asserts of its answers is held by run, too, and what it prints has the answers that came.
func TestRunTellsOfAnswersThatWereAssertedAndDidNotCome(t *testing.T) {
	file := programFile(t, "p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0] == 2\n"+
		"munmap(p, PAGE) = -1 EINVAL\n")
	out, errs, code := vmsim("vmsim run " + file)
	if code != exitFailed || !strings.Contains(errs, ":2: asserted: byte at ") ||
		!strings.Contains(errs, ":3: asserted: result -1 EINVAL (Invalid argument), got 0") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
	if !strings.Contains(out, "== 0x00\n") || strings.Contains(out, "EINVAL") {
		t.Errorf("it prints\n%s", out)
	}
}
