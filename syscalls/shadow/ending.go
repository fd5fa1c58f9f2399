//go:build linux && amd64

package shadow

import (
	"errors"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// ending is the last stop of a thread: its memory is still there.
func (t *tracer) ending(x *tracee) error {
	if err := t.placed(x, 0); err != nil {
		return err
	}
	if err := t.gather(x); err != nil {
		return err
	}
	x.ended = true
	const dumped = 0x80 // of a status: the memory has been written to a file
	if status, err := syscall.PtraceGetEventMsg(x.tid); err == nil && status&dumped != 0 {
		x.proc.dumped = true
	}
	if err := t.w.ending(x); err != nil {
		return err
	}
	t.release(x)
	goOn(x.tid, 0)
	return t.letGo(x)
}

// forget takes a thread off the list.
func (t *tracer) forget(x *tracee) error {
	delete(t.tracees, x.tid)
	if x.ring != nil {
		t.w.report.Lost += int(x.ring.lost)
		t.drain.remove(x.ring)
	}
	if x.ended {
		return nil
	}
	x.ended = true
	if err := t.placed(x, 0); err != nil {
		return err
	}
	if err := t.w.ending(x); err != nil {
		return err
	}
	return t.letGo(x)
}

// gather hands over the faults that are over, in the order of their ends; x is stopped.
func (t *tracer) gather(x *tracee) error {
	t.faults = t.faults[:0]
	var some []pageFault
	for _, y := range t.tracees {
		if y.ring == nil || y.proc.image != nil || y != x && y.inside && executes[y.call.nr] {
			continue // what execve does to a new image comes before the image
		}
		for _, f := range y.ring.take(some[:0], y == x) {
			t.faults = append(t.faults, taken{f, y})
		}
	}
	slices.SortStableFunc(t.faults, func(a, b taken) int {
		if a.time != b.time {
			return int(int64(a.time - b.time))
		}
		return a.by.tid - b.by.tid
	})
	for _, f := range t.faults {
		if err := t.w.fault(f.by, f.pageFault); err != nil {
			return err
		}
	}
	return nil
}

// named hands over the faults that execve has taken in the image before, where it reads its arguments: that may be a
// parent's as well. It drops those of the new one, to which the kernel writes.
func (t *tracer) named(x *tracee) error {
	if x.ring == nil {
		return nil
	}
	for _, f := range x.ring.take(nil, true) {
		if f.how&(accessUser|accessWrite|accessFetch) != 0 || x.proc.image != nil {
			continue
		}
		if err := t.w.fault(x, f); err != nil {
			return err
		}
	}
	return nil
}

// kill ends what is left of the program. SIGKILL does not wake a thread in the stop before its end, so each thread that
// is stopped is let go as well.
func (t *tracer) kill() {
	for _, x := range t.tracees {
		_ = syscall.Kill(x.proc.tgid, syscall.SIGKILL)
	}
	for tid := range t.tracees {
		goOn(tid, 0)
	}
	for len(t.tracees) > 0 {
		var status syscall.WaitStatus
		tid, err := syscall.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
		if status.Stopped() {
			_ = syscall.Kill(tid, syscall.SIGKILL)
			goOn(tid, 0)
			continue
		}
		if x := t.tracees[tid]; x != nil && x.ring != nil {
			t.drain.remove(x.ring)
		}
		delete(t.tracees, tid)
	}
}
