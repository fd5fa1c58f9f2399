package strace

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmsim/syscalls/script"
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
		if n := len(layouts(im.Program)); n != 2 {
			t.Errorf("%s: %d layouts, one for each execve wanted", name, n)
		}
	}
}

func layouts(prog *script.Program) (out []*script.Layout) {
	for _, op := range prog.Ops {
		if l, ok := op.Do.(*script.Layout); ok {
			out = append(out, l)
		}
	}
	return out
}

func TestRealLogsRunInTheModelWithTheAnswersOfTheLog(t *testing.T) {
	names, _ := filepath.Glob("testdata/real/*.strace")
	for _, name := range names {
		m := script.NewModel()
		v := script.Test(importFile(t, name).Program, m, script.Testing{All: true, Check: m.Check})
		if v.Err != nil {
			t.Errorf("%s: %v", name, v.Err)
		}
		for _, d := range v.Differences {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// roundTrip checks that a program reads back from its text.
func roundTrip(t *testing.T, prog *script.Program) {
	t.Helper()
	text := prog.String()
	again, err := script.Parse(prog.Name, text)
	if err != nil {
		t.Fatalf("what was printed does not parse: %v\n%s", err, text)
	}
	if got := again.String(); got != text {
		t.Fatalf("printed once:\n%s\nprinted twice:\n%s", text, got)
	}
}

func TestALogLineOfManyMegabytesIsSkippedWithAReason(t *testing.T) {
	log := io.MultiReader(strings.NewReader(strings.Repeat("x", 8<<20)), strings.NewReader("\nbrk(NULL) = 0x1000\n"))
	im, err := Import("log", log)
	if err != nil || im.Kept != 1 || len(im.Skipped) != 1 {
		t.Errorf("%v %+v", err, im)
	}
}
