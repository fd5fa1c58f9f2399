package run

import (
	"errors"

	"vmsim/syscalls/script"
)

// expect evaluates conditions, and adds those that do not hold to the result.
func (r *Runner) expect(s *step, e *script.Expect) error {
	pid := max(1, s.op.PID)
	if s.named {
		v, err := r.value(&s.owner)
		if err != nil {
			return err
		}
		pid = int(v)
	}
	r.res.PID = pid
	for _, c := range e.Conds {
		got, ok, err := r.Cond(pid, c)
		if err != nil {
			return err
		}
		if !ok {
			r.res.Unmet = append(r.res.Unmet, Unmet{c.String(), c.X.String() + " == " + script.FormatSigned(got)})
		}
	}
	return nil
}

// Cond is what the left side of a condition is worth for a process now, and whether the condition holds.
func (r *Runner) Cond(pid int, c script.Cond) (got uint64, ok bool, err error) {
	if got, err = r.term(pid, c.X); err != nil {
		return 0, false, err
	}
	var want uint64
	if c.Op != "" {
		if want, err = script.Eval(script.ByteOf(c.Y), r.names); err != nil {
			return got, false, err
		}
	}
	return got, script.Compare(got, c.Op, want), nil
}

// term is a counter's value: the process's own fault counts, or what the machine knows.
func (r *Runner) term(pid int, t script.Term) (uint64, error) {
	if t.Field == "" && t.Args == nil {
		switch t.Name {
		case "minflt", "majflt":
			return r.faultCount(pid, t.Name)
		}
		if v, ok := r.lookup(t.Name); ok {
			return v, nil
		}
	}
	ev, ok := r.m.(Evaluator)
	if !ok {
		return 0, errors.New("this machine does not know " + t.String())
	}
	q := Query{Name: t.Name, Field: t.Field}
	for _, x := range t.Args {
		a, err := r.termArg(x)
		if err != nil {
			return 0, err
		}
		q.Args = append(q.Args, a)
	}
	return ev.Value(pid, q)
}

func (r *Runner) termArg(x script.Expr) (QueryArg, error) {
	if s, ok := x.(script.Str); ok && s.Times == nil {
		return QueryArg{Path: string(s.Val)}, nil
	}
	v, err := script.Eval(x, r.names)
	return QueryArg{Number: v}, err
}

func (r *Runner) faultCount(pid int, name string) (uint64, error) {
	p, err := r.process(&step{op: &script.Op{PID: pid}})
	if err != nil {
		return 0, err
	}
	minor, major := p.caller.Faults()
	if name == "minflt" {
		return minor, nil
	}
	return major, nil
}
