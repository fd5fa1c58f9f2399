package pagecache

import (
	"testing"
	"time"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/clock"
)

// The rows are what Linux 6.18.15 gave, as the tracepoints balance_dirty_pages and bdi_dirty_ratelimit told it, with
// vm.dirty_bytes=8M and 2M and their backgrounds 2M and 1M: rates in pages a second, where the tracepoints have KiB.
func TestProcessGetsTheRateThatLinuxGives(t *testing.T) {
	for _, row := range []struct {
		background, threshold, dirty, mine, average, rate, setpoint, disk, given uint64
	}{
		{512, 2048, 1536, 1524, 25600, 25600, 1664, 1663, 26525},
		{256, 512, 512, 506, 25115, 25600, 448, 447, 0},
	} {
		at := position{background: row.background, threshold: row.threshold, dirty: row.dirty, mine: row.mine,
			limit: row.threshold, share: row.threshold, bandwidth: row.average}
		given := row.rate * uint64(at.ratio()) >> ratioBits
		if at.setpoint() != row.setpoint || at.diskSetpoint() != row.disk || given != row.given {
			t.Errorf("%+v: setpoint %d, the disk's %d, rate %d", row, at.setpoint(), at.diskSetpoint(), given)
		}
	}
}

func TestCommonRateFollowsAsInLinux(t *testing.T) {
	at := position{background: 256, threshold: 512, dirty: 512, mine: 512, limit: 512, share: 512}
	p := pace{rate: 25600, balanced: 27, average: 69376 / 4, limit: 512}
	for _, row := range []struct{ dirtied, average, rate, balanced uint64 }{
		{32580 / 4, 69376 / 4, 89612 / 4, 2}, {26480 / 4, 66476 / 4, 78408 / 4, 2},
	} {
		p.dirtied, p.stampDirtied, p.average = row.dirtied, 0, row.average
		if p.followRate(at, ticks); p.rate != row.rate || p.balanced != row.balanced {
			t.Errorf("%+v: rate %d, balanced %d", row, p.rate, p.balanced)
		}
	}
}

func TestPauseIsNoLongerThanTheDiskHasWork(t *testing.T) {
	p := pace{average: 78088 / 4, rate: 25600}
	if got := p.longest(506); got != 1 {
		t.Errorf("%d ticks", got)
	}
	if p.average = 15966; p.longest(512) != 2 {
		t.Errorf("%d ticks", p.longest(512))
	}
}

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
		if got := b.c.Writer.Dirty() + b.c.Writer.Underway(); got > 512+8 {
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

func TestPageUnderWayCanBeDirtyAgain(t *testing.T) {
	b := newBench(t, 1000)
	b.fs.Device.Profile = disk.HDD
	b.write(0, "old")
	b.m.flush(1024)
	if b.c.Writer.Underway() != 1 || b.c.Writer.Dirty() != 0 {
		t.Fatalf("%d under way", b.c.Writer.Underway())
	}
	b.write(0, "new")
	if b.c.Writer.Underway() != 1 || b.c.Writer.Dirty() != 1 {
		t.Fatalf("%d under way, %d dirty", b.c.Writer.Underway(), b.c.Writer.Dirty())
	}
	if err := b.f.Sync(0, LastPage, AllOfIt); err != nil {
		t.Fatal(err)
	}
	if b.c.Writer.Underway() != 0 || b.c.Writer.Dirty() != 0 {
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
	b.c.Writer.pace.limit = 512 // as if it had been so for long
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
