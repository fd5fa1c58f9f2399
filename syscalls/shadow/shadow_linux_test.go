//go:build amd64

package shadow_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"vmsim/syscalls/host"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
	"vmsim/syscalls/shadow"
	"vmsim/vm/profile"
)

// shadowed runs the test's own binary in a role.
func shadowed(t *testing.T, what string) (*shadow.Report, string) {
	t.Helper()
	if err := host.Comparable(); err != nil {
		t.Skip(err)
	}
	t.Setenv(role, what)
	var text bytes.Buffer
	how := shadow.Options{Profile: host.Profile(), Kernel: host.Kernel(), Save: &text}
	return follow(t, how, os.Args[0]), text.String()
}

// follow runs a program in the shadow.
func follow(t *testing.T, how shadow.Options, argv ...string) *shadow.Report {
	t.Helper()
	r, err := shadow.Run(argv, how)
	if err != nil && strings.Contains(err.Error(), "the model") {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("no program can be shadowed here: %v", err)
	}
	return r
}

func TestProgramWithThreadsAndAChildHasTheModelsAreasAfterEveryCall(t *testing.T) {
	r, text := shadowed(t, "program")
	if r.Status != 7 {
		t.Errorf("the program ended with %d, not with 7", r.Status)
	}
	if r.Processes < 2 || r.Threads == 0 || r.Images < 2 || r.Memory < 20 {
		t.Errorf("not all was seen: %+v", r)
	}
	for _, d := range r.Differences {
		if d.Why == "" {
			t.Errorf("%s: %s\nkernel %s\nmodel  %s", d.What, d.Statement, d.Kernel, d.Model)
		}
	}
	call := fmt.Sprintf("mmap(NULL, %d, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS", marked)
	if n := strings.Count(text, call); n != 4 {
		t.Errorf("%d mappings of %#x bytes among the statements, not 4", n, marked)
	}
	// One fault may bring a huge page, so there is no count that holds on every machine.
	if r.Blind == "" && r.Touches < 100 {
		t.Errorf("%d faults, fewer than a program of Go takes", r.Touches)
	}
}

func TestRunThatIsSavedPassesWithoutAKernel(t *testing.T) {
	_, text := shadowed(t, "program")
	prog := scripttest.Parse(t, "saved", text)
	v := run.Test(prog, model.New(), run.Testing{})
	scripttest.Passes(t, v.Err, v.Differences)
}

func TestBadAccessIsASignalInTheModel(t *testing.T) {
	r, text := shadowed(t, "crash")
	if r.Status != 2 || r.Signals != 1 || r.Unexplained() > 0 {
		t.Errorf("exit code %d, %d bad accesses, %d unexplained: %v", r.Status, r.Signals, r.Unexplained(),
			r.Differences)
	}
	if !strings.Contains(text, "--- SIGSEGV {si_code=SEGV_ACCERR, si_addr=0x") {
		t.Error("the signal is not in the program")
	}
}

func TestFileHasItsNamesInTheModelToo(t *testing.T) {
	t.Setenv(place, t.TempDir())
	r, text := shadowed(t, "rename")
	if r.Status != 0 || r.Unexplained() > 0 {
		t.Fatalf("exit code %d, %d unexplained: %v", r.Status, r.Unexplained(), r.Differences)
	}
	for _, d := range r.Differences {
		if d.What == "maps" {
			t.Errorf("%s: the kernel has %s, the model %s", d.Statement, d.Kernel, d.Model)
		}
	}
	prog := scripttest.Parse(t, "saved", text)
	v := run.Test(prog, model.New(), run.Testing{})
	scripttest.Passes(t, v.Err, v.Differences)
}

// explainedOnDisk runs a program with files in a folder beside the tests, since /tmp may be in memory. Exit code 3 is
// that the file system there does not have what the program needs.
func explainedOnDisk(t *testing.T, program string) {
	t.Helper()
	dir, err := os.MkdirTemp(".", program)
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv(place, dir)
	if r, _ := shadowed(t, program); r.Status != 3 && (r.Status != 0 || r.Unexplained() > 0) {
		t.Errorf("exit code %d, %d unexplained: %v", r.Status, r.Unexplained(), r.Differences)
	}
}

// The kernel takes hold of the pages of the buffer, and no tracepoint tells of a fault.
func TestDirectReadTakesNoFaultThatIsSeen(t *testing.T) { explainedOnDisk(t, "direct") }

func TestAreasOfWhichAProgramHandlesTheFaultsAreAnExplainedDifference(t *testing.T) {
	r, _ := shadowed(t, "userfault")
	if r.Status == 3 {
		t.Skip("this kernel gives the program no userfaultfd")
	}
	explained := func(d shadow.Difference) bool { return strings.Contains(d.Why, "userfaultfd") }
	if r.Status != 0 || r.Unexplained() > 0 || !slices.ContainsFunc(r.Differences, explained) {
		t.Errorf("exit code %d, %d unexplained: %v", r.Status, r.Unexplained(), r.Differences)
	}
}

func TestHolesOfLargerBlocksThanTheModelsAreAnExplainedDifference(t *testing.T) {
	explainedOnDisk(t, "holes")
}

func TestPersonalityIsTheProgramsOwn(t *testing.T) {
	if r, _ := shadowed(t, "persona"); r.Status != 0 || r.Unexplained() > 0 {
		t.Errorf("exit code %d, %d unexplained: %v", r.Status, r.Unexplained(), r.Differences)
	}
}

// Root can follow faults wherever the kernel has their tracepoints, whether tracefs is mounted or not.
func TestRootSeesFaultsWithoutATracefsThatIsMounted(t *testing.T) {
	r, _ := shadowed(t, "zero")
	if os.Geteuid() == 0 && r.Blind != "" && host.Comparable() == nil {
		t.Errorf("no faults: %s", r.Blind)
	}
}

func TestDeviceOfZerosIsMappedAsTheModelsOwn(t *testing.T) {
	r, text := shadowed(t, "zero")
	if r.Unexplained() > 0 || !strings.Contains(text, "/dev/zero (deleted)") {
		t.Errorf("%d unexplained: %v", r.Unexplained(), r.Differences)
	}
}

func TestEntriesThatCloneWriteProtectsFaultAsInTheKernel(t *testing.T) {
	r, _ := shadowed(t, "clones")
	if r.Unexplained() > 0 {
		t.Errorf("%d unexplained of %d faults: %v", r.Unexplained(), r.Faults, r.Differences)
	}
	// Where the program gets huge pages, that is said first.
	failed := func(d shadow.Difference) bool {
		return strings.Contains(d.Why, "clone") || strings.Contains(d.Why, "huge pages")
	}
	if r.Blind == "" && !slices.ContainsFunc(r.Differences, failed) {
		t.Errorf("no store is said to come after a clone that has failed: %v", r.Differences)
	}
}

func TestPagesThatProcessMreleaseFreesAreAnExplainedDifference(t *testing.T) {
	r, _ := shadowed(t, "mrelease")
	if r.Status == 3 {
		t.Skip("this kernel has no process_mrelease")
	}
	if r.Unexplained() > 0 {
		t.Errorf("%d unexplained: %v", r.Unexplained(), r.Differences)
	}
}

func TestProcessMadviseFreesInTheModelToo(t *testing.T) {
	r, text := shadowed(t, "advised")
	if r.Unexplained() > 0 || !strings.Contains(text, "process_madvise(") {
		t.Errorf("%d unexplained of %d faults: %v", r.Unexplained(), r.Faults, r.Differences)
	}
}

func TestSealedFileIsSealedInTheModelToo(t *testing.T) {
	r, text := shadowed(t, "sealed")
	if r.Unexplained() > 0 || !strings.Contains(text, "F_SEAL_WRITE) = 0") {
		t.Errorf("%d unexplained: %v\n%s", r.Unexplained(), r.Differences, text)
	}
}

func TestRightsThatAProgramGivesUpAreAnExplainedDifference(t *testing.T) {
	r, _ := shadowed(t, "ordinary")
	if r.Status == 3 {
		t.Skip("only root gives up rights")
	}
	rights := func(d shadow.Difference) bool { return strings.Contains(d.Why, "rights") }
	if r.Unexplained() > 0 || !slices.ContainsFunc(r.Differences, rights) {
		t.Errorf("%d unexplained: %v", r.Unexplained(), r.Differences)
	}
}

// Each of these models is wrong in something that the program does.
func TestWrongModelIsNotExplained(t *testing.T) {
	if err := host.Comparable(); err != nil {
		t.Skip(err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root sees faults, and gives up rights")
	}
	if host.Profile().Configured().HugePages == profile.HugeAlways {
		t.Skip("huge pages are always on: what the program's memory has of them is an explained difference")
	}
	for _, m := range []profile.Mutant{profile.NoFaultAround, profile.AroundForward, profile.LoadTakesFrame,
		profile.MergeNever, profile.PlacesLowest, profile.DontNeedKeeps} {
		t.Setenv(role, "ordinary")
		how := shadow.Options{Profile: host.Profile().Mutated(m), Kernel: host.Kernel()}
		r := follow(t, how, os.Args[0])
		atTheEnd := m == profile.NoFaultAround || m == profile.AroundForward
		if atTheEnd && r.Resident == 0 {
			continue // the last thread had lost its memory before it stopped
		}
		if r.Status != 3 && r.Blind == "" && r.Unexplained() == 0 {
			t.Errorf("%s: all is explained: %v", m, r.Differences)
		}
	}
}

// The shell's child, which has its parent's memory until execve, makes the list of variables there after its last call.
func TestStoresOfAVforkedChildBeforeExecveAreItsParents(t *testing.T) {
	if err := host.Comparable(); err != nil {
		t.Skip(err)
	}
	for i := range 900 {
		t.Setenv(fmt.Sprintf("VMSIM_SHADOW_%d", i), "1")
	}
	how := shadow.Options{Profile: host.Profile(), Kernel: host.Kernel()}
	if r := follow(t, how, "/bin/sh", "-c", "/bin/true; exit 3"); r.Status != 3 || r.Unexplained() > 0 {
		t.Errorf("exit code %d, %d unexplained: %v", r.Status, r.Unexplained(), r.Differences)
	}
}

func TestFileWithoutANameAndRefusedExecutionAreInTheModel(t *testing.T) {
	t.Setenv(place, t.TempDir())
	r, text := shadowed(t, "unnamed")
	if r.Status == 3 {
		t.Skip("this kernel has no O_TMPFILE here, or no PR_SET_MDWE")
	}
	if r.Unexplained() > 0 || !strings.Contains(text, "(deleted)") || !strings.Contains(text, "prctl(PR_SET_MDWE") {
		t.Errorf("%d unexplained: %v", r.Unexplained(), r.Differences)
	}
}

// The pipe is at its end when the last process that may write to it is dead.
func TestProgramDiesWithItsShadow(t *testing.T) {
	shadowed(t, "none")
	out, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, keep, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keep.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), role+"=shadow")
	cmd.Stdin, cmd.Stdout = in, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	in.Close()
	ready := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(out, ready); err != nil || string(ready) != "ready\n" {
		t.Errorf("the program says %q: %v", ready, err)
	}
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_, _ = cmd.Process.Wait()
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("after its shadow's death the program says %q: %v", rest, err)
	}
}
