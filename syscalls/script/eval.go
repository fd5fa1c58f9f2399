package script

import (
	"errors"
	"fmt"

	"vmsim/vm"
)

// ErrNoValue is wrapped by the error for a name that nothing has been bound to yet.
var ErrNoValue = errors.New("has no value yet")

// unbound is the error of a name without a value. Compiling asks for many such values, so its text is made when it is
// read.
type unbound string

// Error is what is wrong.
func (name unbound) Error() string { return string(name) + " " + ErrNoValue.Error() }

// Unwrap says that it is one of this kind.
func (name unbound) Unwrap() error { return ErrNoValue }

var errDivision = errors.New("division by zero")

// Eval is the value of an expression; names that are no constants are asked for.
func Eval(x Expr, names func(string) (uint64, bool)) (uint64, error) {
	switch x := x.(type) {
	case Num:
		return x.Value(), nil
	case Name:
		return valueOfName(x.ID, names)
	case Scratch:
		return uint64(ScratchAddr), nil
	case Unary:
		v, err := Eval(x.X, names)
		if x.Op == "-" {
			return -v, err
		}
		return ^v, err
	case Binary:
		return evalBinary(x, names)
	}
	return 0, fmt.Errorf("%s is no number", x)
}

// valueOfName is what a name is bound to, or the value of a constant of C.
func valueOfName(id string, names func(string) (uint64, bool)) (uint64, error) {
	if v, ok := names(id); ok {
		return v, nil
	}
	if v, ok := constants[id]; ok {
		return v, nil
	}
	return 0, unbound(id)
}

// EachName calls see with every name that x is made of: bound names, flags, PAGE.
func EachName(x Expr, see func(id string)) {
	switch x := x.(type) {
	case Name:
		see(x.ID)
	case Unary:
		EachName(x.X, see)
	case Binary:
		EachName(x.X, see)
		EachName(x.Y, see)
	case Str:
		EachName(x.Times, see)
	case Pattern:
		EachName(x.K, see)
	case Composite:
		for _, f := range x.Items {
			EachName(f.X, see)
		}
		for _, f := range x.Then {
			EachName(f.X, see)
		}
		if x.After != nil {
			EachName(*x.After, see)
		}
	}
}

func evalBinary(b Binary, names func(string) (uint64, bool)) (uint64, error) {
	x, err := Eval(b.X, names)
	if err != nil {
		return 0, err
	}
	y, err := Eval(b.Y, names)
	if err != nil {
		return 0, err
	}
	switch b.Op {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "&":
		return x & y, nil
	case "|":
		return x | y, nil
	case "<<":
		return x << y, nil
	case ">>":
		return x >> y, nil
	}
	if y == 0 {
		return 0, errDivision
	}
	if b.Op == "%" {
		return x % y, nil
	}
	return x / y, nil
}

// Fold is the value of an expression that needs no run to be known.
func Fold(x Expr) (uint64, bool) {
	v, err := Eval(x, func(string) (uint64, bool) { return 0, false })
	return v, err == nil
}

// ByteOf is the value that an access stores or asserts: a string of one byte is that byte.
func ByteOf(x Expr) Expr {
	if s, ok := x.(Str); ok && len(s.Val) == 1 && s.Times == nil {
		return Num{Val: uint64(s.Val[0]), Base: 'c'}
	}
	return x
}

// Expr reads an expression of a statement; it may use the names that are bound. The error is an *Error.
func (p *Parser) Expr(text string) (Expr, error) {
	c := p.lex(text)
	x, err := c.expr(0)
	if err == nil && !c.atEnd() {
		err = c.wrong("the expression is over here")
	}
	if err != nil {
		err.Text, err.Line = text, 1
		return nil, err
	}
	return x, nil
}

// The scratch memory: part of the bss of the default process. In a layout without it the runner adds it, so that paths
// and buffers have a place; no program of the language can tell, since nothing is ever placed there.
const (
	ScratchAddr vm.Addr = 0x403000
	ScratchSize         = 1 << 20
)
