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
func (s *screen) golden(name string, header string) {
	s.t.Helper()
	s.await(header)
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

func TestFullScreenMovesWithTheSteps(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "tui", screenProgram)
	s.golden("start", "t=0 of 0")
	s.types("nn")
	s.await("rw-s a")
	s.golden("mapped", "p = mmap(NULL, 16384")
	s.types("n")
	s.golden("loaded", "major fault")
	s.types("i")
	s.golden("inside", "tlb-miss")
	s.types("b")
	s.golden("back", "after   p[0]")
	s.types(":break cow\r")
	s.await("stop 1: cow")
	s.types("c")
	s.golden("copied", "Stop 1: cow")
	s.types(":help\r")
	s.golden("help", "lines 1-23 of")
	s.types("q")
	s.await("page cache")
	s.types("q")
	s.leaves()
}

func TestFullScreenShowsThePageTablesOfTwoProcessesBesideEachOther(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "tui", programFile(t, cowProgram))
	s.types("nnnn")
	s.golden("two", "page table, process 2")
	s.types("7")
	s.await("any other key goes back")
	s.types("4")
	s.golden("whole", "page table, process 2")
	s.types("q")
	s.await("process 1")
	s.types(":b\t")
	s.await("branch")
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
	s.types("nnn")
	s.golden("small", "major fault")
	s.types("2")
	s.golden("small-whole", "any other key goes back")
	s.types("q")
	s.await("─ 0 last answer (")
	s.types("0")
	s.await("any other key goes back")
}
