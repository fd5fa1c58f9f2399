package crash

import (
	"errors"
	"fmt"

	"vmsim/disk"
	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// sectorSize is what a disk writes whole or not at all.
const sectorSize = 512

// moment is the files after a statement.
type moment struct {
	op         int // which statement, by its place in the program; -1 before the first
	invariants []*script.Invariant
	names      map[string]*disk.Inode
	journal    map[string]*disk.Inode // the names that a power cut leaves
	commits    uint64                 // how often the journal was written until then
	files      map[*disk.Inode]*state
}

// state is a file at a moment: as memory, as the disk with its cache, and as a power cut leaves it.
type state struct {
	size, diskSize, durableSize int64
	sectors                     map[int64]sector // those that an invariant reads, by number
}

// sector is 512 bytes of a file at a moment.
type sector struct {
	live    string // in memory, or on the disk where memory does not have them
	durable string
	placed  bool // written to a block that the journal would lead to
	kept    bool // durable leads to a block of the disk
	clean   bool // the disk has been given what memory has
	endures bool // and a power cut does not take it back
}

// record is a program's run, a moment after each statement.
type record struct {
	prog    *script.Program
	moments []*moment
	reads   map[int64]bool // the sectors that some invariant reads, of any file
	steps   uint64
	// dirtyMost is the largest number of sectors that differ between memory and what a power cut leaves.
	dirtyMost int
}

// recordRun runs a program on the model and looks at its files after every statement.
func recordRun(prog *script.Program) (*record, error) {
	reads, err := sectorsRead(prog)
	if err != nil {
		return nil, err
	}
	r := &record{prog: prog, reads: reads}
	m := model.New()
	runner, err := run.NewRunner(prog, m, run.Options{})
	if err != nil {
		return nil, err
	}
	if m.Kernel.Disk == nil {
		return nil, errors.New("the files lie in memory, which a power cut clears: begin with  " +
			".machine fs=ext4")
	}
	if err := syncFirst(runner); err != nil {
		return nil, err
	}
	active := []*script.Invariant{}
	r.look(m.Kernel, -1, active)
	places := map[*script.Op]int{}
	for i := range prog.Ops {
		places[&prog.Ops[i]] = i
	}
	for runner.Next() {
		op := runner.Result().Op
		if v, ok := op.Do.(*script.Invariant); ok {
			active = withInvariant(active, v)
		}
		if d, ok := op.Do.(*script.Directive); ok && d.Name == "power_cut" {
			return nil, fmt.Errorf("line %d: .power_cut: power cuts are tried at every statement; leave the line out",
				op.Line)
		}
		r.look(m.Kernel, places[op], active)
	}
	r.steps = m.Kernel.Log.Seq()
	return r, runner.Err()
}

// syncFirst makes the files of the program's head durable: they are there when the program begins.
func syncFirst(r *run.Runner) error {
	op, err := script.NewParser("sync").Line("sync()")
	if err == nil {
		_, err = r.Do(op)
	}
	return err
}

// withInvariant is the list with v in the place of the one of the same name.
func withInvariant(active []*script.Invariant, v *script.Invariant) []*script.Invariant {
	out := []*script.Invariant{}
	for _, x := range active {
		if x.Name == "" || x.Name != v.Name {
			out = append(out, x)
		}
	}
	return append(out, v)
}

// look adds the moment after an operation.
func (r *record) look(k *syscalls.Kernel, op int, active []*script.Invariant) {
	m := &moment{op: op, invariants: active, names: map[string]*disk.Inode{}, journal: map[string]*disk.Inode{},
		commits: k.Disk.Commits(), files: map[*disk.Inode]*state{}}
	r.moments = append(r.moments, m)
	k.Files(func(path string, f *pagecache.Mapping) {
		if n := f.Inode(); n != nil {
			m.names[path], m.files[n] = n, r.inMemory(k, f)
		}
	})
	r.dirtyMost = max(r.dirtyMost, r.lookAtDisk(k, m))
}

// lookAtDisk notes what a power cut would leave of each file, and counts the sectors that differ from memory.
func (r *record) lookAtDisk(k *syscalls.Kernel, m *moment) (differ int) {
	found, inodes := k.Disk.Crash(func(disk.Block) bool { return false }), []*disk.Inode{}
	k.Disk.EachDurable(func(path string, n *disk.Inode) {
		m.journal[path] = n
		inodes = append(inodes, n)
	})
	i := 0
	found.Each(func(_ string, after *disk.Inode) {
		s := m.files[inodes[i]]
		if i++; s == nil {
			s = &state{sectors: map[int64]sector{}}
			m.files[inodes[i-1]] = s
		}
		differ += r.afterPowerCut(found.Device, after, s)
	})
	return differ
}

// inMemory is a file as the running machine has it.
func (r *record) inMemory(k *syscalls.Kernel, f *pagecache.Mapping) *state {
	s := &state{size: f.Size(), diskSize: f.Inode().Size(), sectors: map[int64]sector{}}
	for n := range r.reads {
		s.sectors[n] = liveSector(k.Disk.Device, f, n)
	}
	return s
}

func liveSector(d *disk.Device, f *pagecache.Mapping, n int64) sector {
	at := vm.PageIndex(n * sectorSize / vm.PageSize)
	device, block, placed := onDevice(d, f.Inode(), n)
	x := sector{live: device, placed: placed, clean: true, endures: placed && d.Endures(block)}
	frame := f.LookUp(at)
	if frame == nil {
		return x
	}
	buf := make([]byte, sectorSize)
	frame.Read(int(n*sectorSize%vm.PageSize), buf)
	x.live = string(buf)
	x.clean = !frame.Has(phys.Dirty) && x.live == device
	return x
}

// onDevice is what the disk has of a sector, with its cache; placed is false where the file has no written block there.
func onDevice(d *disk.Device, n *disk.Inode, sector int64) (bytes string, at disk.Block, placed bool) {
	e, ok := n.Map(disk.FileBlock(sector*sectorSize/disk.FileBlockSize), 1)
	if !ok || e.State != disk.Written {
		return zeros, 0, false
	}
	var page [disk.BlockSize]byte
	d.Peek(e.Place.Block(), &page)
	from := int64(e.Place)%disk.Parts*disk.FileBlockSize + sector*sectorSize%disk.FileBlockSize
	return string(page[from : from+sectorSize]), e.Place.Block(), true
}

var zeros = string(make([]byte, sectorSize))

// afterPowerCut adds to a state what a power cut leaves now, and counts the sectors that would be lost.
func (r *record) afterPowerCut(d *disk.Device, n *disk.Inode, s *state) (lost int) {
	s.durableSize = n.Size()
	for i := range r.reads {
		x := s.sectors[i]
		x.durable, _, x.kept = onDevice(d, n, i)
		if x.live != x.durable {
			lost++
		}
		s.sectors[i] = x
	}
	return lost
}
