package script_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
)

func TestEveryRecordingPrintsBackAsItWasRead(t *testing.T) {
	for _, name := range scripttest.Recordings(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		prog, err := script.Parse(name, string(text))
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
