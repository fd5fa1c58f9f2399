package throttle

import (
	"testing"

	"vmsim/vm/clock"
)

// The rows are what Linux 6.18.15 gave, as the tracepoints balance_dirty_pages and bdi_dirty_ratelimit told it, with
// vm.dirty_bytes=8M and 2M and their backgrounds 2M and 1M: rates in pages a second, where the tracepoints have KiB.
func TestTaskGetsTheRateThatLinuxGives(t *testing.T) {
	for _, row := range []struct {
		background, threshold, dirty, mine, average, rate, setpoint, disk, given uint64
	}{
		{512, 2048, 1536, 1524, 25600, 25600, 1664, 1663, 26525},
		{256, 512, 512, 506, 25115, 25600, 448, 447, 0},
	} {
		at := Position{Background: row.background, Threshold: row.threshold, Dirty: row.dirty, Mine: row.mine,
			Limit: row.threshold, Share: row.threshold, Bandwidth: row.average}
		given := row.rate * uint64(at.ratio()) >> ratioBits
		if at.setpoint() != row.setpoint || at.diskSetpoint() != row.disk || given != row.given {
			t.Errorf("%+v: setpoint %d, the disk's %d, rate %d", row, at.setpoint(), at.diskSetpoint(), given)
		}
	}
}

func TestCommonRateFollowsAsInLinux(t *testing.T) {
	at := Position{Background: 256, Threshold: 512, Dirty: 512, Mine: 512, Limit: 512, Share: 512}
	p := Disk{rate: 25600, balanced: 27, average: 69376 / 4, Limit: 512}
	for _, row := range []struct{ dirtied, average, rate, balanced uint64 }{
		{32580 / 4, 69376 / 4, 89612 / 4, 2}, {26480 / 4, 66476 / 4, 78408 / 4, 2},
	} {
		p.Dirtied, p.stampDirtied, p.average = row.dirtied, 0, row.average
		if p.followRate(at, clock.HZ); p.rate != row.rate || p.balanced != row.balanced {
			t.Errorf("%+v: rate %d, balanced %d", row, p.rate, p.balanced)
		}
	}
}

func TestPauseIsNoLongerThanTheDiskHasWork(t *testing.T) {
	p := Disk{average: 78088 / 4, rate: 25600}
	if got := p.longest(506); got != 1 {
		t.Errorf("%d ticks", got)
	}
	if p.average = 15966; p.longest(512) != 2 {
		t.Errorf("%d ticks", p.longest(512))
	}
}

// slowed is a disk of 4096 pages a second, and a position between free run and limit.
func slowed() (Disk, Position) {
	d := NewDisk()
	d.rate, d.average, d.stamp = 4096, 4096, 1000
	return d, Position{Background: 256, Threshold: 512, Dirty: 448, Mine: 448, Limit: 512, Share: 512}
}

func TestTaskWaitsForAsLongAsItsPagesTakeAtItsRate(t *testing.T) {
	d, at := slowed()
	task := NewTask()
	task.Dirties(20)
	p, ok := d.Check(&task, 1000, at)
	if given := d.rate * uint64(at.ratio()) >> ratioBits; !ok || given != 1024 || p.Time != 4 || p.Again {
		t.Fatalf("pause %+v, %v; at %d pages a second 20 take 4 ticks", p, ok, given)
	}
	task.Resume(p)
	if task.dirtied != 0 || task.resumed != 1000+p.Time {
		t.Errorf("after the pause: %+v", task)
	}
	task.Dirties(20)
	if p, ok := d.Check(&task, task.resumed+4, at); ok {
		t.Errorf("a task that took 4 ticks for 20 pages waits for %d", p.Time)
	}
	task.Dirties(160)
	if p, _ := d.Check(&task, task.resumed, at); p.Time != d.longest(448) {
		t.Errorf("a task waits for %d ticks, though the disk has work for %d", p.Time, d.longest(448))
	}
}

func TestTaskAtTheLimitWaitsAndChecksAgain(t *testing.T) {
	d, at := slowed()
	at.Dirty, at.Mine = 513, 513
	task := NewTask()
	task.Dirties(1)
	if p, ok := d.Check(&task, 1000, at); !ok || !p.Again || p.Time != d.longest(513) {
		t.Errorf("%+v, %v", p, ok)
	}
	if task.Dirties(8); !task.Due(&d) {
		t.Error("above the limit a task checks after eight pages")
	}
}

func TestTaskThatRunsFreeChecksTheLessTheMoreRoomIsLeft(t *testing.T) {
	task := NewTask()
	for _, row := range []struct{ left, most uint64 }{{0, 1}, {1, 1}, {16, 4}, {1 << 20, 1024}} {
		if task.RunsFree(5, Position{Threshold: 1 << 30, Dirty: 1<<30 - row.left}); task.most != row.most {
			t.Errorf("with %d pages left it checks after %d, not after %d", row.left, task.most, row.most)
		}
	}
}

func TestTimeThatATaskTookTooLongCountsForASecond(t *testing.T) {
	task := Task{dirtied: 64, most: 32, resumed: 1000}
	if task.continues(1100, -50, 4096); task.resumed != 1003 || task.dirtied != 0 {
		t.Errorf("64 pages at 4096 a second take 3 ticks: %+v", task)
	}
	if task.continues(2000, -clock.HZ-1, 4096); task.resumed != 2000 {
		t.Errorf("more than a second late: %+v", task)
	}
	few := Task{dirtied: 8, most: 8, resumed: 1000}
	if few.continues(1000, 0, 1<<20); few.most != 16 || few.dirtied != 8 {
		t.Errorf("pages that take less than a tick: %+v", few)
	}
}

func TestLimitRisesAtOnceAndFallsByAThirtySecond(t *testing.T) {
	d := NewDisk()
	if d.followLimit(Position{Threshold: 3200}, 100); d.Limit != 3200 {
		t.Errorf("limit %d", d.Limit)
	}
	if d.followLimit(Position{Threshold: 0}, 100+interval-1); d.Limit != 3200 {
		t.Errorf("before the next interval: limit %d", d.Limit)
	}
	if d.followLimit(Position{Threshold: 0}, 100+interval); d.Limit != 3100 {
		t.Errorf("limit %d", d.Limit)
	}
}

func TestDisksRateIsSmoothedOver1024Ticks(t *testing.T) {
	d := NewDisk()
	d.Written = 2000
	if d.followDisk(2000); d.bandwidth != 250 || d.Average() != 250 {
		t.Errorf("after 8 s that wrote 2000 pages: %d, average %d", d.bandwidth, d.average)
	}
	d.stampWritten, d.Written = 2000, 2000
	if d.followDisk(512); d.bandwidth != 125 || d.Average() != 250 {
		t.Errorf("after 2 idle seconds more: %d, average %d", d.bandwidth, d.average)
	}
	if d.followDisk(512); d.bandwidth != 62 || d.Average() != 235 {
		t.Errorf("after 2 more: %d, average %d", d.bandwidth, d.average)
	}
}
