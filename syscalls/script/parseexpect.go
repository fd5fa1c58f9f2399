package script

import "strings"

// comparisons are the operators of a condition.
var comparisons = []string{"==", "!=", "<=", ">=", "<", ">"}

// expect reads  COND, COND, …
func (c *cursor) expect() (Action, *Error) {
	e := &Expect{}
	for {
		cond, err := c.cond()
		if err != nil {
			return nil, err
		}
		e.Conds = append(e.Conds, cond)
		if !c.take(",") {
			return e, nil
		}
	}
}

func (c *cursor) cond() (Cond, *Error) {
	x, err := c.term()
	if err != nil {
		return Cond{}, err
	}
	for _, op := range comparisons {
		if c.take(op) {
			y, err := c.expr(1)
			if err != nil && c.peek().kind == tokPunct && strings.HasPrefix(c.line[c.toks[max(0, c.i-1)].from:], "&&") {
				err.Cause = "every condition of the line has to hold: a comma goes between two of them"
			}
			return Cond{X: x, Op: op, Y: y}, err
		}
	}
	if c.is("=") {
		e := c.wrong("a condition compares")
		e.Type = "=="
		return Cond{}, e
	}
	return Cond{X: x}, nil
}

// term reads  majflt, copies.cpu or pte(p + PAGE).dirty.
func (c *cursor) term() (Term, *Error) {
	t := c.peek()
	if t.kind == tokName {
		c.next()
	} else {
		return Term{}, c.wrong("expected a counter, as majflt or copies.cpu")
	}
	out := Term{Name: t.text}
	if c.take("(") {
		out.Args = []Expr{}
		for !c.take(")") {
			if len(out.Args) > 0 {
				if err := c.want(",", "or ) after the argument"); err != nil {
					return out, err
				}
			}
			x, err := c.expr(1)
			if err != nil {
				return out, err
			}
			out.Args = append(out.Args, x)
		}
	}
	if c.take(".") {
		f := c.next()
		if f.kind != tokName {
			c.i = max(0, c.i-1)
			return out, c.wrong("expected a name after the dot")
		}
		out.Field = f.text
	}
	return out, nil
}

// Compare compares as C does with signed numbers; no operator asks for anything but 0.
func Compare(x uint64, op string, y uint64) bool {
	a, b := int64(x), int64(y)
	switch op {
	case "==":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	}
	return a != 0
}
