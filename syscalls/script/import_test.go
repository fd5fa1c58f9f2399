package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func importFile(t testing.TB, name string) *Imported {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	im, err := Import(filepath.Base(name), f)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

func TestRealLogsImportWithNothingSkipped(t *testing.T) {
	names, _ := filepath.Glob("testdata/real/*.strace")
	if len(names) != 3 {
		t.Fatalf("%d logs", len(names))
	}
	for _, name := range names {
		im := importFile(t, name)
		for _, s := range im.Skipped {
			t.Errorf("%s:%d skipped, %s: %s", name, s.Line, s.Why, s.Text)
		}
		if im.Kept < im.Lines {
			t.Errorf("%s: %d of %d lines kept", name, im.Kept, im.Lines)
		}
		r, m, err := replayRun(im.Program, Options{Hold: AllKinds})
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
			for _, d := range r.Differences(AllKinds) {
				t.Error(d)
			}
		}
		if r.Err() != nil {
			t.Fatal(r.Err())
		}
		if len(m.did) != 1 || !strings.HasPrefix(m.did[0], ".layout brk=0x555555") {
			t.Errorf("%s: the second execve gave %v", name, m.did)
		}
	}
}

func TestRealLogsRunInTheModelWithTheAnswersOfTheLog(t *testing.T) {
	names, _ := filepath.Glob("testdata/real/*.strace")
	for _, name := range names {
		m := NewModel()
		v := Test(importFile(t, name).Program, m, Testing{All: true, Check: m.Check})
		if v.Err != nil {
			t.Errorf("%s: %v", name, v.Err)
		}
		for _, d := range v.Differences {
			t.Errorf("%s: %v", name, d)
		}
	}
}
