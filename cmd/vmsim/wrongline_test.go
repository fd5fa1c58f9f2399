package main

import (
	"strings"
	"testing"
)

// A command line that cannot be right is refused before anything runs: the answer says why, and the command that is to
// be typed next is the same one.
func TestAWrongCommandLineNamesItsMistake(t *testing.T) {
	for _, c := range []struct {
		line  string
		wants []string
	}{
		{"vmsim doctor x", []string{`no "x"`, "Try: vmsim help doctor"}},
		{"vmsim version x", []string{`no "x"`}},
		{"vmsim man x", []string{`no "x"`}},
		{"vmsim gaps x", []string{`no "x"`}},
		{"vmsim compare read", []string{"two ways", "Try: vmsim compare read mmap"}},
		{"vmsim compare read read", []string{"read once", "Try: vmsim compare read mmap"}},
		{"vmsim compare --times x", []string{"of its own", "Try: vmsim compare --times"}},
		{"vmsim fuzz --user joe", []string{"any ordinary user", "--user nobody"}},
		{"vmsim fuzz --workers 0", []string{"a number above 0", "Try: vmsim fuzz --workers 10"}},
		{"vmsim fuzz --kinds anonn", []string{"did you mean anon?"}},
		{"vmsim fuzz --evidence map", []string{"did you mean maps?", "Try: vmsim fuzz --evidence"}},
		{"vmsim record --random anon --len 0", []string{"a number above 0", "Try: vmsim record --len 10"}},
		{"vmsim record --random anon --programs -1", []string{"wants a number", "Try: vmsim record --programs 10"}},
		{"vmsim record --random anon --out /proc/x", []string{"/proc/x: no such file"}},
		{"vmsim diff --kernels 6.12,9.9 docs/examples/cow.vms", []string{"5.10, 5.15, 6.1, 6.6, 6.8, 6.12"}},
		{"vmsim sim nosuch", []string{"no such file"}},
		{"vmsim plot foo", []string{`no picture "foo"; there are`}},
		{"vmsim web docs/examples/cow.vms --port 99999", []string{"up to 65535"}},
		{"vmsim web docs/examples/cow.vms --static /proc/x", []string{"/proc/x: no such file"}},
		{"vmsim grade", []string{"wants --exercise", "Try: vmsim grade --exercise cow"}},
		{"vmsim shadow -- nosuchprog", []string{"nosuchprog", "spelt right"}},
		{"vmsim explain xyzzy", []string{"lists the words that it knows"}},
		{"vmsim help new", []string{"Try: vmsim help"}},
	} {
		out, errs, code := vmsim(c.line)
		if code != exitUsage {
			t.Errorf("%s: exit code %d:\n%s%s", c.line, code, out, errs)
		}
		for _, want := range c.wants {
			if !strings.Contains(errs, want) {
				t.Errorf("%s: the answer lacks %q:\n%s", c.line, want, errs)
			}
		}
	}
}

// What is no log counts no statement as agreeing, and a program is recognized.
func TestAProgramIsNoLog(t *testing.T) {
	_, errs, code := vmsim("vmsim import docs/examples/cow.vms")
	if code != exitFailed || !strings.Contains(errs, "Try: vmsim run docs/examples/cow.vms") ||
		strings.Contains(errs, "All 0") || strings.Contains(errs, "not understood: not understood") {
		t.Errorf("exit code %d:\n%s", code, errs)
	}
}

// compare at the prompt is about what has run there, and not about an example.
func TestCompareAtThePromptIsAboutTheSession(t *testing.T) {
	var out strings.Builder
	in := strings.NewReader("fd = memfd_create(\"m\", 0)\ncompare read mmap\n")
	a := &app{in: in, out: &out, err: &out}
	a.run([]string{"prompt"})
	if !strings.Contains(out.String(), "nothing to compare") || strings.Contains(out.String(), "4096 accesses") {
		t.Errorf("%s", &out)
	}
}
