package main

import (
	"bufio"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEveryDemoFitsTheTerminalAndSaysWhatToTypeNext(t *testing.T) {
	list, _, _ := vmsim("vmsim demo --list")
	for _, d := range demoShows {
		out, errs, code := vmsim("vmsim demo " + d.name)
		if code != exitFine || !strings.Contains(out, "Type next:") || !strings.Contains(list, "vmsim demo "+d.name) {
			t.Errorf("%s: exit code %d: %s\n%s", d.name, code, errs, out)
		}
		for line := range strings.Lines(out) {
			if utf8.RuneCountInString(line) > 81 {
				t.Errorf("%s: over 80 columns: %s", d.name, line)
			}
		}
	}
}

func TestPagerCountsTheRowsOfLinesThatAreTooLong(t *testing.T) {
	var out strings.Builder
	p := &pager{to: &out, in: bufio.NewReader(strings.NewReader("\nq\n")), columns: 4, rows: 4}
	for range 2 {
		if _, err := p.Write([]byte("a line\nrow\n")); err != nil {
			t.Fatal(err)
		}
	}
	if want := "a line\nrow\n" + pagerHint + "a line\nrow\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
}

func TestPagerWaitsBeforeTheLastRow(t *testing.T) {
	var out strings.Builder
	p := &pager{to: &out, in: bufio.NewReader(strings.NewReader("\nq\n")), rows: 4}
	for range 9 {
		if _, err := p.Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Repeat("line\n", 3) + pagerHint + strings.Repeat("line\n", 3) + pagerHint
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}
