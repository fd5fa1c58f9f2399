//go:build unix

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
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
	ended chan struct{} // closed when vmsim has ended
	err   error         // how it ended

	mu       sync.Mutex // for what follows
	emulator *vt.Emulator
	seen     bytes.Buffer // every byte that came
	from     int          // what has been looked at already
}

// dial starts vmsim in a terminal; home is where it keeps its files.
func dial(t *testing.T, home string, env []string, args ...string) *screen {
	t.Helper()
	s := start(t, home, env, args...)
	go s.reply(s.tty)
	return s
}

// dialMute is dial for a terminal that answers nothing.
func dialMute(t *testing.T, home string, env []string, args ...string) *screen {
	t.Helper()
	s := start(t, home, env, args...)
	go s.reply(io.Discard)
	return s
}

func start(t *testing.T, home string, env []string, args ...string) *screen {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{
		t: t, cmd: exec.Command(file, args...), more: make(chan struct{}, 1), ended: make(chan struct{}),
		plain: len(env) > 0, emulator: vt.NewEmulator(80, 24),
	}
	s.cmd.Env = append(os.Environ(), asCommand+"=1", "HOME="+home, "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home,
		"TERM=xterm", "NO_COLOR=")
	s.cmd.Env = append(s.cmd.Env, env...)
	if s.tty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Skipf("no terminal available: %v", err)
	}
	go s.listen()
	go func() {
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.ended
		_ = s.tty.Close()
	})
	return s
}

// listen draws what comes. The emulator's answers end with it: Close would set a variable that its reader looks at.
func (s *screen) listen() {
	defer s.emulator.InputPipe().(io.Closer).Close()
	buf := make([]byte, 4096)
	for {
		n, err := s.tty.Read(buf)
		s.mu.Lock()
		s.seen.Write(buf[:n])
		_, _ = s.emulator.Write(buf[:n])
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// reply passes on the terminal's own answers: where its cursor is, for instance. The emulator waits until they are
// read.
func (s *screen) reply(to io.Writer) {
	buf := make([]byte, 256)
	for {
		n, err := s.emulator.Read(buf)
		if err != nil {
			return
		}
		_, _ = to.Write(buf[:n])
	}
}

// resize gives the terminal another size.
func (s *screen) resize(columns, rows int) {
	s.t.Helper()
	s.mu.Lock()
	s.emulator.Resize(columns, rows)
	s.mu.Unlock()
	if err := pty.Setsize(s.tty, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)}); err != nil {
		s.t.Fatal(err)
	}
}

// lines are the lines of the screen.
func (s *screen) lines() []string {
	s.mu.Lock()
	lines := strings.Split(s.emulator.String(), "\n")
	s.mu.Unlock()
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

// await waits until text was printed or is on the screen.
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

// ready waits for a prompt with nothing typed after it, drawn to its end: the editor shows the cursor then. What is
// typed while it asks the terminal where the cursor is, it may lose.
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
	select {
	case <-s.ended:
		if s.err != nil {
			s.t.Error(s.err)
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

const cowProgram = "h = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nh[0] = 'a'\nc = " +
	"fork()\nc: h[0] = 'b'\n"
