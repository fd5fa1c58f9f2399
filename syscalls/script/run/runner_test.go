package run

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/scripttest"
)

// replayText runs a program against its own answers and gives what the run prints, and what it found different.
func replayText(t testing.TB, prog *script.Program) (text string, diffs []Difference) {
	t.Helper()
	r, _, err := replayRun(prog, Options{Show: AllKinds})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for r.Next() {
		b.WriteString(r.Text(Style{Show: AllKinds, PIDs: true}))
		diffs = append(diffs, r.Differences(AllKinds&^Bytes)...)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return b.String(), diffs
}

func TestARunThatAnswersAsRecordedPrintsTheRecording(t *testing.T) {
	for _, name := range scripttest.Recordings(t) {
		if strings.Contains(name, "real") {
			continue // its raw registers print as flags
		}
		prog := scripttest.Load(t, name)
		got, diffs := replayText(t, prog)
		for _, d := range diffs {
			t.Fatal(d)
		}
		if diff := cmp.Diff(statements(prog.String()), statements(got)); diff != "" {
			t.Fatalf("%s:\n%s", name, diff)
		}
	}
}

// statements drops what a run does not print: comments, the head, sums of data that a replay cannot know, and fault
// counts under calls that use scratch.
func statements(text string) string {
	var out []string
	head := true
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "[") {
			head = false
		}
		if head || strings.HasPrefix(line, ".") || strings.Contains(line, "data sha1:") {
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestRealRecordingsHoldAgainstTheirOwnAnswers(t *testing.T) {
	for _, name := range scripttest.Recordings(t) {
		if !strings.Contains(name, "real") {
			continue
		}
		r, _, err := replayRun(scripttest.Load(t, name), Options{Hold: AllKinds})
		if err != nil {
			t.Fatal(err)
		}
		taken := 0
		for r.Next() {
			for _, d := range r.Differences(AllKinds) {
				t.Fatal(d)
			}
			if r.Result().Taken {
				taken++
			}
		}
		if r.Err() != nil {
			t.Fatal(r.Err())
		}
		if taken == 0 {
			t.Errorf("%s: no call was outside the model", name)
		}
	}
}
