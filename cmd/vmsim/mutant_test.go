package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/docs"
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
	a := &app{}
	for _, m := range profile.Mutants() {
		assert.True(t, a.killedByOwn(m), m)
	}
}

func TestTheTableOfMutantsHasEachOfThem(t *testing.T) {
	text, err := os.ReadFile("docs/mutants.md")
	require.NoError(t, err)
	for _, m := range profile.Mutants() {
		says := inCell(m.Info().Says)
		assert.Contains(t, string(text), "| "+m.String()+" | "+says+" | `"+m.Info().At+"` | finds it | ")
	}
	assert.NotContains(t, string(text), "survives")
}

// Random programs find each mutant, which says too that none is the model in disguise. Those that take more than some
// hundred statements are left for VMSIM_LONG=1.
func TestRandomProgramsKillEachMutant(t *testing.T) {
	quick := map[string]bool{"load-takes-frame": true, "beyond-end-segv": true, "fork-parent-writable": true,
		"merge-never": true, "split-same-offset": true, "hint-ignored": true, "dontneed-keeps": true}
	for _, m := range profile.Mutants() {
		if !quick[m.String()] && os.Getenv("VMSIM_LONG") == "" {
			continue
		}
		tally, err := killTime(m)
		require.NoError(t, err)
		assert.NotZero(t, tally.Differing-tally.Unsteady, "%s survives %v", m, tally)
		t.Logf("%s: %d statements", m, tally.Statements)
	}
}

func TestAMutantThatNoOneKnowsHasItsNearestNeighbourNamed(t *testing.T) {
	_, err := mutantNamed("cow-no-copi")
	assert.ErrorContains(t, err, "did you mean cow-no-copy?")
}
