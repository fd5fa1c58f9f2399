package syscalls

import (
	"cmp"
	"fmt"

	"vmsim/disk"
	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/syscalls/procfs"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// DefaultRAM is the default size of a machine's memory.
const DefaultRAM = 24 << 30

// TmpfsShare is how many bytes a tmpfs may hold on a machine with so much memory, where its mount does not say.
// Linux: shmem_default_max_blocks (mm/shmem.c).
func TmpfsShare(ram uint64) uint64 { return ram / 2 }

// Kernel is one machine.
// Linux: the kernel, and what it runs on.
type Kernel struct {
	Clock  *clock.Clock
	Log    *trace.Log
	Memory *phys.Memory
	LRU    *lru.Lists
	Commit *vm.Commit
	Cache  *pagecache.Cache
	Disk   *disk.FileSystem // nil for a machine whose files are all in memory
	Proc   procfs.Machine   // what /proc shows of it

	config   Config
	handler  *fault.Handler
	nullFile *pagecache.Mapping // /dev/null
	swap     *pagecache.SwapCache
	procs    []*Process  // by PID, from 1; slot 0 is empty
	current  *Process    // who runs
	inUse    []*vm.Space // of processes that do not run, on which the kernel works
	guessed  bool        // an undetermined byte has been an argument
	segments segments    // of System V shared memory
	files    names
	unnamed  int // how many files O_TMPFILE has made
	specials map[string]*special
	killed   []Killed         // by the OOM killer, not yet told of
	tmpfs    *pagecache.Quota // of the files that have names

	maxMapCount int     // vm.max_map_count
	minAddr     vm.Addr // vm.mmap_min_addr

	anyUserfaults bool   // vm.unprivileged_userfaultfd
	mostFiles     uint64 // fs.nr_open
}

// New makes a machine without processes. It panics where c.Check has an error.
func New(c Config) *Kernel {
	if err := c.Check(); err != nil {
		panic("syscalls.New: " + err.Error())
	}
	if c.RAM == 0 {
		c.RAM = DefaultRAM
	}
	if c.Disk.Name == "" {
		c.Disk = disk.NVMe
	}
	k := &Kernel{Clock: new(clock.Clock), config: c, procs: make([]*Process, 1), specials: map[string]*special{},
		maxMapCount: vm.DefaultLimits().MaxMapCount,
		minAddr:     DefaultMinAddr, mostFiles: defaultMostFiles,
		anyUserfaults: !c.Profile.Has(profile.UserModeOnly)}
	k.segments = segments{byIndex: map[int]*sharedSegment{}, last: -1}
	k.Log = trace.NewLog(k.Clock)
	if c.Costs != nil {
		k.Log.Charge(c.Costs)
	}
	k.Memory = phys.NewMemory(c.RAM / vm.PageSize)
	k.LRU = lru.New(k.Memory)
	k.LRU.Generations = c.Profile.Configured().Generations
	k.Memory.Blurred = func(f *phys.Frame) { k.Processes(func(p *Process) { p.CPU.Undetermined(f) }) }
	k.Commit = &vm.Commit{Ratio: 50, RAM: c.RAM / vm.PageSize, Swap: c.Swap / vm.PageSize}
	k.Cache = pagecache.NewCache(k.LRU, k.Log)
	k.Cache.Profile = c.Profile
	k.Cache.Reclaim.OutOfMemory = k.outOfMemory
	k.Cache.Reclaim.Marks = pagecache.WatermarksOf(k.Memory.Total())
	if c.RAM <= watchedRAM || c.MemoryLimit+c.MemoryHigh > 0 {
		k.Cache.Reclaim.Watch()
	}
	k.tmpfs = &pagecache.Quota{Max: cmp.Or(c.TmpfsSize, TmpfsShare(c.RAM)) / vm.PageSize}
	k.addSwap()
	k.handler = &fault.Handler{Memory: k.Memory, Cache: k.Cache, Swap: k.swap, Profile: c.Profile}
	k.Proc = k.seenByProc()
	c.Policies.ofMachine(k)
	k.mountDisk()
	k.files = newNames(k)
	k.files.putDevice("/dev/fb0", k.Cache.NewScreen(screenBytes))
	k.files.putDevices()
	return k
}

// seenByProc are the parts of the machine that the files of /proc are written from.
func (k *Kernel) seenByProc() procfs.Machine {
	return procfs.Machine{Profile: k.config.Profile,
		Memory: k.Memory, LRU: k.LRU, Log: k.Log, Commit: k.Commit, Swap: k.swap, Huge: k.Cache.Huge,
		Faults: &k.handler.Events, Reclaim: &k.Cache.Reclaim.Events,
		Spaces: func(fn func(*vm.Space)) { k.Processes(func(p *Process) { fn(p.Space) }) }}
}

// SwapDevice is the path of the swap area that a machine starts with.
const SwapDevice = "/dev/swap"

// addSwap makes the machine's swap cache, with the area that it starts with.
func (k *Kernel) addSwap() {
	k.swap = k.Cache.NewSwapCache()
	if pages := k.config.Swap / vm.PageSize; pages > 0 {
		k.swap.AddDevice(SwapDevice, pages, k.config.Disk, pagecache.AutoPriority)
	}
}

// watchedRAM is the memory up to which a machine keeps the order of its pages from the start.
const watchedRAM = 1 << 30

// StartLimit begins to charge pages to the programs' control group, if it has a limit. Pages that are in memory already
// are not charged.
func (k *Kernel) StartLimit() {
	r := &k.Cache.Reclaim
	r.Limit, r.High = k.config.MemoryLimit/vm.PageSize, k.config.MemoryHigh/vm.PageSize
	if r.High > 0 && r.Limit == 0 {
		r.Limit = pagecache.Unlimited
	}
}

// uncounted suspends charging to the programs' control group until the returned function is called, for allocations
// that programs do not cause.
func (k *Kernel) uncounted() (end func()) {
	r := &k.Cache.Reclaim
	limit, high := r.Limit, r.High
	r.Limit, r.High = 0, 0
	return func() { r.Limit, r.High = limit, high }
}

// Process is the process of that number; ok is false if there is none, or if it has exited.
func (k *Kernel) Process(pid int) (p *Process, ok bool) {
	if pid < 1 || pid >= len(k.procs) || k.procs[pid].exited {
		return nil, false
	}
	return k.procs[pid], true
}

// Processes calls fn for every process that has not exited, the oldest first.
func (k *Kernel) Processes(fn func(*Process)) {
	for _, p := range k.procs[1:] {
		if !p.exited {
			fn(p)
		}
	}
}

// living is how many processes and threads there are, those among them that a parent has still to wait for.
// Linux: UCOUNT_RLIMIT_NPROC (include/linux/user_namespace.h).
func (k *Kernel) living() (n uint64) {
	for _, p := range k.procs[1:] {
		if !p.exited || p.zombie() {
			n++
		}
	}
	return n
}

// checkSwap recomputes how many entries refer to each place of the swap areas: those of page tables, and of files.
func (k *Kernel) checkSwap() error {
	counts := map[vm.SwapEntry]int{}
	k.eachEntry(func(e vm.PTE) {
		if e.Swapped() {
			counts[e.SwapEntry()]++
		}
	})
	k.Cache.Each(func(m *pagecache.Mapping) { m.EachSwapped(func(_ vm.PageIndex, e vm.SwapEntry) { counts[e]++ }) })
	err := k.swap.Check()
	k.swap.Each(func(e vm.SwapEntry, count int, _ *phys.Frame) {
		if counts[e] != count && err == nil {
			err = fmt.Errorf("place %d of swap area %d: %d entries refer to it, %d are counted", e.Place(), e.Area(),
				counts[e], count)
		}
		delete(counts, e)
	})
	if len(counts) > 0 && err == nil {
		err = fmt.Errorf("entries refer to %d places of the swap area that are free", len(counts))
	}
	return err
}

// eachEntry calls fn for each page-table entry, once for processes that share their memory.
func (k *Kernel) eachEntry(fn func(vm.PTE)) {
	seen := map[*vm.Space]bool{}
	k.Processes(func(p *Process) {
		if !seen[p.Space] {
			seen[p.Space] = true
			p.Space.Table().Each(0, vm.TaskSize.Page(), func(_ vm.VPN, e vm.PTE) { fn(e) })
		}
	})
}

// checkMaps counts the entries that map each private frame.
func (k *Kernel) checkMaps() (err error) {
	maps := map[*phys.Frame]int{}
	k.eachEntry(func(e vm.PTE) {
		if e.Present() {
			maps[k.Memory.Frame(e.PFN())]++
		}
	})
	k.Memory.EachUsed(func(f *phys.Frame) {
		if f.Has(phys.Anon) && !f.Has(phys.Huge) && f.Maps() != maps[f] && err == nil {
			err = fmt.Errorf("%v: %d entries map it, %d are counted", f, maps[f], f.Maps())
		}
	})
	return err
}

// Check recomputes the invariants of every part of the machine.
func (k *Kernel) Check() error {
	if err := k.Memory.Check(); err != nil {
		return err
	}
	for _, p := range k.procs[1:] {
		if p.exited {
			continue
		}
		if err := p.Space.Check(); err != nil {
			return fmt.Errorf("process %d: %w", p.PID, err)
		}
		if err := p.CPU.Check(); err != nil {
			return fmt.Errorf("process %d: %w", p.PID, err)
		}
	}
	if err := k.LRU.Check(); err != nil {
		return err
	}
	if err := k.checkSwap(); err != nil {
		return err
	}
	if err := k.checkMaps(); err != nil {
		return err
	}
	if k.Disk != nil {
		if err := k.Disk.Check(); err != nil {
			return err
		}
	}
	return k.Cache.Check()
}
