package difftest_test

import (
	"testing"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// TestProcessesThatHandlersMakeRunStatementsToo looks for statements of processes that no statement has made.
func TestProcessesThatHandlersMakeRunStatementsToo(t *testing.T) {
	lab := &difftest.Lab{Kernel: model.New(), Model: model.New()}
	seen := 0
	for seed := range uint64(40) {
		out, err := lab.Make(difftest.Recipe{Kind: difftest.Signals, Seed: seed, Len: 300})
		if err != nil || len(out.Unexplained) > 0 {
			t.Fatalf("seed %d: %v, %v", seed, err, out.Unexplained)
		}
		made, ran := 1, map[int]bool{}
		for _, op := range out.Ops {
			if c, ok := op.Do.(*script.Call); ok && (c.Name == "fork" || c.Name == "clone") {
				made++
			}
			ran[op.PID] = op.PID > 0
		}
		if delete(ran, 0); len(ran) > made {
			seen++
		}
	}
	if seen == 0 {
		t.Error("no process that a handler has made ran anything")
	}
}
