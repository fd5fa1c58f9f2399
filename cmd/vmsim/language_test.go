package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// languagePage is docs/language.md.
func languagePage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("docs/language.md")
	require.NoError(t, err)
	return string(text)
}

func TestExamplesOfTheLanguagePass(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```vms\n(.*?)```").FindAllStringSubmatch(languagePage(t), -1)
	require.Greater(t, len(blocks), 10)
	for _, block := range blocks {
		prog, err := script.Parse("docs/language.md", block[1])
		if !assert.NoError(t, err, block[1]) {
			continue
		}
		v := run.Test(prog, model.New(), run.Testing{All: true})
		assert.NoError(t, v.Err, block[1])
		for _, d := range v.Differences {
			t.Errorf("%s\n%v", block[1], d)
		}
	}
}

func TestLanguagePageHasEveryDirectiveAndSetting(t *testing.T) {
	page := languagePage(t)
	for _, name := range script.DirectiveNames() {
		assert.Contains(t, page, "| `."+name, "directive")
	}
	for _, name := range script.MachineSettings() {
		assert.Contains(t, page, "| `"+name+"` |", "setting of .machine")
	}
}
