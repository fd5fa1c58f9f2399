package difftest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// TestFlushesInARowCountOnce compares what two files of one msync ask for with what the kernel's side tells of it.
func TestFlushesInARowCountOnce(t *testing.T) {
	got := sizes([]string{"W 72+8", "F 0+0", "F 0+0", "W 80+8", "F 0+0"})
	if want := []string{"W +8", "F +0", "W +8", "F +0"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

// older is the model in the place of a kernel that lacks a tracepoint, or cannot be watched at all.
type older struct {
	*model.Machine
	lacks string
	err   error
}

func (o older) Observe(kind string, pid int) []string {
	return slices.DeleteFunc(o.Machine.Observe(kind, pid),
		func(e string) bool { return strings.HasPrefix(e, o.lacks+" ") })
}

func (o older) AbsentTracepoints() []string { return []string{o.lacks} }

func (o older) Watching() error { return o.err }

// comparedTraces runs a program whose first load is traced, with one tracepoint missing on one side.
func comparedTraces(t *testing.T, kernel run.Machine) (Whole, error) {
	t.Helper()
	prog := scripttest.Parse(t, "load", "*0x403000\n")
	return (&Lab{Kernel: kernel, Model: model.New(), Kinds: Observed | run.Trace}).Compare(prog, ModelAddresses,
		func(Line) {})
}

func TestTracepointThatTheKernelLacksIsNotCompared(t *testing.T) {
	w, err := comparedTraces(t, older{model.New(), "page_fault_user", nil})
	if err != nil || len(w.Differences) > 0 {
		t.Errorf("%v %v", w.Differences, err)
	}
}

func TestKernelThatCannotBeWatchedGivesNoAnswer(t *testing.T) {
	reason := errors.New("no tracing here")
	if _, err := comparedTraces(t, older{model.New(), "page_fault_user", reason}); !errors.Is(err, reason) {
		t.Errorf("compared all the same (%v)", err)
	}
}
