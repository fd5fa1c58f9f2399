//go:build linux && amd64

package shadow

import (
	"runtime"
	"syscall"
	"time"
)

// Run runs a program with the model beside it. The error is of what has stopped the shadow itself.
func Run(argv []string, how Options) (*Report, error) {
	var report *Report
	var err error
	done := make(chan any)
	go func() {
		runtime.LockOSThread() // for ever: ptrace belongs to the thread, which ends with the goroutine
		defer func() { done <- recover() }()
		report, err = runHere(argv, how)
	}()
	if broken := <-done; broken != nil {
		panic(broken) // the caller's own way to report a broken invariant
	}
	return report, err
}

func runHere(argv []string, how Options) (*Report, error) {
	t := &tracer{tracees: map[int]*tracee{}, early: map[int]bool{}}
	t.w = newWitness(how)
	if t.points, t.blind = findTracepoints(); t.blind == nil {
		t.drain, t.blind = newDrain()
	}
	if t.drain != nil {
		t.w.watch = newWatch(t.points)
		defer t.w.watch.close()
		t.w.watch.drainedBy(t.drain)
		defer t.drain.close()
	}
	began := time.Now()
	err := t.start(argv)
	if err == nil {
		err = t.loop()
	}
	if err != nil {
		t.kill()
	} else {
		err = t.w.err
	}
	r := &t.w.report
	r.Took, r.Stopped, r.Stops = time.Since(began), t.stopped, t.stops
	if t.blind != nil {
		r.Blind = t.blind.Error()
	}
	r.Status = exitCode(t.status)
	return t.w.finish(), err
}

// exitCode is what a shell says of a status.
func exitCode(s syscall.WaitStatus) int {
	if s.Signaled() {
		return 128 + int(s.Signal())
	}
	return s.ExitStatus()
}
