//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// screen is vmsim in a terminal of 80 by 24.
type screen struct {
	t    *testing.T
	tty  *os.File
	cmd  *exec.Cmd
	more chan struct{} // something came
	// plain says that no line editor is at work.
	plain bool

	mu       sync.Mutex
	emulator *vt.SafeEmulator
	seen     bytes.Buffer // every byte that came
	from     int          // what has been looked at already
}

// dial starts vmsim in a terminal; home is where it keeps its files.
func dial(t *testing.T, home string, env []string, args ...string) *screen {
	t.Helper()
	s := dialMute(t, home, env, args...)
	go s.reply()
	return s
}

// dialMute is dial for a terminal that answers nothing.
func dialMute(t *testing.T, home string, env []string, args ...string) *screen {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, cmd: exec.Command(file, args...), more: make(chan struct{}, 1), plain: len(env) > 0, emulator: vt.NewSafeEmulator(80, 24)}
	s.cmd.Env = append(os.Environ(), asCommand+"=1", "HOME="+home, "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home, "TERM=xterm", "NO_COLOR=")
	s.cmd.Env = append(s.cmd.Env, env...)
	if s.tty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	go s.listen()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.emulator.Close()
		s.tty.Close()
	})
	return s
}

// listen draws what comes.
func (s *screen) listen() {
	buf := make([]byte, 4096)
	for {
		n, err := s.tty.Read(buf)
		s.mu.Lock()
		s.seen.Write(buf[:n])
		s.mu.Unlock()
		_, _ = s.emulator.Write(buf[:n])
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// reply gives the terminal's own answers: where its cursor is, for instance.
func (s *screen) reply() {
	buf := make([]byte, 256)
	for {
		n, err := s.emulator.Read(buf)
		if err != nil {
			return
		}
		_, _ = s.tty.Write(buf[:n])
	}
}

// lines is what stands on the screen.
func (s *screen) lines() []string {
	lines := strings.Split(s.emulator.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	return lines
}

// raw is all that came since the last look.
func (s *screen) raw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()[s.from:]
}

// looked forgets what has come.
func (s *screen) looked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = s.seen.Len()
}

// within waits until ok, and gives up after d.
func (s *screen) within(d time.Duration, ok func() bool) bool {
	end := time.After(d)
	for !ok() {
		select {
		case <-s.more:
		case <-end:
			return ok()
		}
	}
	return true
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?=> ]*[a-zA-Z]|\x1b[>=()][0-9A-Z]?|\x1b\][^\x07]*\x07|\r`)

// await waits until text has come or stands on the screen.
func (s *screen) await(text string) string {
	s.t.Helper()
	var plain string
	if !s.within(20*time.Second, func() bool {
		plain = escapes.ReplaceAllString(s.raw(), "")
		return strings.Contains(plain, text) || strings.Contains(strings.Join(s.lines(), "\n"), text)
	}) {
		s.t.Fatalf("no %q on the screen\n%s\n%q", text, strings.Join(s.lines(), "\n"), s.raw())
	}
	return plain
}

var bare = regexp.MustCompile(`^\(vmsim .*\)$`)

// ready waits for a prompt with nothing typed after it, drawn to its end: the editor shows the cursor then. What is typed
// while it asks the terminal where the cursor is, it may lose.
func (s *screen) ready() {
	s.t.Helper()
	if !s.within(20*time.Second, func() bool {
		if !s.plain && !strings.HasSuffix(s.raw(), "\x1b[?25h") {
			return false
		}
		lines := s.lines()
		for i := len(lines) - 1; i >= 0; i-- {
			if lines[i] != "" {
				return bare.MatchString(lines[i])
			}
		}
		return false
	}) {
		s.t.Fatalf("no prompt on the screen\n%s", strings.Join(s.lines(), "\n"))
	}
	s.looked()
}

// says types a line, waits for text in the answer, and for the prompt.
func (s *screen) says(line, text string) {
	s.t.Helper()
	for range 5 {
		s.types(line + "\r")
		// A terminal that answers late, on a machine with much to do, costs the editor the line behind its answer.
		if s.within(3*time.Second, func() bool { return s.raw() != "" }) {
			break
		}
	}
	s.await(text)
	s.ready()
}

// leaves waits until vmsim has ended, and well.
func (s *screen) leaves() {
	s.t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			s.t.Error(err)
		}
	case <-time.After(20 * time.Second):
		s.t.Fatalf("it does not end\n%s", strings.Join(s.lines(), "\n"))
	}
}

func (s *screen) types(text string) {
	s.t.Helper()
	if _, err := s.tty.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

const cowProgram = "h = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nh[0] = 'a'\nc = fork()\nc: h[0] = 'b'\n"

func programFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "p.vms")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCopyOnWriteInATerminal(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "-i", programFile(t, cowProgram))
	s.ready()
	s.says("break cow", "stop 1: cow")
	s.says("continue", "Stop 1: cow")
	s.says("info copies", "4096")
	s.says("rc", "beginning")
	s.types("quit\r")
	s.leaves()
}

func TestPrivateStoreInATerminal(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "-i", programFile(t, ".machine fs=ext4\n.file /data/a 8192 cold\n"))
	s.ready()
	s.says(`fd = openat(AT_FDCWD, "/data/a", O_RDWR)`, "= 3")
	s.says("p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)", "= 0x7f")
	s.says("p[0] = 'x'", "copied for copy-on-write")
	s.says("why page a:0", "MAP_PRIVATE")
	s.says("q = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)", "= 0x7f")
	s.says("q[0] = 'y'", "dirty")
	s.says("msync(q, PAGE, MS_SYNC)", "= 0")
	s.says("why page a:0", "written back")
}

func TestSIGBUSIsNotSIGSEGVInATerminal(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "-i", programFile(t, ".file /data/a 5000\n"))
	s.ready()
	s.says(`fd = openat(AT_FDCWD, "/data/a", O_RDWR)`, "= 3")
	s.says("p = mmap(NULL, 3*PAGE, PROT_READ, MAP_SHARED, fd, 0)", "= 0x7f")
	s.says("p[2*PAGE]", "SIGBUS")
	s.says("why fault", "5000")
	s.says("p[0] = 1", "SIGSEGV")
	s.says("why fault", "SEGV_ACCERR")
}

func TestCtrlCGivesThePromptBackFromAnEndlessContinue(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "-i", programFile(t, ".machine ram=512G\nmmap(NULL, 256G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n"))
	s.ready()
	s.types("continue\r")
	if !s.within(20*time.Second, func() bool { return strings.Contains(s.raw(), "\x1b[0 q") }) { // the editor gives the terminal back
		t.Fatal(s.raw())
	}
	for range 40 { // one that comes before the terminal is given back is a byte of the next line
		s.types("\x03")
		if s.within(500*time.Millisecond, func() bool { return strings.Contains(s.raw(), "Interrupted at t=") }) {
			break
		}
	}
	s.await("Interrupted at t=")
	s.ready()
	s.says("info procs", "minflt")
}

func TestHistoryIsKeptBetweenSessions(t *testing.T) {
	home := t.TempDir()
	s := dial(t, home, nil)
	s.ready()
	s.says("print 40+2", "= 42")
	s.types("quit\r")
	s.leaves()

	s = dial(t, home, nil)
	s.ready()
	s.types("\x1b[A") // the line before: quit
	s.await("quit")
	s.types("\x1b[A")
	s.await("print 40+2")
	s.says("", "40+2 = 42")
	s.types("\x12") // Ctrl-R
	s.await("search")
	s.types("40")
	s.await("print 40+2")
}

func TestTabCompletesFlagsByPosition(t *testing.T) {
	s := dial(t, t.TempDir(), nil)
	s.ready()
	s.types("mmap(NULL, 4096, PROT_REA\t")
	s.await("PROT_READ")
}

func TestTabPutsASpaceAfterACommand(t *testing.T) {
	s := dial(t, t.TempDir(), nil)
	s.ready()
	s.types("inf\t")
	s.await("info ")
	s.types("vmst\t\r")
	s.await("nr_free_pages")
}

func TestNoEscapeByteWhereNoneIsWanted(t *testing.T) {
	for _, env := range [][]string{{"TERM=dumb"}, {"NO_COLOR=1"}} {
		s := dial(t, t.TempDir(), env, "-i", programFile(t, cowProgram))
		s.ready()
		s.says("next", "mmap(NULL, 4096")
		s.mu.Lock()
		if bytes.IndexByte(s.seen.Bytes(), 0x1b) >= 0 {
			t.Errorf("%v: %q", env, s.seen.String())
		}
		s.mu.Unlock()
	}
}

func TestConfigurationIsRead(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "vmsim"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "vmsim", "init"), []byte("alias m info maps\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := dial(t, home, nil)
	s.await("m is info maps")
	s.ready()
	s.says("m", "[stack]")
}

func TestTerminalThatNeverAnswersIsNotWaitedFor(t *testing.T) {
	s := dialMute(t, t.TempDir(), nil)
	s.types("fork()\rprint 40+2\rquit\r") // typed ahead, all at once
	s.await("fork() = 2")
	s.await("40+2 = 42")
	s.leaves()
}

func TestPromptAtTheBottomOfTheScreenOverwritesNothing(t *testing.T) {
	s := dial(t, t.TempDir(), nil)
	s.ready()
	for n := range 12 {
		s.says(fmt.Sprintf("print %d+1000", n), fmt.Sprintf("= %d", n+1000))
	}
	screen := strings.Join(s.lines(), "\n")
	for n := 8; n < 12; n++ {
		if !strings.Contains(screen, fmt.Sprintf("print %d+1000\n%d+1000 = %d\n", n, n, n+1000)) {
			t.Fatalf("line %d is not whole on\n%s", n, screen)
		}
	}
}
