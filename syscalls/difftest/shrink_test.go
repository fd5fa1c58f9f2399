package difftest

import (
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/scripttest"
)

// TestShrinkingKeepsTheKernelThatTheModelAnswersAs looks at what may not go from a program's head.
func TestShrinkingKeepsTheKernelThatTheModelAnswersAs(t *testing.T) {
	prog := scripttest.Parse(t, "p", ".machine kernel=6.12.118 vsyscall=none\n.machine fs=tmpfs\nmunlockall()\n")
	kept := kernelNames(prog.Ops)
	if len(kept) != 1 || kept[0].Line != 1 {
		t.Errorf("of the program %v is kept", kept)
	}
}

// lyingToMadvise is a lab whose kernel answers madvise otherwise than the model does, as wrong says by the number of
// the program's calls.
func lyingToMadvise(wrong func(calls int) (answer uint64, lies bool)) *Lab {
	calls := 0
	lab := &Lab{Model: model.New(), Kernel: liar{model.New(),
		func(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
			if calls++; nr != syscalls.SysMadvise {
				return ret, err
			}
			if answer, lies := wrong(calls); lies {
				return answer, nil
			}
			return ret, err
		}}}
	lab.began = func() { calls = 0 }
	return lab
}

// differing is a program of n calls and madvise, which differs.
func differing(t *testing.T, lab *Lab, head string, n int) Outcome {
	t.Helper()
	prog := scripttest.Parse(t, "p", head+strings.Repeat("munlockall()\n", n)+"madvise(0, 4096, 99)\n")
	out, err := lab.Replay(prog.Ops)
	if err != nil || len(out.Unexplained) == 0 {
		t.Fatalf("nothing differs: %v", err)
	}
	return out
}

func TestShrinkingAProgramWithALimitEndsAfterSomeTries(t *testing.T) {
	const statements = 150 // the difference needs all of them, and to try each takes more
	lab, ran := lyingToMadvise(func(calls int) (uint64, bool) { return 0, calls > statements }), 0
	began := lab.began
	for _, x := range []struct {
		head    string
		bounded bool
	}{{".machine fs=tmpfs\n", false}, {".machine memcg=4M\n", true}} {
		lab.began = began
		out := differing(t, lab, x.head, statements)
		ran = 0
		lab.began = func() { ran++; began() }
		_, _, ok := lab.Shrink(out.Ops, out.Unexplained[0])
		const most = (1+steadyRuns)*(1+pressureRuns) + 3*limitedRuns
		if !ok || ran <= most != x.bounded {
			t.Errorf("%q: %d runs, with a bound %d at most; it repeats: %v", x.head, ran, most, ok)
		}
	}
}

// TestProgramThatRepeatsIsNotShortenedToOneThatDoesNot has a kernel that answers short programs otherwise each time.
func TestProgramThatRepeatsIsNotShortenedToOneThatDoesNot(t *testing.T) {
	fickle := uint64(0)
	lab := lyingToMadvise(func(calls int) (uint64, bool) {
		if fickle++; calls < 20 {
			return fickle, true
		}
		return 0, true
	})
	out := differing(t, lab, "", 30)
	if short, _, ok := lab.Shrink(out.Ops, out.Unexplained[0]); !ok || len(short) != len(out.Ops) {
		t.Errorf("it repeats: %v, with %d statements of %d", ok, len(short), len(out.Ops))
	}
}

// TestRunsThatLeaveStatementsOutAreTheSame has one of a process that has ended, which only the first run had.
func TestRunsThatLeaveStatementsOutAreTheSame(t *testing.T) {
	lab := lyingToMadvise(func(int) (uint64, bool) { return 7, true })
	prog := scripttest.Parse(t, "p", ".machine memcg=4M\n[2] munlockall()\nmadvise(0, 4096, 99)\n")
	out, err := lab.replay(prog.Ops, nil)
	if err != nil || len(out.Unexplained) == 0 {
		t.Fatalf("nothing differs: %v", err)
	}
	out.Ops, out.Unexplained[0].At = prog.Ops, len(prog.Ops)-1
	if out, err = lab.amongRuns(out); err != nil || out.Undecided || len(out.Unexplained) == 0 {
		t.Errorf("undecided %v, %v, %v", out.Undecided, out.Unexplained, err)
	}
}
