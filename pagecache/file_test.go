package pagecache

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
	"vmsim/vm/profile"
)

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
