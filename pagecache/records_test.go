package pagecache

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"

	"vmsim/vm"
	"vmsim/vm/phys"
	"vmsim/vm/profile"
)

// record is a file, an area that shows it, and the bytes that it has to have.
type record struct {
	m    *Mapping
	f    *File
	area *vm.Area
	want []byte
}

// records are two files on a disk and one in memory, and a process that maps them and has private memory, in a machine
// that may be short of memory.
type records struct {
	*swapBench
	*rand.Rand
	files []*record
	own   [16]byte // the first byte of each private page
}

// mostPages is how long a file gets.
const mostPages = 40

func newRecords(b *swapBench, seed uint64) (*records, error) {
	x := &records{swapBench: b, Rand: rand.New(rand.NewPCG(seed, 6))}
	second := b.c.NewOnDisk("/b", b.fs)
	b.fs.Link("/b", second.Inode())
	for i, m := range []*Mapping{b.m, second, b.c.NewShared("/shm/a", &Quota{Max: mostPages})} {
		r := &record{m: m, f: m.Open(m.Label, ModeRead|ModeWrite)}
		at := vm.Addr(0x20000000 * (i + 1))
		a, err := b.space.Map(vm.Region{Start: at, End: at + mostPages*vm.PageSize, Backing: r.f,
			Flags: vm.Read | vm.Write | vm.Exec*vm.Flags(i%2) | vm.Shared | vm.MayRead | vm.MayWrite | vm.MayShare})
		if err != nil {
			return nil, err
		}
		r.area = a
		x.files = append(x.files, r)
	}
	return x, nil
}

// reach gives a record n bytes.
func (r *record) reach(n int) {
	if grow := n - len(r.want); grow > 0 {
		r.want = append(r.want, make([]byte, grow)...)
	}
}

// span is a random range of the longest file; often its ends are pages' or blocks'.
func (x *records) span(most int) (from, to int64) {
	n := 1 + x.Int64N(int64(most))
	from = x.Int64N(mostPages*vm.PageSize - n + 1)
	switch x.IntN(4) {
	case 0:
		from &^= vm.PageMask
	case 1:
		from, n = from&^(blockSize-1), (n+blockSize-1)&^(blockSize-1)
	}
	return from, min(from+n, mostPages*vm.PageSize)
}

func (x *records) letters(n int64) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(1 + x.IntN(255))
	}
	return b
}

func (x *records) writes(r *record) error {
	from, to := x.span(6 * vm.PageSize)
	text := x.letters(to - from)
	r.reach(int(to))
	copy(r.want[from:], text)
	n, err := r.f.Write(&user{buf: text}, 0, uint64(len(text)), from)
	if int64(n) != to-from {
		return fmt.Errorf("%d bytes were written, want %d: %v", n, to-from, err)
	}
	return err
}

func (x *records) reads(r *record) error {
	from, to := x.span(6 * vm.PageSize)
	return r.holds(from, to)
}

// holds reads a range and compares.
func (r *record) holds(from, to int64) error {
	u := &user{buf: make([]byte, to-from)}
	n, err := r.f.Read(u, 0, uint64(to-from), from)
	want := r.want[min(from, int64(len(r.want))):min(to, int64(len(r.want)))]
	if err != nil || !bytes.Equal(u.buf[:n], want) {
		return fmt.Errorf("bytes %d to %d of %s: %d were read, want %d; %v, first difference at %d", from, to,
			r.m.Label, n, len(want), err, differ(u.buf[:n], want))
	}
	return nil
}

func differ(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

func (x *records) truncates(r *record) error {
	n := x.Int64N(mostPages*vm.PageSize + 1)
	r.reach(int(n))
	r.want = r.want[:n:n]
	return r.m.Truncate(n)
}

func (x *records) allocates(r *record) error {
	from, to := x.span(8 * vm.PageSize)
	mode := []AllocateMode{0, AllocateKeepSize, AllocatePunchHole | AllocateKeepSize, AllocateZeroRange,
		AllocateZeroRange | AllocateKeepSize, AllocateCollapse, AllocateInsert}[x.IntN(7)]
	if mode >= AllocateCollapse && mode&AllocateZeroRange == 0 {
		from, to = from&^vm.PageMask, (to+vm.PageMask)&^vm.PageMask
	}
	if mode == AllocateZeroRange && to > r.m.size && x.c.Profile.Has(profile.EndZeroedFirst) {
		mode = 0 // Linux 7.1 leaves old bytes of the last page then
	}
	want := r.allocated(mode, from, to)
	if err := r.m.Fallocate(mode, from, to); err != want {
		return fmt.Errorf("fallocate(%#x, %d, %d): %v, want %v", mode, from, to, err, want)
	}
	return nil
}

// allocated does to the record what fallocate does to the file.
func (r *record) allocated(mode AllocateMode, from, to int64) error {
	size := int64(len(r.want))
	switch mode {
	case 0, AllocateZeroRange:
		if mode != 0 && r.m.InMemory() {
			return syscall.EOPNOTSUPP
		}
		r.reach(int(to))
	case AllocateCollapse, AllocateInsert:
		switch {
		case r.m.InMemory():
			return syscall.EOPNOTSUPP
		case mode == AllocateCollapse && to >= size, mode == AllocateInsert && from >= size:
			return syscall.EINVAL
		case mode == AllocateCollapse:
			r.want = append(r.want[:from:from], r.want[to:]...)
		default:
			r.want = append(append(r.want[:from:from], make([]byte, to-from)...), r.want[from:]...)
		}
		return nil
	case AllocateZeroRange | AllocateKeepSize:
		if r.m.InMemory() {
			return syscall.EOPNOTSUPP
		}
	}
	if mode&(AllocatePunchHole|AllocateZeroRange) != 0 {
		clear(r.want[min(from, int64(len(r.want))):min(to, int64(len(r.want)))])
	}
	return nil
}

// sharedAccess is a load or a store through the mapping, with as little of a page fault as is right.
func (x *records) sharedAccess(r *record) error {
	off := x.Int64N(mostPages * vm.PageSize)
	at, store := r.area.Start+vm.Addr(off), x.IntN(2) == 0
	frame, err := x.touch(r, at, store)
	end := pagesFor(int64(len(r.want))).FileOffset()
	switch {
	case off >= end && err == vm.ErrNoPage:
		return nil
	case off >= end || err != nil:
		return fmt.Errorf("an access to byte %d of %d: %v", off, len(r.want), err)
	}
	value, want := byte(x.IntN(256)), byte(0)
	if off < int64(len(r.want)) {
		if store {
			x.c.Memory.Bytes(frame)[off&vm.PageMask] = value
			r.want[off] = value
		}
		want = r.want[off]
	}
	if b := frame.Byte(uint64(off)); b != want {
		return fmt.Errorf("byte %d is mapped as %#x, want %#x", off, b, want)
	}
	return nil
}

func (x *records) touch(r *record, at vm.Addr, store bool) (*phys.Frame, error) {
	traits := r.f.Traits()
	for try := range 6 {
		e := x.space.Entry(at)
		bits := vm.PteAccessed
		q := vm.Fault{Space: x.space, Area: r.area, Addr: at.Floor(), Real: at, Index: r.area.IndexOf(at),
			MayDrop: try == 0, Tried: try > 0}
		if store {
			q.Access, bits = vm.Store, vm.PteWrite|vm.PteDirty|vm.PteAccessed
		}
		switch {
		case e.Present() && (!store || e.Writable()):
			x.space.SetEntry(at, e|bits)
			return x.c.Memory.Frame(e.PFN()), nil
		case e.Present():
			frame := x.c.Memory.Frame(e.PFN())
			if err := r.f.MakeWritable(&q, frame); err != nil {
				return nil, err
			}
			x.space.SetEntry(at, e|bits)
			r.m.MarkDirty(frame)
			continue
		case !store && traits.Has(vm.FaultAround):
			if _, own := r.f.MapAround(&q, q.Index&^7, min(q.Index|7, mostPages-1)); own {
				continue
			}
		}
		frame, err := r.f.Fault(&q)
		if err == vm.ErrRetry {
			continue
		}
		if err == nil && store {
			err = r.f.MakeWritable(&q, frame)
		}
		if err == nil {
			x.space.MapShared(r.area, at, frame, bits)
		}
		if err == nil && store {
			r.m.MarkDirty(frame)
		}
		if frame != nil {
			x.c.Memory.Put(frame)
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the access faults again and again")
}

// privateAccess loads from a private page or stores to it.
func (x *records) privateAccess(*record) error {
	i := x.IntN(len(x.own))
	e := x.space.Entry(x.at(i))
	switch {
	case e.Swapped():
		if err := x.swapIn(i, e); err != nil {
			return err
		}
	case e.None():
		if !x.c.Reclaim.Room(1, MustHave) {
			return syscall.ENOMEM
		}
		f := x.swapBench.store(i, x.own[i])
		x.c.Reclaim.Charge(f)
		x.c.LRU.Add(f)
	}
	e = x.space.Entry(x.at(i))
	f := x.c.Memory.Frame(e.PFN())
	if b := f.Byte(0); b != x.own[i] {
		return fmt.Errorf("private page %d has %#x, want %#x", i, b, x.own[i])
	}
	if x.IntN(2) == 0 {
		x.own[i] = byte(x.IntN(256))
		x.c.Memory.Bytes(f)[0] = x.own[i]
		e |= vm.PteDirty
	}
	x.space.SetEntry(x.at(i), e|vm.PteAccessed|vm.PteWrite)
	return nil
}

// swapIn brings private page i back.
func (x *records) swapIn(i int, e vm.PTE) error {
	place := e.SwapEntry()
	f := x.swap.LookUp(place)
	if f == nil {
		var err error
		if f, err = x.swap.readIn(place); err != nil {
			return err
		}
	}
	x.swap.Release(place)
	x.swap.Forget(f)
	f.Owner, f.Index = x.area.Anon, uint64(x.area.IndexOf(x.at(i)))
	f.Set(phys.Exclusive)
	x.space.ReplaceSwapEntry(x.area, x.at(i), f, vm.NewPTE(f.PFN(), x.area.Flags)|vm.PteWrite|vm.PteDirty)
	x.c.Memory.Put(f)
	return nil
}
