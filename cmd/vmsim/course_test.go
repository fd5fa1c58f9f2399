package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// docs/course is the outside module that docs/course.md shows: it is copied elsewhere, as a teacher's would be.
func TestTheCoursesModuleBuildsElsewhereAndPasses(t *testing.T) {
	here, err := filepath.Abs(".")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("docs/course")))
	require.NoError(t, os.Rename(filepath.Join(dir, "course.sum"), filepath.Join(dir, "go.sum")))
	mod, err := os.ReadFile(filepath.Join(dir, "course.mod"))
	require.NoError(t, err)
	text := strings.Replace(string(mod), "=> ../..", "=> "+here, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644))
	out, err := goCommand(t, dir, []string{"GOFLAGS=", "GOPROXY=off", "GOWORK=off"}, "test", "./...")
	if err != nil && strings.Contains(out, "disabled by GOPROXY=off") {
		t.Skip("the module cache lacks something, and no test uses the network")
	}
	assert.NoError(t, err, out)
}

func TestANewExerciseIsACopyUnderItsOwnName(t *testing.T) {
	dir := t.TempDir()
	code, out := inFolder(t, dir, "exercise", "new", "labs/sharing")
	require.Equal(t, exitFine, code, out)
	x, err := exerciseNamed("labs/sharing")
	require.NoError(t, err)
	assert.Equal(t, "sharing", x.Name)
	assert.FileExists(t, "labs/sharing/_student/sharing.go")
	code, out = inFolder(t, dir, "exercise", "new", "Labs/Not-A-Package")
	assert.Equal(t, exitUsage, code, out)
}

func TestTheAutograderHasScriptsExerciseAndSource(t *testing.T) {
	dir := t.TempDir()
	code, out := inFolder(t, dir, "grade", "--exercise", "cow", "--zip", "a.zip")
	require.Equal(t, exitFine, code, out)
	z, err := zip.OpenReader("a.zip")
	require.NoError(t, err)
	defer z.Close()
	have := map[string]bool{}
	for _, f := range z.File {
		have[f.Name] = true
	}
	for _, name := range []string{"setup.sh", "run_autograder", "exercise/exercise.json",
		"exercise/_hidden/a-three.vms", "vmsim/go.mod", "vmsim/vm/space.go"} {
		assert.True(t, have[name], name)
	}
}

func TestTheManualPageHasEveryCommandAndFlag(t *testing.T) {
	var b strings.Builder
	a := &app{out: &b, err: &b}
	require.Equal(t, exitFine, a.main([]string{"man"}))
	for _, c := range commands {
		assert.Contains(t, b.String(), ".SS vmsim "+roff.Replace(c.name), c.name)
		for _, f := range c.flags {
			assert.Contains(t, b.String(), ".B "+roff.Replace(f.name), c.name)
		}
	}
}
