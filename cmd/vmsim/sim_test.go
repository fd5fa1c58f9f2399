package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShardsMergeIntoTheTableOfTheWhole(t *testing.T) {
	dir := t.TempDir()
	const line = "vmsim sim zipf:20000,900 --policy fifo,lru,opt --size 3,10%"
	whole, errs, code := vmsim(line)
	require.Equal(t, exitFine, code, errs)
	merge := "vmsim sim merge"
	for i := range 3 {
		out, errs, code := vmsim(fmt.Sprintf("%s --shard %d/3", line, i))
		require.Equal(t, exitFine, code, errs)
		name := filepath.Join(dir, fmt.Sprint(i))
		require.NoError(t, os.WriteFile(name, []byte(out), 0o644))
		merge += " " + name
	}
	merged, errs, code := vmsim(merge)
	require.Equal(t, exitFine, code, errs)
	assert.Equal(t, whole, merged)
	assert.Equal(t, 7, strings.Count(whole, "\n"))
}

func TestTraceOfAFileIsSimulated(t *testing.T) {
	name := filepath.Join(t.TempDir(), "loop.csv")
	require.NoError(t, os.WriteFile(name, []byte(strings.Repeat("1\n2\n3\n4\n", 100)), 0o644))
	out, errs, code := vmsim("vmsim sim " + name + " --policy lru,opt --size 3 --json")
	require.Equal(t, exitFine, code, errs)
	assert.Equal(t, `{"policy":"lru","pages":3,"requests":400,"misses":400,"ratio":1}
{"policy":"opt","pages":3,"requests":400,"misses":136,"ratio":0.34}
`, out)
}

func TestPlotWritesWhatTheEndingSays(t *testing.T) {
	dir := t.TempDir()
	for ending, begin := range map[string]string{
		".svg": "<?xml", ".png": "\x89PNG", ".csv": "curve,pages of memory,miss ratio\nlru,1,",
	} {
		name := filepath.Join(dir, "mrc"+ending)
		_, errs, code := vmsim("vmsim plot mrc zipf:5000,100 --points 5 -o " + name)
		require.Equal(t, exitFine, code, errs)
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(content), begin), ending)
	}
	_, errs, code := vmsim("vmsim plot mrc zipf:5000,100 -o " + filepath.Join(dir, "mrc.doc"))
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errs, "pictures are .svg, .png, .csv")
	assert.NoFileExists(t, filepath.Join(dir, "mrc.doc"))
}

func TestSimAndPlotSayWhatTheyWant(t *testing.T) {
	for line, want := range map[string]string{
		"vmsim sim":                           "one trace is wanted",
		"vmsim sim zipf:10,2 --policy lrv":    "did you mean lru?",
		"vmsim sim zipf:10,2 --size x":        "size",
		"vmsim sim zipf:10,2 --jobs 0":        "--jobs wants a number",
		"vmsim sim zipf:10,2 --shard 2/2":     "shard",
		"vmsim sim merge":                     "nothing to merge",
		"vmsim plot":                          "what to plot is wanted: compare",
		"vmsim plot mrc zipf:10,2 --points 1": "--points wants a number from 2",
		"vmsim plot mrc zipf:10,2 --sample 2": "--sample wants a part",
	} {
		isMisused(t, line, want)
	}
	for line, want := range map[string]string{
		"vmsim sim zipf:ten,2":    "zipf:REFERENCES,PAGES,ALPHA,SEED",
		"vmsim sim none.csv":      "no such file",
		"vmsim plot mrc zipf:0,2": "no references in it",
		"vmsim sim merge go.mod":  "not what vmsim sim --shard printed",
	} {
		_, errs, code := vmsim(line)
		assert.Equal(t, exitUsage, code, line)
		assert.Contains(t, errs, want, line)
	}
}
