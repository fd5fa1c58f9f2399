package syscalls_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/script"
)

// TestMemoryProgramsGetTheRecordedAnswers runs programs about one thing each, with what Linux 6.18 answered. Those whose
// names begin with areas-at have tens of thousands of areas: only their results are held.
func TestMemoryProgramsGetTheRecordedAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/memory/*.vms")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs (%v)", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".vms")
		t.Run(name, func(t *testing.T) {
			many := strings.HasPrefix(name, "areas-at")
			if many && testing.Short() {
				t.Skip("tens of thousands of areas")
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			prog, err := script.Parse(file, string(text))
			if err != nil {
				t.Fatal(err)
			}
			m := script.NewModel()
			how := script.Testing{Check: m.Check, All: true}
			if many {
				how = script.Testing{Only: script.Results}
			}
			v := script.Test(prog, m, how)
			if v.Err != nil {
				t.Fatal(v.Err)
			}
			for _, d := range v.Differences {
				t.Error(d)
			}
		})
	}
}
