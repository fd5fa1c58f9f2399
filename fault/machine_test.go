package fault

import (
	"testing"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// machine is a processor, a file of 40 pages, the k-th full of the k-th letter, and a swap area.
type machine struct {
	*CPU
	t     *testing.T
	cache *pagecache.Cache
	swap  *pagecache.SwapCache
	file  *pagecache.File
	disk  *disk.Device
}

const filePages = 40

// newMachine is a machine whose invariants are checked at the end.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := newUnchecked(t)
	t.Cleanup(func() {
		checked(t, m.CPU)
		if err := m.cache.Check(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// newBare is a machine of so many frames, with neither files nor a swap area, and a process without areas.
func newBare(t *testing.T, frames uint64) *machine {
	t.Helper()
	lists := lru.New(phys.NewMemory(frames))
	m := &machine{t: t, cache: pagecache.NewCache(lists, trace.NewLog(new(clock.Clock)))}
	s := vm.NewSpace(m.cache.Log, lists, &vm.Commit{RAM: frames, Ratio: 50}, vm.DefaultLimits())
	m.CPU = NewCPU(s, &Handler{Memory: s.Memory, Cache: m.cache})
	return m
}

func newUnchecked(t *testing.T) *machine {
	t.Helper()
	m := newBare(t, 1000)
	m.swap = m.cache.NewSwapCache()
	m.swap.AddDevice("/dev/swap", 64, disk.Instant, pagecache.AutoPriority)
	m.Space.Swap, m.Handler.Swap = m.swap, m.swap
	m.disk = disk.NewDevice(1<<20, disk.NVMe)
	fs := disk.NewFileSystem(m.disk)
	file := m.cache.NewOnDisk("/a", fs)
	fs.Link("/a", file.Inode())
	m.file = file.Open("/a", pagecache.ModeRead|pagecache.ModeWrite)
	err := m.file.Fill(filePages*vm.PageSize, func(off int64, buf []byte) {
		for i := range buf {
			buf[i] = 'a' + byte((off+int64(i))/vm.PageSize%26)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	m.makeCold()
	m.mapFile(fileBase, vm.Shared|vm.MayShare)
	m.mapFile(privateBase, 0)
	return m
}

// makeCold writes the file back and drops it from the cache.
func (m *machine) makeCold() {
	m.t.Helper()
	if err := m.file.Sync(0, pagecache.LastPage, pagecache.AllOfIt); err != nil {
		m.t.Fatal(err)
	}
	m.file.Advise(pagecache.AdviseDontNeed, 0, 1<<40)
}

func (m *machine) mapFile(at vm.Addr, more vm.Flags) {
	m.t.Helper()
	_, err := m.Space.Map(vm.Region{
		Start: at, End: at + filePages*vm.PageSize, Backing: m.file,
		Flags: vm.Read | vm.Write | vm.MayRead | vm.MayWrite | vm.MayExec | more,
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// anon maps pages of private memory and stores a letter to each.
func (m *machine) anon(pages int) {
	m.t.Helper()
	_, err := m.Space.Map(vm.Region{
		Start: base, End: base + vm.Addr(pages)*vm.PageSize, Index: vm.PageIndex(base.Page()),
		Flags: vm.Read | vm.Write | vm.MayRead | vm.MayWrite | vm.MayExec,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	for i := range pages {
		store(m.t, m.CPU, page(base, i), 'a'+byte(i))
	}
	m.Minor = 0
}

func page(at vm.Addr, i int) vm.Addr { return at + vm.Addr(i)*vm.PageSize }

// took holds the faults that were taken against what is wanted, and forgets them.
func (m *machine) took(minor, major uint64) {
	m.t.Helper()
	if m.Minor != minor || m.Major != major {
		m.t.Errorf("%d minor and %d major faults, want %d and %d", m.Minor, m.Major, minor, major)
	}
	m.Minor, m.Major = 0, 0
}

// fileBase is where a file of a disk is mapped shared, privateBase where it is private.
const (
	fileBase    vm.Addr = 0x20000000
	privateBase vm.Addr = 0x30000000
)
