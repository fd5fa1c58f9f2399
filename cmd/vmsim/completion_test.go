package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheShellCompletesCommandsFlagsAndWords(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	script, _, code := vmsim("vmsim completion bash")
	require.Zero(t, code)
	for line, want := range map[string]string{
		"vmsim exer": "exercise", "vmsim exercise ver": "verify", "vmsim exercise start co": "cow copies",
		"vmsim demo cr": "crash", "vmsim grade --sub": "--submission", "vmsim plot rea": "readahead",
		"vmsim mutant show cow-n": "cow-no-copy", "vmsim help gra": "grade",
	} {
		words := strings.Fields(line)
		ask := script + "\nCOMP_WORDS=(" + line + ") COMP_CWORD=" + string(rune('0'+len(words)-1)) +
			"\n_vmsim\necho ${COMPREPLY[*]}"
		out, err := exec.Command(bash, "-c", ask).CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Equal(t, want, strings.TrimSpace(string(out)), line)
	}
}

func TestFishGetsLettersAsLetters(t *testing.T) {
	script, _, _ := vmsim("vmsim completion fish")
	assert.Contains(t, script, "'__fish_seen_subcommand_from plot' -s o -d")
	assert.NotContains(t, script, "-l -")
}
