package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// programs are the .vms files of a folder of docs.
func programs(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("docs", folder, "*.vms"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs in docs/%s (%v)", folder, err)
	}
	return files
}

func TestExamplesPassWithEveryInvariantChecked(t *testing.T) {
	for _, file := range programs(t, "examples") {
		if out, errs, code := vmsim("vmsim test --keep-going --check " + file); code != exitFine {
			t.Errorf("%s%s", out, errs)
		}
	}
}

// Each example says what it is for.
func TestExamplesSayWhatToLookFor(t *testing.T) {
	for _, file := range programs(t, "examples") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not begin with a comment", file)
		}
	}
}

// What a run prints is a program that passes: a transcript can be handed in, kept and tested.
func TestWhatARunPrintsPasses(t *testing.T) {
	for _, file := range programs(t, "examples") {
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
