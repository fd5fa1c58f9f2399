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

// hasty is a kernel whose disk is faster than the model's, which shows only where it is watched.
type hasty struct {
	liar
	watched  run.Kinds
	renewals int
	fails    error // why it cannot be watched
}

func (h *hasty) Watch(kinds run.Kinds)       { h.watched = kinds }
func (h *hasty) Watching() error             { return h.fails }
func (h *hasty) AbsentTracepoints() []string { return nil }
func (h *hasty) Renew()                      { h.renewals++ }
func (h *hasty) Disturbances() []string      { return nil }

// newHasty makes one that answers msync wrongly in its first run.
func newHasty() *hasty {
	h, calls := &hasty{}, 0
	h.liar = liar{model.New(), func(nr syscalls.Number, _ syscalls.Args, ret uint64, err error) (uint64, error) {
		if nr != syscalls.SysMsync {
			return ret, err
		}
		if calls++; calls == 1 {
			return 0, syscall.EIO
		}
		return ret, err
	}}
	return h
}

// onHasty is what becomes of a program that such a kernel answers wrongly once.
func onHasty(t *testing.T, h *hasty, text string) Outcome {
	t.Helper()
	out, err := (&Lab{Kernel: h, Model: model.New()}).Replay(scripttest.Parse(t, "program", text).Ops)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAProgramWithADiskThatDiffersIsRunAgainWithTheDiskWatched(t *testing.T) {
	h := newHasty()
	out := onHasty(t, h, ".machine fs=ext4\nmsync(0x400000, 4096, MS_ASYNC)\n")
	if len(out.Unexplained) > 0 || !slices.Equal(out.Disturbed, []string{unwatched}) {
		t.Errorf("%+v", out)
	}
	if h.watched&pace != pace || h.renewals != 1 {
		t.Errorf("the last run was watched by %v, and its files were put aside %d times", h.watched, h.renewals)
	}
}

func TestAProgramWithoutADiskThatDiffersIsAFindingAtOnce(t *testing.T) {
	h := newHasty()
	if out := onHasty(t, h, "msync(0x400000, 4096, MS_ASYNC)\n"); len(out.Unexplained) != 1 {
		t.Errorf("%+v", out)
	}
}

func TestADiskThatCannotBeWatchedIsTriedOnce(t *testing.T) {
	h := newHasty()
	h.fails = syscall.EPERM
	lab := &Lab{Kernel: h, Model: model.New()}
	prog := scripttest.Parse(t, "program", ".machine fs=ext4\nmsync(0x400000, 4096, MS_ASYNC)\n")
	for range 2 {
		if out, err := lab.Replay(prog.Ops); err != nil || len(out.Unexplained) > 0 {
			t.Errorf("%+v, %v", out, err)
		}
	}
	if !lab.blind || lab.watched != 0 {
		t.Errorf("it is tried again: %+v", lab)
	}
}
