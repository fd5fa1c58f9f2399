package script

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/vm"
)

// operand is a value of a statement, resolved as far as it can be before the program runs.
type operand struct {
	kind operandKind
	slot int32
	val  uint64
	expr Expr
}

type operandKind uint8

const (
	constant operandKind = iota
	slotted              // the value of a bound name
	computed             // an expression with bound names in it
)

// stepKind is how a statement runs.
type stepKind uint8

const (
	stepCall   stepKind = iota // registers are ready
	stepMade                   // a call with strings or structures that must be put into scratch first
	stepTaken                  // a call outside the model
	stepLoad                   // one byte
	stepStore                  // one byte
	stepAccess                 // several bytes
	stepTouch                  // an access of a known kind
	stepLet                    // a binding
	stepEnd                    // +++ exited +++
	stepDirective
	stepLayout
	stepExpect
	stepNothing // a comment
)

// step is an Op ready to run.
type step struct {
	kind  stepKind
	op    *Op
	owner operand // the process, where a name says it
	named bool    // by a name
	bind  int32   // the slot of the result, -1 for none
	row   *row
	nr    syscalls.Number
	args  [6]operand
	made  []made // arguments that the harness must build
	addr  operand
	off   operand // what is added to addr
	value operand
	hold  holds
	// scratch means that the program's text gives the harness's memory to the call.
	scratch bool
	fds     bool // an argument is a descriptor
	fills   bool // an argument is a structure or an offset that the call stores
}

// made is an argument that is bytes in the program's text.
type made struct {
	arg  int
	expr Expr
}

// compiler turns Ops into steps; names get slots.
type compiler struct {
	slots   map[string]int32
	impl    Implementer // nil where the table decides
	scratch vm.Addr
}

func (c *compiler) slot(name string) int32 {
	s, ok := c.slots[name]
	if !ok {
		s = int32(len(c.slots))
		c.slots[name] = s
	}
	return s
}

func (c *compiler) compile(s *step, op *Op) error {
	s.reset(op)
	if op.Owner != "" {
		s.owner, s.named = c.operand(Name{op.Owner}), true
	}
	switch a := op.Do.(type) {
	case nil:
		return nil
	case *Call:
		if err := c.call(s, a); err != nil {
			return err
		}
	case *Access:
		c.access(s, a)
	case *Touch:
		s.kind, s.addr = stepTouch, c.operand(a.Addr)
	case *Let:
		s.kind, s.value, s.bind = stepLet, c.operand(a.X), c.slot(a.Name)
	case *End:
		s.kind = stepEnd
	case *Directive:
		s.kind = stepDirective
	case *Layout:
		s.kind = stepLayout
	case *Expect:
		s.kind = stepExpect
	default:
		return fmt.Errorf("script: no way to run a %T", a)
	}
	return c.holds(s)
}

// reset makes s ready for another operation and keeps its memory.
func (s *step) reset(op *Op) {
	h := &s.hold
	*s = step{op: op, bind: -1, kind: stepNothing, made: s.made[:0],
		hold: holds{maps: h.maps[:0], kernel: h.kernel[:0], observed: h.observed[:0]}}
}

// operand resolves x: constants fold, names become slots.
func (c *compiler) operand(x Expr) operand {
	switch x := x.(type) {
	case Num:
		return operand{kind: constant, val: x.Value()}
	case Name:
		if slot, ok := c.slots[x.ID]; ok {
			return operand{kind: slotted, slot: slot}
		}
		if v, ok := constants[x.ID]; ok {
			return operand{kind: constant, val: v}
		}
		return operand{kind: slotted, slot: c.slot(x.ID)}
	}
	if v, ok := fold(x); ok {
		return operand{kind: constant, val: v}
	}
	c.nameSlots(x)
	return operand{kind: computed, expr: x}
}

// nameSlots gives every name in x a slot.
func (c *compiler) nameSlots(x Expr) {
	switch x := x.(type) {
	case Name:
		if _, ok := constants[x.ID]; !ok {
			c.slot(x.ID)
		}
	case Unary:
		c.nameSlots(x.X)
	case Binary:
		c.nameSlots(x.X)
		c.nameSlots(x.Y)
	}
}

// fold is the value of an expression that needs no run to be known.
func fold(x Expr) (uint64, bool) {
	v, err := eval(x, func(string) (uint64, bool) { return 0, false })
	return v, err == nil
}

func (c *compiler) access(s *step, a *Access) {
	s.kind = stepAccess
	if a.Form == Range || a.Form == Span {
		return
	}
	s.addr, s.kind = c.operand(a.Base), stepLoad
	if a.Form == Index {
		s.off = c.operand(a.A)
	}
	if a.Value != nil {
		s.value = c.operand(byteOf(a.Value))
	}
	if a.Store {
		s.kind = stepStore
	}
}

// byteOf lets a string of one byte stand for it.
func byteOf(x Expr) Expr {
	if s, ok := x.(Str); ok && len(s.Val) == 1 && s.Times == nil {
		return Num{Val: uint64(s.Val[0]), Base: 'c'}
	}
	return x
}

func (c *compiler) call(s *step, a *Call) error {
	s.kind = stepCall
	if a.Bind != "" {
		s.bind = c.slot(a.Bind)
	}
	r, known := rowOf(a.Name)
	if !known || !c.implements(r) || a.rawRegisters(r) {
		s.kind, s.row = stepTaken, r
		if known {
			s.nr = r.nr
		}
		return nil
	}
	s.row, s.nr = r, r.nr
	for i, arg := range a.Args {
		at, err := position(r, i, arg)
		if err != nil {
			return err
		}
		if err := c.argument(s, at, arg.X); err != nil {
			return err
		}
	}
	return nil
}

// rawRegisters reports whether a call stands there with all six registers, more than it has arguments, and with its answer:
// so a recorder writes a call that it knows nothing of. What its pointers lead to stands nowhere, so the answer is taken.
func (a *Call) rawRegisters(r *row) bool {
	if len(r.params) >= 6 || len(a.Args) != 6 || a.Want == nil {
		return false
	}
	for _, arg := range a.Args {
		if n, ok := arg.X.(Num); !ok || n.Base != 'x' {
			return false
		}
	}
	return true
}

// implements reports whether the machine runs the call; where it does not say, the table does.
func (c *compiler) implements(r *row) bool {
	if c.impl == nil {
		return r.scope != outside
	}
	return c.impl.Implements(r.nr)
}

// position is where an argument goes: by its label, else by its place.
func position(r *row, i int, a Arg) (int, error) {
	if a.Label == "" {
		return i, nil
	}
	for k, p := range r.params {
		if p.name == a.Label {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%s has no argument %s", r.name, a.Label)
}

func (c *compiler) argument(s *step, at int, x Expr) error {
	if at >= len(s.args) {
		return fmt.Errorf("%s: a call has at most 6 arguments", s.row.name)
	}
	if at < len(s.row.params) && s.row.params[at].isFD() {
		s.fds = true
	}
	if at < len(s.row.params) && s.row.params[at].kind >= kindOffset && s.row.params[at].kind <= kindCacheStat {
		s.fills = true
	}
	switch x.(type) {
	case Scratch:
		s.scratch = true
		s.args[at] = operand{kind: constant, val: uint64(c.scratch)}
	case Str, Pattern, Composite:
		s.kind = stepMade
		s.made = append(s.made, made{at, x})
		c.nameSlotsIn(x)
	default:
		s.args[at] = c.operand(x)
	}
	return nil
}

func (c *compiler) nameSlotsIn(x Expr) {
	switch x := x.(type) {
	case Str:
		if x.Times != nil {
			c.nameSlots(x.Times)
		}
	case Pattern:
		c.nameSlots(x.K)
	case Composite:
		for _, f := range x.Items {
			c.nameSlotsIn(f.X)
		}
		if x.After != nil {
			c.nameSlotsIn(*x.After)
		}
	default:
		c.nameSlots(x)
	}
}
