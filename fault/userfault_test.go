package fault

import (
	"testing"

	"vmsim/vm"
	"vmsim/vm/phys"
)

// watched is a process whose area is registered with a userfaultfd.
func watched(t *testing.T, modes vm.Flags, fs vm.UserfaultFeatures) (*CPU, *vm.Area) {
	t.Helper()
	c := process(t)
	a := c.Space.Find(base)
	u := &vm.Userfaults{Space: c.Space, Features: fs, Ready: true}
	a, err := c.Space.Register(a, a.Start, a.End, u, modes)
	if err != nil {
		t.Fatal(err)
	}
	return c, a
}

func TestPageThatAProgramGivesIsThereWithoutAFault(t *testing.T) {
	c, a := watched(t, vm.UserMissing, vm.UserfaultSignal)
	_, err := c.Load(page(base, 1))
	signalled(t, err, SIGBUS, BusAdrErr, page(base, 1))
	before := c.Minor
	a.PrepareAnon()
	c.Space.PrepareEntry(page(base, 1))
	frame, err := c.Handler.NewPrivate(a, page(base, 1))
	if err != nil {
		t.Fatal(err)
	}
	c.Space.Memory.Write(frame, 0, []byte{'x'})
	c.Handler.MapGiven(a, page(base, 1), frame, vm.WritesAllowed)
	load(t, c, page(base, 1), 'x')
	store(t, c, page(base, 1), 'y')
	faults(t, c, before)
	c.Handler.MapZeros(a, page(base, 2))
	load(t, c, page(base, 2), 0)
}

func TestGivenPageOfALockedAreaBecomesUnevictable(t *testing.T) {
	c, a := watched(t, vm.UserMissing, vm.UserfaultSignal)
	c.Space.SetFlags(a, a.Flags|vm.Locked)
	a.PrepareAnon()
	c.Space.PrepareEntry(base)
	frame, err := c.Handler.NewPrivate(a, base)
	if err != nil {
		t.Fatal(err)
	}
	c.Handler.MapGiven(a, base, frame, vm.WritesProtected)
	c.Space.LRU.Accessed(frame)
	c.Space.LRU.Accessed(frame)
	c.Space.LRU.Drain()
	if !frame.Has(phys.Mlocked|phys.Unevictable) || c.Space.LRU.Events.Activated != 0 {
		t.Errorf("flags %#x, %d activated", uint32(frame.Flags), c.Space.LRU.Events.Activated)
	}
}

func TestStoreToAWriteProtectedPageIsLeftToTheProgram(t *testing.T) {
	c, a := watched(t, vm.UserWrite, vm.UserfaultSignal)
	store(t, c, base, 'a')
	c.Space.ForbidWrites(a, a.Start, a.End)
	load(t, c, base, 'a')
	signalled(t, c.Store(base, 'b'), SIGBUS, BusAdrErr, base)
	c.Space.AllowWrites(a, a.Start, a.End)
	store(t, c, base, 'b')
}

func TestWriteProtectionIsTakenAwayAtTheStoreWhereTheProgramOnlyTracks(t *testing.T) {
	c, a := watched(t, vm.UserWrite, vm.UserfaultAsync)
	store(t, c, base, 'a')
	c.Space.ForbidWrites(a, a.Start, a.End)
	store(t, c, base, 'b')
	if a.Protects(c.Space.Entry(base)) {
		t.Error("the page is write-protected after the store")
	}
}

func TestSwapoffBringsPagesBackWithoutAnAccess(t *testing.T) {
	m := newMachine(t)
	m.anon(3)
	m.cache.Reclaim.PageOut(m.Space, base, page(base, 3))
	if err := m.Handler.BringBack(m.Space, 0); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if e := m.Space.Entry(page(base, i)); !e.Present() || e.Young() || e.Writable() {
			t.Errorf("page %d: entry %v", i, e)
		}
	}
	if m.swap.Used() != 0 {
		t.Errorf("%d places are taken", m.swap.Used())
	}
	load(t, m.CPU, page(base, 1), 'b')
}
