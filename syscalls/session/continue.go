package session

import "vmsim/vm/trace"

// scanning is the machine that a stop is being tried on.
func (s *Session) scanning() *machine {
	if s.scan != nil {
		return s.scan
	}
	return s.live
}

// met are the stops that a step meets on machine m.
func (s *Session) met(m *machine, e trace.Event) (hits []Met) {
	for _, st := range s.stops {
		hit := Met{Stop: st, At: m.at}
		switch {
		case st.watch != nil:
			old, yes := st.watch.changed(m)
			if !yes {
				continue
			}
			hit.Old, hit.New = old, st.watch.told
		case !st.fits(s, e):
			continue
		}
		if st.If != nil {
			if ok, err := m.holds(st.If); err != nil || !ok {
				continue
			}
		}
		hits = append(hits, hit)
	}
	return hits
}

func (s *Session) beginWatches(m *machine) {
	for _, st := range s.stops {
		if st.watch != nil {
			st.watch.begin(m)
		}
	}
}

// Continue runs on to the next stop, or to the end.
func (s *Session) Continue() (Motion, error) { return s.continueUntil(nil) }

// Until runs on until a condition holds, a stop is met, or to the end.
func (s *Session) Until(c *Condition) (Motion, error) { return s.continueUntil(c) }

func (s *Session) continueUntil(c *Condition) (Motion, error) {
	s.beginWatches(s.live)
	var hits []Met
	mo, err := s.forward(never, func(e trace.Event) bool {
		if hits = s.met(s.live, e); len(hits) > 0 || s.asksNext(e) {
			return true
		}
		if c == nil {
			return false
		}
		ok, err := s.live.holds(c)
		return ok && err == nil
	})
	s.noteHits(&mo, hits)
	return mo, err
}

// nextOrStop runs the next statement to its end, or to the first stop in it.
func (s *Session) nextOrStop() (Motion, error) {
	s.beginWatches(s.live)
	var hits []Met
	mo, err := s.forward(never, func(e trace.Event) bool {
		hits = s.met(s.live, e)
		return len(hits) > 0 || e.Kind == trace.StatementDone
	})
	s.noteHits(&mo, hits)
	return mo, err
}

// asksNext reports whether the next statement, which has never run, has a question above it.
func (s *Session) asksNext(e trace.Event) bool {
	m := s.live
	return e.Kind == trace.StatementDone && m.done < len(m.branch.ops) && m.done == len(m.branch.stmts) &&
		len(m.branch.ops[m.done].Asks) > 0
}

func (s *Session) noteHits(mo *Motion, hits []Met) {
	if mo.Hit = hits; len(hits) == 0 {
		return
	}
	mo.Why = Stopped
	for _, h := range hits {
		h.Hits++
	}
}

// BackContinue goes back to the last step before this one that meets a stop. Where there is none, it goes from a step
// that meets one to before the statement that this step belongs to, and from any other step to the beginning. It runs
// the program from there and looks, since a condition or a watch asks for the state and not for the steps.
func (s *Session) BackContinue() (Motion, error) {
	if s.At() == 0 {
		return Motion{Why: Began}, nil
	}
	m, err := newMachine(s.live.branch)
	if err != nil {
		return Motion{}, err
	}
	s.scan = m
	defer func() {
		s.scan = nil
		m.discard()
	}()
	s.beginWatches(m)
	var hits []Met
	here := false
	err = m.run(s.At(), func(e trace.Event) bool {
		switch met := s.met(m, e); {
		case len(met) == 0:
		case m.at == s.At():
			here = true
		default:
			hits = met
		}
		return s.interrupted.Load()
	})
	if s.interrupted.Swap(false) {
		return Motion{From: s.At(), To: s.At(), Why: Interrupted}, err
	}
	if err != nil {
		return Motion{}, err
	}
	t := Moment(0)
	switch {
	case len(hits) > 0:
		t = hits[0].At
	case here && s.Inside():
		t = s.live.begun
	}
	mo, err := s.backTo(t)
	if s.noteHits(&mo, hits); here && len(hits) == 0 && err == nil {
		mo.Why = BeforeStop
	}
	return mo, err
}
