package recording

import "vmsim/syscalls/session"

// asked are the questions above the next statement, with the counters as they are before it.
type asked struct {
	pid   int
	terms []*session.Condition
	names []string
	then  []uint64
}

// newAsked reads the questions above the statement that comes next; there are none at the end of a program.
func newAsked(s *session.Session) (*asked, error) {
	q := &asked{}
	ops := s.Branch().Ops()
	if s.Done() >= len(ops) || len(ops[s.Done()].Asks) == 0 {
		return q, nil
	}
	pid, err := s.NextPID()
	if err != nil {
		return q, nil // the statement names a process that there is not, and will say so itself
	}
	q.pid = pid
	for _, term := range ops[s.Done()].Asks {
		if err := q.add(s, term.String()); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// add asks for one counter, which is remembered as it is before the statement.
func (q *asked) add(s *session.Session, name string) error {
	c, err := s.Condition(name)
	if err != nil {
		return err
	}
	v, err := s.Counter(c, q.pid)
	if err != nil {
		return err
	}
	q.terms, q.names, q.then = append(q.terms, c), append(q.names, name), append(q.then, v)
	return nil
}

// answers are what the statement added to each counter. One that ended its process has none.
func (q *asked) answers(s *session.Session) (out []Ask) {
	for i, c := range q.terms {
		if v, err := s.Counter(c, q.pid); err == nil {
			out = append(out, Ask{q.names[i], int64(v - q.then[i])})
		}
	}
	return out
}
