package difftest

import (
	"slices"
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// shaky is a kernel that something disturbs in its first runs.
type shaky struct {
	liar
	runs, disturbed int
}

func (s *shaky) Setup(c run.Config) error {
	s.runs++
	return s.liar.Setup(c)
}

// Disturbances is what disturbed the last run.
func (s *shaky) Disturbances() []string {
	if s.runs > s.disturbed {
		return nil
	}
	return []string{"a ghost"}
}

// newShaky is a kernel that answers msync wrongly in so many runs, and that something disturbs in so many.
func newShaky(wrong, disturbed int) *shaky {
	s := &shaky{disturbed: disturbed}
	s.liar = failing(func() bool { return s.runs <= wrong })
	return s
}

// onShaky is what becomes of a program with one call on such a kernel.
func onShaky(t *testing.T, wrong, disturbed int) Outcome {
	t.Helper()
	return ofMsync(t, newShaky(wrong, disturbed))
}

// ofMsync is what becomes of a program that only calls msync.
func ofMsync(t *testing.T, on run.Machine) Outcome {
	t.Helper()
	prog := scripttest.Parse(t, "program", "msync(0x400000, 4096, MS_ASYNC)\n")
	out, err := (&Lab{Kernel: on, Model: model.New()}).Replay(prog.Ops)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// failing is the model, but its msync is EIO where it says so.
func failing(when func() bool) liar {
	return liar{model.New(), func(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
		if nr == syscalls.SysMsync && when() {
			return 0, syscall.EIO
		}
		return ret, err
	}}
}

func TestAProgramThatDiffersOnlyWhileDisturbedIsFine(t *testing.T) {
	out := onShaky(t, 3, 3)
	if len(out.Unexplained) > 0 || out.Undecided || !slices.Equal(out.Disturbed, []string{"a ghost"}) {
		t.Errorf("%+v", out)
	}
}

func TestAProgramThatDiffersWhenNothingDisturbsItIsAFinding(t *testing.T) {
	for _, disturbed := range []int{0, 3} {
		if out := onShaky(t, 100, disturbed); len(out.Unexplained) != 1 || out.Undecided {
			t.Errorf("disturbed %d times: %+v", disturbed, out)
		}
	}
}

func TestAProgramThatIsAlwaysDisturbedIsUndecided(t *testing.T) {
	if out := onShaky(t, 100, 100); len(out.Unexplained) > 0 || !out.Undecided {
		t.Errorf("%+v", out)
	}
}

// watched is a kernel that answers msync wrongly in so many runs, beside which something looks at which pages are used.
type watched struct {
	shaky
	looks bool
}

// UseLookedAt is whether something looked during the last run.
func (w *watched) UseLookedAt() bool { return w.looks }

// onWatched is what becomes of a program with one call on such a kernel.
func onWatched(t *testing.T, wrong int, looks bool) Outcome {
	t.Helper()
	w := &watched{looks: looks}
	w.liar = failing(func() bool { return w.runs <= wrong })
	return ofMsync(t, w)
}

func TestWhatDiffersOnceWhileUseIsLookedAtIsFine(t *testing.T) {
	if out := onWatched(t, 1, true); len(out.Unexplained) > 0 || !slices.Equal(out.Disturbed, []string{useLooked}) {
		t.Errorf("%+v", out)
	}
	if out := onWatched(t, 1, false); len(out.Unexplained) != 1 || len(out.Disturbed) > 0 {
		t.Errorf("where nothing looks: %+v", out)
	}
}

func TestWhatDiffersTwiceInARowIsAFindingAlsoWhereUseIsLookedAt(t *testing.T) {
	if out := onWatched(t, 2, true); len(out.Unexplained) != 1 || out.Undecided {
		t.Errorf("%+v", out)
	}
}
