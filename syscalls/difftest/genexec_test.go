package difftest_test

import (
	"testing"

	"vmsim/syscalls/difftest"
	"vmsim/syscalls/script/model"
)

// A first thread that waits in vfork ends when another thread calls execve, and that thread gets its number.
func TestRandomProgramsCallNothingInTheNameOfAProcessThatWaitsInVfork(t *testing.T) {
	lab := &difftest.Lab{Kernel: model.New(), Model: model.New()}
	for seed := range uint64(120) {
		r := difftest.Recipe{Kind: difftest.ExecTmpfs, Seed: seed, Len: 300}
		if _, err := lab.Make(r); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

func TestRandomProgramsLeaveTheProgramsThatTheyStartAsTheyAre(t *testing.T) {
	lab := &difftest.Lab{Kernel: model.New(), Model: model.New()}
	for _, seed := range []uint64{33000554, 33000559} {
		for _, wide := range []difftest.Span{difftest.Plain, difftest.Wide} {
			out, err := lab.Make(difftest.Recipe{Kind: difftest.ExecTmpfs, Seed: seed, Len: 300, Wide: wide})
			if err != nil || len(out.Unexplained) > 0 {
				t.Errorf("seed %d: %v, %v", seed, err, out.Unexplained)
			}
		}
	}
}
