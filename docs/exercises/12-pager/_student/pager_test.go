package pager

import (
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/exercise"
)

func TestScenarios(t *testing.T) {
	exercise.Test(t, ".", func() syscalls.Policies {
		return syscalls.Policies{Faults: New()}
	})
}
