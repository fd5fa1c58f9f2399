package run

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// operand is a value of a statement, resolved as far as it can be before the program runs.
type operand struct {
	kind operandKind
	slot int32
	val  uint64
	expr script.Expr
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
	stepInvariant
	stepOn
	stepNothing // a comment
)

// step is an Op ready to run.
type step struct {
	kind  stepKind
	op    *script.Op
	owner operand // the process, where a name says it
	named bool    // by a name
	bind  int32   // the slot of the result, -1 for none
	row   *script.CallSpec
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
	expr script.Expr
}

// compiler turns Ops into steps; names get slots.
type compiler struct {
	slots   map[string]int32
	sp      int32       // the slot of the stack pointer; -1 for none yet
	impl    Implementer // nil where the table decides
	beside  Implementer // of Options
	scratch vm.Addr
}

func (c *compiler) slot(name string) int32 {
	s, ok := c.slots[name]
	if !ok {
		s = int32(len(c.slots))
		c.slots[name] = s
		if name == script.StackPointer {
			c.sp = s
		}
	}
	return s
}

func (c *compiler) compile(s *step, op *script.Op) error {
	s.reset(op)
	if op.Owner != "" {
		s.owner, s.named = c.operand(script.Name{ID: op.Owner}), true
	}
	switch a := op.Do.(type) {
	case nil:
		return nil
	case *script.Call:
		if err := c.call(s, a); err != nil {
			return err
		}
	case *script.Access:
		c.access(s, a)
	case *script.Touch:
		s.kind, s.addr = stepTouch, c.operand(a.Addr)
	case *script.Let:
		s.kind, s.value, s.bind = stepLet, c.operand(a.X), c.slot(a.Name)
	case *script.End:
		s.kind = stepEnd
	case *script.Directive:
		s.kind = stepDirective
	case *script.Layout:
		s.kind = stepLayout
	case *script.Expect:
		s.kind = stepExpect
	case *script.On:
		s.kind = stepOn
		if a.Do != nil { // its names get their slots, and what is wrong with it is said here
			var of step
			if err := c.compile(&of, &script.Op{Do: a.Do}); err != nil {
				return err
			}
			c.slot(script.FaultAddress)
		}
	case *script.Invariant:
		s.kind = stepInvariant
	default:
		return fmt.Errorf("script: no way to run a %T", a)
	}
	return c.holds(s)
}

// reset makes s ready for another operation and keeps its memory.
func (s *step) reset(op *script.Op) {
	h := &s.hold
	*s = step{op: op, bind: -1, kind: stepNothing, made: s.made[:0],
		hold: holds{maps: h.maps[:0], kernel: h.kernel[:0], observed: h.observed[:0]}}
}

// operand resolves x: constants fold, names become slots.
func (c *compiler) operand(x script.Expr) operand {
	switch x := x.(type) {
	case script.Num:
		return operand{kind: constant, val: x.Value()}
	case script.Name:
		if slot, ok := c.slots[x.ID]; ok {
			return operand{kind: slotted, slot: slot}
		}
		if v, ok := script.NamedConstant(x.ID); ok {
			return operand{kind: constant, val: v}
		}
		return operand{kind: slotted, slot: c.slot(x.ID)}
	}
	if v, ok := script.Fold(x); ok {
		return operand{kind: constant, val: v}
	}
	c.nameSlots(x)
	return operand{kind: computed, expr: x}
}

// nameSlots gives every name in x a slot.
func (c *compiler) nameSlots(x script.Expr) {
	script.EachName(x, func(id string) {
		if _, ok := script.NamedConstant(id); !ok {
			c.slot(id)
		}
	})
}

func (c *compiler) access(s *step, a *script.Access) {
	s.kind = stepAccess
	if a.Form == script.Range || a.Form == script.Span {
		return
	}
	s.addr, s.kind = c.operand(a.Base), stepLoad
	if a.Form == script.Index {
		s.off = c.operand(a.A)
	}
	if a.Value != nil {
		s.value = c.operand(script.ByteOf(a.Value))
	}
	if a.Store {
		s.kind = stepStore
	}
}

func (c *compiler) call(s *step, a *script.Call) error {
	s.kind = stepCall
	if a.Bind != "" {
		s.bind = c.slot(a.Bind)
	}
	r, known := script.SpecOf(a.Name)
	if !known || !c.implements(r) || rawRegisters(a, r) || asksDevice(a, r) {
		s.kind, s.row = stepTaken, r
		if known {
			s.nr = r.Nr
		}
		return nil
	}
	s.row, s.nr = r, r.Nr
	if r.Nr == syscalls.SysIoctl && len(a.Args) > 1 {
		request, _ := constantValue(a.Args[1].X)
		s.row = r.OfRequest(request)
	}
	return c.arguments(s, a)
}

// arguments compiles the arguments of a call; s.row says what each is.
func (c *compiler) arguments(s *step, a *script.Call) error {
	for i, arg := range a.Args {
		at, err := position(s.row, i, arg)
		if err != nil {
			return err
		}
		if err := c.argument(s, at, arg.X); err != nil {
			return err
		}
	}
	return nil
}

// rawRegisters reports whether a call is written with all six registers, more than it has arguments, and with its
// answer: so a recorder writes a call that it does not know. What its pointers lead to is not recorded, so the answer
// is taken.
func rawRegisters(a *script.Call, r *script.CallSpec) bool {
	if len(r.Params) >= 6 || len(a.Args) != 6 || a.Want == nil {
		return false
	}
	for _, arg := range a.Args {
		if n, ok := arg.X.(script.Num); !ok || n.Base != 'x' {
			return false
		}
	}
	return true
}

// asksDevice reports whether an ioctl is one of a device's own, which the model does not have.
func asksDevice(a *script.Call, r *script.CallSpec) bool {
	if r.Nr != syscalls.SysIoctl || len(a.Args) < 2 {
		return false
	}
	v, ok := constantValue(a.Args[1].X)
	return !ok || !syscalls.Request(uint32(v)).Modelled()
}

// constantValue is the value of a number, or of a constant by its name.
func constantValue(x script.Expr) (v uint64, ok bool) {
	if name, named := x.(script.Name); named {
		return script.NamedConstant(name.ID)
	}
	return script.Fold(x)
}

// lacks reports whether the machine, or the one beside it, cannot have the path.
func (c *compiler) lacks(path string) bool {
	own, _ := c.impl.(PathLacker)
	other, _ := c.beside.(PathLacker)
	return own != nil && own.Lacks(path) || other != nil && other.Lacks(path)
}

// implements reports whether the machine runs the call; where it does not say, the table does.
func (c *compiler) implements(r *script.CallSpec) bool {
	if c.beside != nil && !c.beside.Implements(r.Nr) {
		return false
	}
	if c.impl == nil {
		return r.Scope != script.OutsideModel
	}
	return c.impl.Implements(r.Nr)
}

// position is where an argument goes: by its label, else by its place.
func position(r *script.CallSpec, i int, a script.Arg) (int, error) {
	if a.Label == "" {
		return i, nil
	}
	for k, p := range r.Params {
		if p.Name == a.Label {
			return k, nil
		}
	}
	return 0, fmt.Errorf("%s has no argument %s", r.Name, a.Label)
}

func (c *compiler) argument(s *step, at int, x script.Expr) error {
	if at >= len(s.args) {
		return fmt.Errorf("%s: a call has at most 6 arguments", s.row.Name)
	}
	if at < len(s.row.Params) && s.row.Params[at].IsFD() {
		s.fds = true
	}
	if at < len(s.row.Params) && s.row.Params[at].Kind >= script.OffsetParam &&
		s.row.Params[at].Kind <= script.CacheStatParam {
		s.fills = true
	}
	switch x.(type) {
	case script.Scratch:
		s.scratch = true
		s.args[at] = operand{kind: constant, val: uint64(c.scratch)}
	case script.Str, script.Pattern, script.Composite:
		s.kind = stepMade
		s.made = append(s.made, made{at, x})
		c.nameSlots(x)
	default:
		if script.Elided(x) {
			return nil // the call takes its answer from the log
		}
		s.args[at] = c.operand(x)
	}
	return nil
}
