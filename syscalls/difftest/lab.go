package difftest

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm/profile"
)

// Lab is the two machines that programs are held against each other on. It serves one program after another.
type Lab struct {
	Kernel, Model run.Machine
	Kinds         run.Kinds        // what is compared; 0 for Observed
	Settings      []script.Setting // what the kernel runs on, for the model
	Profile       *profile.Profile // the kernel's, which the model takes on; nil for the default one
	Release       string           // the kernel's, for bundles
	// statements from one look at /proc to the next while a program is made; 0 for viewsApart
	Apart int
	Until time.Time // programs are not made shorter after it; zero for no bound
	// Before is called ahead of each statement of Compare, the n-th of so many; nil for nothing
	Before func(op *script.Op, n, of int)

	watched  run.Kinds        // what the kernel's side is watched by besides what is compared; see watchDisk
	blind    bool             // its disk cannot be watched
	cut      bool             // the last one was not made as short as it gets: the time was up
	ownNames bool             // each side keeps its own value of a name
	began    func()           // called when a program begins to run; nil where that matters to no one
	knobs    []script.Setting // the same, of /proc/sys
	layout   *script.Layout   // what the model's first process starts with; nil for the built-in one
}

// Outcome is what became of a program.
type Outcome struct {
	Ops         []script.Op // those that ran
	Unexplained []Difference
	Explained   []*Rule

	Disturbed []string // what else was going on on the kernel's side, in runs that were made again for it
	Undecided bool     // it was going on whenever the program ran and differed

	suspects []suspect // what another process may have caused
}

// session is a program that runs on both machines.
type session struct {
	*Pair
	out   Outcome
	alive []int
	stop  bool
	aside tainted // of a whole program
}

func (l *Lab) kinds() run.Kinds {
	if l.Kinds == 0 {
		return Observed
	}
	return l.Kinds
}

// threaded is a machine whose statements run faster inside Run, on the thread that it keeps.
type threaded interface{ Run(fn func()) }

// onThread runs f on the kernel's thread, where it has one.
func (l *Lab) onThread(f func() error) (err error) {
	if t, ok := l.Kernel.(threaded); ok {
		t.Run(func() { err = f() })
		return err
	}
	return f()
}

// Make makes the program of a recipe while it runs on both machines, up to the first difference that nothing explains.
func (l *Lab) Make(r Recipe) (out Outcome, err error) {
	g := NewGenerator(r, l.Model, l.Kernel)
	var s *session
	err = l.onThread(func() error {
		if s, err = l.begin(l.head(g.Head()), g.Learn); err != nil {
			return err
		}
		for !s.stop {
			op, ok := g.Next()
			if !ok {
				break
			}
			err := s.step(op, g.Learn)
			if waits(err) { // it has not run on the kernel
				s.out.Ops, s.stop = s.out.Ops[:len(s.out.Ops)-1], true
				break
			}
			if err != nil {
				return err
			}
		}
		if err := s.all(g.Tail, g.Learn); err != nil {
			return err
		}
		if err := s.look(g.alive); err != nil {
			return err
		}
		out = s.end(g.alive)
		return nil
	})
	if err != nil {
		if s != nil {
			out = s.out
		}
		return out, err
	}
	if out, err = l.settled(out); err != nil {
		return out, err
	}
	l.renew(out)
	return l.exact(out), nil
}

// waits reports whether an error is a call that would wait for ever, or one with something that is not modelled.
func waits(err error) bool {
	var w *syscalls.Waits
	var u *syscalls.Unmodelled
	return errors.As(err, &w) || errors.As(err, &u)
}

// exact is the outcome with the statement that a difference in /proc is of, where it was seen some statements later.
func (l *Lab) exact(out Outcome) Outcome {
	if len(out.suspects) == 0 && (len(out.Unexplained) == 0 || out.Unexplained[0].Kind&(views|VMStat) == 0) {
		return out
	}
	if again, err := l.Replay(out.Ops); err == nil && len(again.Unexplained) > 0 {
		return again
	}
	return out
}

// look compares what /proc shows of all processes.
func (s *session) look(pids []int) error {
	for _, pid := range pids {
		if s.stop {
			break
		}
		diffs, err := s.viewed(pid)
		if err != nil {
			return err
		}
		s.judge(diffs)
	}
	return nil
}

// all runs what is left of a program, unless it has stopped.
func (s *session) all(ops func() []script.Op, learn func(*run.Result)) error {
	if s.stop {
		return nil
	}
	for _, op := range ops() {
		if err := s.step(&op, learn); err != nil || s.stop {
			return err
		}
	}
	return nil
}

// settler is a machine that can have everything settled after each statement which /proc would show only later.
type settler interface{ KeepSettled() error }

// prepare readies the kernel's side for what will be compared.
func (l *Lab) prepare() error {
	if c, ok := l.Kernel.(keepsCount); ok && l.kinds()&VMStat != 0 {
		if err := c.KeepCounted(); err != nil {
			return err
		}
	}
	if s, ok := l.Kernel.(settler); ok && l.kinds()&(Smaps|KPageFlags|VMStat) != 0 {
		return s.KeepSettled()
	}
	return nil
}

// begin sets both machines up and runs the head.
func (l *Lab) begin(head []script.Op, learn func(*run.Result)) (*session, error) {
	if err := l.prepare(); err != nil {
		return nil, err
	}
	p, rest, err := l.pair(head)
	if err != nil {
		return nil, err
	}
	if p.apart = cmp.Or(l.Apart, viewsApart); limited(head) {
		p.apart = 1
	}
	if err := p.startCounting(head); err != nil {
		return nil, err
	}
	s := &session{Pair: p}
	s.out.Ops = append(s.out.Ops, head[:len(head)-len(rest)]...)
	for i := range rest {
		if err := s.step(&rest[i], learn); err != nil || s.stop {
			return s, err
		}
	}
	return s, nil
}

// step runs a statement and judges what differs.
func (s *session) step(op *script.Op, learn func(*run.Result)) error {
	s.out.Ops = append(s.out.Ops, *op)
	diffs, err := s.Step(op)
	if err != nil {
		return err
	}
	s.judge(diffs)
	if s.stop = s.stop || s.guessed; s.doubted {
		s.out.Undecided, s.out.Disturbed = true, []string{s.doubt}
	}
	s.tally.happenedAt(len(s.out.Ops) - 1)
	if !s.stop {
		learn(s.Result())
	}
	return nil
}

func (s *session) judge(diffs []Difference) {
	for _, d := range diffs {
		d.At = len(s.out.Ops) - 1
		rule := explain(d)
		if rule == nil {
			s.out.Unexplained = append(s.out.Unexplained, d)
			s.stop = true
			continue
		}
		s.out.Explained = append(s.out.Explained, rule)
		s.stop = s.stop || rule.Ends
	}
}

// end compares what is left, where nothing differed on the way.
func (s *session) end(pids []int) Outcome {
	if !s.stop {
		s.judge(s.Finish(pids))
	}
	if s.tally != nil {
		s.out.suspects = s.tally.suspects
	}
	return s.out
}

// Replay runs a program on both machines, up to the first difference that nothing explains. Statements of processes
// that are not there are left out.
func (l *Lab) Replay(ops []script.Op) (out Outcome, err error) {
	if out, err = l.replay(ops, nil); err != nil {
		return out, err
	}
	if out, err = l.settled(out); err != nil {
		return out, err
	}
	return l.confirmed(out)
}

// replay is Replay that shows each statement's two texts to watch, where there is one.
func (l *Lab) replay(ops []script.Op, watch func(kernel, model string)) (out Outcome, err error) {
	s := &session{alive: []int{1}}
	err = l.onThread(func() error {
		if err := l.prepare(); err != nil {
			return err
		}
		p, rest, err := l.pair(ops)
		if err != nil {
			return err
		}
		p.texts = watch != nil
		if err := p.startCounting(ops); err != nil {
			return err
		}
		s.Pair, s.out.Ops = p, append(s.out.Ops, ops[:len(ops)-len(rest)]...)
		if err := s.replay(rest, watch); err != nil {
			return err
		}
		out = s.end(s.alive)
		return nil
	})
	return out, err
}

func (s *session) replay(ops []script.Op, watch func(kernel, model string)) error {
	for i := range ops {
		if s.stop || !s.present(ops[i].PID) {
			continue
		}
		if err := s.step(&ops[i], s.born); err != nil {
			return err
		}
		if watch != nil {
			watch(s.kernel.text, s.model.text)
		}
	}
	return nil
}

// present reports whether the process is there; 0 is no process in particular.
func (s *session) present(pid int) bool {
	if pid == 0 {
		return true
	}
	_, ok := s.kernel.m.Process(pid)
	return ok
}

// born takes note of the processes that a statement has made.
func (s *session) born(res *run.Result) {
	s.alive = append(s.alive, bornIn(res, s.kernel.m, slices.Max(s.alive))...)
}

// bornIn are the processes that a statement has made: by its own call, or in handlers, whose calls the result does not
// have. Until then last was the highest number.
func bornIn(res *run.Result, m run.Machine, last int) (pids []int) {
	if isFork(res) {
		return []int{int(res.Value)}
	}
	if len(res.Handled) == 0 {
		return nil
	}
	for pid := last + 1; ; pid++ {
		if _, lives := m.Process(pid); !lives {
			return pids
		}
		pids = append(pids, pid)
	}
}
