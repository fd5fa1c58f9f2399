package model_test

import (
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// A program that opens one of the kernel's own files with O_CREAT takes the recorded answer, as without.
func TestOpenOfAFileOfTheKernelsTakesTheAnswerWithCreateToo(t *testing.T) {
	for _, flags := range []string{"O_WRONLY", "O_WRONLY|O_CREAT|O_TRUNC"} {
		for _, answer := range []string{"3", "-1 EACCES (Permission denied)"} {
			prog := scripttest.Parse(t, "a.vms",
				`openat(AT_FDCWD, "/proc/9394/oom_score_adj", `+flags+", 0644) = "+answer+"\n")
			v := run.Test(prog, model.New(), run.Testing{All: true})
			if v.Err != nil || len(v.Differences) > 0 {
				t.Errorf("%s = %s: %v %v", flags, answer, v.Err, v.Differences)
			}
		}
	}
}
