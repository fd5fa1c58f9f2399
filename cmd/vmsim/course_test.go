package main

import (
	"archive/zip"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
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
	text := strings.Replace(string(mod), "=> ../..", "=> "+strconv.Quote(here), 1)
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
	assert.Zero(t, x.Number, "it is none of the twelve")
	readme, err := os.ReadFile("labs/sharing/README.md")
	require.NoError(t, err)
	assert.NotContains(t, string(readme), "3.")
	assert.FileExists(t, "labs/sharing/_student/sharing.go")
	code, out = inFolder(t, dir, "exercise", "new", "Labs/Not-A-Package")
	assert.Equal(t, exitUsage, code, out)
}

// A class must not get no points because the teacher's setting is wrong.
func TestAFolderThatIsNotTheSourceIsAnErrorBeforeAnyMark(t *testing.T) {
	isMisused(t, "vmsim grade --exercise cow --submission docs --source docs", "docs is not vmsim's source")
}

func TestTheAutograderHasScriptsExerciseAndSource(t *testing.T) {
	z := archiveOf(t, t.TempDir(), "cow")
	have := map[string]bool{}
	for _, f := range z.File {
		have[f.Name] = true
	}
	for _, name := range []string{"setup.sh", "run_autograder", "exercise/exercise.json",
		"exercise/_hidden/a-three.vms", "vmsim/go.mod", "vmsim/vm/space.go"} {
		assert.True(t, have[name], name)
	}
	for name := range have {
		assert.False(t, strings.HasPrefix(filepath.Base(name), "."), name)
	}
}

// archiveOf is the archive of an exercise for Gradescope, made in a folder.
func archiveOf(t *testing.T, dir, exercise string) *zip.ReadCloser {
	t.Helper()
	code, out := inFolder(t, dir, "grade", "--exercise", exercise, "--zip", "a.zip")
	require.Equal(t, exitFine, code, out)
	z, err := zip.OpenReader("a.zip")
	require.NoError(t, err)
	t.Cleanup(func() { _ = z.Close() })
	return z
}

// The archive is unpacked as Gradescope does it; curl brings the Go that is here.
func TestTheAutograderMarksWhatGradescopeGivesIt(t *testing.T) {
	if os.Getenv("VMSIM_LONG") == "" {
		t.Skip("compiles the model twice: VMSIM_LONG=1 asks for it")
	}
	dir := t.TempDir()
	z := archiveOf(t, dir, "areas")
	root := filepath.Join(dir, "autograder")
	require.NoError(t, os.CopyFS(filepath.Join(root, "source"), z))
	for _, name := range []string{"submission", "results", "bin", "home"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, name), 0o755))
	}
	// The two folders of the container, and its tools, lie below the test's own folder.
	here := strings.NewReplacer("/autograder", root, "/usr/local/bin", filepath.Join(root, "bin"), "/root",
		filepath.Join(root, "home"), "curl ", ": ", "| tar -C /usr/local -xz", "",
		"PATH=$PATH", "GOMODCACHE="+moduleCache(t)+" GOPROXY=off PATH="+filepath.Join(root, "bin")+":$PATH")
	run := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, "source", name))
		require.NoError(t, err)
		c := exec.Command("bash", "-c", here.Replace(string(text)))
		out, err := c.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	assert.Contains(t, run("setup.sh"), "7 of 7 points")
	exercises := filepath.Join(root, "source/exercise")
	for folder, want := range map[string]string{"_reference": `"score": 7,`, "_student": `"score": 0,`} {
		require.NoError(t, os.RemoveAll(filepath.Join(root, "submission")))
		require.NoError(t, os.CopyFS(filepath.Join(root, "submission"), os.DirFS(filepath.Join(exercises, folder))))
		run("run_autograder")
		result, err := os.ReadFile(filepath.Join(root, "results/results.json"))
		require.NoError(t, err)
		assert.Contains(t, string(result), want, folder)
	}
}

// moduleCache is where Go keeps modules here.
func moduleCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Skipf("the go command does not run here: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func TestGradingAClassNamesSameMistakesAndWritesEachResult(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three submissions")
	}
	dir := t.TempDir()
	x, err := exerciseNamed("areas")
	require.NoError(t, err)
	right, err := fs.ReadFile(x.Files, "_reference/areas.go")
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(right), "Joins(below, above vm.Neighbour) bool {\n")
	wrong := strings.Replace(string(right), body, "\treturn below.Index%2 == 0\n}\n", 1)
	for name, text := range map[string]string{"ann": wrong, "bob": "// mine\n" + wrong, "eve": string(right)} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "class", name), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "class", name, "areas.go"), []byte(text), 0o644))
	}
	_, out := inFolder(t, dir, "grade", "--exercise", "areas", "--all", "class", "--format", "gradescope", "-o", "r")
	assert.Regexp(t, `(?m)^ann .*100% of its mistakes are those of bob$`, out)
	assert.Regexp(t, `(?m)^eve +7/7 *$`, out)
	for _, name := range []string{"ann", "bob", "eve"} {
		assert.FileExists(t, filepath.Join("r", name+".json"))
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

func TestTheContainerOfACourseHasTheGoOfTheModule(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	require.NotNil(t, wanted)
	docker, err := os.ReadFile("docs/devcontainer/Dockerfile")
	require.NoError(t, err)
	assert.Contains(t, string(docker), "FROM golang:"+string(wanted[1])+"\n")
	text, err := os.ReadFile("docs/devcontainer/devcontainer.json")
	require.NoError(t, err)
	var c struct {
		Build struct{ Dockerfile, Context string }
	}
	require.NoError(t, json.Unmarshal(text, &c))
	assert.FileExists(t, filepath.Join("docs/devcontainer", c.Build.Dockerfile))
	assert.Equal(t, "../vmsim", c.Build.Context, "the clone beside .devcontainer, as docs/course.md says")
}
