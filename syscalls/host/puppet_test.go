//go:build linux && amd64

package host

import (
	"syscall"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// started is a machine with its first puppet; it skips the test where there can be none.
func started(t *testing.T) *Machine {
	t.Helper()
	m, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	if err := m.Setup(run.Config{}); err != nil {
		t.Skipf("no puppets here: %v", err)
	}
	return m
}

// A signal that says of no access is no answer to one: the load that it came ahead of gives its byte.
func TestASignalFromOutsideIsNoAnswer(t *testing.T) {
	m := started(t)
	c, _ := m.Process(1)
	for _, sig := range []syscall.Signal{syscall.SIGBUS, syscall.SIGSEGV} {
		if err := syscall.Kill(m.procs[1].p.tid, sig); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Load(script.ScratchAddr); err != nil {
			t.Errorf("a load after %v: %v", sig, err)
		}
	}
}
