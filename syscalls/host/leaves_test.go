//go:build linux && amd64

package host

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vmsim/syscalls"
	"vmsim/syscalls/leash"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

// childRole is the variable that makes the test's own program a run that is to be killed, or one of an ordinary user.
const childRole = "VMSIM_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(childRole) {
	case "victim":
		leash.Hold()
		victim()
	case "busy tmpfs", "busy ext4", "busy memcg", "busy hugetlb", "busy swapfile":
		leash.Hold()
		busy(strings.TrimPrefix(os.Getenv(childRole), "busy "))
	case "numbers":
		fmt.Println(withTracer((*tracer).sameNumbers))
	case "machine":
		_, err := New()
		fmt.Println(err)
	case "births":
		leash.Hold()
		births()
	case "user", "guest":
		leash.Hold()
		os.Exit(ordinaryUser())
	default:
		os.Exit(leash.Tests(m))
	}
}

// victim starts puppets and file systems, says what they are, and waits for its end.
func victim() {
	fs := os.Getenv("VMSIM_TEST_FS")
	m, err := New()
	if err == nil {
		err = m.Setup(run.Config{
			Settings: []script.Setting{{Name: "fs", Value: fs}},
			Files:    []script.FileSpec{{Path: "/data/a", Size: 8192}},
		})
	}
	if err != nil {
		fmt.Printf("none %v\n", err)
		return
	}
	p, _ := m.Process(1)
	if _, err := p.Call(syscalls.SysFork, syscalls.Args{}); err != nil {
		fmt.Printf("none %v\n", err)
		return
	}
	for _, c := range m.procs[1:] {
		fmt.Printf("process %d\n", c.p.tid)
	}
	if l := m.tree.loop; l != nil {
		fmt.Printf("loop %s\n", l.path)
	}
	if m.tree.top != "" {
		fmt.Printf("dir %s\n", m.tree.top)
	}
	if m.KeepCounted() == nil {
		fmt.Printf("group %s\n", m.counters.group.dir)
	}
	if t, err := newTracer(); err == nil {
		fmt.Printf("instance %s\n", filepath.Base(t.dir))
	}
	fmt.Println("ready")
	select {}
}

// mounts is what this process sees mounted, by type and source.
func mounts(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKilledRunLeavesNothingBehind(t *testing.T) {
	for _, fs := range []string{"tmpfs", "ext4"} {
		t.Run(fs, func(t *testing.T) { killed(t, fs, exec.Command(os.Args[0])) })
	}
	t.Run("ordinary user", func(t *testing.T) { killed(t, "tmpfs", asOrdinaryUser(t)) })
}

// killed starts a victim, kills it, and looks for what it had.
func killed(t *testing.T, fs string, cmd *exec.Cmd) {
	knobs := []string{"/proc/sys/vm/drop_caches", "/proc/sys/kernel/randomize_va_space",
		"/proc/sys/vm/overcommit_memory"}
	before := readAll(knobs)
	cmd.Env = append(os.Environ(), childRole+"=victim", "VMSIM_TEST_FS="+fs)
	leash.Child(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	left := said(t, bufio.NewScanner(out))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, what := range left {
		kind, name, _ := strings.Cut(what, " ")
		if kind == "none" {
			t.Skipf("no puppets here: %s", name)
		}
		if !within(5*time.Second, func() bool { return !stillThere(kind, name, cmd.Process.Pid) }) {
			t.Errorf("%s is still there", what)
		}
	}
	if strings.Contains(mounts(t), "vmsim") {
		t.Error("a mount of ours is left")
	}
	if after := readAll(knobs); after != before {
		t.Errorf("settings are others now:\n%s\nbefore:\n%s", after, before)
	}
}

// said is what the victim has told, up to its word that it is ready.
func said(t *testing.T, in *bufio.Scanner) (lines []string) {
	t.Helper()
	for in.Scan() {
		if in.Text() == "ready" {
			return lines
		}
		lines = append(lines, in.Text())
	}
	return lines
}

func stillThere(kind, name string, parent int) bool {
	switch kind {
	case "process":
		text, err := os.ReadFile("/proc/" + name + "/cmdline")
		return err == nil && strings.HasPrefix(string(text), imageName)
	case "loop":
		// Another run may have taken the device since; what was ours had this process's image.
		text, err := os.ReadFile("/sys/block/" + filepath.Base(name) + "/loop/backing_file")
		return err == nil && strings.Contains(string(text), fmt.Sprintf("vmsim-disk-%d", parent))
	case "instance":
		return hasInstance(name)
	case "dir", "group":
		_, err := os.Stat(name)
		return err == nil
	}
	return false
}

// hasInstance reports whether the tracing system has an instance of that name.
func hasInstance(name string) bool {
	fs, err := mountDetached("tracefs", nil)
	if err != nil {
		return false
	}
	defer syscall.Close(fs)
	_, err = os.Stat(fmt.Sprintf("/proc/self/fd/%d/instances/%s", fs, name))
	return err == nil
}

// within asks again and again, for what the kernel does behind the last close of a device.
func within(limit time.Duration, is func() bool) bool {
	for end := time.Now().Add(limit); !is(); {
		if time.Now().After(end) {
			return false
		}
		syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
	}
	return true
}

func readAll(files []string) string {
	var b strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		fmt.Fprintf(&b, "%s: %s %v\n", f, text, err)
	}
	return b.String()
}

func TestHungPuppetIsReportedWithWhereItHung(t *testing.T) {
	m, err := New()
	if err != nil {
		t.Skipf("no real kernel: %v", err)
	}
	defer m.Close()
	m.watch.stop()
	m.watch = startWatch(200 * time.Millisecond)
	if err := m.Setup(run.Config{}); err != nil {
		t.Skipf("no puppets here: %v", err)
	}
	p, _ := m.Process(1)
	const pause = 34
	_, err = p.Call(pause, syscalls.Args{})
	if err == nil || !strings.Contains(err.Error(), "had not answered") ||
		!strings.Contains(err.Error(), "syscall 34") {
		t.Errorf("the hang is reported as %v", err)
	}
	if _, ok := m.Process(1); ok {
		t.Error("the puppet that hung is still there")
	}
}

// noPuppets is the exit code of a run that could not begin: this machine lets the user have no puppets.
const noPuppets = 3

// ordinaryUser runs a program of every level that an ordinary user can see, F0 to F4, and prints what came of it. A
// guest is a user who cannot have namespaces of his own.
func ordinaryUser() int {
	m, err := New()
	if err != nil {
		fmt.Println(err)
		return noPuppets
	}
	defer m.Close()
	prog, err := script.Parse("user", userProgram)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if os.Getenv(childRole) == "guest" {
		tree, err := m.treeOf(layout{fs: "tmpfs", tmpfs: 1 << 20})
		if err != nil || tree.top == "" {
			fmt.Println("no plain directory for the tree:", err)
			return noPuppets
		}
		tree.shared = true
	}
	syscall.Umask(0o077) // the caller may have any mask
	v := run.Test(prog, m, run.Testing{All: true})
	for _, d := range v.Differences {
		fmt.Println(d)
	}
	if v.Err != nil && v.Statements == 0 {
		fmt.Println(v.Err)
		return noPuppets
	}
	if v.Err != nil {
		fmt.Println(v.Err)
		return 1
	}
	fmt.Printf("%d statements\n", v.Statements)
	if !v.Passed() {
		return 1
	}
	return 0
}

const userProgram = `.file /data/a 8192
fd = openat(AT_FDCWD, "/data/a", O_RDWR) = 3
p = mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0) = 0x7ffff7ff5000
    + 7ffff7ff5000-7ffff7ff7000 rw-s 00000000 /data/a
    faults 0 0
p[1] == 0x01
    faults 1 0
*0x10000000
    --- SIGSEGV {si_code=SEGV_MAPERR, si_addr=0x10000000} ---
    faults 0 0
ftruncate(fd, 4096) = 0
p[4096]
    --- SIGBUS {si_code=BUS_ADRERR, si_addr=0x7ffff7ff6000} ---
q = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffff7ff4000
    + 7ffff7ff4000-7ffff7ff5000 rw-p 00000000
q[0] = 'x'
    faults 1 0
child = fork() = 2
[2] q[0] = 'y'
    faults 1 0
q[0] == 'x'
    faults 0 0
mprotect(q, 4096, PROT_READ) = 0
    - 7ffff7ff4000-7ffff7ff5000 rw-p 00000000
    + 7ffff7ff4000-7ffff7ff5000 r--p 00000000
mprotect(q, 4095, PROT_READ|0x40000000) = -1 EINVAL (Invalid argument)
fstat(fd, {st_mode=S_IFREG|0644, st_nlink=1, st_blksize=4096, st_blocks=8, st_size=4096}) = 0
creat("/data/new", 0666) = 4
fstat(4, {st_mode=S_IFREG|0644, st_nlink=1, st_blksize=4096, st_blocks=0, st_size=0}) = 0
stat("/", {st_mode=S_IFDIR|0755}) = 0
stat("/../.", {st_mode=S_IFDIR|0755}) = 0
stat("../data", {st_mode=S_IFDIR|0777}) = 0
openat(99, "/data/new", O_RDONLY) = 5
openat(99, "data/new", O_RDONLY) = -1 EBADF (Bad file descriptor)
munmap(0x502000, 4096) = 0
    - 00403000-00503000 rw-p 00000000
    + 00403000-00502000 rw-p 00000000
    faults 0 0
openat(AT_FDCWD, "/data/new", O_RDONLY) = 6
openat(AT_FDCWD, "/", O_RDONLY|O_DIRECTORY) = 7
openat(7, "data/new", O_RDONLY) = 8
unlink("/data/new") = 0
mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0) = -1 EPERM (Operation not permitted)
`

func TestOrdinaryUserSeesF0ToF4(t *testing.T) {
	if p := Profile(); p.Release.Series() != profile.Default().Release.Series() || len(p.Config.Settings()) > 0 {
		t.Skipf("the answers are those of %v, and this is %v", profile.Default(), p)
	}
	for _, role := range []string{"user", "guest"} {
		t.Run(role, func(t *testing.T) {
			cmd := asOrdinaryUser(t)
			cmd.Env = append(os.Environ(), childRole+"="+role)
			leash.Child(cmd)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == noPuppets {
				t.Skipf("no puppets here: %s", out)
			}
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestNoPathLeadsAboveTheDirectoryThatStandsForTheRoot(t *testing.T) {
	for path, want := range map[string]string{
		"/": "", "//": "", "/..": "", "..": "", "../": "", "/.": ".", "/data/a": "data/a", "//data//a/": "data//a/",
		"/../data": "data",
		"../../a":  "a", "/./a": "a", "a/../b": "a/../b", ".hidden": ".hidden", "..a": "..a",
	} {
		if got := below(path); got != want {
			t.Errorf("%q becomes %q and not %q", path, got, want)
		}
	}
}

// asOrdinaryUser is the test's own program, run by an ordinary user.
func asOrdinaryUser(t *testing.T) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		return exec.Command(os.Args[0])
	}
	dir, err := os.MkdirTemp("", "vmsim-user")
	if err != nil {
		t.Skipf("no place for a copy of this program: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, err := leash.Copy(dir)
	if err != nil {
		t.Fatal(err)
	}
	const nobodyID = 65534
	as := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID, Gid: nobodyID}}
	trial := exec.Command(program, "-test.run=^$")
	trial.SysProcAttr = as
	if err := trial.Run(); errors.Is(err, syscall.EPERM) {
		t.Skip("root of a user namespace without other users")
	}
	cmd := exec.Command(program)
	cmd.SysProcAttr = as
	return cmd
}
