package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"vmsim/syscalls/script"
)

// silence is how long a command may print nothing.
const silence = 3 * time.Second

// signsOfLife reports on stderr what a command is busy with, where that takes long.
type signsOfLife struct {
	a   *app
	err io.Writer // stderr as the command has it otherwise

	mu    sync.Mutex // of what follows, and of stderr
	doing string     // empty for nothing that would take long
	since time.Time
	next  time.Duration // after how long it is reported next

	stop, done chan struct{}
}

// signsOfLife begins to watch; end ends it.
func (a *app) signsOfLife(every time.Duration) *signsOfLife {
	s := &signsOfLife{a: a, err: a.err, stop: make(chan struct{}), done: make(chan struct{})}
	a.err = s
	go func() {
		defer close(s.done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				s.report(now, every)
			case <-s.stop:
				return
			}
		}
	}()
	return s
}

// Write is stderr of the command.
func (s *signsOfLife) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err.Write(b)
}

func (s *signsOfLife) end() {
	close(s.stop)
	<-s.done
	s.a.err = s.err
}

// report says what has been going on, at ever longer intervals.
func (s *signsOfLife) report(now time.Time, every time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := now.Sub(s.since)
	if s.doing == "" || took < max(every, s.next) {
		return
	}
	s.next = 2 * took
	fmt.Fprintf(s.err, "vmsim: %s: %.0f s so far\n", s.doing, took.Seconds())
}

func (s *signsOfLife) busy(with string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doing, s.since, s.next = with, time.Now(), 0
}

// rest says that nothing is under way.
func (s *signsOfLife) rest() { s.busy("") }

// of watches the statements of a file. A sleep is announced; no statement at all is the search for a shorter program.
func (s *signsOfLife) of(file string) func(op *script.Op, n, of int) {
	return func(op *script.Op, n, of int) {
		if op == nil {
			s.busy(file + ": making the program that differs shorter")
			return
		}
		s.busy(fmt.Sprintf("%s: statement %d of %d, %s", file, n, of, op.Head()))
		if d, ok := op.Do.(*script.Directive); ok && d.Name == "sleep" && d.Duration >= time.Second {
			fmt.Fprintf(s, "vmsim: %s: the kernel's side sleeps for %v now (line %d)\n", file, d.Duration, op.Line)
			s.rest()
		}
	}
}
