package main

import (
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

func exampleFiles(t *testing.T) []string {
	t.Helper()
	return scripttest.Files(t, "docs/examples/*.vms")
}

func TestExamplesPassWithEveryInvariantChecked(t *testing.T) {
	for _, file := range exampleFiles(t) {
		if out, errs, code := vmsim("vmsim test --keep-going --check " + file); code != exitFine {
			t.Errorf("%s%s", out, errs)
		}
	}
}

// Each example says what it is for.
func TestExamplesSayWhatToLookFor(t *testing.T) {
	for _, file := range exampleFiles(t) {
		if !strings.HasPrefix(scripttest.Text(t, file), "# ") {
			t.Errorf("%s does not begin with a comment", file)
		}
	}
}

// What a run prints is a program that passes: a transcript can be handed in, kept and tested.
func TestWhatARunPrintsPasses(t *testing.T) {
	for _, file := range exampleFiles(t) {
		out, errs, code := vmsim("vmsim run --show maps,faults " + file)
		if code != exitFine {
			t.Errorf("%s: %s", file, errs)
			continue
		}
		prog, err := script.Parse(file, out)
		if err != nil {
			t.Error(err)
			continue
		}
		m := model.New()
		v := run.Test(prog, m, run.Testing{})
		scripttest.Passes(t, v.Err, v.Differences)
	}
}
