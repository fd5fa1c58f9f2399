//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"vmsim/syscalls/binfmt"
	"vmsim/syscalls/script/run"
)

// observed is what the machine shows besides what a process of its own can see.
type observed struct {
	kinds   run.Kinds
	trace   *tracer // nil while no tracepoints are wanted
	traced  *puppet // that it follows, with those that it makes
	absent  []string
	block   *tracer // nil while no requests are wanted
	disk    *loop   // the one whose requests block tells of
	outside *tracer // of what others do; nil while no files on a disk and none of both are wanted
	flushes *loop   // the one of whose writeback outside tells
	events  []string
	asked   []string
	others  disturbances
	err     error
}

// Watch makes the machine follow tracepoints and requests to its disk, as far as the kinds ask for them.
func (m *Machine) Watch(kinds run.Kinds) {
	m.thread.do(func() {
		if m.seen.err = m.watchKinds(kinds & (run.Trace | run.IO)); m.seen.err != nil {
			m.seen.kinds = 0
		}
	})
}

func (m *Machine) watchKinds(kinds run.Kinds) (err error) {
	s := &m.seen
	s.kinds = kinds
	if kinds&run.Trace != 0 {
		if err := m.watchPuppets(); err != nil {
			return err
		}
	}
	if kinds&run.IO != 0 && m.tree.loop != nil {
		if err := m.watchDisk(); err != nil {
			return err
		}
	}
	if err := m.watchOthers(kinds != 0); err != nil {
		return err
	}
	m.gather()
	s.events, s.asked = nil, nil
	s.others.watched()
	return nil
}

// watchOthers follows what others reclaim and have written back. DAMON, for one, takes pages of files on a disk within
// seconds, and a sync() of any program writes all disks. Where only the disk's pages are at stake a machine without
// tracefs does without.
func (m *Machine) watchOthers(must bool) error {
	s, loop := &m.seen, m.tree.loop
	if s.outside == nil && (must || loop != nil) {
		t, err := newTracer()
		if err != nil {
			if must {
				return err
			}
			return nil
		}
		t.watchReclaim()
		s.outside = t
	}
	if loop == nil || loop == s.flushes || s.outside == nil {
		return nil
	}
	device, err := loop.device()
	if err == nil {
		s.outside.watchFlushes(device)
		s.flushes = loop
	}
	return err
}

// watchPuppets follows the tracepoints of the program's processes. Whom to follow comes first: until then the tracing
// system would tell of everybody.
func (m *Machine) watchPuppets() (err error) {
	s, first := &m.seen, m.procs[1].p
	if s.trace != nil {
		return s.followFirst(first)
	}
	t, err := newTracer()
	if err != nil {
		return err
	}
	if s.absent, err = t.begin(first.tid); err != nil {
		t.close()
		return err
	}
	s.trace, s.traced = t, first
	return nil
}

// begin follows the process tid and its children by all tracepoints; absent are those that this kernel lacks.
func (t *tracer) begin(tid int) (absent []string, err error) {
	if err = t.sameNumbers(); err == nil {
		err = t.follow(tid)
	}
	if err == nil {
		absent, err = t.enableAll()
	}
	_ = t.set("events/"+switchEvent+"/enable", "1")
	return absent, err
}

// followFirst follows the first process of the next program. It is often that of the last one, with a fresh image: then
// there is nothing to change, which takes the kernel tens of milliseconds.
// Linux: event_pid_write (kernel/trace/trace_events.c), which waits for tracepoint_synchronize_unregister.
func (s *observed) followFirst(first *puppet) error {
	if first == s.traced {
		return nil
	}
	s.traced = first
	return s.trace.follow(first.tid)
}

// The tracepoints of a request that a disk is given, and of its end.
const (
	requestEvent    = "block/block_rq_issue"
	completionEvent = "block/block_rq_complete"
	toldEvent       = "block/block_io_done" // since 6.5
	switchEvent     = "sched/sched_switch"  // of the processor from one thread to another
)

// watchDisk follows the requests that the device of the files is given.
func (m *Machine) watchDisk() (err error) {
	s := &m.seen
	if m.watchesDisk() {
		return nil
	}
	if s.block != nil { // of another program's disk
		s.block.close()
		s.block = nil
	}
	device, err := m.tree.loop.device()
	if err != nil {
		return err
	}
	t, err := newTracer()
	if err != nil {
		return err
	}
	if err = t.filtered(requestEvent, fmt.Sprintf("dev == %d", device)); err == nil {
		_ = t.filtered(completionEvent, fmt.Sprintf("dev == %d", device))
		s.others.tells = t.filtered(toldEvent, fmt.Sprintf("dev == %d", device)) == nil
		t.watchDrops(device)
	}
	if err != nil {
		t.close()
		return err
	}
	s.block, s.disk = t, m.tree.loop
	return nil
}

// watchesDisk reports whether the requests to the program's disk are followed. The tracer of an earlier program's may
// be there where this one has no disk.
func (m *Machine) watchesDisk() bool {
	return m.seen.block != nil && m.tree != nil && m.tree.loop == m.seen.disk
}

// stopWatching ends all that.
func (m *Machine) stopWatching() {
	for _, t := range []*tracer{m.seen.trace, m.seen.block, m.seen.outside} {
		if t != nil {
			t.close()
		}
	}
	m.seen = observed{}
}

// Observe is what has been seen since it was asked last.
func (m *Machine) Observe(kind string, _ int) (lines []string) {
	m.thread.do(func() {
		m.gather()
		switch kind {
		case run.Trace.String():
			lines, m.seen.events = m.seen.events, nil
		case run.IO.String():
			lines, m.seen.asked = m.seen.asked, nil
		}
	})
	return lines
}

// Watching is why nothing can be observed, where something was to be.
func (m *Machine) Watching() error { return m.seen.err }

// AbsentTracepoints are those of the model that this kernel lacks, once tracepoints are watched.
func (m *Machine) AbsentTracepoints() []string { return m.seen.absent }

// gather takes in what the kernel has traced. What is not of these processes, as a child's first instruction, is left
// out.
func (m *Machine) gather(except ...int) {
	s := &m.seen
	if s.trace != nil {
		disk := m.tree.device()
		_ = s.trace.read(func(line string) {
			if s.others.mark(line, m.isPuppet) || ofOtherDisk(line, disk) {
				return
			}
			if tid, text, ok := traced(line); ok && !slices.Contains(except, tid) && !m.dumps(tid, text) {
				s.events = append(s.events, text)
			}
		})
	}
	if s.block != nil {
		_ = s.block.read(func(line string) {
			if s.others.mark(line, m.isPuppet) {
				return
			}
			s.others.other(line, m.isOurs)
			if text, ok := requested(line); ok {
				s.ask(text, rwbs(line))
			}
		})
	}
	if s.outside != nil {
		_ = s.outside.read(func(line string) { s.others.other(line, m.isOurs) })
	}
	s.others.traced = true
	s.others.judge(m.watchesDisk())
}

// ofOtherDisk reports whether a line of the trace is of a file on a disk that is not the program's. sync() takes the
// files of all disks one after another, and with them the end of what is deleted meanwhile.
// Linux: wait_sb_inodes (fs/fs-writeback.c), evict (fs/inode.c).
func ofOtherDisk(line string, own uint64) bool {
	device, ok := field(line, "s_dev")
	return ok && device>>20 != 0 && device != own
}

// dumps reports whether an event is of the kernel's own look at a puppet's instructions, for a line of its log.
func (m *Machine) dumps(tid int, event string) bool {
	return strings.HasPrefix(event, "page_fault_kernel ") && slices.ContainsFunc(m.procs, func(c *Process) bool {
		return c != nil && c.p.tid == tid && event == c.p.dumpEvent()
	})
}

// dumpEvent is what a dump of the stack within a call shows as a tracepoint: it prints the instructions from so many
// bytes ahead of the current one on, and gives up where they are not there.
// Linux: show_opcodes (arch/x86/kernel/dumpstack.c).
func (p *puppet) dumpEvent() string {
	const prologue = 42
	return fmt.Sprintf("page_fault_kernel address=%#x error_code=0x0", uint64(p.at(binfmt.StubAfterCall)-prologue))
}

// aside begins something that is no doing of the program's: requests that come until the end that it returns are not
// shown.
func (m *Machine) aside() (end func()) {
	if !m.watchesDisk() {
		return func() {}
	}
	m.gather()
	asked := m.seen.asked
	return func() {
		m.tree.loop.settle()
		m.gather()
		m.seen.asked = asked
	}
}

// ask keeps a request, but for those that the model does not make: the file system's own blocks (M in the letters),
// most of all the journal's, which has a place of its own on the disk. Of a commit its flush is kept, once. Who issues
// a request says nothing: one that had to wait for a flush is issued by a worker of the kernel's.
// Linux: blk_fill_rwbs (kernel/trace/blktrace.c), blk_flush_complete_seq (block/blk-flush.c).
func (s *observed) ask(text, letters string) {
	flushed := len(s.asked) > 0 && s.asked[len(s.asked)-1][0] == 'F'
	if letters[0] == 'F' && flushed || letters[0] != 'F' && strings.Contains(letters, "M") {
		return
	}
	s.asked = append(s.asked, text)
}

// rwbs are the letters of a request: what to do, and how.
func rwbs(line string) string {
	_, rest, _ := strings.Cut(line, " rwbs=")
	letters, _, _ := strings.Cut(rest, " ")
	return letters
}

// requested is a request as the language writes it.
func requested(line string) (text string, ok bool) {
	_, rest, ok := strings.Cut(line, ": block_rq_issue: ")
	if !ok {
		return "", false
	}
	sector, ok1 := field(rest, "sector")
	count, ok2 := field(rest, "nr_sector")
	letters := rwbs(line)
	if !ok1 || !ok2 || letters == "" {
		return "", false
	}
	return fmt.Sprintf("%c %d+%d", letters[0], sector, count), true
}

// tracepointsHere are the tracepoints of the model that this kernel lacks. The error says why none can be followed.
func tracepointsHere() (absent []string, err error) {
	err = withTracer(func(t *tracer) error {
		if err := t.sameNumbers(); err != nil {
			return err
		}
		// an enabled event reports some process: this one, for a moment
		if err := t.follow(os.Getpid()); err != nil {
			return err
		}
		absent, err = t.enableAll()
		return err
	})
	return absent, err
}

// canSeeRequests says why this machine cannot follow the requests to a disk; nil where it can.
func canSeeRequests() error {
	return withTracer(func(t *tracer) error {
		_, err := os.Stat(t.dir + "/events/" + requestEvent)
		return err
	})
}

// withTracer makes a tracing instance for fn.
func withTracer(fn func(*tracer) error) error {
	if os.Geteuid() != 0 {
		return errors.New("tracefs is root's: sudo vmsim …")
	}
	t, err := newTracer()
	if err != nil {
		return err
	}
	defer t.close()
	return fn(t)
}
