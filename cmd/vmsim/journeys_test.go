//go:build unix

package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStudentStartsAnExerciseAndSolvesItByItsMessages is what a student types, in a terminal: start, go test, hint, and
// go test again.
func TestStudentStartsAnExerciseAndSolvesItByItsMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a module")
	}
	source, err := filepath.Abs(".")
	require.NoError(t, err)
	dir := t.TempDir()
	typed := func(folder, want string, args ...string) {
		t.Helper()
		t.Chdir(folder)
		s := dial(t, dir, []string{"VMSIM_SOURCE=" + source}, args...)
		s.await(want)
		s.leaves()
	}
	test := func() string {
		t.Helper()
		out, _ := goCommand(t, filepath.Join(dir, "cow"), []string{"GOFLAGS=", "GOPROXY=off", "GOWORK=off"}, "test")
		if strings.Contains(out, "disabled by GOPROXY=off") {
			t.Skip("the module cache lacks something, and no test uses the network")
		}
		return out
	}
	typed(dir, "It starts out failing. That is expected.", "exercise", "start", "cow")
	out := test()
	for _, want := range []string{"FAIL: TestScenarios/1-child-stores", "the first step that differs is step ",
		"    reference  ", "    yours      ", "look there with the reference: vmsim -i scenarios/1-child-stores.vms",
		"vmsim exercise hint"} {
		assert.Contains(t, out, want)
	}
	typed(filepath.Join(dir, "cow"), "Hint 1 of 4: Which entries?", "exercise", "hint")
	x, err := exerciseNamed("cow")
	require.NoError(t, err)
	right, err := fs.ReadFile(x.Files, "_reference/cow.go")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cow", "cow.go"), right, 0o644))
	assert.Contains(t, test(), "ok  \tcow")
	typed(filepath.Join(dir, "cow"), "vmsim exercise start around", "exercise", "next")
}

// mistakes are what five students hand in: what they import, and the body of Store.
var mistakes = map[string]struct{ imports, store string }{
	"wrong":     {"", "own, err := p.NewFrame()\nif err == nil {\np.CopyTo(own)\np.MapOwn(own)\n}\nreturn err"},
	"broken":    {"", "return colour"},
	"panicking": {"", `panic("no")`},
	"endless":   {"", "for {\n}"},
	"tampering": {"\"os\"\n", `os.WriteFile("results.json", nil, 0o644)` + "\nreturn nil"},
}

// handedIn is what a class hands in, the exercise's own solution among it.
func handedIn(t *testing.T) map[string]string {
	x, err := exerciseNamed("cow")
	require.NoError(t, err)
	solution, err := fs.ReadFile(x.Files, "_reference/cow.go")
	require.NoError(t, err)
	class := map[string]string{"right": strings.Replace(string(solution), "package cow", "package sharing", 1)}
	for name, m := range mistakes {
		class[name] = "package sharing\n\nimport (\n" + m.imports + "\"vmsim/fault\"\n\"vmsim/vm\"\n)\n\n" +
			"type C struct{}\n\n" +
			"func New() fault.CopyOnWrite { return C{} }\n\n" +
			"func (C) Share(e vm.PTE) (vm.PTE, vm.PTE) {\nreturn e &^ vm.PteWrite, e &^ vm.PteWrite\n}\n\n" +
			"func (C) Store(p *fault.Page) error {\n" + m.store + "\n}\n"
	}
	return class
}

// TestTeacherMakesALabAndMarksWhateverIsHandedIn is what a teacher does: a lab that is a copy, and a class of six.
func TestTeacherMakesALabAndMarksWhateverIsHandedIn(t *testing.T) {
	if os.Getenv("VMSIM_LONG") == "" {
		t.Skip("builds six submissions: VMSIM_LONG=1 asks for it")
	}
	dir := t.TempDir()
	code, out := inFolder(t, dir, "exercise", "new", "labs/sharing")
	require.Equal(t, exitFine, code, out)
	hidden, err := fs.Glob(os.DirFS("labs/sharing"), "_hidden/*.vms")
	require.NoError(t, err)
	require.Len(t, hidden, 4)
	class := handedIn(t)
	for name, text := range class {
		require.NoError(t, os.MkdirAll(filepath.Join("class", name), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join("class", name, "sharing.go"), []byte(text), 0o644))
	}
	out, _, _ = vmsim("vmsim grade --exercise labs/sharing --all class --time 1 --format gradescope -o results")
	if strings.Contains(out, "disabled by GOPROXY=off") {
		t.Skip("the module cache lacks something, and no test uses the network")
	}
	points := map[string]float64{}
	for name := range class {
		text, err := os.ReadFile(filepath.Join("results", name+".json"))
		require.NoError(t, err, out)
		var result struct {
			Score float64
			Tests []struct{ Name, Output string }
		}
		require.NoError(t, json.Unmarshal(text, &result), string(text))
		assert.Len(t, result.Tests, 9, name)
		points[name] = result.Score
		for _, h := range hidden {
			assert.NotContains(t, string(text), strings.TrimSuffix(filepath.Base(h), ".vms"), name)
		}
	}
	assert.Equal(t, 9.0, points["right"], out)
	assert.Greater(t, points["wrong"], 0.0)
	for _, none := range []string{"broken", "tampering"} {
		assert.Zero(t, points[none], none)
	}
	for name, p := range points {
		assert.True(t, name == "right" || p < 9, "%s gets all points", name)
	}
}

// TestLecturesPageIsTheCommandsOwn writes the page that the tests of the page open.
func TestLecturesPageIsTheCommandsOwn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "l.html")
	out, errs, code := vmsim("vmsim web docs/examples/cow.vms --export " + file)
	require.Equal(t, exitFine, code, out+errs)
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(page), `data-engine="none"`)
	assert.NotRegexp(t, `(src|href)="(https?:|//|[a-z]+\.)`, string(page))
}
