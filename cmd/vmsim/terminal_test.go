//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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

// exchange types lines, and waits for a text of each one's answer.
func exchange(t *testing.T, program string, lines [][2]string) {
	t.Helper()
	s := dial(t, t.TempDir(), nil, "-i", programFile(t, program))
	s.ready()
	for _, l := range lines {
		s.says(l[0], l[1])
	}
}

func TestPrivateStoreInATerminal(t *testing.T) {
	exchange(t, ".machine fs=ext4\n.file /data/a 8192 cold\n", [][2]string{
		{`fd = openat(AT_FDCWD, "/data/a", O_RDWR)`, "= 3"},
		{"p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)", "= 0x7f"},
		{"p[0] = 'x'", "copied for copy-on-write"},
		{"why page a:0", "MAP_PRIVATE"},
		{"q = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)", "= 0x7f"},
		{"q[0] = 'y'", "dirty"},
		{"msync(q, PAGE, MS_SYNC)", "= 0"},
		{"why page a:0", "written back"},
	})
}

func TestSIGBUSIsNotSIGSEGVInATerminal(t *testing.T) {
	exchange(t, ".file /data/a 5000\n", [][2]string{
		{`fd = openat(AT_FDCWD, "/data/a", O_RDWR)`, "= 3"},
		{"p = mmap(NULL, 3*PAGE, PROT_READ, MAP_SHARED, fd, 0)", "= 0x7f"},
		{"p[2*PAGE]", "SIGBUS"}, {"why fault", "5000"}, {"p[0] = 1", "SIGSEGV"}, {"why fault", "SEGV_ACCERR"},
	})
}

func TestCtrlCGivesThePromptBackFromAnEndlessContinue(t *testing.T) {
	s := dial(t, t.TempDir(), nil, "-i",
		programFile(t,
			".machine ram=512G\nmmap(NULL, 256G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, "+
				"0)\n"))
	s.ready()
	s.types("continue\r")
	// the editor gives the terminal back
	if !s.within(20*time.Second, func() bool { return strings.Contains(s.raw(), "\x1b[0 q") }) {
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
