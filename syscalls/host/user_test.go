//go:build linux && amd64

package host

import (
	"os"
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// answersOf runs a program and holds what it asserts.
func answersOf(t *testing.T, m *Machine, text string) {
	t.Helper()
	prog := scripttest.Parse(t, t.Name(), text)
	v := run.Test(prog, m, run.Testing{All: true})
	if v.Err != nil && v.Statements == 0 {
		t.Skipf("not available here: %v", v.Err)
	}
	scripttest.Passes(t, v.Err, v.Differences)
}

func newMachine(t *testing.T) *Machine {
	t.Helper()
	m, err := New()
	if err != nil {
		t.Skipf("no real kernel: %v", err)
	}
	t.Cleanup(m.Close)
	return m
}

// TestRootLetsAProgramRunAsAnOrdinaryUser: what .machine says of one program holds for that one alone.
func TestRootLetsAProgramRunAsAnOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root runs programs as another user")
	}
	m := newMachine(t)
	const mine,
		roots = "creat(\"/data/none\", 0) = 3\nopen(\"/data/none\", O_RDONLY) = -1 EACCES (Permission denied)\n" +
		"open(\"/data/a\", O_RDWR) = -1 EACCES (Permission denied)\nopen(\"/new\", O_RDWR|O_CREAT, 0600) = 4\n",
		"creat(\"/data/none\", 0) = 3\nopen(\"/data/none\", O_RDONLY) = 4\nopen(\"/data/a\", O_RDWR) = 5\n"
	answersOf(t, m, ".machine user=nobody\n.file /data/a 100 owner=root\n"+mine)
	answersOf(t, m, ".file /data/a 100 owner=root\n"+roots)
	answersOf(t, m, ".machine user=nobody\n.file /data/a 100 owner=root\n"+mine)
}

// TestNextProgramHasTheStandardDescriptors though the one before has closed them, and its process is used again.
func TestNextProgramHasTheStandardDescriptors(t *testing.T) {
	m := newMachine(t)
	for _, closing := range []string{"close(0)", "dup2(1, 0)", "fcntl(0, F_SETFD, 1)"} {
		answersOf(t, m, closing+"\n")
		answersOf(t, m, ".file /data/a 100\nopenat(AT_FDCWD, \"/data/a\", O_RDONLY) = 3\n")
	}
	p, ok := m.Process(1)
	if !ok {
		t.Skip("no puppets here")
	}
	if _, err := p.Call(syscalls.SysFcntl, syscalls.Args{0, syscall.F_GETFD}); err != nil {
		t.Errorf("standard input is closed: %v", err)
	}
}
