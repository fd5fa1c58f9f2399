package session

import "vmsim/vm/trace"

// Motion is a movement of the session in time.
type Motion struct {
	From, To Moment
	Why      Why
	Hit      []Met // the stops that were met
}

// Why is the reason for which a motion ended.
type Why uint8

// The reasons.
const (
	Arrived     Why = iota // where it was to go
	Ended                  // there is no more to run
	Began                  // nothing lies before this
	Stopped                // a stop was met
	Interrupted            // the user wanted the prompt back
	BeforeStop             // the statement that met the first of all stops begins here
)

// never is a target that no program reaches.
const never = ^Moment(0)

// forward runs on until stop says so.
func (s *Session) forward(target Moment, stop func(trace.Event) bool) (Motion, error) {
	mo := Motion{From: s.At()}
	arrived := false
	err := s.live.run(target, s.stopper(func(e trace.Event) bool {
		arrived = stop != nil && stop(e)
		return arrived
	}))
	mo.To = s.At()
	switch {
	case s.interrupted.Swap(false):
		mo.Why = Interrupted
	case !arrived && mo.To < target:
		mo.Why = Ended
	}
	return mo, err
}

// StepI takes n steps.
func (s *Session) StepI(n int) (Motion, error) { return s.forward(s.At()+Moment(n), nil) }

// Next brings the statement under way to its end, or runs the next one.
func (s *Session) Next() (Motion, error) {
	return s.forward(never, func(e trace.Event) bool { return e.Kind == trace.StatementDone })
}

// Step runs until the Linux function is another one than that of the present step.
func (s *Session) Step() (Motion, error) {
	here := ""
	if t := s.At(); t > 0 {
		here = s.Branch().Event(t).Kind.Info().Linux
	}
	return s.forward(never, func(e trace.Event) bool { return e.Kind.Info().Linux != here })
}

// Finish brings the page fault under way to its end; where there is none, the statement.
func (s *Session) Finish() (Motion, error) {
	depth := s.faultDepth()
	return s.forward(never, func(e trace.Event) bool {
		switch e.Kind {
		case trace.Faulted:
			depth++
		case trace.FaultMinor, trace.FaultMajor, trace.SignalRaised:
			depth--
			return depth == 0
		case trace.StatementDone:
			return true
		}
		return false
	})
}

// faultDepth is how many page faults are under way.
func (s *Session) faultDepth() (n int) {
	for _, e := range s.Branch().Events(s.live.begun, s.At()) {
		switch e.Kind {
		case trace.Faulted:
			n++
		case trace.FaultMinor, trace.FaultMajor, trace.SignalRaised:
			n = max(0, n-1)
		}
	}
	return n
}

// Goto goes to moment t, forward or back; both ends are soft.
func (s *Session) Goto(t Moment) (Motion, error) {
	mo := Motion{From: s.At()}
	if t < s.At() {
		if err := s.restart(t); err != nil {
			return mo, err
		}
		mo.To = s.At()
		return mo, nil
	}
	return s.forward(t, nil)
}

// BackI takes n steps back.
func (s *Session) BackI(n int) (Motion, error) { return s.backTo(s.At() - min(s.At(), Moment(n))) }

// BackNext goes back to where the statement under way, or else the one before, began.
func (s *Session) BackNext() (Motion, error) {
	switch {
	case s.Inside():
		return s.backTo(s.live.begun)
	case s.live.done == 0:
		return s.backTo(0)
	}
	return s.backTo(s.Branch().stmts[s.live.done-1].Begin)
}

// BackStep undoes Step: it goes back to the last step that is the first of its Linux function.
func (s *Session) BackStep() (Motion, error) {
	b := s.Branch()
	fn := func(t Moment) string { return b.Event(t).Kind.Info().Linux }
	t := s.At()
	for t > 1 {
		t--
		if t == 1 || fn(t) != fn(t-1) {
			return s.backTo(t)
		}
	}
	return s.backTo(0)
}

func (s *Session) backTo(t Moment) (Motion, error) {
	if s.At() == 0 {
		return Motion{Why: Began}, nil
	}
	mo, err := s.Goto(t)
	if t == 0 {
		mo.Why = Began
	}
	return mo, err
}
