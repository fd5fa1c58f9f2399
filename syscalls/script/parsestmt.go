package script

import (
	"slices"
	"strconv"
	"strings"
)

// statement reads the rest of a line that is no directive and no observation.
func (c *cursor) statement() (Action, *Error) {
	t, after := c.peek(), c.peekAt(1)
	switch {
	case c.is("*"):
		return c.deref()
	case c.is("+"):
		return c.end()
	case t.kind == tokName && t.text == "on" && after.kind == tokName:
		return c.on()
	case t.kind == tokName && after.text == "(" && after.kind == tokPunct && t.text == "touch":
		return c.touch()
	case t.kind == tokName && after.text == "(" && after.kind == tokPunct:
		return c.call("")
	case t.kind == tokName && after.text == "=" && after.kind == tokPunct:
		return c.binding()
	case t.kind == tokName && !(after.text == "[" && after.kind == tokPunct):
		return nil, c.noStatement(t)
	case t.kind == tokName || t.kind == tokNumber || c.is("("):
		return c.indexed()
	}
	return nil, c.wrong("expected a call, a load or a store")
}

func (c *cursor) noStatement(t *token) *Error {
	if e := c.notC(t); e != nil {
		return e
	}
	if after := c.peekAt(1); c.bound(t.text) && after.kind == tokPunct && (after.text == "+" || after.text == "-") {
		e := c.errorAt(t, "a name is bound, and not changed")
		e.Type = t.text + " = " + t.text + " " + after.text + " PAGE"
		return e
	}
	e := c.errorAt(t, "no statement begins with "+describe(t))
	known := append(CallNames(), "touch", "on")
	e.Near = Nearest(t.text, known)
	if sig, ok := Signature(t.text); ok {
		e.What, e.Type, e.Near = t.text+"'s arguments stand in parentheses", sig, ""
	} else if word := Nearest(t.text, noteWords); e.Near == "" && word != "" {
		e.What, e.Type = word+" is an observation: it belongs under a statement, after four spaces", "    "+word+" …"
	} else if e.Near == "" {
		e.Cause = "a line is a call as strace prints it, a load *p or p[0], a store p[0] = 1, or begins with a dot"
	}
	return e
}

// binding reads  name = call(…)  or  name = value.
func (c *cursor) binding() (Action, *Error) {
	t := c.next()
	c.next()
	if _, taken := constants[t.text]; taken || t.text == "scratch" {
		e := c.errorAt(t, t.text+" is a constant; it cannot be bound")
		e.Type = strings.ToLower(t.text) + "1 = …"
		return nil, e
	}
	if n, open := c.peek(), c.peekAt(1); n.kind == tokName && open.kind == tokPunct && open.text == "(" &&
		n.text != "pattern" {
		return c.call(t.text)
	}
	x, err := c.expr(1)
	return &Let{Name: t.text, X: x}, err
}

// end reads  +++ exited +++  with or without strace's status.
func (c *cursor) end() (Action, *Error) {
	text := c.line[c.peek().from:]
	if !strings.HasPrefix(text, "+++ ") || !strings.Contains(text[4:], " +++") {
		return nil, c.wrong("expected a call, a load, a store, or +++ exited +++")
	}
	c.i = len(c.toks) - 1
	return &End{}, nil
}

func (c *cursor) touch() (Action, *Error) {
	c.i += 2
	x, err := c.expr(1)
	if err != nil {
		return nil, err
	}
	if err := c.want(",", "and the kind of touch"); err != nil {
		return nil, err
	}
	k := slices.Index(touchNames[:], c.peek().text)
	if k < 0 {
		e := c.wrong("expected a kind of touch")
		e.Cause = "r, w and x are the program's own; kr and kw are the kernel's for it"
		return nil, e
	}
	c.next()
	return &Touch{Addr: x, Kind: TouchKind(k)}, c.want(")", "after the kind of touch")
}

func (c *cursor) deref() (Action, *Error) {
	c.next()
	base, err := c.unary()
	if err != nil {
		return nil, err
	}
	return c.accessValue(c.access(base, Deref))
}

// indexed reads p[…] and what follows.
func (c *cursor) indexed() (Action, *Error) {
	base, err := c.primary()
	if err != nil {
		return nil, err
	}
	a := c.access(base, Index)
	if err := c.want("[", "and an offset after the address"); err != nil {
		return nil, err
	}
	if a.A, err = c.expr(1); err != nil {
		return nil, err
	}
	if err := c.subscript(a); err != nil {
		return nil, err
	}
	if err := c.want("]", "after the offset"); err != nil {
		return nil, err
	}
	return c.accessValue(a)
}

func (c *cursor) subscript(a *Access) (err *Error) {
	switch {
	case c.take(".."):
		a.Form = Range
		if a.B, err = c.expr(1); err == nil && c.isName("step") {
			c.next()
			a.Step, err = c.expr(1)
		}
	case c.take(":"):
		a.Form = Span
		a.B, err = c.expr(1)
	}
	return err
}

func (c *cursor) accessValue(a *Access) (Action, *Error) {
	at := c.peek()
	switch {
	case c.take("="):
		a.Store = true
	case !c.take("=="):
		return a, nil
	case c.take("?"):
		a.Any = true
		return a, nil
	}
	x, err := c.expr(1)
	if err != nil {
		return nil, err
	}
	a.Value = x
	if s, ok := x.(Str); ok && a.Form != Span && (len(s.Val) != 1 || s.Times != nil) {
		e := c.errorAt(at, "a string of several bytes at an address of one")
		e.Type = "p[0:" + strconv.FormatUint(uint64(len(s.Val)), 10) + "] " + at.text + " " + Quote(s.Val)
		return nil, e
	}
	return a, nil
}
