package replace

import (
	"testing"

	"vmsim/pagecache/policy"
	"vmsim/syscalls"
	"vmsim/syscalls/exercise"
)

func TestScenarios(t *testing.T) {
	exercise.Test(t, ".", func() syscalls.Policies {
		return syscalls.Policies{Replacement: policy.Replacer(NewClock(exercise.MemoryPages))}
	})
}

func TestTwoLists(t *testing.T) {
	exercise.TestPart(t, ".", "lists", func() syscalls.Policies {
		return syscalls.Policies{Replacement: policy.Replacer(NewTwoLists(exercise.MemoryPages))}
	})
}
