package exercise

import (
	"os"
	"testing"

	"vmsim/syscalls"
)

// Test runs the tests of the exercise in a student's folder, each as a subtest. policies makes the student's policy.
func Test(t *testing.T, dir string, policies func() syscalls.Policies) {
	t.Helper()
	TestPart(t, dir, "", policies)
}

// TestPart is Test for another part of the exercise.
func TestPart(t *testing.T, dir, part string, policies func() syscalls.Policies) {
	t.Helper()
	x, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatalf("this is not the folder of an exercise: %v", err)
	}
	do := InProcess(func(Job) syscalls.Policies { return policies() })
	failed := false
	for _, r := range x.evaluateScenarios([]string{part}, Shown, 0, do) {
		t.Run(r.Name, func(t *testing.T) {
			if r.Passed {
				return
			}
			if t.Errorf("%s", r.Output); !failed {
				t.Log(Next)
			}
			failed = true
		})
	}
}

// Next is what a student can do about a failure.
const Next = "Stuck? vmsim exercise hint gives one hint at a time."

// InProcess is a Runner that runs jobs here, with the student's policy where there is one.
func InProcess(policies func(Job) syscalls.Policies) Runner {
	return func(jobs []Job) []Transcript {
		out := make([]Transcript, len(jobs))
		for i, j := range jobs {
			out[i] = Record(j, policies)
		}
		return out
	}
}
