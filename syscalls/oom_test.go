package syscalls

import (
	"strings"
	"testing"

	"vmsim/fault"
	"vmsim/vm"
)

// newSmall is a machine of 64 frames with a swap area of 32 pages, and its first process.
func newSmall(t *testing.T) (*Kernel, *Process) {
	t.Helper()
	k := New(Config{RAM: 64 * vm.PageSize, Swap: 32 * vm.PageSize})
	t.Cleanup(func() {
		k.TakeKilled()
		k.Processes(func(p *Process) { p.Exit() })
		if err := k.Check(); err != nil {
			t.Error(err)
		}
		if n := k.swap.Used(); n != 0 {
			t.Errorf("%d places of the swap area are taken when every process has ended", n)
		}
		if k.Memory.Used() != k.screenFrames() {
			t.Errorf("%d frames are used when every process has ended", k.Memory.Used())
		}
	})
	return k, k.Spawn()
}

// screenFrames are those that no process has.
func (k *Kernel) screenFrames() uint64 {
	return New(k.config).Memory.Used()
}

const privately = MapPrivate | MapAnonymous

// fill maps n pages and stores to each, until it cannot.
func fill(t *testing.T, p *Process, n int) (stored int, err error) {
	t.Helper()
	a, err := p.Mmap(0, uint64(n)*vm.PageSize, vm.ProtRead|vm.ProtWrite, privately|MapNoReserve, -1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := p.Store(a+vm.Addr(i)*vm.PageSize, byte(i)); err != nil {
			return i, err
		}
	}
	return n, nil
}

func TestProcessThatNeedsMoreThanThereIsIsKilled(t *testing.T) {
	k, p := newSmall(t)
	n, err := fill(t, p, 200)
	if s, ok := err.(*fault.Signal); !ok || s.Number != fault.SIGKILL || n < 64+32-4 {
		t.Fatalf("after %d pages: %v", n, err)
	}
	killed := k.TakeKilled()
	if len(killed) != 1 || killed[0].PID != 1 || !strings.HasPrefix(killed[0].Report,
		"Out of memory: Killed process 1 (program) total-vm:") {
		t.Fatalf("%+v", killed)
	}
	if _, lives := k.Process(1); lives {
		t.Error("process 1 lives on")
	}
}

// wantKilled wants one process killed, of that number.
func wantKilled(t *testing.T, k *Kernel, pid int) {
	t.Helper()
	if killed := k.TakeKilled(); len(killed) != 1 || killed[0].PID != pid {
		t.Errorf("%+v", killed)
	}
}

// newFamily is newSmall with a child.
func newFamily(t *testing.T) (k *Kernel, parent, child *Process) {
	t.Helper()
	k, parent = newSmall(t)
	child, err := parent.Fork()
	if err != nil {
		t.Fatal(err)
	}
	return k, parent, child
}

func TestProcessWithTheMostPagesIsKilledForAnother(t *testing.T) {
	k, p, child := newFamily(t)
	if n, err := fill(t, child, 70); err != nil {
		t.Fatalf("the child stored %d pages: %v", n, err)
	}
	if n, err := fill(t, p, 60); err != nil {
		t.Fatalf("the parent stored %d pages: %v", n, err)
	}
	wantKilled(t, k, child.PID)
}

func TestOOMScoreAdjustSparesAProcess(t *testing.T) {
	k, p, child := newFamily(t)
	child.AdjustScore(-1000)
	_, _ = fill(t, child, 70)
	if _, err := fill(t, p, 60); err == nil {
		t.Error("the parent was not killed")
	}
	wantKilled(t, k, p.PID)
}

// On Linux 6.18.44 the log names the parent, whose memory the child stores to.
func TestParentOfAVforkIsKilledWithItsChild(t *testing.T) {
	k, p := newSmall(t)
	child, err := p.Vfork()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fill(t, child, 200); err == nil {
		t.Error("the child was not killed")
	}
	killed := k.TakeKilled()
	if len(killed) != 2 || killed[0].PID != p.PID || !strings.Contains(killed[1].Report, "Killed process 1 ") {
		t.Errorf("%+v", killed)
	}
}
