package grade

import (
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"vmsim/syscalls/exercise"
)

func TestEachPlaceOfAFileIsChangedAlone(t *testing.T) {
	const text = `package p

func f(a, b int) (n int) {
	if a < b {
		n = 2
	}
	n++
	g(n)
	return n
}
`
	all, err := changes("p.go", text)
	require.NoError(t, err)
	var said []string
	for _, c := range all {
		said = append(said, c.String())
		assert.NotEqual(t, text, c.text)
	}
	assert.Equal(t, []string{"p.go:4: a < b is turned round", "p.go:4: < becomes <=", "p.go:5: n = 2 is left out",
		"p.go:5: 2 becomes 3", "p.go:5: 2 becomes 1", "p.go:7: n++ is left out", "p.go:8: g(n) is left out"}, said)
}

// Without its programs about files, nothing shows that exercise 11 compares the pages of a file.
func TestAChangeThatNoProgramShowsIsNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a program")
	}
	source, err := filepath.Abs("../../..")
	require.NoError(t, err)
	x := areas(t)
	left, tried, err := Unnoticed(x, source, DefaultLimits)
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.Greater(t, tried, 5)
	weak := withOnly(t, x, "exercise.json", "_reference/areas.go", "scenarios/1-middle.vms")
	left, _, err = Unnoticed(weak, source, DefaultLimits)
	require.NoError(t, err)
	assert.Contains(t, left[0].String(), "_reference/areas.go:")
}

// withOnly is an exercise that has only some of another's files.
func withOnly(t *testing.T, x *exercise.Exercise, names ...string) *exercise.Exercise {
	t.Helper()
	few := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(x.Files, name)
		require.NoError(t, err)
		few[name] = &fstest.MapFile{Data: text}
	}
	weak, err := exercise.Load(few)
	require.NoError(t, err)
	return weak
}
