package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/docs"
	"vmsim/syscalls/difftest"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

func TestThereAreThirtyMutantsAndEachHasItsProgram(t *testing.T) {
	assert.GreaterOrEqual(t, len(profile.Mutants()), 30)
	assert.Len(t, docs.Programs("mutants"), len(profile.Mutants()))
	for _, m := range profile.Mutants() {
		again, ok := profile.MutantNamed(m.String())
		assert.True(t, ok && again == m, m)
		assert.NotEmpty(t, m.Info().Says, m)
		assert.NotEmpty(t, m.Info().At, m)
	}
	_, ok := profile.MutantNamed("")
	assert.False(t, ok, "the model is no mutant")
}

func TestEachMutantFailsItsProgramAndTheModelPassesIt(t *testing.T) {
	for _, m := range profile.Mutants() {
		text, ok := docs.Program("mutants/" + m.String() + ".vms")
		require.True(t, ok, m)
		prog, err := script.Parse(m.String()+".vms", text)
		require.NoError(t, err)
		right := model.New()
		v := run.Test(prog, right, run.Testing{Check: right.Check})
		assert.True(t, v.Passed(), "%s: the model fails: %v %v", m, v.Differences, v.Err)
		a := &app{}
		wrong := &model.Machine{Profile: profile.Default().Mutated(m)}
		assert.False(t, a.testOn(prog, wrong, run.Testing{}).Passed(), "%s passes", m)
	}
}

// Random programs find each mutant, which says too that none is the model in disguise. Those that take more than some
// hundred statements are left for VMSIM_LONG=1.
func TestRandomProgramsKillEachMutant(t *testing.T) {
	quick := map[string]bool{"load-takes-frame": true, "beyond-end-segv": true, "fork-parent-writable": true,
		"merge-never": true, "split-same-offset": true, "hint-ignored": true, "dontneed-keeps": true}
	kinds, err := difftest.ParseKinds("all")
	require.NoError(t, err)
	for _, m := range profile.Mutants() {
		if !quick[m.String()] && os.Getenv("VMSIM_LONG") == "" {
			continue
		}
		c := difftest.Campaign{Kinds: kinds, Reach: difftest.Both, Seed: 1, Workers: 1, Limit: 1, Most: 400_000}
		c.NewLab = func() (*difftest.Lab, func(), error) { return difftest.NewLabOfMutant(m), func() {}, nil }
		tally, err := c.Run()
		require.NoError(t, err)
		assert.NotZero(t, tally.Differing-tally.Unsteady, "%s survives %v", m, tally)
		t.Logf("%s: %d statements", m, tally.Statements)
	}
}

func TestAMutantThatNoOneKnowsHasItsNearestNeighbourNamed(t *testing.T) {
	_, err := mutantNamed("cow-no-copi")
	assert.ErrorContains(t, err, "did you mean cow-no-copy?")
}
