package run

import (
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
)

// FuzzRun runs whatever parses on a machine that gives every statement the answer it asserts.
func FuzzRun(f *testing.F) {
	for _, form := range scripttest.Forms {
		f.Add("p = 4096\nfd = 3\nchild = 1\n" + form)
	}
	scripttest.Seed(f, "kernel/*.vms", 4)
	f.Fuzz(func(t *testing.T, text string) {
		prog, err := script.Parse("fuzz", text)
		if err != nil || len(text) > 1<<14 {
			return
		}
		r, _, err := replayRun(prog, Options{Show: AllKinds})
		if err != nil {
			return
		}
		for i := 0; r.Next() && i < 200; i++ {
			if _, err := script.Parse("fuzz", "p = 1\nq = 1\nfd = 1\n"+
				"child = 1\n"+r.Text(Style{Show: AllKinds})); err != nil &&
				!strings.Contains(err.Error(), "unknown name") {
				t.Fatalf("what a run prints does not parse: %v", err)
			}
			r.Differences(AllKinds)
		}
	})
}
