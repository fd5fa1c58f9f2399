//go:build linux && amd64

package host

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Lines of the two traces: puppet is thread 7.
func switched(at int, from int, state string, to int) string {
	return fmt.Sprintf(" a-%d  [000] d..2. 10.%06d: sched_switch: prev_comm=a prev_pid=0x%x (%d) prev_prio=0x78 (120) "+
		"prev_state=%s next_comm=b next_pid=0x%x (%d) next_prio=0x78 (120)", from, at, from, from, state, to, to)
}

func disk(at int, what, rwbs string) string {
	return fmt.Sprintf(" k-3  [001] ..... 10.%06d: block_rq_%s: dev=0x700000 (7340032) sector=0x8 (8) "+
		"nr_sector=0x8 (8) error=0x0 (0) ioprio=0x0 (0) rwbs=%s cmd=", at, what, rwbs)
}

// told is that the kernel has gone through all pages of a read.
func told(at int) string {
	return strings.Replace(disk(at, "complete", "R"), "block_rq_complete", "block_io_done", 1)
}

const (
	stateRunning = "0x0 (0)"
	stateWaits   = "0x2 (2)"
	stateTraced  = "0x8 (8)"
)

// seen is what the lines say, in whatever order they come.
func seen(lines ...string) string {
	var d disturbances
	d.begin()
	for _, l := range lines {
		d.mark(l, func(tid int) bool { return tid == 7 })
	}
	d.judge(true)
	return strings.Join(slices.Sorted(maps.Keys(d.causes)), "; ")
}

func TestADiskThatWorksWhileACallWaitsDisturbsNothing(t *testing.T) {
	got := seen(switched(1, 0, stateRunning, 7), switched(3, 7, stateWaits, 0), switched(6, 0, stateRunning, 7),
		switched(8, 7, stateTraced, 0), disk(2, "issue", "RA"), disk(4, "complete", "RA"), disk(7, "issue", "R"),
		disk(9, "complete", "R"))
	if got != "" {
		t.Errorf("disturbed: %s", got)
	}
}

func TestADiskThatIsDoneWhileTheCallGoesOnIsNoticed(t *testing.T) {
	for _, meanwhile := range [][]string{nil, {switched(3, 7, stateRunning, 9), switched(5, 9, stateRunning, 7)}} {
		got := seen(append(meanwhile, switched(1, 0, stateRunning, 7), switched(8, 7, stateTraced, 0),
			disk(2, "issue", "RA"), disk(4, "complete", "RA"))...)
		if got != tooFast {
			t.Errorf("disturbed: %q", got)
		}
	}
}

func TestADiskThatIsNotDoneWhenACallHasWaitedIsNoticed(t *testing.T) {
	got := seen(switched(1, 0, stateRunning, 7), switched(4, 7, stateWaits, 0), switched(6, 0, stateRunning, 7),
		switched(7, 7, stateTraced, 0), disk(2, "issue", "R"), disk(3, "issue", "RA"), disk(5, "complete", "R"),
		disk(8, "complete", "RA"))
	if got != tooSlow {
		t.Errorf("disturbed: %q", got)
	}
}

// The kernel wakes who waits for the first page of a request before it has gone through the others.
func TestACallThatGoesOnAmidTheEndOfItsRequestIsNoticed(t *testing.T) {
	var d disturbances
	d.begin()
	d.tells = true
	for _, l := range []string{switched(1, 0, stateRunning, 7), disk(2, "issue", "R"), switched(3, 7, stateWaits, 0),
		disk(4, "complete", "R"), switched(5, 0, stateRunning, 7), told(6)} {
		d.mark(l, func(tid int) bool { return tid == 7 })
	}
	if d.judge(true); !d.causes[tooSlow] {
		t.Errorf("disturbed: %v", d.causes)
	}
}

// What the disk does while a program's files are made says nothing; what others do to them meanwhile does.
func TestOthersDisturbAProgramFromItsFilesOn(t *testing.T) {
	var d disturbances
	d.begin()
	d.causes[tooFast], d.causes[flushed] = true, true
	if d.watched(); d.causes[tooFast] || !d.causes[flushed] {
		t.Errorf("disturbed: %v", d.causes)
	}
}

func TestWhatOthersDoToTheFilesIsNoticed(t *testing.T) {
	const start = " kworker-3  [001] ..... 10.000001: writeback_start: name=7:0 nr_pages=0x1 (1) reason=0x2 (2)"
	const drop = " sh-5  [001] ..... 10.000001: mm_filemap_delete_from_page_cache: pfn=0x1 (1) i_ino=0xc (12)"
	var d disturbances
	d.begin()
	d.calls(syscalls.SysSync)
	d.other(start, func(int) bool { return false })
	d.other(drop, func(tid int) bool { return tid == 5 })
	if len(d.causes) > 0 {
		t.Errorf("the program's own: %v", d.causes)
	}
	d.calls(syscalls.SysRead)
	d.other(start, func(int) bool { return false })
	if len(d.causes) > 0 {
		t.Errorf("a sync before the trace was read: %v", d.causes)
	}
	d.traced = true
	d.calls(syscalls.SysRead)
	d.other(start, func(int) bool { return false })
	d.other(drop, func(int) bool { return false })
	if !d.causes[flushed] || !d.causes[dropped] {
		t.Errorf("others': %v", d.causes)
	}
}

func TestARenewedMachineRunsOnFilesOfItsOwn(t *testing.T) {
	for _, fs := range []string{"tmpfs", "ext4"} {
		t.Run(fs, func(t *testing.T) {
			m, err := New()
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			c := run.Config{Settings: []script.Setting{{Name: "fs", Value: fs}}}
			if err := m.Setup(c); err != nil {
				t.Skipf("no puppets on %s here: %v", fs, err)
			}
			first := m.tree
			m.Renew()
			if err := m.Setup(c); err != nil || m.tree == first {
				t.Fatalf("the same files: %v, %v", m.tree == first, err)
			}
			p, _ := m.Process(1)
			if maps := p.Maps(); !strings.Contains(maps, imageName) {
				t.Errorf("its areas are\n%s", maps)
			}
		})
	}
}

// Dropping the machine's caches is a tester's own doing here: nothing is dropped, only counted as if it had been.
func TestDroppedCachesAreNoticed(t *testing.T) {
	m := started(t)
	m.Watch(0)
	if causes := m.Disturbances(); len(causes) > 0 {
		t.Skipf("others disturb: %v", causes)
	}
	m.seen.others.drops--
	if causes := m.Disturbances(); !slices.Equal(causes, []string{dropped}) {
		t.Errorf("disturbed by %v", causes)
	}
	first := m.tree
	first.drops--
	if err := m.Setup(run.Config{}); err != nil || m.tree == first {
		t.Errorf("the next program has the same image: %v, %v", m.tree == first, err)
	}
}

func TestReclaimByOthersIsNoticed(t *testing.T) {
	const line = " kdamond.0-77  [001] ..... 10.000001: mm_vmscan_reclaim_pages: nid=0x0 (0) nr_scanned=0x1 (1)"
	var d disturbances
	d.begin()
	if d.other(line, func(int) bool { return true }); len(d.causes) > 0 {
		t.Errorf("the program's own: %v", d.causes)
	}
	if d.other(line, func(int) bool { return false }); !d.causes[reclaim] {
		t.Errorf("others': %v", d.causes)
	}
}

func TestSettingsThatOthersHaveChangedAreNoticed(t *testing.T) {
	m, err := New()
	if err != nil {
		t.Skip(err)
	}
	defer m.Close()
	for _, names := range [][]string{{"KSM"}, nil} {
		m.changed = names
		if got := slices.Contains(m.Disturbances(), changed+"KSM"); got != (names != nil) {
			t.Errorf("changed %v when the program began: noticed %v", names, got)
		}
	}
}

func TestSettingsAreComparedWithThoseAtFirst(t *testing.T) {
	before := changeable[0]
	defer func() { changeable[0] = before }()
	_ = settingsAtFirst()
	changeable[0].here = func() string { return "something else" }
	if got := new(Machine).othersChanged(); !slices.Contains(got, changeable[0].name) {
		t.Errorf("changed: %v", got)
	}
}
