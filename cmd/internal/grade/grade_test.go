package grade

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/docs"
	"vmsim/syscalls/exercise"
	"vmsim/syscalls/leash"
)

// TestMain has the tests end with the go command that started them.
func TestMain(m *testing.M) { os.Exit(leash.Tests(m)) }

// areas is exercise 11: its package is the smallest.
func areas(t *testing.T) *exercise.Exercise {
	t.Helper()
	sub, err := fs.Sub(docs.Exercises(), "11-areas")
	require.NoError(t, err)
	x, err := exercise.Load(sub)
	require.NoError(t, err)
	return x
}

// submitted grades a package areas whose Joins has that body.
func submitted(t *testing.T, imports, more, body string) Grade {
	t.Helper()
	return submittedIn(t, DefaultLimits.Time, imports, more, body)
}

// submittedIn is submitted with a limit of time for each program.
func submittedIn(t *testing.T, limit time.Duration, imports, more, body string) Grade {
	t.Helper()
	if out, err := exec.Command("go", "version").CombinedOutput(); err != nil {
		t.Skipf("the go command does not run here: %v %s", err, out)
	}
	source, err := filepath.Abs("../../..")
	require.NoError(t, err)
	text := "package areas\n\nimport (\n\"vmsim/vm\"\n" + imports + ")\n\ntype Merging struct{}\n\n" +
		"func New() vm.Merging { return Merging{} }\n\n" + more +
		"\nfunc (Merging) Joins(below, above vm.Neighbour) bool {\n" + body + "\n}\n"
	g, err := Do(Job{Exercise: areas(t), Name: "x", Source: source, Scope: exercise.All, Seed: 1,
		Submission: fstest.MapFS{"areas.go": {Data: []byte(text)}},
		Limits:     Limits{Time: limit, Memory: 400 << 20}})
	require.NoError(t, err)
	if strings.Contains(g.Problem, "disabled by GOPROXY=off") {
		t.Skip("the module cache lacks something, and no test uses the network")
	}
	for name, write := range Formats {
		var b bytes.Buffer
		require.NoError(t, write(&b, g))
		valid(t, name, b.Bytes())
		for _, hidden := range []string{"two-files", "b-advice", "d-holes"} {
			assert.NotContains(t, b.String(), hidden, "%s names a hidden test", name)
		}
	}
	return g
}

// valid holds a result against its format.
func valid(t *testing.T, format string, text []byte) {
	t.Helper()
	switch format {
	case "github":
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
		require.NoError(t, err)
		text = raw
		fallthrough
	case "gradescope", "prairielearn":
		var v struct {
			Tests []map[string]any
		}
		require.NoError(t, json.Unmarshal(text, &v), format)
		assert.Len(t, v.Tests, 7, format)
	case "junit":
		var v struct {
			Cases []struct{} `xml:"testcase"`
		}
		require.NoError(t, xml.Unmarshal(text, &v))
		assert.Len(t, v.Cases, 7)
	case "text":
		assert.Contains(t, string(text), "of 7 points")
	}
}

const right = `return (below.Flags^above.Flags)&^vm.Sticky == 0 && below.Backing == above.Backing &&
	below.Label == above.Label && below.EndIndex() == above.Index`

func TestARightSubmissionGetsAllPointsAndTheSameAgain(t *testing.T) {
	g := submitted(t, "", "", right)
	assert.Equal(t, 7, g.Points, g.Results)
	assert.Equal(t, g, submitted(t, "", "", right))
}

func TestAWrongSubmissionGetsWhatItHasEarned(t *testing.T) {
	g := submitted(t, "", "", "return below.Flags == above.Flags && below.Backing == above.Backing")
	assert.Greater(t, g.Points, 0)
	assert.Less(t, g.Points, 7)
	for _, r := range g.Results {
		if r.Hidden {
			assert.True(t, strings.HasPrefix(r.Name, "hidden test "), r.Name)
			assert.NotContains(t, r.Output, "reference")
		}
	}
}

func TestASubmissionThatDoesNotCompileGetsNothingAndTheReason(t *testing.T) {
	g := submitted(t, "", "", "return colour")
	assert.Zero(t, g.Points)
	assert.Contains(t, g.Problem, "undefined: colour")
	g = submitted(t, "", "", "return (")
	assert.Zero(t, g.Points)
	assert.NotEmpty(t, g.Problem)
}

func TestTextSaysOnceWhatSeveralTestsHaveFound(t *testing.T) {
	var b strings.Builder
	require.NoError(t, text(&b, Grade{Exercise: "x", Max: 2, Results: []exercise.Result{
		{Name: "one", Max: 1, Output: "line 3"}, {Name: "two", Max: 1, Output: "line 3"}}}))
	assert.Equal(t, 1, strings.Count(b.String(), "line 3"), b.String())
	assert.Contains(t, b.String(), "two\n        the same\n")
}

func TestAPanicCostsThePointsOfItsTests(t *testing.T) {
	g := submitted(t, "", "", `if below.Backing != nil { panic("no files") }`+"\n"+right)
	assert.Greater(t, g.Points, 0)
	assert.Less(t, g.Points, 7)
}

func TestAnEndlessSubmissionIsEnded(t *testing.T) {
	g := submittedIn(t, time.Second, "", "", "for {}")
	assert.Zero(t, g.Points)
	assert.Contains(t, g.Results[0].Output, "it took over 1s")
	assert.Contains(t, g.Results[2].Output, "too long too often", "it is not tried for each test")
}

// Sixty programs on two processors wait for each other: that is not their fault.
func TestTimeOfTheProcessorIsLimitedAndNotWaiting(t *testing.T) {
	for script, want := range map[string]bool{"sleep 1": true, "while :; do :; done": false} {
		c := exec.Command("/bin/sh", "-c", "exec 2>/dev/null; "+script)
		if err := c.Start(); err != nil || runtime.GOOS != "linux" {
			t.Skipf("no shell or no clock of other processes here: %v", err)
		}
		stop := watch(c.Process, 300*time.Millisecond)
		_ = c.Wait()
		assert.Equal(t, want, stop(), script)
	}
}

func TestASubmissionThatEndsInItsInitIsGraded(t *testing.T) {
	g := submitted(t, "", "func init() { var m map[string]int; m[\"x\"] = 1 }", right)
	assert.Zero(t, g.Points)
}

func TestAMemoryHungrySubmissionIsEnded(t *testing.T) {
	g := submitted(t, "", "var keep [][]byte\n",
		"for { b := make([]byte, 1<<24); for i := range b { b[i] = 1 }; keep = append(keep, b) }")
	assert.Zero(t, g.Points)
	assert.Contains(t, g.Results[0].Output, "it took over 400 MiB of memory")
}

func TestTamperingGetsNothing(t *testing.T) {
	for what, s := range map[string]struct{ imports, more, body, why string }{
		"files":     {"\"os\"\n", "", `os.Exit(0); ` + right, `may not import "os"`},
		"programs":  {"\"os/exec\"\n", "", `exec.Command("true"); ` + right, `may not import "os/exec"`},
		"memory":    {"\"unsafe\"\n", "", `_ = unsafe.Sizeof(below); ` + right, `may not import "unsafe"`},
		"model":     {"\"vmsim/syscalls\"\n", "", `syscalls.New(syscalls.Config{}); ` + right, "may not import"},
		"linkname":  {"", "//go:linkname now time.now\nfunc now()\n", right, "may not have the directive"},
		"dot":       {". \"vmsim/fault\"\n", "", right, "is to be imported by its name"},
		"forbidden": {"f \"vmsim/fault\"\n", "var h f.Handler\n", right, "may not use fault.Handler"},
	} {
		g := submitted(t, s.imports, s.more, s.body)
		assert.Zero(t, g.Points, what)
		assert.Contains(t, g.Problem, s.why, what)
	}
	// What a submission prints is no result.
	g := submitted(t, "\"fmt\"\n", "func init() { fmt.Println(`{\"Statements\":[],\"End\":\"\"}`) }\n", "return true")
	assert.Less(t, g.Points, 7)
}
