package fault

import (
	"errors"
	"testing"

	"vmsim/vm"
	"vmsim/vm/phys"
)

const base vm.Addr = 0x10000000

// process is a processor in a space with one area of private memory, four pages long.
func process(t *testing.T) *CPU {
	t.Helper()
	c := newBare(t, 64).CPU
	r := vm.Region{Start: base, End: base + 4*vm.PageSize, Index: vm.PageIndex(base.Page()),
		Flags: vm.Read | vm.Write | vm.MayRead | vm.MayWrite | vm.MayExec}
	if _, err := c.Space.Map(r); err != nil {
		t.Fatal(err)
	}
	return c
}

// forked is a processor in a copy of c's space.
func forked(t *testing.T, c *CPU) *CPU {
	t.Helper()
	s := vm.NewSpace(c.Space.Log, c.Space.LRU, c.Space.Commit, c.Space.Limits)
	if err := c.Space.Fork(s); err != nil {
		t.Fatal(err)
	}
	return NewCPU(s, c.Handler)
}

func load(t *testing.T, c *CPU, a vm.Addr, want byte) {
	t.Helper()
	if b, err := c.Load(a); err != nil || b != want {
		t.Errorf("load from %v: %d, %v; want %d", a, b, err, want)
	}
	checked(t, c)
}

func store(t *testing.T, c *CPU, a vm.Addr, b byte) {
	t.Helper()
	if err := c.Store(a, b); err != nil {
		t.Errorf("store to %v: %v", a, err)
	}
	checked(t, c)
}

func checked(t *testing.T, c *CPU) {
	t.Helper()
	if err := errors.Join(c.Check(), c.Space.Check(), c.Space.Memory.Check()); err != nil {
		t.Error(err)
	}
}

func faults(t *testing.T, c *CPU, want uint64) {
	t.Helper()
	if c.Minor != want || c.Major != 0 {
		t.Errorf("%d minor and %d major faults, want %d and none", c.Minor, c.Major, want)
	}
}

func signalled(t *testing.T, err error, n SignalNumber, code SignalCode, at vm.Addr) {
	t.Helper()
	var s *Signal
	if !errors.As(err, &s) || s.Number != n || s.Code != code || s.Addr != at {
		t.Errorf("%v, want %v", err, &Signal{n, code, at})
	}
}

func TestALoadMapsTheFrameOfZerosAndTheStoreAfterItFaultsAgain(t *testing.T) {
	c := process(t)
	load(t, c, base, 0)
	if used := c.Space.Memory.Used(); used != 0 {
		t.Errorf("a load from untouched memory took %d frames", used)
	}
	store(t, c, base, 7)
	load(t, c, base, 7)
	faults(t, c, 2)
}

func TestAStoreToUntouchedMemoryFaultsOnce(t *testing.T) {
	c := process(t)
	store(t, c, base, 7)
	store(t, c, base+1, 8)
	load(t, c, base, 7)
	faults(t, c, 1)
}

func TestWhatWasUnmappedIsNotReachedThroughTheTLB(t *testing.T) {
	c := process(t)
	store(t, c, base, 7)
	if err := c.Space.Unmap(base, vm.PageSize); err != nil {
		t.Fatal(err)
	}
	_, err := c.Load(base)
	signalled(t, err, SIGSEGV, SegvMapErr, base)
}

func TestARevokedPermissionCountsAtOnce(t *testing.T) {
	c := process(t)
	store(t, c, base, 7)
	a := c.Space.Find(base)
	if _, err := c.Space.Protect(a, base, base+vm.PageSize, a.Flags&^vm.Write); err != nil {
		t.Fatal(err)
	}
	checked(t, c)
	signalled(t, c.Store(base+5, 1), SIGSEGV, SegvAccErr, base+5)
	load(t, c, base, 7)
	faults(t, c, 1)
}

func TestDiscardedPagesReadZero(t *testing.T) {
	c := process(t)
	store(t, c, base, 7)
	c.Space.Discard(c.Space.Find(base), base, base+vm.PageSize)
	load(t, c, base, 0)
	faults(t, c, 2)
}

func TestTheFirstStoreAfterAForkCopiesAndTheLastOwnerReuses(t *testing.T) {
	parent := process(t)
	store(t, parent, base, 7)
	child := forked(t, parent)
	checked(t, parent)
	load(t, child, base, 7)
	before := parent.Space.Entry(base).PFN()

	store(t, child, base, 8) // shared: a copy
	if child.Space.Entry(base).PFN() == before {
		t.Error("the child has stored to the frame that the parent sees")
	}
	load(t, parent, base, 7)

	store(t, parent, base, 9) // no other process maps it now: the same frame
	if parent.Space.Entry(base).PFN() != before {
		t.Error("the last owner of a frame has copied it")
	}
	load(t, child, base, 8)
	faults(t, child, 1)
	faults(t, parent, 2)
}

func TestAGuardPageIsASignalForEveryAccess(t *testing.T) {
	c := process(t)
	store(t, c, base, 7)
	a := c.Space.Find(base)
	a.PrepareAnon()
	c.Space.InstallGuards(a, base, base+vm.PageSize)
	checked(t, c)
	_, err := c.Load(base)
	signalled(t, err, SIGSEGV, SegvMapErr, base)
	signalled(t, c.Store(base+1, 1), SIGSEGV, SegvMapErr, base+1)
	c.Space.RemoveGuards(base, base+vm.PageSize)
	load(t, c, base, 0)
}

func TestBadAddressesAreDistinguished(t *testing.T) {
	c := process(t)
	_, err := c.Load(base - 1)
	signalled(t, err, SIGSEGV, SegvMapErr, base-1)
	_, err = c.Load(0xffffffff80000000)
	signalled(t, err, SIGSEGV, SegvMapErr, 0xffffffff80000000)
	_, err = c.Load(0x800000000000)
	signalled(t, err, SIGSEGV, noncanonicalCode, 0)
	signalled(t, c.Touch(base, vm.Fetch), SIGSEGV, SegvAccErr, base)
}

func TestAMachineWithoutFramesKills(t *testing.T) {
	c := process(t)
	for c.Space.Memory.Free() > 0 {
		c.Space.Memory.Alloc(nil, 0, phys.Reserved)
	}
	err := c.Store(base, 1)
	var s *Signal
	if !errors.As(err, &s) || s.Number != SIGKILL {
		t.Errorf("a store without memory: %v, want a kill", err)
	}
}

// Two processors in one space see the same: what one changes the other must not remember.
func TestProcessorsOfOneSpaceShareWhatTheTablesSay(t *testing.T) {
	a := process(t)
	b := NewCPU(a.Space, a.Handler)
	store(t, a, base, 7)
	load(t, b, base, 7)
	store(t, b, base, 8)
	load(t, a, base, 8)
	a.Space.Discard(a.Space.Find(base), base, base+vm.PageSize)
	checked(t, b)
	load(t, b, base, 0)
	load(t, a, base, 0)
}

func TestCheckFindsATranslationThatTheTableDoesNotHave(t *testing.T) {
	c := process(t)
	store(t, c, base, 7)
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	c.Detach() // it hears of no change any more
	c.Space.Discard(c.Space.Find(base), base, base+vm.PageSize)
	if c.Check() == nil {
		t.Error("a stale translation was not found")
	}
}
