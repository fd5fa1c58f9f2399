package script

import (
	"slices"
	"strings"
)

// expr reads an expression of operators that bind at least as tightly as least.
func (c *cursor) expr(least int) (x Expr, err *Error) {
	if c.depth++; c.depth > maxDepth {
		err = c.errorAt(c.peek(), "parentheses are nested over 100 deep")
	} else {
		x, err = c.operators(least)
	}
	c.depth--
	return x, err
}

// operators reads values with operators between them.
func (c *cursor) operators(least int) (Expr, *Error) {
	x, err := c.unary()
	if err != nil {
		return nil, err
	}
	for {
		op := c.peek()
		p := 0
		if op.kind == tokPunct {
			p = precedence(op.text)
		}
		if p == 0 || p < least {
			return x, nil
		}
		c.next()
		y, err := c.expr(p + 1)
		if err != nil {
			return nil, err
		}
		x = Binary{Op: op.text, X: x, Y: y}
	}
}

func (c *cursor) unary() (Expr, *Error) {
	t := c.peek()
	if t.kind != tokPunct || t.text != "-" && t.text != "~" && t.text != "+" {
		return c.primary()
	}
	c.next()
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		return nil, c.errorAt(t, "operators are nested over 100 deep")
	}
	x, err := c.unary()
	if err != nil || t.text == "+" {
		return x, err
	}
	return Unary{Op: t.text, X: x}, nil
}

func (c *cursor) primary() (Expr, *Error) {
	if c.terms++; c.terms > maxTerms {
		return nil, c.errorAt(c.peek(), "the line has over 5000 values")
	}
	t := c.peek()
	switch {
	case t.kind == tokNumber || t.kind == tokChar:
		c.next()
		return c.number(t.num), nil
	case t.kind == tokString:
		return c.str()
	case t.kind == tokName:
		return c.name()
	case c.is("("):
		return c.parens()
	case c.is("{") || c.is("["):
		return c.composite()
	}
	switch {
	case c.is("*"):
		return nil, c.noValue(t)
	case c.is("|"), c.is("&"):
		return nil, c.noConnective(t)
	case c.is("?"):
		e := c.wrong("expected a value")
		e.Cause = "in an exercise the ? is a question: a number takes its place"
		return nil, e
	}
	return nil, c.wrong("expected a value")
}

// noConnective says how conditions are joined, where the second sign of || or && stands.
func (c *cursor) noConnective(t *token) *Error {
	e := c.wrong("expected a value")
	if t.from > 0 && c.line[t.from-1:t.from] == t.text {
		e.What = "conditions are not joined by " + t.text + t.text
		e.Cause = "an .invariant joins them by or; of two lines both have to hold"
	}
	return e
}

func (c *cursor) parens() (Expr, *Error) {
	c.next()
	x, err := c.expr(1)
	if err != nil {
		return nil, err
	}
	return x, c.want(")", "after the value")
}

// str reads a string, strings next to each other, and a repetition.
func (c *cursor) str() (Expr, *Error) {
	s := Str{Val: c.next().text}
	for c.peek().kind == tokString {
		s.Val += c.next().text
	}
	if !c.take("*") {
		return s, nil
	}
	times, err := c.unary()
	s.Times = times
	return s, err
}

func (c *cursor) name() (Expr, *Error) {
	t := c.next()
	if t.text == "scratch" {
		return Scratch{}, nil
	}
	if t.text == "pattern" && c.is("(") {
		k, err := c.parens()
		return Pattern{K: k}, err
	}
	if x := c.known(t.text); x != nil {
		return x, nil
	}
	return nil, c.unknownName(t)
}

func (c *cursor) unknownName(t *token) *Error {
	if c.trial {
		return errTrial // what might have been meant takes long to find
	}
	if e := c.notC(t); e != nil {
		return e
	}
	e := c.errorAt(t, "unknown name "+describe(t))
	e.Near = c.nearest(t.text)
	switch {
	case c.isLabel(t):
		e.What, e.Near = "the name of an argument is followed by a colon", ""
		e.Type = t.text + ": " + strings.TrimSpace(c.line[c.peek().to:])
	case e.Near != "":
	case strings.ToUpper(t.text) == t.text && strings.Contains(t.text, "_"):
		e.Cause = "flags are spelt as in the man page; a number will do as well"
	case c.inBuffer():
		e.Cause = "a name is bound by a line before this one; a buffer that every program has is called scratch"
	default:
		e.Cause = "a name is bound by a line before this one, as in  " + describe(t) + " = mmap(…)"
	}
	return e
}

// inBuffer reports whether the argument that is read is a buffer.
func (c *cursor) inBuffer() bool {
	row, ok := SpecOf(c.inCall)
	if !ok || c.inArg >= len(row.Params) {
		return false
	}
	kind := row.Params[c.inArg].Kind
	return kind == InParam || kind == OutParam
}

// nearest is the known name that a name is closest to: one that the argument may have, without its first part, as READ
// for PROT_READ; one of nearly the same letters; or any constant like that. It is empty for none.
func (c *cursor) nearest(name string) string {
	if strings.ToUpper(name) == name {
		for _, n := range FlagNames(c.inCall, c.inArg) {
			if strings.HasSuffix(n, "_"+name) {
				return n
			}
		}
	}
	if near := Nearest(name, c.meant()); near != "" {
		return near
	}
	return Nearest(name, constantNames)
}

// isLabel reports whether a name is that of an argument of the call, and an equals sign follows it.
func (c *cursor) isLabel(t *token) bool {
	r, ok := SpecOf(c.inCall)
	return ok && c.is("=") && slices.ContainsFunc(r.Params, func(p Param) bool { return p.Name == t.text })
}

var errTrial = &Error{What: "not an expression"}

var constantNames = sortedConstants()

func sortedConstants() []string {
	var names []string
	for n := range constants {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// composite reads {a, name=b, …} or [a, b, …], and what a call makes of it, after =>.
func (c *cursor) composite() (Expr, *Error) {
	out, err := c.elements()
	if err != nil || !c.take("=>") {
		return out, err
	}
	if !c.is("{") && !c.is("[") {
		return nil, c.wrong("expected what the call makes of it, in braces or brackets")
	}
	after, err := c.elements()
	out.After = &after
	return out, err
}

func (c *cursor) elements() (Composite, *Error) {
	c.depth++
	defer func() { c.depth-- }()
	out := Composite{Open: c.next().text[0]}
	end, into := string(closing(out.Open)), &out.Items
	for !c.take(end) {
		switch {
		case len(out.Items) > 0 && out.Then == nil && c.take("=>"):
			into = &out.Then
		case len(out.Items) > 0:
			if err := c.want(",", "or "+end+" between the elements"); err != nil {
				return out, err
			}
		}
		if c.take("..") {
			c.take(".")
			out.Rest = true
			return out, c.want(end, "after ...")
		}
		f, err := c.element()
		if err != nil {
			return out, err
		}
		*into = append(*into, f)
	}
	return out, nil
}

// element is one value, with a name where it has one.
func (c *cursor) element() (f Field, err *Error) {
	if t := c.peek(); t.kind == tokName && c.peekAt(1).kind == tokPunct && c.peekAt(1).text == "=" {
		f.Name = t.text
		c.i += 2
	}
	f.X, err = c.expr(1)
	return f, err
}
