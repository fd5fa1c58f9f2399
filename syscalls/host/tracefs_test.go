//go:build linux && amd64

package host

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

func TestATraceLineBecomesTheLanguagesOwn(t *testing.T) {
	const line = "            stub-2411    [001] .....  5907.513150: mm_filemap_add_to_page_cache: pfn=0x3cb7ad " +
		"(3979181) i_ino=0xc (12) index=0x18 (24) s_dev=0x700000 (7340032) order=(2)"
	tid, text, ok := traced(line)
	if tid != 2411 || text != "mm_filemap_add_to_page_cache index=24 order=2" || !ok {
		t.Errorf("got %d %q %v", tid, text, ok)
	}
	if _, _, ok := traced("            stub-2411    [001] .....  5907.513150: sched_switch: a=0x1 (1)"); ok {
		t.Error("an event that the model does not have is taken")
	}
}

// What Linux 6.18.44 showed of a process_vm_writev to below an area that grows down: once an hour it logs one.
func TestADumpOfTheStackIsNoDoingOfThePrograms(t *testing.T) {
	m := &Machine{procs: []*Process{nil, {p: &puppet{tid: 7}}}}
	const event = "page_fault_kernel address=0x400fe8 error_code=0x0"
	if !m.dumps(7, event) || m.dumps(8, event) || m.dumps(7, "page_fault_kernel address=0x400fe0 error_code=0x0") {
		t.Error("another event is taken for the dump's, or the dump's is not")
	}
}

func TestARequestIsDirectionSectorAndCount(t *testing.T) {
	const line = "            sync-1  [001] .....  59.6: block_rq_issue: dev=0xfe00000 (266338304) sector=0x10 (16) " +
		"nr_sector=0x8 (8) bytes=0x1000 (4096) ioprio=0x4004 (16388) rwbs=WSM comm=sync cmd="
	if text, ok := requested(line); text != "W 16+8" || !ok {
		t.Errorf("got %q %v", text, ok)
	}
}

func TestOfACommitTheFlushIsKeptOnce(t *testing.T) {
	var s observed
	for _, r := range [][2]string{{"W 17410+8", "WS"}, {"W 32790+4", "WSM"}, {"F 0+0", "FF"}, {"W 32794+2", "WSM"},
		{"F 0+0", "FF"}} {
		s.ask(r[0], r[1])
	}
	if !slices.Equal(s.asked, []string{"W 17410+8", "F 0+0"}) {
		t.Errorf("kept %q", s.asked)
	}
}

// TestTracingLeavesNothingBehind follows a puppet's tracepoints and looks for the instance afterwards.
func TestTracingLeavesNothingBehind(t *testing.T) {
	if _, err := tracepointsHere(); err != nil {
		t.Skipf("no tracepoints here: %v", err)
	}
	m := started(t)
	m.Watch(run.Trace)
	if err := m.Watching(); err != nil {
		t.Fatal(err)
	}
	p, _ := m.Process(1)
	if _, err := p.Load(script.ScratchAddr); err != nil {
		t.Fatal(err)
	}
	if got := m.Observe("trace", 1); len(got) != 1 || got[0] != "page_fault_user address=0x403000 error_code=0x4" {
		t.Errorf("a load from untouched memory is traced as %q", got)
	}
	dir := m.seen.trace.dir
	all := dir[:strings.LastIndexByte(dir, '/')]
	name := dir[len(all)+1:]
	m.thread.do(m.stopWatching)
	again, err := newTracer()
	if err != nil {
		t.Fatal(err)
	}
	defer again.close()
	left, err := os.ReadDir(again.dir + "/..")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range left {
		if d.Name() == name {
			t.Errorf("the instance %s is still there", name)
		}
	}
}

func TestTracepointWithoutAFieldThatIsShownIsAbsent(t *testing.T) {
	const format = "name: mm_filemap_add_to_page_cache\n\tfield:unsigned long index;\toffset:24;\n"
	if hasFields("mm_filemap_add_to_page_cache", format) {
		t.Error("it has no order, and counts as there")
	}
	if !hasFields("mm_filemap_add_to_page_cache", format+"\tfield:unsigned char order;\toffset:36;\n") {
		t.Error("it has all fields, and counts as absent")
	}
}

func TestProcessOfAnotherPIDNamespaceIsNotFollowed(t *testing.T) {
	if _, err := tracepointsHere(); err != nil {
		t.Skipf("no tracepoints here: %v", err)
	}
	out := inPIDNamespace(t, "numbers")
	if !strings.Contains(out, "of this PID namespace") {
		t.Errorf("it is taken for one of the first namespace: %q", out)
	}
}

func TestProcOfAnotherPIDNamespaceIsNotTakenForOwn(t *testing.T) {
	if err := ownProc(); err != nil {
		t.Skip(err)
	}
	if out := inPIDNamespace(t, "machine"); !strings.Contains(out, "/proc is of another PID namespace") {
		t.Errorf("the machine is made all the same: %q", out)
	}
}

// inPIDNamespace is what the test's own program says in a namespace of its own, where /proc is the one of outside.
func inPIDNamespace(t *testing.T, role string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("a PID namespace is for root to make")
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestProcFilesOfAPuppetAreTheKernels(t *testing.T) {
	m, err := New()
	if err != nil {
		t.Skipf("no real kernel here: %v", err)
	}
	defer m.Close()
	if err := m.Setup(run.Config{}); err != nil {
		t.Skipf("no puppet here: %v", err)
	}
	c, _ := m.Process(1)
	p := c.(*Process)
	for name, want := range map[string]string{"smaps": "VmFlags: ", "statm": " ", "status": "RssAnon:",
		"smaps_rollup": "Pss_Anon:"} {
		text, err := p.ProcFile(name)
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: %v, no %q in %q", name, err, want, text)
		}
	}
}
