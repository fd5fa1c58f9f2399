package difftest

import (
	"slices"
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/scripttest"
)

// wholeOnShaky is what becomes of a whole program: see newShaky. The lines are those that are shown.
func wholeOnShaky(t *testing.T, wrong, disturbed int) (w Whole, lines []string) {
	t.Helper()
	s := newShaky(wrong, disturbed)
	prog := scripttest.Parse(t, "program", "brk(0)\nmsync(0x400000, 4096, MS_ASYNC)\nbrk(1)\n")
	w, err := (&Lab{Kernel: s, Model: model.New()}).Compare(prog, ModelAddresses, func(l Line) {
		lines = append(lines, strings.TrimSpace(l.Kernel))
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, lines
}

// A whole program that differs only while something disturbs the kernel's side is shown as it ran undisturbed, each
// statement once.
func TestAWholeProgramThatDiffersOnlyWhileDisturbedIsFine(t *testing.T) {
	w, lines := wholeOnShaky(t, 3, 3)
	if len(w.Differences) > 0 || w.Undecided || !slices.Equal(w.Disturbed, []string{"a ghost"}) {
		t.Errorf("%+v", w)
	}
	if text := strings.Join(lines, "\n"); w.Statements != 3 || len(lines) == 0 || strings.Count(text, "msync") != 1 ||
		strings.Contains(text, "EIO") || strings.Count(text, "brk") != 2 {
		t.Errorf("%d statements, shown as\n%s", w.Statements, text)
	}
}

func TestAWholeProgramThatDiffersWhenNothingDisturbsItIsAFinding(t *testing.T) {
	for _, disturbed := range []int{0, 3} {
		w, lines := wholeOnShaky(t, 100, disturbed)
		text := strings.Join(lines, "\n")
		if len(w.Unexplained()) != 1 || w.Undecided || !strings.Contains(text, "EIO") {
			t.Errorf("disturbed %d times: %+v\n%s", disturbed, w, text)
		}
	}
}

func TestAWholeProgramThatIsAlwaysDisturbedIsUndecided(t *testing.T) {
	if w, _ := wholeOnShaky(t, 100, 100); len(w.Unexplained()) > 0 || !w.Undecided {
		t.Errorf("%+v", w)
	}
}

// A program with memory.high and no limit has a group on neither side.
func TestPressureIsComparedOfProgramsWithALimitAlone(t *testing.T) {
	prog := scripttest.Parse(t, "program", ".machine memcg_high=8M\nbrk(0)\n")
	lab := &Lab{Kernel: &groupless{model.New()}, Model: model.New(), Kinds: Observed | Pressure}
	if w, err := lab.Compare(prog, ModelAddresses, nil); err != nil || len(w.Differences) > 0 {
		t.Errorf("%v: %+v", err, w.Differences)
	}
}

// groupless is a machine whose programs are in no control group.
type groupless struct{ *model.Machine }

func (*groupless) Pressure([]string) (string, error) { return "", nil }
