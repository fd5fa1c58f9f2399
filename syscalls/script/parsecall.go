package script

import (
	"fmt"
	"strings"
)

// rawArgs is how many arguments a call may always have: the registers, as a tracer dumps them.
const rawArgs = 6

// call reads a call from its name on.
func (c *cursor) call(bind string) (Action, *Error) {
	name := c.next()
	out := c.parser.stocks.calls.take()
	out.Bind, out.Name = bind, name.text
	r, known := SpecOf(name.text)
	if !known && (!c.recorded() || controls(name.text) || c.bound(name.text)) {
		return nil, c.unknownCall(name)
	}
	if c.next(); known {
		out.Args = c.parser.stocks.args.some(len(r.Params))
	}
	if err := c.args(out, r); err != nil {
		return nil, err
	}
	if known {
		if err := c.checkCount(out, r, name); err != nil {
			return nil, err
		}
	}
	if !c.take("=") {
		return out, nil
	}
	want, err := c.result()
	out.Want = want
	return out, err
}

// unknownCall is a call that the language does not know, and that has no answer either.
func (c *cursor) unknownCall(name *token) *Error {
	if e := c.notC(name); e != nil {
		return e
	}
	if c.bound(name.text) {
		return c.noCall(name)
	}
	e := c.errorAt(name, "unknown call "+describe(name))
	e.Near = Nearest(name.text, CallNames())
	e.Cause = "the model has no call of that name; one that Linux has is kept where its answer follows, as in  " +
		name.text + "(…) = 0"
	return e
}

// noCall is the error for parentheses after a name that the program has bound: it is a number, most often an address.
func (c *cursor) noCall(name *token) *Error {
	e := c.errorAt(name, name.text+" is a name that the program binds, and no call")
	e.Cause = "an index into memory is in brackets"
	e.Type = name.text + "[0]"
	return e
}

// recorded reports whether an equals sign follows the call's arguments: an unknown call with an answer is a recorded
// one.
func (c *cursor) recorded() bool {
	depth := 0
	for _, t := range c.toks[c.i:] {
		if t.kind != tokPunct {
			continue
		}
		switch t.text {
		case "(":
			depth++
		case ")":
			depth--
		case "=":
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

func (c *cursor) args(out *Call, r *CallSpec) *Error {
	for !c.take(")") {
		if len(out.Args) > 0 {
			if err := c.want(",", "or ) after the argument"); err != nil {
				return err
			}
		}
		arg, err := c.argument(out.Name, len(out.Args), r)
		if err != nil {
			return err
		}
		out.Args = append(out.Args, arg)
	}
	return nil
}

func (c *cursor) argument(call string, i int, r *CallSpec) (Arg, *Error) {
	var a Arg
	if t := c.peek(); t.kind == tokName && c.peekAt(1).kind == tokPunct && c.peekAt(1).text == ":" {
		if err := checkLabel(c, t, r); err != nil {
			return a, err
		}
		a.Label = t.text
		c.i += 2
	}
	if r == nil || r.Scope == OutsideModel {
		return Arg{a.Label, c.rawArg()}, nil
	}
	if i < len(r.Params) && r.Params[i].Kind == StringsParam && strings.Contains(c.line, elided) {
		return Arg{a.Label, c.rawArg()}, nil
	}
	c.inCall, c.inArg = call, i
	t := c.peek()
	x, err := c.expr(1)
	if a.X = x; err == nil && i < len(r.Params) {
		err = c.noText(t, x, r.Params[i])
	}
	return a, err
}

// elided ends a string that strace has cut short.
const elided = `"...`

// Elided reports whether an argument is kept as it was found, since not all of it is there.
func Elided(x Expr) bool {
	_, ok := x.(raw)
	return ok
}

// noText is the error for a text where a call takes a descriptor, a length or flags; nil for anything else.
func (c *cursor) noText(t *token, x Expr, p Param) *Error {
	if s, ok := x.(Str); !ok || s.Times != nil {
		return nil
	}
	e := c.errorAt(t, p.Name+" is no text")
	switch {
	case p.IsFD():
		e.Cause = "a descriptor is what opening a file gives"
		e.Type = "fd = openat(AT_FDCWD, " + c.line[t.from:t.to] + ", O_RDWR)"
	case p.Kind == FlagsParam:
		e.Cause = "flags are names joined by |, without quotes"
	case p.Kind == SizeParam:
		e.Cause = "it is a number of bytes"
	default:
		return nil
	}
	return e
}

func checkLabel(c *cursor, t *token, r *CallSpec) *Error {
	if r == nil {
		return nil
	}
	var names []string
	for _, p := range r.Params {
		if p.Name == t.text {
			return nil
		}
		names = append(names, p.Name)
	}
	e := c.errorAt(t, r.Name+" has no argument "+t.text)
	e.Near = Nearest(t.text, names)
	e.Type, _ = Signature(r.Name)
	return e
}

// rawArg reads an argument of a call outside the model: an expression if it is one, else the text up to the next comma.
func (c *cursor) rawArg() Expr {
	start := c.i
	c.trial = true
	x, err := c.expr(1)
	if c.trial = false; err == nil && (c.is(",") || c.is(")")) {
		return x
	}
	c.i = start
	depth := 0
	for !c.atEnd() && !(depth == 0 && (c.is(",") || c.is(")"))) {
		if t := c.next(); t.kind == tokPunct {
			depth += nesting(t.text)
		}
	}
	return raw{Text: strings.Trim(c.line[c.toks[start].from:c.toks[c.i].from], " \t\r")}
}

func nesting(op string) int {
	switch op {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

func (c *cursor) checkCount(out *Call, r *CallSpec, name *token) *Error {
	n := len(out.Args)
	if n >= r.Least && n <= len(r.Params) || n == rawArgs || r.Scope == OutsideModel {
		return nil
	}
	sig, _ := Signature(r.Name)
	takes := fmt.Sprint(len(r.Params))
	if r.Least < len(r.Params) {
		takes = fmt.Sprintf("%d to %d", r.Least, len(r.Params))
	}
	arguments := "arguments"
	if takes == "1" {
		arguments = "argument"
	}
	e := c.errorAt(name, fmt.Sprintf("%s takes %s %s, not %d", r.Name, takes, arguments, n))
	e.Type = sig
	return e
}

// result reads what follows a call's equals sign, with strace's explanations after it.
func (c *cursor) result() (*Want, *Error) {
	if c.take("?") {
		c.skipRest()
		return &Want{Any: true}, nil
	}
	if c.is("-") && c.peekAt(1).text == "1" && c.peekAt(2).kind == tokName {
		c.i += 2
		t := c.next()
		n, ok := ErrnoOf(t.text)
		if !ok {
			e := c.errorAt(t, "unknown error "+describe(t))
			e.Near = Nearest(t.text, errnoNames())
			return nil, e
		}
		return &Want{Errno: n}, c.explanation()
	}
	x, err := c.expr(1)
	if err != nil {
		return nil, err
	}
	return &Want{X: x}, c.explanation()
}

// explanation skips a text in parentheses that ends the line.
func (c *cursor) explanation() *Error {
	if c.is("(") {
		c.skipRest()
	}
	return nil
}

func (c *cursor) skipRest() { c.i = len(c.toks) - 1 }

func errnoNames() []string {
	var names []string
	for _, e := range errnos {
		names = append(names, e.name)
	}
	return names
}
