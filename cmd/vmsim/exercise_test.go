package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/docs"
	"vmsim/syscalls/exercise"
)

// inFolder runs vmsim in another folder, with this source.
func inFolder(t *testing.T, dir string, args ...string) (code int, out string) {
	t.Helper()
	source, err := filepath.Abs(".")
	require.NoError(t, err)
	t.Setenv("VMSIM_SOURCE", source)
	t.Chdir(dir)
	var b strings.Builder
	a := &app{in: strings.NewReader(""), out: &b, err: &b}
	code = a.main(args)
	return code, b.String()
}

func TestThereAreTwelveExercisesAndEachHasItsHints(t *testing.T) {
	all := allExercises()
	require.Len(t, all, 12)
	for i, x := range all {
		assert.Equal(t, i+1, x.Number)
		assert.GreaterOrEqual(t, len(x.Hints()), 3, x.Name)
	}
	assert.NotNil(t, docs.Exercises())
}

// Exercises without code run in this process. Those with code are built, which takes a while: one here, the others
// where VMSIM_LONG=1 asks for it.
func TestExercisesAreSound(t *testing.T) {
	for _, x := range allExercises() {
		if x.Kind == exercise.Build && (x.Name != "areas" || testing.Short()) && os.Getenv("VMSIM_LONG") == "" {
			continue
		}
		var b strings.Builder
		a := &app{out: &b, err: &b}
		code := a.main([]string{"exercise", "verify", x.Name})
		assert.Equal(t, exitFine, code, b.String())
	}
}

func TestAStudentStartsChecksAndAsksForHints(t *testing.T) {
	dir := t.TempDir()
	code, out := inFolder(t, dir, "exercise", "start", "lazy")
	require.Equal(t, exitFine, code, out)
	assert.Contains(t, out, "It starts out failing. That is expected.")
	folder := filepath.Join(dir, "lazy")
	assert.NoDirExists(t, filepath.Join(folder, "_reference"))
	code, out = inFolder(t, folder, "exercise", "check")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "lazy: 0 of 7 points")
	for _, want := range []string{"Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"} {
		_, out = inFolder(t, folder, "exercise", "hint")
		assert.Contains(t, out, want)
	}
	x, err := exerciseNamed("lazy")
	require.NoError(t, err)
	text, err := os.ReadFile("questions.vms")
	require.NoError(t, err)
	wrong := strings.Replace(string(text), "majflt == ?", "majflt == 7", 1)
	require.NoError(t, os.WriteFile("answers.vms", []byte(wrong), 0o644))
	_, out = inFolder(t, folder, "exercise", "check")
	assert.Contains(t, out, "not so: .expect majflt == 7")
	assert.NotContains(t, out, "got", "the right answer is the student's to find")
	code, out = inFolder(t, dir, "exercise", "start", "lazy")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, out, "is there already")
	assert.Equal(t, exercise.Predict, x.Kind)
}

func TestAnswersMayChangeNothingButTheQuestions(t *testing.T) {
	_, err := exercise.Blanks("p[0] == ?\nq[0]", "p[0] == 1\nr[0]")
	assert.ErrorContains(t, err, "only the ? may change")
	blanks, err := exercise.Blanks("# why?\np[0] == ?\nq[0]", "# why not\np[0] == 'x'  # a guess\nq[0]\n")
	require.NoError(t, err)
	assert.Len(t, blanks, 1)
}

func TestTheSameSeedVariesAProgramTheSameWay(t *testing.T) {
	const text = "k = 8  # vary 8: 4..400\np[k]\n"
	assert.Equal(t, text, exercise.Vary(text, 0))
	assert.Equal(t, exercise.Vary(text, 3), exercise.Vary(text, 3))
	assert.NotEqual(t, exercise.Vary(text, 3), exercise.Vary(text, 4))
	assert.Contains(t, exercise.Vary(text, 3), "\np[k]\n")
}

func TestEachPartOfAnExerciseIsHeldAgainstItsOwnReference(t *testing.T) {
	x, err := exerciseNamed("replace")
	require.NoError(t, err)
	parts := map[string]int{}
	results := x.Evaluate(nil, exercise.All, 0, func(jobs []exercise.Job) []exercise.Transcript {
		out := make([]exercise.Transcript, len(jobs))
		for i, j := range jobs {
			if parts[j.Part]++; parts[j.Part] == 1 {
				out[i] = exercise.Record(j, x.Reference)
			}
		}
		return out
	})
	assert.Equal(t, map[string]int{"": 5, "lists": 11}, parts)
	var passed []string
	for _, r := range results {
		if r.Passed {
			passed = append(passed, r.Name)
		}
	}
	assert.Equal(t, []string{"1-newest", "lists/1-scan"}, passed)
}

func TestAnExerciseThatSaysSomethingUnknownIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		`{"Kind": "build"}`:                                    "Plug",
		`{"Kind": "guess"}`:                                    "Kind is",
		`{"Kind": "find", "Colour": 1}`:                        "Colour",
		`{"Kind": "find", "Observe": "smell"}`:                 "Observe",
		`{"Kind": "find"}`:                                     "needs Mutants",
		`{"Kind": "explore"}`:                                  "needs Goals",
		`{"Kind": "find", "Mutants": ["cow-no-cpoy"]}`:         "did you mean cow-no-copy?",
		`{"Kind": "build", "Plug": "Placment: student.New()"}`: "did you mean Placement?",
		`{"Kind": "build", "Plug": "student.New()"}`:           `not "student.New()"`,
		`{"Kind": "build", "Plug": "Merging: x", "Parts": {"two": {"Plug": "Colour: x"}}}`: "no field",
		`{"Kind": "build", "Plug": "Replacement: x", "Against": "clokc"}`:                  "did you mean clock?",
	} {
		dir := moduleOf(t, map[string]string{"exercise.json": text})
		_, err := exercise.Load(os.DirFS(dir))
		assert.ErrorContains(t, err, want, text)
	}
}

func TestAProgramThatTheModelDoesNotRunMakesAnExerciseUnsound(t *testing.T) {
	dir := t.TempDir()
	_, out := inFolder(t, dir, "exercise", "new", "labs/sharing")
	text, err := os.ReadFile("labs/sharing/exercise.json")
	require.NoError(t, err)
	assert.Contains(t, string(text), "cow-no-copy", "the names of kernels stay what they are")
	assert.Contains(t, out, "vmsim exercise verify labs/sharing")
	require.NoError(t, os.WriteFile("labs/sharing/_hidden/e-typo.vms", []byte("p = mmpa(1)\n"), 0o644))
	code, out := inFolder(t, dir, "exercise", "verify", "labs/sharing")
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out, "the model does not run _hidden/e-typo.vms: ")
	assert.Contains(t, out, "mmap")
}

func TestAGoalMayWantASignalWhereALoadWasAnsweredBefore(t *testing.T) {
	x, err := exerciseNamed("signals")
	require.NoError(t, err)
	const head = ".file /data/a 4096\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, 2*PAGE, PROT_READ, MAP_SHARED, fd, 0)\n"
	for rest, want := range map[string]bool{
		"p[0]\nftruncate(fd, 0)\np[0]\n": true,
		"ftruncate(fd, 0)\np[0]\n":       false,
		"p[0]\np[PAGE]\n":                false,
	} {
		answer := fstest.MapFS{"answer.vms": {Data: []byte(head + rest)}}
		got := x.Evaluate(answer, exercise.All, 0, exercise.InProcess(nil))
		assert.Equal(t, want, got[3].Passed, rest)
	}
}

// read() into a buffer takes a minor fault too, for the buffer: a goal that counts faults is reached without a mapping.
func TestAGoalMayWantALoadThroughAMapping(t *testing.T) {
	x, err := exerciseNamed("copies")
	require.NoError(t, err)
	begin, err := fs.ReadFile(x.Files, "_student/answer.vms")
	require.NoError(t, err)
	const read, mapped = "pread64(fd, scratch, 8192, 0)\n", "p = mmap(NULL, 16*PAGE, PROT_READ, MAP_SHARED, fd, 0)\n"
	for rest, want := range map[string]bool{
		"": false, mapped: false, mapped + "scratch[0]\n": false, mapped + "p[15*PAGE]\n": true,
		"p = mmap(NULL, 16*PAGE, PROT_READ, MAP_SHARED|MAP_POPULATE, fd, 0)\n": false,
	} {
		answer := fstest.MapFS{"answer.vms": {Data: []byte(string(begin) + read + rest)}}
		got := x.Evaluate(answer, exercise.All, 0, exercise.InProcess(nil))
		assert.True(t, got[0].Passed, rest)
		assert.Equal(t, want, got[2].Passed, rest)
	}
}

func TestANewExerciseMayBeginAsACopyOfAnyOther(t *testing.T) {
	source, err := filepath.Abs(".")
	require.NoError(t, err)
	dir := t.TempDir()
	code, out := inFolder(t, dir, "exercise", "new", "labs/joining", "--from", "areas")
	require.Zero(t, code, out)
	text, err := os.ReadFile("labs/joining/_reference/joining.go")
	require.NoError(t, err)
	assert.Contains(t, string(text), "// Package joining is the policy of which neighbours become one area.")
	text, err = os.ReadFile("labs/joining/README.md")
	require.NoError(t, err)
	assert.Contains(t, string(text), "# Areas: split and merge\n")
	assert.Contains(t, string(text), "`joining.go`")
	_, _ = goCommand(t, dir, nil, "version") // skips where nothing can be built
	code, out = inFolder(t, dir, "exercise", "verify", "labs/joining", "--source", source)
	assert.Equal(t, exitFine, code, out)
}
