package leash

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// role is the variable that makes the test's own program a process that is to be killed, or a child of such a one.
const role = "VMSIM_TEST_ROLE"

func TestMain(m *testing.M) {
	play := map[string]func(){"parent": parent, "go": goCommand, "child": child, "orphan": lateChild, "dir": withDir,
		"foreign": withForeign}[os.Getenv(role)]
	if play == nil {
		os.Exit(Tests(m))
	}
	play()
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
}

func say(what any) { fmt.Println(what) }

// parent has a child of its own.
func parent() {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), role+"=child")
	Child(cmd)
	start(cmd)
}

// goCommand is called go, and has a child that lies where the go command builds.
func goCommand() {
	cmd := exec.Command(filepath.Join(filepath.Dir(os.Args[0]), "go-build1", "child"))
	cmd.Env = append(os.Environ(), role+"="+os.Getenv("VMSIM_TEST_CHILD"))
	start(cmd)
}

func start(cmd *exec.Cmd) {
	cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
	if err := cmd.Start(); err != nil {
		say(err)
	}
}

func child() {
	Hold()
	say(os.Getpid())
}

// lateChild calls Hold when its parent has gone already.
func lateChild() {
	before := os.Getppid()
	say(os.Getpid())
	for os.Getppid() == before {
		runtime.Gosched()
	}
	Hold()
}

func withDir() {
	dir, _, err := Dir(os.Getenv("VMSIM_TEST_DIR"), 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "file"), nil, 0o644)
	}
	if err != nil {
		dir = err.Error()
	}
	say(dir)
}

func withForeign() {
	cmd := exec.Command("/bin/sh", "-c", "sleep 1000 & sleep 1000")
	Foreign(cmd)
	start(cmd)
	say(cmd.Process.Pid)
}

// killed runs the program in a role, kills it when it has said something, and is what it has said. All that have its
// standard output, the processes that it has started, have to end within two seconds.
func killed(t *testing.T, program string, env ...string) (said string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in, stay, err := os.Pipe() // stay is open until the end: by its input nothing ends before that
	if err != nil {
		t.Fatal(err)
	}
	defer stay.Close()
	defer in.Close()
	cmd := exec.Command(program)
	cmd.Env, cmd.Stdin, cmd.Stdout = append(os.Environ(), env...), in, w
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(r)
	said, err = out.ReadString('\n')
	if err != nil {
		t.Errorf("it said %q: %v", said, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	_ = r.SetReadDeadline(time.Now().Add(2 * time.Second))
	if rest, err := io.ReadAll(out); err != nil {
		t.Errorf("two seconds later a process is still there: %q (%v)", rest, err)
	}
	return strings.TrimSpace(said)
}

// within asks again and again.
func within(limit time.Duration, is func() bool) bool {
	for end := time.Now().Add(limit); !is(); runtime.Gosched() {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

func TestChildEndsWithItsParent(t *testing.T) {
	killed(t, os.Args[0], role+"=parent")
}

// asGo is a program called go, beside one that it seems to have built.
func asGo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "go-build1"), 0o755)
	}
	for _, name := range []string{"go", "go-build1/child"} {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o755)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "go")
}

func TestProgramOfTheGoCommandEndsWithIt(t *testing.T) {
	killed(t, asGo(t), role+"=go", "VMSIM_TEST_CHILD=child")
}

func TestProgramWhoseGoCommandHasGoneBeforeItHeldEnds(t *testing.T) {
	if first, err := os.ReadFile("/proc/1/comm"); err != nil || strings.HasPrefix(string(first), "go") {
		t.Skipf("the first process is a go command, or cannot be seen: %q (%v)", first, err)
	}
	killed(t, asGo(t), role+"=go", "VMSIM_TEST_CHILD=orphan")
}

func TestChildWhoseParentIsAnotherByNowEnds(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), role+"=child", parentMark+"=0")
	if out, err := cmd.Output(); err == nil || len(out) > 0 {
		t.Errorf("it went on and said %q (%v)", out, err)
	}
}

func TestDirectoryOfAKilledProcessGoes(t *testing.T) {
	dir := killed(t, os.Args[0], role+"=dir", "VMSIM_TEST_DIR="+filepath.Join(t.TempDir(), "of-"))
	if !strings.Contains(dir, "of-") {
		t.Fatal(dir)
	}
	if !within(2*time.Second, func() bool { _, err := os.Stat(dir); return os.IsNotExist(err) }) {
		t.Errorf("%s is still there", dir)
	}
}

func TestForeignProgramAndItsChildrenEndWithTheProcess(t *testing.T) {
	killed(t, os.Args[0], role+"=foreign")
}

func TestTemporaryFilesOfTestsLieWhereTheyGoWithThem(t *testing.T) {
	if !strings.Contains(os.TempDir(), "vmsim-test-") {
		t.Errorf("%s stays when this process is killed", os.TempDir())
	}
}

func TestTemporaryFilesLieElsewhereWhereTheUsualDirectoryTakesNone(t *testing.T) {
	elsewhere := t.TempDir()
	defer func(usual []string) { tempDirs = usual }(tempDirs)
	tempDirs = []string{filepath.Join(elsewhere, "none"), elsewhere}
	t.Setenv("TMPDIR", filepath.Join(elsewhere, "none"))
	remove := ownTemp()
	dir := os.TempDir()
	if _, err := os.Stat(dir); err != nil || filepath.Dir(dir) != elsewhere {
		t.Fatalf("temporary files would lie in %s: %v", dir, err)
	}
	remove()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", dir, err)
	}
}

func TestWhatControlGroupsAllowIsTheLeastOfTheirLimits(t *testing.T) {
	root := t.TempDir()
	for file, text := range map[string]string{
		"memory.max": "max\n", "a/memory.max": "209715200\n", "a/b/memory.max": "max\n",
		"memory/c/memory.limit_in_bytes": "104857600\n", "memory/memory.limit_in_bytes": "9223372036854771712\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for groups, want := range map[string]uint64{
		"0::/a/b\n": 200 << 20, "0::/\n": 1<<64 - 1, "0::/gone\n": 1<<64 - 1, "": 1<<64 - 1,
		"5:memory:/c/d\n2:cpu,cpuacct:/a\n0::/a\n": 100 << 20,
	} {
		if got := allowedIn(root, groups); got != want {
			t.Errorf("in %q are allowed %d bytes", groups, got)
		}
	}
}
