package script

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func recordings(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"testdata/kernel/*.vms", "testdata/real/*.vms"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(names))
		}
		out = append(out, names...)
	}
	return out
}

func TestEveryRecordingPrintsBackAsItWasRead(t *testing.T) {
	for _, name := range recordings(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		prog, err := Parse(name, string(text))
		if err != nil {
			t.Fatal(err)
		}
		if !prog.Recorded() {
			t.Errorf("%s is not taken for a recording", name)
		}
		if diff := cmp.Diff(string(text), prog.String()); diff != "" {
			t.Fatalf("%s prints back otherwise:\n%s", name, diff)
		}
	}
}
