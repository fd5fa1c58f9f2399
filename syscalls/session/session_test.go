package session

import (
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"vmsim/syscalls/script/scripttest"
	"vmsim/vm/trace"
)

// forkAndFile has most of what makes steps: a file, both kinds of mapping, a fork, a copy-on-write, a signal.
const forkAndFile = `.machine fs=ext4 disk=nvme
.file /data/a 32768 cold
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
p = mmap(NULL, 9*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
q = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)
h = mmap(NULL, 16*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
p[0]
p[1]
p[0] = 'x'
q[0] = 'y'
h[0..16*PAGE step PAGE] = 7
c = fork()
c: h[0] = 'z'
h[PAGE] = 'w'
p[8*PAGE]
pwrite64(fd, "hello", 5, 4096)
munmap(h, 4*PAGE)
msync(p, 9*PAGE, MS_SYNC)
[2] +++ exited +++
`

func newSession(t testing.TB, text string) *Session {
	t.Helper()
	prog := scripttest.Parse(t, "test", text)
	s, err := New(prog, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func must(t testing.TB) func(Motion, error) Motion {
	return func(mo Motion, err error) Motion {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return mo
	}
}

// history is everything that a session has recorded, as text.
func history(s *Session) string {
	var b strings.Builder
	for _, e := range s.Branch().Events(0, s.Branch().End()) {
		fmt.Fprintf(&b, "%+v\n", e)
	}
	for _, st := range s.Branch().Statements() {
		fmt.Fprintf(&b, "%d-%d %d %s", st.Begin, st.End, st.PID, st.Text)
	}
	return b.String()
}

func runOut(t testing.TB, s *Session) {
	t.Helper()
	for range 10_000 {
		if must(t)(s.Next()); s.AtEnd() {
			return
		}
	}
	t.Fatal("the program does not end")
}

// programs are recordings of each kind, and the one above.
func programs(t testing.TB) []string {
	t.Helper()
	all := []string{forkAndFile}
	for _, file := range scripttest.Files(t, "../script/testdata/kernel/*-0000[1-3].vms") {
		all = append(all, scripttest.Text(t, file))
	}
	return all
}

func TestRunningAndSteppingGiveTheSameLog(t *testing.T) {
	for _, text := range programs(t) {
		ran, stepped := newSession(t, text), newSession(t, text)
		runOut(t, ran)
		for i := 0; !stepped.AtEnd(); i++ {
			move := [...]func() (Motion, error){stepped.Step, func() (Motion, error) { return stepped.StepI(1) },
				stepped.Finish}[i%3]
			must(t)(move())
		}
		if a, b := history(ran), history(stepped); a != b {
			t.Fatalf("run and step differ:\n%s", firstDifference(a, b))
		}
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return fmt.Sprintf("line %d\n%s\n%s", i, x[i], strings.Join(y[i:min(i+1, len(y))], ""))
		}
	}
	return "the second is longer"
}

func TestGoingBackAndOnEqualsNeverHavingLeft(t *testing.T) {
	dice := rand.New(rand.NewSource(1))
	for _, text := range programs(t) {
		straight, wandering := newSession(t, text), newSession(t, text)
		runOut(t, straight)
		runOut(t, wandering)
		for range 5 {
			k := Moment(dice.Intn(int(straight.Branch().End()) + 1))
			must(t)(wandering.Goto(k))
			if wandering.At() != k {
				t.Fatalf("goto %d leads to %d", k, wandering.At())
			}
			runOut(t, wandering)
			if err := wandering.Kernel().Check(); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := history(straight), history(wandering); a != b {
			t.Fatal(firstDifference(a, b))
		}
		if a, b := areas(straight), areas(wandering); a != b {
			t.Fatal(firstDifference(a, b))
		}
	}
}

// maps are the maps of all processes.
func areas(s *Session) (text string) {
	for pid := 1; pid < 20; pid++ {
		if p, ok := s.Kernel().Process(pid); ok {
			text += fmt.Sprintf("%d:\n%s", pid, p.Maps())
		}
	}
	return text
}

func TestLoadThatHitsTheTLBIsAStepOfItsOwn(t *testing.T) {
	s := newSession(t,
		"h = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nh[0] = 1\nh[1] = 2\n")
	runOut(t, s)
	st := s.Branch().Statements()[2]
	if st.End != st.Begin+1 {
		t.Errorf("the store took steps %d to %d", st.Begin, st.End)
	}
}

func TestTypingInThePastForksABranch(t *testing.T) {
	s := newSession(t, forkAndFile)
	runOut(t, s)
	old := history(s)
	must(t)(s.Goto(s.Branch().Statements()[5].Begin))
	op, err := s.Parse("p[3]")
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.Do(op)
	if err != nil || !done.Forked || done.Statement.Text != "p[3] == 0x03\n" {
		t.Fatalf("%+v, %v", done, err)
	}
	if err := s.Switch(s.Branches()[0]); err != nil {
		t.Fatal(err)
	}
	if now := history(s); now != old {
		t.Error("the old future is not as it was")
	}
}

func TestWholeProgramOfABranchRunsAsTheBranchDoes(t *testing.T) {
	s := newSession(t, forkAndFile)
	for range 3 {
		must(t)(s.Next())
	}
	whole := newSession(t, s.Whole())
	must(t)(s.Continue())
	must(t)(whole.Continue())
	if a, b := s.Branch().Events(0, s.At()), whole.Branch().Events(0, whole.At()); !slices.Equal(a, b) || len(a) == 0 {
		t.Errorf("%d steps and %d of\n%s", len(a), len(b), s.Whole())
	}
}

func TestStatementThatCannotRunLeavesNoTrace(t *testing.T) {
	s := newSession(t, forkAndFile)
	must(t)(s.Next())
	op, err := s.Parse("[7] p[0]")
	if err == nil {
		_, err = s.Do(op)
	}
	if err == nil {
		op, _ = s.Parse("[7] *4096")
		_, err = s.Do(op)
	}
	if err == nil || len(s.Branch().Statements()) != 1 {
		t.Fatalf("%v; %d statements", err, len(s.Branch().Statements()))
	}
	runOut(t, s)
}

func TestWhyPageLeadsToTheStore(t *testing.T) {
	s := newSession(t, forkAndFile)
	for range 8 {
		must(t)(s.Next())
	}
	chain, err := s.WhyPage("a", 0)
	if err != nil {
		t.Fatal(err)
	}
	copied := slices.IndexFunc(chain, func(l Link) bool { return strings.Contains(l.Text, "q[0] = 'y'") })
	if copied < 0 || !strings.Contains(chain[copied-1].Text, "MAP_PRIVATE") {
		t.Fatalf("%v", chain)
	}
	end := slices.IndexFunc(chain, func(l Link) bool { return strings.Contains(l.Text, "just before it") })
	if e := s.Branch().Event(chain[end-1].At); e.Kind != trace.CowBroken {
		t.Errorf("the chain of the private copy ends at %v", e)
	}
	if copied != 1 || !strings.Contains(chain[end+1].Text, "page 0 of /data/a is") {
		t.Errorf("the private copy comes first, then the page: %v", chain)
	}
}

func TestStatementTypedBeforeAHalfRunOneBeginsABranch(t *testing.T) {
	for _, typed := range []string{"p[PAGE]", "p[0]", "getpid()"} {
		s := newSession(t, forkAndFile)
		for range 4 {
			must(t)(s.Next())
		}
		must(t)(s.StepI(3))
		half := s.At()
		must(t)(s.BackNext())
		op, err := s.Parse(typed)
		if err != nil {
			t.Fatal(err)
		}
		if done, err := s.Do(op); err != nil || !done.Forked {
			t.Fatalf("%s: forked %v, %v", typed, done.Forked, err)
		}
		if first := s.Branches()[0]; first.End() != half {
			t.Errorf("%s: the half-run statement's steps end at %d, and did at %d", typed, first.End(), half)
		}
		if err := s.Switch(s.Branches()[0]); err != nil {
			t.Fatal(err)
		}
		runOut(t, s)
	}
}

func TestStatementThatCannotRunLeavesNoBranch(t *testing.T) {
	s := newSession(t, forkAndFile)
	must(t)(s.Next())
	must(t)(s.BackNext())
	op, err := s.Parse(".fail write /data/none EIO")
	if err != nil {
		t.Fatal(err)
	}
	if done, err := s.Do(op); err == nil || done.Forked || len(s.Branches()) != 1 {
		t.Fatalf("forked %v, %v, %d branches", done.Forked, err, len(s.Branches()))
	}
	runOut(t, s)
}

func TestBrokenPromiseIsAnErrorOfItsOwnKindWithoutAStack(t *testing.T) {
	s := newSession(t, forkAndFile)
	must(t)(s.Next())
	must(t)(s.BackNext())
	s.Branch().events[0].Args[0]++
	_, err := s.Next()
	var broken *Broken
	if !errors.As(err, &broken) || len(broken.Stack) == 0 || strings.Contains(err.Error(), "goroutine") {
		t.Fatalf("%v", err)
	}
}

func TestMachineIsBuiltAnewWhileOnlyFilesAreThere(t *testing.T) {
	s := newSession(t, "getpid()\n")
	do := func(text string) error {
		op, err := s.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		done, err := s.Configure(op)
		if done == NotAMachine && err == nil {
			_, err = s.Do(op)
		}
		return err
	}
	if err := do(".file /data/a 3*PAGE cold"); err != nil {
		t.Fatal(err)
	}
	if err := do(".machine fs=ext4 disk=nvme"); err != nil {
		t.Fatal(err)
	}
	_, m, err := s.File("a")
	if err != nil || m.InMemory() || m.Size() != 3*4096 || s.At() != 0 {
		t.Fatalf("%v, t=%d", err, s.At())
	}
	must(t)(s.Next())
	if text := s.Text(); !strings.Contains(text, ".machine fs=ext4 disk=nvme\ngetpid()") {
		t.Error(text)
	}
}

func TestMachineLineInThePastBeginsABranchOnAnotherMachine(t *testing.T) {
	s := newSession(t, ".machine fs=ext4\n.file /data/a PAGE cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n"+
		"pread64(fd, scratch, 1, 0)\ngetpid()\n")
	must(t)(s.Next())
	must(t)(s.Next())
	op, err := s.Parse(".machine fs=tmpfs")
	if err != nil {
		t.Fatal(err)
	}
	if done, err := s.Configure(op); done != Branched || err != nil {
		t.Fatal(done, err)
	}
	_, m, err := s.File("a")
	if err != nil || !m.InMemory() || s.Done() != 2 || len(s.Branches()) != 2 || len(s.Branch().Pending()) != 1 {
		t.Fatalf("%v, %d statements, %d branches", err, s.Done(), len(s.Branches()))
	}
	if text := s.Text(); !strings.Contains(text, ".machine fs=tmpfs\nfd = ") {
		t.Error(text)
	}
	if err := s.Switch(s.Branches()[0]); err != nil {
		t.Fatal(err)
	}
	if _, m, _ = s.File("a"); m.InMemory() || s.Done() != 2 {
		t.Error("branch 0 has another machine now")
	}
}
