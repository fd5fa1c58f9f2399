//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// golden compares the screen with the recorded one.
func (s *screen) golden(name string) {
	s.t.Helper()
	file := filepath.Join("cmd/vmsim/testdata/screens", name+".txt")
	if *update {
		s.within(500*time.Millisecond, func() bool { return false })
		if err := os.WriteFile(file, []byte(strings.Join(s.lines(), "\n")+"\n"), 0o644); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if !s.within(20*time.Second, func() bool { return strings.Join(s.lines(), "\n")+"\n" == string(want) }) {
		s.t.Errorf("%s: the screen is\n%s\nwanted\n%s", name, strings.Join(s.lines(), "\n"), want)
	}
}

// screenProgram is the one that the examples of the prompt run in.
const screenProgram = "cmd/internal/prompt/testdata/example.vms"

// A move is what is typed, a text that then appears, and the name of the recorded screen that it leads to, if any.
type move struct{ types, appears, screen string }

// moves makes one move after the other.
func (s *screen) moves(all []move) {
	s.t.Helper()
	for _, m := range all {
		s.types(m.types)
		s.await(m.appears)
		if m.screen != "" {
			s.golden(m.screen)
		}
	}
}

func TestFullScreenMovesWithTheSteps(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "tui", screenProgram)
	s.moves([]move{
		{"", "t=0 of 0", "start"}, {"nn", "rw-s a", ""}, {"", "p = mmap(NULL, 16384", "mapped"},
		{"n", "major fault", "loaded"}, {"i", "tlb-miss", "inside"}, {"b", "after   p[0]", "back"},
		{":break cow\r", "stop 1: cow", ""}, {"c", "Stop 1: cow", "copied"}, {":help\r", "lines 1-23 of", "help"},
		{"q", "page cache", ""},
	})
	s.types("q")
	s.leaves()
}

func TestFullScreenShowsThePageTablesOfTwoProcessesBesideEachOther(t *testing.T) {
	dial(t, t.TempDir(), nil, "tui", programFile(t, cowProgram)).moves([]move{
		{"nnnn", "page table, process 2", "two"}, {"7", "any other key goes back", ""},
		{"4", "page table, process 2", "whole"}, {"q", "process 1", ""}, {":b\t", "branch", ""},
	})
}

// colour is a colour of text, as opposed to other escapes.
var colour = regexp.MustCompile("\x1b\\[(?:1;)?3[0-7]m")

func TestFullScreenHasColoursUnlessTheUserWantsNone(t *testing.T) {
	for _, want := range []bool{true, false} {
		var env []string
		if !want {
			env = []string{"NO_COLOR=1"}
		}
		s := dial(t, t.TempDir(), env, "tui", screenProgram)
		s.types("nn")
		s.await("rw-s a")
		if got := colour.MatchString(s.raw()); got != want {
			t.Errorf("%v: colours: %v", env, got)
		}
		s.types("q")
		s.leaves()
	}
}

func TestFullScreenWantsATerminal(t *testing.T) {
	_, err, code := vmsim("vmsim tui docs/examples/cow.vms")
	if code != exitNoWay || !strings.Contains(err, "vmsim -i docs/examples/cow.vms") {
		t.Errorf("code %d, %s", code, err)
	}
}

// What does not fit is cut with a mark, and the key of its pane shows it whole.
func TestFullScreenFitsAnUnusuallySmallTerminal(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "tui", screenProgram)
	s.await("t=0 of 0")
	s.resize(60, 20)
	s.moves([]move{
		{"nnn", "major fault", "small"}, {"2", "any other key goes back", "small-whole"},
		{"q", "─ 0 last answer (", ""}, {"0", "any other key goes back", ""},
	})
}
