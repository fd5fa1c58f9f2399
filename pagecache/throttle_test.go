package pagecache

import (
	"testing"
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
)

// another is a second file of the bench.
func (b *bench) another() *File {
	m := b.c.NewOnDisk("/b", b.fs)
	b.fs.Link("/b", m.Inode())
	return m.Open("/b", ModeRead|ModeWrite)
}

func (b *bench) passes(d time.Duration) { b.c.Writer.Pass(b.c.Log.Clock.Now() + clock.Time(d)) }

// Linux 6.18.15 with dirty_writeback_centisecs=50 and dirty_expire_centisecs=100: a file dirtied at 21.754 was written
// at 22.817, another of 22.128 at 23.330, by a timer that had come at 22.303 first.
func TestTimerRunsFromTheFirstDirtyPage(t *testing.T) {
	b := newBench(t, 1000)
	b.c.Writer.Interval, b.c.Writer.Expire = 500*time.Millisecond, time.Second
	b.passes(300 * time.Millisecond)
	b.write(0, "x")
	b.passes(370 * time.Millisecond)
	g := b.another()
	if err := g.Fill(vm.PageSize, func(int64, []byte) {}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		pass        time.Duration
		first, then int
	}{
		{600 * time.Millisecond, 1, 1}, {50 * time.Millisecond, 0, 1}, {440 * time.Millisecond, 0, 1},
		{50 * time.Millisecond, 0, 0},
	} {
		b.passes(step.pass)
		if b.m.dirtyPages() != step.first || g.Mapping.dirtyPages() != step.then {
			t.Fatalf("at %v: %d and %d pages are dirty", b.c.Log.Clock.Now().Duration(), b.m.dirtyPages(),
				g.Mapping.dirtyPages())
		}
	}
}

func TestFlusherStopsAtTheBackgroundThreshold(t *testing.T) {
	b := newBench(t, 4000)
	b.c.Writer.Bytes, b.c.Writer.BackgroundBytes = 64<<20, 2<<20
	b.fill(400 * vm.PageSize)
	b.passes(time.Second)
	if got := b.c.Writer.Dirty(); got != 400 {
		t.Fatalf("%d pages are dirty below the threshold", got)
	}
	for i := range int64(400) {
		b.write((400+i)*vm.PageSize, "x")
	}
	b.passes(time.Second)
	if got := b.c.Writer.Dirty(); got == 0 || got > 400 {
		t.Errorf("%d of 800 pages are dirty", got)
	}
}

func TestProcessWaitsForASlowDisk(t *testing.T) {
	b := newBench(t, 4000)
	b.fs.Device.Profile = disk.HDD
	b.c.Writer.Bytes, b.c.Writer.BackgroundBytes = 2<<20, 1<<20
	for i := range int64(3000) {
		b.write(i*vm.PageSize, "x")
		if got := b.c.Writer.Dirty() + b.c.Writer.UnderWriteback(); got > 512+8 {
			t.Fatalf("%d pages are dirty or under way", got)
		}
		if err := b.c.Check(); err != nil {
			t.Fatal(err)
		}
	}
	d := b.c.Writer.Dirtiers()
	if len(d) != 1 || d[0].Pages < 3000 || d[0].Waits == 0 || d[0].Waited == 0 {
		t.Errorf("%+v", d)
	}
}

func TestPageUnderWritebackCanBeDirtyAgain(t *testing.T) {
	b := newBench(t, 1000)
	b.fs.Device.Profile = disk.HDD
	b.write(0, "old")
	b.m.flush(1024)
	if b.c.Writer.UnderWriteback() != 1 || b.c.Writer.Dirty() != 0 {
		t.Fatalf("%d under way", b.c.Writer.UnderWriteback())
	}
	b.write(0, "new")
	if b.c.Writer.UnderWriteback() != 1 || b.c.Writer.Dirty() != 1 {
		t.Fatalf("%d under way, %d dirty", b.c.Writer.UnderWriteback(), b.c.Writer.Dirty())
	}
	if err := b.f.Sync(0, LastPage, AllOfIt); err != nil {
		t.Fatal(err)
	}
	if b.c.Writer.UnderWriteback() != 0 || b.c.Writer.Dirty() != 0 {
		t.Error("fsync has not waited")
	}
}

func TestLargeFileDoesNotKeepAnotherWaiting(t *testing.T) {
	b := newBench(t, 9000)
	b.c.Writer.Bytes, b.c.Writer.BackgroundBytes = 1<<30, 1<<29
	b.fill(3000 * vm.PageSize)
	second := b.another()
	if err := second.Fill(100*vm.PageSize, func(int64, []byte) {}); err != nil {
		t.Fatal(err)
	}
	b.c.Writer.Bytes, b.c.Writer.BackgroundBytes = 2<<20, 1<<20
	b.c.Writer.speed.Limit = 512 // as if it had been so for long
	var order []disk.Block
	b.fs.Device.Trace = func(r disk.Request) { order = append(order, disk.Block(r.Blocks())) }
	b.c.Writer.flush(All, "")
	if len(order) < 3 || order[0] > 1024+64 || order[1] != 100 {
		t.Errorf("blocks a request: %v", order)
	}
}

func TestDueIsWhenTheTimerWritesAFile(t *testing.T) {
	b := newBench(t, 1000)
	b.passes(time.Second)
	b.write(0, "x")
	since := b.c.Log.Clock.Now()
	at, ok := b.c.Writer.Due(b.m)
	if !ok || (at-since).Duration().Round(time.Millisecond) != 30*time.Second {
		t.Fatalf("due at %v", at.Duration())
	}
	b.c.Writer.Pass(at - 1)
	if b.m.dirtyPages() != 1 {
		t.Error("written before that")
	}
	if b.c.Writer.Pass(at); b.m.dirtyPages() != 0 {
		t.Error("not written then")
	}
}

func TestAnotherIntervalHasEverythingWritten(t *testing.T) {
	b := newBench(t, 1000)
	b.write(0, "x")
	if b.c.Writer.SetInterval(5 * time.Second); b.c.Writer.Dirty() != 1 {
		t.Error("the same interval has it written")
	}
	if b.c.Writer.SetInterval(0); b.c.Writer.Dirty() != 1 {
		t.Error("none has it written")
	}
	if b.c.Writer.SetInterval(4 * time.Second); b.c.Writer.Dirty() != 0 {
		t.Error("another one has not")
	}
}
