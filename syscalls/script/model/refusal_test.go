package model_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
	"vmsim/vm/trace"
)

// unexplained runs a program and gives its failed calls of the model whose refusal the log does not explain.
func unexplained(t *testing.T, prog *script.Program) (out []string) {
	t.Helper()
	m := model.New()
	r, err := run.NewRunner(prog, m, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var reasons []syscall.Errno
	stop := m.Kernel.Log.Observe(func(e trace.Event) {
		if e.Kind == trace.Refused {
			if e.Note == "" {
				t.Errorf("a refusal without a reason: %v", e)
			}
			reasons = append(reasons, syscall.Errno(e.Args[0]))
		}
	})
	defer stop()
	for r.Next() {
		res := r.Result()
		if res.Errno != 0 && !res.Taken && !slices.Contains(reasons, res.Errno) {
			out = append(out, fmt.Sprintf("%s: %s", r.Text(run.Style{}), script.ErrnoName(res.Errno)))
		}
		reasons = reasons[:0]
	}
	return out
}

func TestEveryRefusalOfTheRecordingsSaysWhichCheckItWas(t *testing.T) {
	patterns := []string{"../testdata/disk/*.vms", "../../testdata/*/*.vms", "../../../docs/examples/*.vms"}
	if !testing.Short() {
		patterns = append(patterns, "../testdata/kernel/*.vms")
	}
	for _, file := range scripttest.Files(t, patterns...) {
		prog, err := script.Parse(filepath.Base(file), scripttest.Text(t, file))
		if err != nil {
			continue // not a program of this kind
		}
		for _, line := range unexplained(t, prog) {
			t.Errorf("%s: %s", filepath.Base(file), line)
		}
	}
}
