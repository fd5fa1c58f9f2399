//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// screen is vmsim in a pseudo-terminal of 80 by 24.
type screen struct {
	t    *testing.T
	tty  *os.File
	cmd  *exec.Cmd
	mu   sync.Mutex
	seen bytes.Buffer
	from int // what has been looked at already
	more chan struct{}
}

// dial starts vmsim in a terminal; home is where it keeps its files.
func dial(t *testing.T, home string, env []string, args ...string) *screen {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, cmd: exec.Command(file, args...), more: make(chan struct{}, 1)}
	s.cmd.Env = append(os.Environ(), asCommand+"=1", "HOME="+home, "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home, "TERM=xterm", "NO_COLOR=")
	s.cmd.Env = append(s.cmd.Env, env...)
	if s.tty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Skipf("no pseudo-terminal to be had: %v", err)
	}
	go s.listen()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.tty.Close()
	})
	return s
}

func (s *screen) listen() {
	buf := make([]byte, 4096)
	for {
		n, err := s.tty.Read(buf)
		s.mu.Lock()
		s.seen.Write(buf[:n])
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if bytes.Contains(buf[:n], []byte("\x1b[6n")) {
			_, _ = s.tty.WriteString("\x1b[1;1R") // a terminal answers where its cursor is
		}
		if err != nil {
			return
		}
	}
}

// raw is all that came since the last look.
func (s *screen) raw() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()[s.from:]
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?=>]*[a-zA-Z]|\x1b[>=()][0-9A-Z]?|\x1b\][^\x07]*\x07|\r`)

// await waits until text is to be seen, and forgets what came before.
func (s *screen) await(text string) string {
	s.t.Helper()
	plain, ok := s.within(20*time.Second, text)
	if !ok {
		s.t.Fatalf("no %q in\n%q", text, s.raw())
	}
	return plain
}

// within is await that gives up.
func (s *screen) within(d time.Duration, text string) (plain string, ok bool) {
	end := time.After(d)
	for {
		if plain = escapes.ReplaceAllString(s.raw(), ""); strings.Contains(plain, text) {
			s.mu.Lock()
			s.from = s.seen.Len()
			s.mu.Unlock()
			return plain, true
		}
		select {
		case <-s.more:
		case <-end:
			return plain, false
		}
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
	s.await("(vmsim t=0 pid 1)")
	s.types("break cow\r")
	s.await("stop 1: cow")
	s.types("continue\r")
	s.await("Stop 1: cow")
	s.types("info copies\r")
	s.await("4096")
	s.types("rc\r")
	s.await("beginning")
	s.types("quit\r")
	if err := s.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCtrlCGivesThePromptBackFromAnEndlessContinue(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "-i", programFile(t, ".machine ram=512G\nmmap(NULL, 256G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n"))
	s.await("(vmsim t=0 pid 1)")
	s.types("continue\r")
	for range 50 { // until the command has begun, Ctrl-C is for the line editor
		s.types("\x03")
		if _, ok := s.within(200*time.Millisecond, "Interrupted at t="); ok {
			break
		}
	}
	s.types("info procs\r")
	s.await("minflt")
}

func TestHistoryIsKeptBetweenSessions(t *testing.T) {
	home := t.TempDir()
	s := dial(t, home, nil)
	s.await("(vmsim t=0 pid 1)")
	s.types("print 40+2\r")
	s.await("= 42")
	s.types("quit\r")
	_ = s.cmd.Wait()

	s = dial(t, home, nil)
	s.await("(vmsim t=0 pid 1)")
	s.types("\x1b[A") // the line before: quit
	s.await("quit")
	s.types("\x1b[A\r")
	s.await("40+2 = 42")
	s.types("\x1240+") // Ctrl-R
	s.await("print 40+2")
	s.types("\r\r")
	s.await("40+2 = 42")
}

func TestTabCompletesFlagsByPosition(t *testing.T) {
	s := dial(t, t.TempDir(), nil)
	s.await("(vmsim t=0 pid 1)")
	s.types("mmap(NULL, 4096, PROT_REA\t")
	s.await("PROT_READ")
}

func TestNoEscapeByteWhereNoneIsWanted(t *testing.T) {
	for _, env := range [][]string{{"TERM=dumb"}, {"NO_COLOR=1"}} {
		s := dial(t, t.TempDir(), env, "-i", programFile(t, cowProgram))
		s.await("(vmsim t=0 pid 1)")
		s.types("next\n")
		s.await("mmap(NULL, 4096")
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
	s.types("m\r")
	s.await("[stack]")
}
