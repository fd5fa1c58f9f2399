package script

import (
	"errors"
	"fmt"
)

// ErrNoValue is wrapped by the error for a name that nothing has been bound to yet.
var ErrNoValue = errors.New("has no value yet")

// unbound is the error of a name without a value. Compiling asks for many such values, so its text is made when it is read.
type unbound string

// Error is what is wrong.
func (name unbound) Error() string { return string(name) + " " + ErrNoValue.Error() }

// Unwrap says that it is one of this kind.
func (name unbound) Unwrap() error { return ErrNoValue }

var errDivision = errors.New("division by zero")

// eval computes an expression; names that are no constants are asked for.
func eval(x Expr, names func(string) (uint64, bool)) (uint64, error) {
	switch x := x.(type) {
	case Num:
		return x.Value(), nil
	case Name:
		if v, ok := names(x.ID); ok {
			return v, nil
		}
		if v, ok := constants[x.ID]; ok {
			return v, nil
		}
		return 0, unbound(x.ID)
	case Scratch:
		return uint64(ScratchAddr), nil
	case Unary:
		v, err := eval(x.X, names)
		if x.Op == "-" {
			return -v, err
		}
		return ^v, err
	case Binary:
		return evalBinary(x, names)
	}
	return 0, fmt.Errorf("%s is no number", x)
}

func evalBinary(b Binary, names func(string) (uint64, bool)) (uint64, error) {
	x, err := eval(b.X, names)
	if err != nil {
		return 0, err
	}
	y, err := eval(b.Y, names)
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
