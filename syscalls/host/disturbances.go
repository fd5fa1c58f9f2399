//go:build linux && amd64

package host

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"vmsim/syscalls"
)

// The model's disk takes no part of a call: what a call starts goes on until the call waits, and all of it has ended
// then. A loop device works on another processor, at its own pace, and the rest of the machine may look after the files
// as well. Where that has happened a program's answers are one of several, and the run says nothing.
const (
	tooFast = "the disk was done while the call that had asked it went on"
	tooSlow = "the disk was at work still when the call that had waited for it went on"
	flushed = "others had files written back (sync, a timer)"
	dropped = "others dropped pages of the files"
	reclaim = "others reclaimed memory"
	filled  = "others have filled the pool of huge pages"
	changed = "others changed a setting of the machine: "
)

// disturbances is what else was going on while a program ran.
type disturbances struct {
	marks       []mark
	causes      map[string]bool
	running     bool // a call or an access is under way, and waits for nothing
	outstanding int  // requests for reading
	tells       bool // the kernel says when it has told of the last page
	waited      bool
	ownSync     bool   // a call whose trace is not read yet writes everything back, or the last one
	traced      bool   // the trace has been read since the last call
	drops       uint64 // how often caches had been dropped when the program began, and by itself since
}

// mark is something whose order matters, of either tracer.
type mark struct {
	at   uint64 // in microseconds
	kind markKind
}

type markKind uint8

const (
	markIn      markKind = iota // a puppet goes on
	markOut                     // it has stopped
	markWaits                   // it waits for the disk
	markAsked                   // the disk is to read
	markRead                    // it has, and begins to tell of it, page by page
	markTold                    // it has told of the last page
	markWritten                 // it has written
)

// othersEvent is what tells of others, and what of it matters: NUMBER and NAME are the disk's.
type othersEvent struct{ event, filter, cause string }

var (
	flushEvents = []othersEvent{
		{"writeback/writeback_start", "name == \"NAME\"", flushed}, // by a worker; the event does not say who asked
		{"ext4/ext4_sync_fs", "dev == NUMBER", flushed},
	}
	dropEvents   = []othersEvent{{"filemap/mm_filemap_delete_from_page_cache", "s_dev == NUMBER", dropped}}
	othersEvents = slices.Concat(flushEvents, dropEvents)
)

// reclaimEvents are what tells of memory that somebody reclaims: kswapd, a process that needs a page and finds none, or
// DAMON, the monitor of accesses. What the puppets of another machine reclaim is their own: they have a group each, or
// advise MADV_PAGEOUT.
var reclaimEvents = []string{"vmscan/mm_vmscan_lru_shrink_inactive", "vmscan/mm_vmscan_reclaim_pages"}

// watchFlushes enables what tells of others' writeback of a disk, as far as this kernel has it.
func (t *tracer) watchFlushes(device uint64) {
	t.watchDevice(flushEvents, device)
}

// watchDrops enables what tells of pages that others drop.
func (t *tracer) watchDrops(device uint64) {
	t.watchDevice(dropEvents, device)
}

func (t *tracer) watchDevice(events []othersEvent, device uint64) {
	disk := strings.NewReplacer("NUMBER", strconv.FormatUint(device, 10),
		"NAME", fmt.Sprintf("%d:%d", device>>20, device&(1<<20-1)))
	for _, e := range events {
		_ = t.filtered(e.event, disk.Replace(e.filter))
	}
}

// watchReclaim enables what tells of reclaim.
func (t *tracer) watchReclaim() {
	for _, e := range reclaimEvents {
		_ = t.filtered(e, `nr_scanned > 0 && comm != "`+imageName[1:]+`"`)
	}
}

// Disturbances are what else was going on while the program ran, so that what it was answered says nothing. Where
// neither tracepoints nor requests are watched, only dropped caches are known and, beside files on a disk, others'
// reclaim and writeback.
func (m *Machine) Disturbances() (causes []string) {
	m.thread.do(func() {
		awaitMonitors()
		m.gather()
		if d := &m.seen.others; d.causes != nil && cacheDrops() != d.drops {
			d.causes[dropped] = true
		}
		causes = slices.Sorted(maps.Keys(m.seen.others.causes))
		if m.pool == nil && pools() != "none" {
			causes = append(causes, filled)
		}
		for _, name := range slices.Compact(slices.Sorted(slices.Values(append(m.changed, m.othersChanged()...)))) {
			causes = append(causes, changed+name)
		}
	})
	return causes
}

// watched forgets what the disk did for the program's files, before the program itself runs. What others have done to
// them since they were made counts.
func (d *disturbances) watched() {
	if d.causes == nil {
		d.begin()
	}
	delete(d.causes, tooFast)
	delete(d.causes, tooSlow)
	d.marks, d.running, d.waited = d.marks[:0], false, false
}

// begin forgets all.
func (d *disturbances) begin() {
	*d = disturbances{causes: map[string]bool{}, marks: d.marks[:0], outstanding: d.outstanding, tells: d.tells,
		drops: cacheDrops()}
}

// calls notes what a puppet is about to call.
func (d *disturbances) calls(nr syscalls.Number) {
	d.ownSync = d.ownSync && !d.traced || nr == syscalls.SysSync || nr == syscalls.SysSyncfs
	d.traced = false
}

// mark takes in a line of a trace that tells when a puppet runs or the disk works.
func (d *disturbances) mark(line string, isPuppet func(tid int) bool) (ok bool) {
	head, rest, _ := strings.Cut(line, ": ")
	event, fields, _ := strings.Cut(rest, ": ")
	add := func(k markKind) { d.marks = append(d.marks, mark{timeOf(head), k}) }
	switch event {
	case "sched_switch":
		prev, _ := field(fields, "prev_pid")
		next, _ := field(fields, "next_pid")
		state, _ := field(fields, "prev_state")
		const running, uninterruptible = 0, 2
		switch {
		case !isPuppet(int(prev)) || state&0xff == running: // another thread's turn: the call goes on
		case state&uninterruptible != 0:
			add(markWaits)
		default:
			add(markOut)
		}
		if isPuppet(int(next)) {
			add(markIn)
		}
	case "block_rq_issue":
		if rwbs(line)[:1] == "R" {
			add(markAsked)
		}
		return false // it is of interest to others, too
	case "block_io_done":
		if rwbs(line)[:1] == "R" {
			add(markTold)
		}
	case "block_rq_complete":
		switch letter := rwbs(line)[:1]; {
		case letter == "R":
			if add(markRead); !d.tells {
				add(markTold)
			}
		case letter == "W" && !strings.Contains(rwbs(line), "M"):
			add(markWritten)
		}
	default:
		return false
	}
	return true
}

// timeOf is the time at the end of a line's head.
func timeOf(head string) uint64 {
	text := head[strings.LastIndexByte(head, ' ')+1:]
	us, _ := strconv.ParseUint(strings.Replace(text, ".", "", 1), 10, 64)
	return us
}

// other takes in a line that tells of what others do.
func (d *disturbances) other(line string, isOurs func(tid int) bool) {
	head, rest, _ := strings.Cut(line, ": ")
	event, _, _ := strings.Cut(rest, ": ")
	for _, e := range reclaimEvents {
		if strings.HasSuffix(e, "/"+event) && !isOurs(writerOf(head)) {
			d.causes[reclaim] = true
		}
	}
	for _, e := range othersEvents {
		if !strings.HasSuffix(e.event, "/"+event) {
			continue
		}
		if !isOurs(writerOf(head)) && (e.cause != flushed || !d.ownSync) {
			d.causes[e.cause] = true
		}
	}
}

// judge goes through the marks that have come in; without those of the disk they say nothing.
func (d *disturbances) judge(complete bool) {
	if !complete {
		d.marks = d.marks[:0]
	}
	slices.SortStableFunc(d.marks, func(a, b mark) int { return int(int64(a.at) - int64(b.at)) })
	for _, x := range d.marks {
		switch x.kind {
		case markIn:
			d.running = true
			if d.waited && d.outstanding > 0 {
				d.causes[tooSlow] = true
			}
			d.waited = false
		case markOut, markWaits:
			d.running = false
			d.waited = x.kind == markWaits
		case markAsked:
			d.outstanding++
		case markRead, markWritten:
			if d.running {
				d.causes[tooFast] = true
			}
		case markTold:
			d.outstanding = max(0, d.outstanding-1)
		}
	}
	d.marks = d.marks[:0]
}

// isPuppet reports whether a thread is one of the program's.
func (m *Machine) isPuppet(tid int) bool {
	return slices.ContainsFunc(m.procs, func(c *Process) bool { return c != nil && c.p.tid == tid })
}

// isOurs reports whether a thread is one of the program's, or this process's.
func (m *Machine) isOurs(tid int) bool {
	if m.isPuppet(tid) {
		return true
	}
	_, err := os.Stat("/proc/self/task/" + strconv.Itoa(tid))
	return err == nil
}
