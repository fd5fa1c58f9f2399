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

// cleared is the model in the place of a kernel whose processor has tried to store its registers in a frame first: that
// fault is one more in the page that the kernel then clears.
type cleared struct{ *model.Machine }

func (c cleared) Observe(kind string, pid int) []string {
	const at = "page_fault_kernel address=0x"
	var out []string
	for _, e := range c.Machine.Observe(kind, pid) {
		if strings.HasPrefix(e, at) && strings.Contains(e, "000 ") {
			out = append(out, strings.Replace(e, "000 ", "03f ", 1))
		}
		out = append(out, e)
	}
	return out
}

// TestFramesOfAProcessThatHasEndedAreComparedLater has a process end at its frame: the next statement, of another
// process, shows the events.
func TestFramesOfAProcessThatHasEndedAreComparedLater(t *testing.T) {
	prog := scripttest.Parse(t, "ended", `q = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
fork()
[2] rsp = q + 2*PAGE + 200
[2] on SIGSEGV mprotect(q, 4*PAGE, PROT_NONE)
[2] *0x1
fork()
`)
	lab := &Lab{Kernel: cleared{model.New()}, Model: model.New(), Kinds: Observed | run.Trace}
	w, err := lab.Compare(prog, ModelAddresses, nil)
	if err != nil || len(w.Differences) > 0 {
		t.Errorf("%v %v", w.Differences, err)
	}
	if d := w.Compared["trace"]; d == 0 {
		t.Error("no events were compared")
	}
}
