package fault

import (
	"strings"
	"syscall"
	"testing"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

func TestLoadOfAColdPageIsMajorAndMapsItsNeighbours(t *testing.T) {
	m := newMachine(t)
	load(t, m.CPU, page(fileBase, 3), 'd')
	m.took(0, 1)
	for i := range 16 {
		load(t, m.CPU, page(fileBase, i), 'a'+byte(i))
	}
	m.took(0, 0)
	load(t, m.CPU, page(fileBase, 16), 'q') // read ahead, but outside the 16 pages that are mapped around a fault
	m.took(1, 0)
}

func TestPageThatIsCachedIsMinor(t *testing.T) {
	m := newMachine(t)
	if err := m.file.ReadWhole(); err != nil {
		t.Fatal(err)
	}
	load(t, m.CPU, page(privateBase, 5), 'f')
	m.took(1, 0)
}

func TestStoreToAPrivateFilePageCopiesIt(t *testing.T) {
	m := newMachine(t)
	store(t, m.CPU, page(privateBase, 2), 'X')
	load(t, m.CPU, page(privateBase, 2), 'X')
	load(t, m.CPU, page(privateBase, 2)+1, 'c')
	load(t, m.CPU, page(fileBase, 2), 'c')
	if n := m.Space.Log.Bytes(trace.CopyCow); n != vm.PageSize {
		t.Errorf("%d bytes were copied, want one page", n)
	}
	if m.file.Mapping.LookUp(2).Has(phys.Dirty) {
		t.Error("the file's page is dirty")
	}
}

func TestStoreAfterALoadOfAPrivateFilePageFaultsAgain(t *testing.T) {
	m := newMachine(t)
	load(t, m.CPU, page(privateBase, 2), 'c')
	m.took(0, 1)
	store(t, m.CPU, page(privateBase, 2), 'X')
	m.took(1, 0)
}

func TestSharedStoreMakesTheFileDirtyAndIsSeenAnewAfterWriteback(t *testing.T) {
	m := newMachine(t)
	store(t, m.CPU, page(fileBase, 1), 'X')
	if !m.file.Mapping.LookUp(1).Has(phys.Dirty) {
		t.Error("the file's page is clean")
	}
	m.took(0, 1)
	store(t, m.CPU, page(fileBase, 1), 'Y')
	m.took(0, 0)
	if err := m.file.Sync(0, pagecache.LastPage, pagecache.ItsBytes); err != nil {
		t.Fatal(err)
	}
	load(t, m.CPU, page(fileBase, 1), 'Y')
	m.took(0, 0)
	store(t, m.CPU, page(fileBase, 1), 'Z')
	m.took(1, 0)
}

func TestPageBeyondTheEndOfTheFileIsSIGBUS(t *testing.T) {
	m := newMachine(t)
	if err := m.file.Mapping.Truncate(3 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	_, err := m.Load(page(fileBase, 3))
	signalled(t, err, SIGBUS, BusAdrErr, page(fileBase, 3))
	signalled(t, m.Store(page(privateBase, 9), 1), SIGBUS, BusAdrErr, page(privateBase, 9))
}

func TestDiskThatFailsIsSIGBUS(t *testing.T) {
	m := newMachine(t)
	m.file.Mapping.Fail(disk.Read, pagecache.LastPage, syscall.EIO)
	_, err := m.Load(page(fileBase, 3))
	signalled(t, err, SIGBUS, BusAdrErr, page(fileBase, 3))
}

func TestPagesComeBackFromTheSwapArea(t *testing.T) {
	m := newMachine(t)
	m.anon(3)
	m.cache.Reclaim.PageOut(m.Space, base, page(base, 3))
	if m.swap.Used() != 3 {
		t.Fatalf("%d pages were swapped out", m.swap.Used())
	}
	load(t, m.CPU, page(base, 1), 'b') // the frame is in the swap cache still
	m.took(1, 0)
	store(t, m.CPU, page(base, 2), 'Z')
	m.took(1, 0)
	load(t, m.CPU, page(base, 2), 'Z')
	if m.swap.Used() != 2 {
		t.Errorf("a store leaves %d places of the swap area taken, want 2", m.swap.Used())
	}
}

func TestSwappedPageOfTwoProcessesIsCopiedByAStore(t *testing.T) {
	m := newMachine(t)
	m.anon(1)
	m.cache.Reclaim.PageOut(m.Space, base, page(base, 1))
	s := vm.NewSpace(m.Space.Log, m.Space.LRU, m.Space.Commit, m.Space.Limits)
	s.Swap = m.swap
	if err := m.Space.Fork(s); err != nil {
		t.Fatal(err)
	}
	child := NewCPU(s, m.Handler)
	store(t, child, base, 'Z')
	load(t, m.CPU, base, 'a')
	load(t, child, base, 'Z')
}

// Through the parent's AnonVMA reclaim finds the entries of both; through the child's it would find its own alone.
func TestSwappedPageOfTwoProcessesBelongsToTheOldestAnonVMA(t *testing.T) {
	m := newMachine(t)
	m.anon(1)
	store(t, m.CPU, base, 0)
	m.cache.Reclaim.PageOut(m.Space, base, page(base, 1)) // zeros: the frame is free at once
	s := vm.NewSpace(m.Space.Log, m.Space.LRU, m.Space.Commit, m.Space.Limits)
	s.Swap = m.swap
	if err := m.Space.Fork(s); err != nil {
		t.Fatal(err)
	}
	child := NewCPU(s, m.Handler)
	load(t, child, base, 0)
	if f := s.NormalFrame(s.Entry(base)); f.Owner != m.Space.Find(base).Anon {
		t.Errorf("the page that the child has read belongs to %p, and not to the parent's %p", f.Owner,
			m.Space.Find(base).Anon)
	}
}

func TestUnmappedPageLeavesTheSwapCacheWithItsLastEntry(t *testing.T) {
	m := newMachine(t)
	m.anon(1)
	m.cache.Reclaim.PageOut(m.Space, base, page(base, 1))
	load(t, m.CPU, base, 'a')
	if m.swap.Used() != 1 {
		t.Fatalf("after a load %d places of the swap area are taken, want 1", m.swap.Used())
	}
	m.Space.Discard(m.Space.Find(base), base, page(base, 1))
	if m.swap.Used() != 0 {
		t.Error("the page is in the swap cache, although no entry maps it or refers to it")
	}
}

func TestPopulateFaultsInEveryPage(t *testing.T) {
	m := newMachine(t)
	if err := m.Populate(fileBase, page(fileBase, filePages)); err != nil {
		t.Fatal(err)
	}
	for i := range filePages {
		if !m.Space.Entry(page(fileBase, i)).Present() {
			t.Fatalf("page %d is missing", i)
		}
	}
}

func TestPopulateStopsAtAPageThatFailsAndQuietlyGoesOn(t *testing.T) {
	m := newMachine(t)
	m.anon(1)
	if err := m.file.Mapping.Truncate(2 * vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if err := m.Populate(fileBase, page(fileBase, 4)); err != syscall.EFAULT {
		t.Errorf("populate beyond the end of the file is %v", err)
	}
	m.Space.Discard(m.Space.Find(privateBase), privateBase, page(privateBase, 40))
	m.PopulateQuietly(fileBase, page(privateBase, 4))
	if !m.Space.Entry(page(privateBase, 1)).Present() {
		t.Error("the area after the one that failed was left out")
	}
	if a := m.Space.Find(fileBase); m.PopulateArea(a, page(fileBase, 3), page(fileBase, 4)) != syscall.EFAULT {
		t.Error("a page beyond the end of the file was populated")
	}
}

func TestPrefaultAsksForThePermissionsOfTheArea(t *testing.T) {
	m := newMachine(t)
	a := m.Space.Find(fileBase)
	if _, err := m.Space.Protect(a, page(fileBase, 8), page(fileBase, 16), a.Flags&^vm.Write); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		from, to int
		k        vm.Access
		want     error
	}{
		{"for reading", 0, 16, vm.Load, nil},
		{"for writing", 0, 8, vm.Store, nil},
		{"for writing what is read-only", 4, 12, vm.Store, syscall.EINVAL},
		{"where nothing is mapped", 38, 42, vm.Load, syscall.ENOMEM},
	} {
		if err := m.Prefault(page(fileBase, c.from), page(fileBase, c.to), c.k); err != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// A debugger reaches private memory that the program itself may not write to, and its accesses count to no process.
func TestBorrowedPagesNeedNoPermissionAndCountNoFault(t *testing.T) {
	m := newMachine(t)
	a := m.Space.Find(privateBase)
	if _, err := m.Space.Protect(a, privateBase, page(privateBase, 4), vm.MayRead|vm.MayWrite); err != nil {
		t.Fatal(err)
	}
	for _, k := range []vm.Access{vm.Load, vm.Store} {
		if e, err := m.Borrow(page(privateBase, 1), k); err != nil || !e.Present() {
			t.Errorf("%v: %v, %v", k, e, err)
		}
	}
	m.took(0, 0)
	if _, err := m.Borrow(0x70000000, vm.Load); err != syscall.EIO {
		t.Errorf("where nothing is mapped: %v", err)
	}
}

func TestCopiesStopAtTheFirstPageThatCannotBeHad(t *testing.T) {
	m := newMachine(t)
	m.anon(2)
	buf := []byte(strings.Repeat("x", 3*vm.PageSize))
	if n := m.CopyOut(base, buf); n != 2*vm.PageSize {
		t.Errorf("%d bytes were copied out", n)
	}
	if n := m.CopyIn(base+1, buf); n != 2*vm.PageSize-1 || buf[0] != 'x' {
		t.Errorf("%d bytes were copied in", n)
	}
	if n := m.CopyInNoFault(page(fileBase, 0), buf); n != 0 {
		t.Errorf("%d bytes of a page that is not at hand were copied in", n)
	}
	load(t, m.CPU, fileBase, 'a')
	if n := m.CopyInNoFault(fileBase, buf[:vm.PageSize]); n != vm.PageSize || buf[9] != 'a' {
		t.Errorf("%d bytes were copied in without a fault", n)
	}
	if n := m.FaultIn(base, 3*vm.PageSize); n != vm.PageSize {
		t.Errorf("%d bytes could not be faulted in", n)
	}
	if n := m.FaultIn(0, 8); n != 8 {
		t.Errorf("%d of 8 bytes at address 0 could not be faulted in", n)
	}
}

func TestPinnedFramesAreThoseThatTheProgramSees(t *testing.T) {
	m := newMachine(t)
	m.anon(1)
	if f, _, _ := m.Shown(page(fileBase, 0)); f != nil {
		t.Error("a page that is not at hand is shown")
	}
	f, off, n := m.Pin(base+10, vm.PageSize, vm.Load)
	if len(f) != 1 || f[0].Byte(0) != 'a' || off != 10 || n != vm.PageSize-10 {
		t.Fatalf("pinned is %v at %d, %d bytes", f, off, n)
	}
	if shown, _, _ := m.Shown(base); shown != f[0] {
		t.Error("another frame is shown than was pinned")
	}
	if f, _, _ := m.Pin(vm.TaskSize, 1, vm.Load); f != nil || m.Reach(0x70000000, vm.Load) || !m.Reach(base, vm.Store) {
		t.Error("what is not mapped can be reached, or what is mapped cannot")
	}
	if m.Buffer(base, 77) != 77 {
		t.Error("a buffer ends within itself")
	}
}

func TestRemotePinsCountForTheProcessThatAsks(t *testing.T) {
	m := newMachine(t)
	m.anon(3)
	asker := NewCPU(m.Space, m.Handler)
	defer asker.Detach()
	before := m.Minor
	frames := asker.PinRemote(nil, m.Space, base, 5, vm.Store)
	if len(frames) != 3 || m.Minor != before {
		t.Errorf("%d pages; the asker took %d faults, the other %d", len(frames), asker.Minor, m.Minor-before)
	}
	frames = asker.PinRemote(frames[:0], m.Space, page(fileBase, 0), 1, vm.Load)
	if len(frames) != 1 || asker.Minor+asker.Major == 0 {
		t.Errorf("a page of a file: %d pages, %d faults", len(frames), asker.Minor+asker.Major)
	}
	if frames = asker.PinRemote(nil, m.Space, 0x70000000, 1, vm.Load); frames != nil {
		t.Error("what is not mapped was pinned")
	}
}

func TestBorrowedFramesEndWhereNothingIsMapped(t *testing.T) {
	m := newMachine(t)
	m.anon(2)
	if f := m.Borrowed(base+1, 2*vm.PageSize); len(f) != 2 || f[0].Byte(0) != 'a' {
		t.Errorf("%d frames are lent", len(f))
	}
	if f := m.Borrowed(vm.TaskSize, 1); f != nil {
		t.Error("a frame of the kernel's half is lent")
	}
	if a := m.Space.Find(base); !m.MayStore(a) {
		t.Error("the process may not store to its own memory")
	}
}

func TestAStoreDeterminesAByte(t *testing.T) {
	m := newMachine(t)
	m.anon(1)
	if err := m.Store(base, 'x'); err != nil {
		t.Fatal(err)
	}
	f, _, _ := m.Shown(base)
	m.Space.Memory.SetCell(f, 3, phys.Cell{Undetermined: true})
	m.CPU.Undetermined(f)
	if err := m.Store(base+3, 'y'); err != nil || m.Space.Memory.Cell(f, 3) != (phys.Cell{Byte: 'y'}) {
		t.Errorf("the byte is %v, %v", m.Space.Memory.Cell(f, 3), err)
	}
}

func TestTranslationsAreListedWithTheirAccesses(t *testing.T) {
	m := newMachine(t)
	m.anon(1)
	load(t, m.CPU, page(fileBase, 1), 'b')
	got := map[vm.VPN]string{}
	m.EachTranslation(func(n vm.VPN, _ phys.PFN, can string) { got[n] = can })
	if got[base.Page()] != "rw" || got[fileBase.Page()+1] != "r" || len(got) != 2 {
		t.Errorf("the TLB has %v", got)
	}
}

func TestRetriedFaultsCountAsMajorWithTwoExceptions(t *testing.T) {
	old := profile.New(profile.Release{Major: 6, Minor: 1}, profile.Config{})
	for _, c := range []struct {
		name  string
		locks locks
		tries []bool // of each try that is retried, whether it was major
		which *profile.Profile
		want  outcome
	}{
		{"no retry", areaLock, nil, nil, minorFault},
		{"an instruction's first retry", areaLock, []bool{false}, nil, minorFault},
		{"an instruction's second retry", areaLock, []bool{false, false}, nil, majorFault},
		{"an instruction that had to read", areaLock, []bool{true}, nil, majorFault},
		{"an instruction without a lock for each area", areaLock, []bool{false}, old, majorFault},
		{"the kernel's own access", spaceLock, []bool{false}, nil, majorFault},
		{"a caller that marks its retry", tryAgain, []bool{false}, nil, majorFault},
		{"a caller that does not", beginAgain, []bool{true, true}, nil, minorFault},
	} {
		try := attempt{locks: c.locks}
		for _, major := range c.tries {
			if !try.mayDrop() && !try.tried {
				t.Errorf("%s: it may not drop its locks", c.name)
			}
			try.again(major, c.which)
		}
		if got := try.outcome(false); got != c.want {
			t.Errorf("%s counts as %d, want %d", c.name, got, c.want)
		}
		if got := try.outcome(true); got != majorFault {
			t.Errorf("%s: what was read last counts as %d", c.name, got)
		}
	}
	if keeps := (attempt{locks: keepLocks}); keeps.mayDrop() {
		t.Error("a caller that keeps its locks drops them")
	}
}

func TestSignalsReadAsStracePrintsThem(t *testing.T) {
	for _, c := range []struct {
		s    Signal
		want string
	}{
		{Signal{SIGBUS, BusAdrErr, 0x1000}, "SIGBUS {si_code=BUS_ADRERR, si_addr=0x1000}"},
		{Signal{SIGBUS, BusAdrAln, 0x1001}, "SIGBUS {si_code=BUS_ADRALN, si_addr=0x1001}"},
		{Signal{SIGSEGV, SegvMapErr, 0}, "SIGSEGV {si_code=SEGV_MAPERR, si_addr=NULL}"},
		{Signal{SIGSEGV, SegvAccErr, 1}, "SIGSEGV {si_code=SEGV_ACCERR, si_addr=0x1}"},
		{Signal{SIGSEGV, SegvPkuErr, 1}, "SIGSEGV {si_code=SEGV_PKUERR, si_addr=0x1}"},
		{Signal{SIGSEGV, noncanonicalCode, 0}, "SIGSEGV {si_code=SI_KERNEL, si_addr=NULL}"},
		{Signal{SIGKILL, 0, 1}, "SIGKILL {si_code=0, si_addr=0x1}"},
		{Signal{5, 3, 1}, "SIG5 {si_code=3, si_addr=0x1}"},
	} {
		if got := c.s.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
