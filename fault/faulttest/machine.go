package faulttest

import (
	"errors"
	"maps"

	"vmsim/disk"
	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// The areas that each process has. A file's are its first pages and one beyond its end.
//
//	private       5 pages of anonymous memory, read and write
//	readOnly      5 pages of anonymous memory, read only: every load is 0
//	sharedFile    4 pages of the file and one beyond its end, shared
//	privateFile   the same pages, private
const (
	private     vm.Addr = 0x10000000
	readOnly    vm.Addr = 0x18000000
	sharedFile  vm.Addr = 0x20000000
	privateFile vm.Addr = 0x30000000

	pages     = 5 // of each area
	filePages = 4
)

var bases = [...]vm.Addr{private, readOnly, sharedFile, privateFile}

// areaOf is the area that holds a, by its place in bases.
func areaOf(a vm.Addr) int {
	for i := len(bases) - 1; ; i-- {
		if a >= bases[i] {
			return i
		}
	}
}

// mostSteps is how many steps of the log one access may take: more is a fault that comes again and again.
const mostSteps = 20000

// machine is a few processes, a file and memory, and what the bytes of the file have to be. All processes share one
// file, so a store through a shared mapping must show in every process, and one through a private mapping in none.
type machine struct {
	memory *phys.Memory
	cache  *pagecache.Cache
	procs  []*process
	born   int
	left   int // steps that the access under way may still take
	plug   func(*fault.Handler, *vm.Space)
	file   map[vm.Addr]byte // by the offset
}

// process is a processor, and what the bytes of its private pages have to be.
type process struct {
	pid int
	cpu *fault.CPU
	own map[vm.Addr]byte // of private memory, and of pages of the file that were copied
	// copied are the pages of the private mapping that the process has stored to; the others show the file.
	copied map[vm.Addr]bool
}

// It has 1000 frames, more than all processes can use: reclaim is not what is tried here.
func newMachine(plug func(*fault.Handler, *vm.Space)) (*machine, error) {
	lists := lru.New(phys.NewMemory(1000))
	log := trace.NewLog(new(clock.Clock))
	m := &machine{memory: lists.Memory(), cache: pagecache.NewCache(lists, log), plug: plug,
		left: mostSteps, file: map[vm.Addr]byte{}}
	log.Observe(func(trace.Event) {
		if m.left--; m.left < 0 {
			panic("the access faults again and again")
		}
	})
	s := vm.NewSpace(log, lists, &vm.Commit{RAM: 1000, Ratio: 50}, vm.DefaultLimits())
	handler := &fault.Handler{Memory: m.memory, Cache: m.cache}
	plug(handler, s)
	fs := disk.NewFileSystem(disk.NewDevice(1<<20, disk.NVMe))
	mapping := m.cache.NewOnDisk("/a", fs)
	fs.Link("/a", mapping.Inode())
	file := mapping.Open("/a", pagecache.ModeRead|pagecache.ModeWrite)
	err := file.Fill(filePages*vm.PageSize, func(off int64, buf []byte) {
		for i := range buf {
			buf[i] = content(vm.Addr(off) + vm.Addr(i))
		}
	})
	const rw = vm.Read | vm.Write | vm.MayRead | vm.MayWrite
	for i, flags := range []vm.Flags{rw, vm.Read | vm.MayRead, rw | vm.Shared | vm.MayShare, rw} {
		r := vm.Region{Start: bases[i], End: bases[i] + pages<<vm.PageShift, Flags: flags}
		if r.Index = vm.PageIndex(r.Start.Page()); bases[i] >= sharedFile {
			r.Index, r.Backing = 0, file
		}
		if _, e := s.Map(r); e != nil {
			err = errors.Join(err, e)
		}
	}
	m.born = 1
	m.procs = []*process{{1, fault.NewCPU(s, handler), map[vm.Addr]byte{}, map[vm.Addr]bool{}}}
	return m, err
}

// content is what the file has at an offset.
func content(off vm.Addr) byte { return byte(17*(off>>vm.PageShift) + off + 1) }

// fork makes a process of the same bytes.
func (m *machine) fork(p *process) error {
	s := vm.NewSpace(p.cpu.Space.Log, p.cpu.Space.LRU, p.cpu.Space.Commit, p.cpu.Space.Limits)
	m.plug(p.cpu.Handler, s)
	if err := p.cpu.Space.Fork(s); err != nil {
		return err
	}
	m.born++
	child := &process{m.born, fault.NewCPU(s, p.cpu.Handler), maps.Clone(p.own), maps.Clone(p.copied)}
	m.procs = append(m.procs, child)
	return nil
}

// exit ends a process: its areas go, and with them its references to frames.
func (m *machine) exit(p *process) {
	for i, x := range m.procs {
		if x == p {
			m.procs = append(m.procs[:i:i], m.procs[i+1:]...)
		}
	}
	p.cpu.Detach()
	p.cpu.Space.UnmapAll()
	p.cpu.Space.LRU.Drain()
}

// byteAt is what a load has to find.
func (p *process) byteAt(m *machine, a vm.Addr) byte {
	at := bases[areaOf(a)]
	switch {
	case at < sharedFile:
		return p.own[a]
	case at == privateFile && p.copied[a.Floor()]:
		return p.own[a]
	}
	if b, ok := m.file[a-at]; ok {
		return b
	}
	return content(a - at)
}

// put notes a store. The first store to a page of the private mapping copies the page: what the other bytes were then
// stays, whatever is stored to the file later.
func (p *process) put(m *machine, a vm.Addr, b byte) {
	at := bases[areaOf(a)]
	if at == sharedFile {
		m.file[a-at] = b
		return
	}
	if page := a.Floor(); at == privateFile && !p.copied[page] {
		for x := page; x < page+3; x++ { // the bytes that are looked at
			p.own[x] = p.byteAt(m, x)
		}
		p.copied[page] = true
	}
	p.own[a] = b
}

// cached is how many pages of the file are in memory, and how many of them are held by more than the page cache.
func (m *machine) cached() (n, held int) {
	m.cache.Each(func(f *pagecache.Mapping) {
		f.EachPage(0, pagecache.LastPage, func(_ vm.PageIndex, x *phys.Frame) {
			if n++; x.Refs() > 1 {
				held++
			}
		})
	})
	return n, held
}

// check recomputes the invariants of every part.
func (m *machine) check() error {
	m.left = mostSteps
	for _, p := range m.procs {
		if err := errors.Join(p.cpu.Space.Check(), p.cpu.Check()); err != nil {
			return err
		}
	}
	return errors.Join(m.memory.Check(), m.cache.Check())
}
