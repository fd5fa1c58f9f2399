package session

import (
	"errors"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/phys"
)

// Condition is a question about the state: counters as in .expect, or a byte of memory as in p[0] == 'x'.
type Condition struct {
	Text string

	conds  []script.Cond
	access *script.Access
}

// Condition reads a condition. It may use the names that the program binds sooner or later; until then it does not
// hold.
func (s *Session) Condition(text string) (*Condition, error) {
	c := &Condition{Text: strings.TrimSpace(text)}
	parser := s.parser()
	for i := range s.live.branch.ops {
		parser.Bind(bound(&s.live.branch.ops[i])...)
	}
	if op, err := parser.Line(c.Text); err == nil {
		if a, ok := op.Do.(*script.Access); ok && !a.Store && a.Value != nil &&
			(a.Form == script.Deref || a.Form == script.Index) {
			c.access = a
			return c, nil
		}
	}
	op, err := parser.Line(".expect " + c.Text)
	if err != nil {
		return nil, unreadable(err)
	}
	c.conds = op.Do.(*script.Expect).Conds
	if _, err = s.live.holds(c); errors.Is(err, script.ErrNoValue) {
		err = nil
	}
	return c, err
}

// unreadable is the error of a condition that does not parse, without a line of which it would be a part.
func unreadable(err error) error {
	var e *script.Error
	if errors.As(err, &e) {
		return errors.New("the condition cannot be read: " + e.Short())
	}
	return err
}

// holds reports whether the condition holds now.
func (m *machine) holds(c *Condition) (bool, error) {
	if c.access != nil {
		return m.byteIs(c.access)
	}
	for _, x := range c.conds {
		if ok, err := m.meets(x); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// meets reports whether a condition of a stop holds. There, pid is the process at work even where the program binds
// that name.
func (m *machine) meets(x script.Cond) (ok bool, err error) {
	if x.X.Name != "pid" || x.Op == "" {
		_, ok, err = m.runner.Cond(m.pid(), x)
		return ok, err
	}
	want, err := script.Eval(x.Y, m.runner.Value)
	return err == nil && script.Compare(uint64(m.pid()), x.Op, want), err
}

// pid is the process that the machine works for.
func (m *machine) pid() int {
	if pid := m.model.Kernel.Log.PID; pid > 0 {
		return pid
	}
	return 1
}

func (m *machine) byteIs(a *script.Access) (bool, error) {
	base, err := script.Eval(a.Base, m.runner.Value)
	if err != nil {
		return false, err
	}
	if a.Form == script.Index {
		i, err := script.Eval(a.A, m.runner.Value)
		if err != nil {
			return false, err
		}
		base += i
	}
	want, err := script.Eval(script.ByteOf(a.Value), m.runner.Value)
	if err != nil {
		return false, err
	}
	c, ok := m.peek(m.pid(), vm.Addr(base))
	return ok && c.Byte == byte(want), nil
}

// peek is the byte at x as a load would find it, without any fault; ok is false where that would take one that brings
// something new in.
func (m *machine) peek(pid int, x vm.Addr) (c phys.Cell, ok bool) {
	p, live := m.model.Kernel.Process(pid)
	if !live {
		return c, false
	}
	memory := m.model.Kernel.Memory
	e := p.Space.Entry(x)
	if e.Present() {
		return memory.Cell(memory.Frame(e.PFN()), int(x.Offset())), true
	}
	a := p.Space.Find(x)
	switch {
	case a == nil || !e.None():
		return c, false
	case a.Anonymous():
		return c, true
	}
	if f := pagecache.FileOf(a); f != nil {
		if frame := f.Mapping.LookUp(a.IndexOf(x)); frame != nil {
			return memory.Cell(frame, int(x.Offset())), true
		}
	}
	return c, false
}

// Peek is the byte at x of a process as a load would find it; ok is false where it is not in memory.
func (s *Session) Peek(pid int, x vm.Addr) (c phys.Cell, ok bool) { return s.live.peek(pid, x) }

// Counter is the value of the one term of a condition now. A counter that each process has of its own is that of
// process pid.
func (s *Session) Counter(c *Condition, pid int) (uint64, error) {
	if len(c.conds) != 1 {
		return 0, errors.New("name one counter, such as minflt or copies.cow")
	}
	v, _, err := s.live.runner.Cond(pid, script.Cond{X: c.conds[0].X})
	return v, err
}

// NextPID is the process that runs the next statement. It is an error at the end of the program.
func (s *Session) NextPID() (int, error) {
	ops := s.Branch().Ops()
	if s.Done() >= len(ops) {
		return 0, errors.New("no statement follows")
	}
	return s.PIDFor(&ops[s.Done()])
}

// PIDFor is the process that a statement would run in now.
func (s *Session) PIDFor(op *script.Op) (int, error) { return s.live.runner.PIDOf(op) }
