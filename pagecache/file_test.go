package pagecache

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
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

// directs moves sectors past the page cache.
func (x *records) directs(r *record) error {
	if r.m.InMemory() {
		return nil
	}
	from, to := x.span(4 * vm.PageSize)
	from, to = from&^(sector-1), (to+sector-1)&^(sector-1)
	n := to - from
	if !x.c.Reclaim.Room(uint64(n>>vm.PageShift)+1, MustHave) {
		return syscall.ENOMEM
	}
	p := newPipePages(&x.c.Reclaim, uint64(n))
	defer p.release(0)
	if x.IntN(2) == 0 {
		text := x.letters(n)
		p.CopyOut(0, text)
		r.reach(int(to))
		copy(r.want[from:], text)
		if got, err := r.f.WriteDirect(p, 0, uint64(n), from); err != nil || int64(got) != n {
			return fmt.Errorf("%d of %d bytes were written: %v", got, n, err)
		}
		return nil
	}
	got, err := r.f.ReadDirect(p, 0, uint64(n), from)
	buf := make([]byte, got)
	p.CopyInNoFault(0, buf)
	want := r.want[min(from, int64(len(r.want))):min(to, int64(len(r.want)))]
	if err != nil || !bytes.Equal(buf, want) {
		return fmt.Errorf("%d bytes from %d on, want %d: %v, first difference at %d", got, from, len(want), err,
			differ(buf, want))
	}
	return nil
}

// sends copies from another file.
func (x *records) sends(r *record) error {
	in := x.files[x.IntN(len(x.files))]
	from, to := x.span(4 * vm.PageSize)
	at := x.Int64N(mostPages*vm.PageSize - (to - from) + 1)
	if in == r {
		return nil
	}
	text := in.want[min(from, int64(len(in.want))):min(to, int64(len(in.want)))]
	if len(text) > 0 {
		r.reach(int(at) + len(text))
		copy(r.want[at:], text)
	}
	n, err := r.f.CopyFrom(in.f, uint64(to-from), from, at, everything)
	if err != nil || int(n) != len(text) {
		return fmt.Errorf("%d bytes were sent from %s to %s, want %d: %v", n, in.m.Label, r.m.Label, len(text), err)
	}
	return nil
}

// seeks looks for data and for holes: what is passed over on the way to data is zero, and so is the first byte of a
// hole.
func (x *records) seeks(r *record) error {
	off, size := x.Int64N(mostPages*vm.PageSize), int64(len(r.want))
	at, err := r.m.Locate(off, SoughtData)
	if err == syscall.ENXIO {
		at = max(off, size)
	} else if err != nil || at < off || at >= size {
		return fmt.Errorf("data from %d on: %d of %d, %v", off, at, size, err)
	}
	if off < size && bytes.Trim(r.want[off:at], "\x00") != nil && len(bytes.Trim(r.want[off:at], "\x00")) > 0 {
		return fmt.Errorf("from %d to %d there is no data, as the file says", off, at)
	}
	hole, err := r.m.Locate(off, SoughtHole)
	if off >= size {
		if err != syscall.ENXIO {
			return fmt.Errorf("a hole beyond the end: %v", err)
		}
		return nil
	}
	if err != nil || hole < off || hole > size || hole < size && r.want[hole] != 0 {
		return fmt.Errorf("a hole from %d on: %d of %d, %v", off, hole, size, err)
	}
	return nil
}

// syncs makes a file durable: the disk has its bytes then.
func (x *records) syncs(r *record) error {
	if err := r.f.Sync(0, LastPage, AllOfIt); err != nil || r.m.InMemory() {
		return err
	}
	if r.m.dirtyPages() != 0 {
		return fmt.Errorf("%d pages are dirty after a sync", r.m.dirtyPages())
	}
	there := make([]byte, mostPages*vm.PageSize)
	for _, e := range r.m.Extents() {
		for b := e.First; b < e.End() && e.State == disk.Written && int64(b)<<blockBits < int64(len(there)); b++ {
			var block [disk.BlockSize]byte
			x.fs.Device.Peek((e.Place + disk.Place(b-e.First)).Block(), &block)
			at := int(b%disk.Parts) * blockSize
			copy(there[int64(b)<<blockBits:], block[at:at+blockSize])
		}
	}
	if i := differ(there, r.want); i >= 0 {
		return fmt.Errorf("the disk has another byte %d than the file", i)
	}
	return nil
}

// ages lets time pass, gives advice and takes memory away: what the bytes do not depend on.
func (x *records) ages(r *record) error {
	from, to := x.span(16 * vm.PageSize)
	switch x.IntN(6) {
	case 0:
		x.c.Writer.Pass(x.c.Log.Clock.Now() + clock.Time(35*time.Second))
	case 1:
		x.c.Drop()
	case 2:
		r.f.Advise(FileAdvice(x.IntN(6)), from, to)
	case 3:
		at := r.area.Start + vm.Addr(from).Floor()
		x.c.Reclaim.PageOut(x.space, at, at+vm.Addr(to-from).Floor())
	case 4:
		x.c.Reclaim.PageOut(x.space, x.at(0), x.at(1+x.IntN(16)))
	case 5:
		r.f.ReadAhead(from, to-from)
	}
	return nil
}

// run does steps things at random; the error is the first fact that does not hold.
func (x *records) run(steps int) (err error) {
	what := ""
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", what, r)
		}
	}()
	acts := []struct {
		name string
		do   func(*records, *record) error
	}{
		{"write", (*records).writes}, {"write", (*records).writes}, {"read", (*records).reads},
		{"read", (*records).reads}, {"truncate", (*records).truncates}, {"fallocate", (*records).allocates},
		{"access", (*records).sharedAccess}, {"access", (*records).sharedAccess}, {"access", (*records).sharedAccess},
		{"private access", (*records).privateAccess}, {"private access", (*records).privateAccess},
		{"direct", (*records).directs}, {"send", (*records).sends}, {"seek", (*records).seeks},
		{"sync", (*records).syncs}, {"age", (*records).ages},
	}
	for step := range steps {
		act, r := acts[x.IntN(len(acts))], x.files[x.IntN(len(x.files))]
		what = fmt.Sprintf("step %d, %s of %s", step, act.name, r.m.Label)
		x.c.Begin()
		if err := errors.Join(act.do(x, r), x.check(r)); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	for _, r := range x.files {
		what = "at the end, " + r.m.Label
		if err := errors.Join(x.syncs(r), r.holds(0, mostPages*vm.PageSize)); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

func (x *records) check(r *record) error {
	if r.m.Size() != int64(len(r.want)) {
		return fmt.Errorf("the file has %d bytes, want %d", r.m.Size(), len(r.want))
	}
	if s := r.m.CacheState(0, LastPage); s.Cached != r.m.Cached() {
		return fmt.Errorf("%d pages are counted, %d are cached", s.Cached, r.m.Cached())
	}
	return errors.Join(x.c.Check(), x.fs.Check(), x.c.Memory.Check(), x.swap.Check(), x.space.Check())
}

// machines are what a file's bytes must not depend on.
var machines = []struct {
	name   string
	frames uint64
	setUp  func(c *Cache)
}{
	{"plenty of memory", 1000, func(*Cache) {}},
	{"little memory", 100, func(*Cache) {}},
	{"little memory, and kswapd", 100, func(c *Cache) { c.Reclaim.Marks = Watermarks{8, 16, 24} }},
	{"a control group", 1000, func(c *Cache) { c.Reclaim.Watch(); c.Reclaim.Limit = 80 }},
	{"a policy of its own", 100, func(c *Cache) { c.Reclaim.Replace(&fifo{}) }},
	{"private pages first", 100, func(c *Cache) { c.Reclaim.Swappiness = 200 }},
	{"Linux 5.10", 100, func(c *Cache) { c.Profile = release(5, 10) }},
	{"Linux 7.3", 1000, func(c *Cache) { c.Profile = release(7, 3) }},
}

func release(major, minor int) *profile.Profile {
	return profile.New(profile.Release{Major: major, Minor: minor}, profile.Config{})
}

func TestFilesHaveTheBytesThatWereWrittenWhateverMemoryThereIs(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			for seed := range uint64(3) {
				b := newSwapBench(t, m.frames, 32)
				m.setUp(b.c)
				x, err := newRecords(b, seed)
				if err == nil {
					err = x.run(800)
				}
				if err != nil {
					t.Fatalf("seed %d, %v", seed, err)
				}
			}
		})
	}
}

// A test that cannot fail holds nothing: each kernel with an error in the page cache has to be found.
func TestFilesOfKernelsWithAnErrorHaveOtherBytes(t *testing.T) {
	for _, m := range []profile.Mutant{
		profile.SwapWrongSlot, profile.WritebackKeepsWritable, profile.TruncateKeepsPart,
	} {
		t.Run(m.String(), func(t *testing.T) {
			for seed := range uint64(8) {
				b := newUncheckedSwapBench(t, 100, 32)
				b.c.Profile = profile.Default().Mutated(m)
				x, err := newRecords(b, seed)
				if err == nil {
					err = x.run(800)
				}
				if err != nil {
					t.Log(err)
					return
				}
			}
			t.Errorf("not found: %s", m.Info().Says)
		})
	}
}
