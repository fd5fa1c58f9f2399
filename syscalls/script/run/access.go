package run

import (
	"fmt"
	"syscall"

	"vmsim/fault"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// maxElems bounds one statement: a range of more steps, or a span of more bytes, is a mistake.
const maxElems = 1 << 20

// maxShown bounds a span that is loaded and shown: each byte may take four letters of a line.
const maxShown = script.MaxLine / 8

// access runs a range or a span.
func (r *Runner) access(s *step, p *proc) error {
	a := s.op.Do.(*script.Access)
	base, err := script.Eval(a.Base, r.names)
	if err != nil {
		return err
	}
	if a.Form == script.Span {
		return r.span(p, a, base)
	}
	from, to, step, err := r.bounds(a)
	if err != nil {
		return err
	}
	for off := from; off < to; off += step {
		v, err := r.elementValue(a)
		if err != nil {
			return err
		}
		if err := r.element(p, vm.Addr(base+off), a, v); err != nil {
			return err
		}
		if off+step < off || r.res.Ended || r.res.Became != 0 ||
			r.res.Signal != nil && r.res.Signal.Number == fault.SIGKILL {
			break
		}
	}
	return nil
}

func (r *Runner) bounds(a *script.Access) (from, to, step uint64, err error) {
	if from, err = script.Eval(a.A, r.names); err != nil {
		return
	}
	if to, err = script.Eval(a.B, r.names); err != nil {
		return
	}
	if step = 1; a.Step != nil {
		if step, err = script.Eval(a.Step, r.names); err != nil {
			return
		}
	}
	return from, to, step, checkBounds(from, to, step)
}

// checkBounds refuses a range that never ends, runs backwards, or has more elements than a person waits for.
func checkBounds(from, to, step uint64) error {
	switch {
	case step == 0:
		return fmt.Errorf("a range's step cannot be 0")
	case to < from:
		return fmt.Errorf("the range ends before it begins: p[%d..%d] is from the smaller to the larger index", to,
			from)
	case to > from && (to-from-1)/step >= maxElems:
		return fmt.Errorf("the range has %s; over %d are refused, so take larger steps: p[0..1<<40 step 1M]",
			plural.Count((to-from-1)/step+1, "step", "steps"), maxElems)
	}
	return nil
}

func (r *Runner) elementValue(a *script.Access) (byte, error) {
	if !a.Store {
		return 0, nil
	}
	v, err := script.Eval(script.ByteOf(a.Value), r.names)
	return byte(v), err
}

// byteAt loads or stores one byte; the first signal of a statement is the statement's.
func (r *Runner) byteAt(p *proc, addr vm.Addr, a *script.Access, v byte) (e Element, err error) {
	e = Element{Addr: addr, Value: v}
	if a.Store {
		err = p.caller.Store(addr, v)
	} else {
		e.Value, err = p.caller.Load(addr)
	}
	if err == nil {
		if !a.Store {
			e.Undetermined = p.doubts(e.Addr)
		}
		return e, nil
	}
	e.Value, e.Signal, err = r.respond(p, attempt{addr: addr, store: a.Store, value: v}, err)
	if r.res.Signal == nil {
		r.res.Signal = e.Signal
	}
	if err == nil && e.Signal == nil && !a.Store {
		e.Undetermined = p.doubts(addr)
	}
	return e, err
}

// element is one load or store of several.
func (r *Runner) element(p *proc, addr vm.Addr, a *script.Access, v byte) error {
	e, err := r.countedByte(p, addr, a, v)
	if err != nil {
		return err
	}
	e.Handled = len(r.res.Handled)
	e.Observed = r.observations(p.pid, r.opts.Show|r.drain)
	r.res.Elems = append(r.res.Elems, e)
	return nil
}

// countedByte is byteAt with how many faults it took.
func (r *Runner) countedByte(p *proc, addr vm.Addr, a *script.Access, v byte) (Element, error) {
	minor, major := r.faults(p)
	e, err := r.byteAt(p, addr, a, v)
	if err == nil {
		e.Minor, e.Major = r.faults(p)
		e.Minor, e.Major = e.Minor-minor, e.Major-major
	}
	return e, err
}

// faults are the counts of p where the run shows them; else they are not needed for each element.
func (r *Runner) faults(p *proc) (minor, major uint64) {
	if r.opts.Show&Faults == 0 {
		return 0, 0
	}
	return p.caller.Faults()
}

// span loads or stores several bytes next to each other, in the order of their addresses.
func (r *Runner) span(p *proc, a *script.Access, base uint64) error {
	from, err := script.Eval(a.A, r.names)
	if err != nil {
		return err
	}
	n, err := script.Eval(a.B, r.names)
	if err != nil {
		return err
	}
	most := uint64(maxElems)
	if a.Value == nil {
		most = maxShown
	}
	if n == 0 {
		return fmt.Errorf("the span has no bytes: p[0:4] is 4 bytes from index 0 on")
	}
	if n > most {
		return fmt.Errorf("the span has %s; over %d are refused", plural.Bytes(n), most)
	}
	var want []byte
	if a.Value != nil {
		if want, err = r.spanBytes(a.Value, int(n)); err != nil {
			return err
		}
	}
	addr := vm.Addr(base + from)
	for i := range int(n) {
		var v byte
		if a.Store {
			v = want[i]
		}
		if err := r.spanByte(p, addr+vm.Addr(i), a, v); err != nil || r.res.Signal != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) spanByte(p *proc, addr vm.Addr, a *script.Access, v byte) error {
	e, err := r.countedByte(p, addr, a, v)
	if err != nil {
		return err
	}
	if p.doubter != nil && p.doubter.Doubts() { // it may be printed in parts
		e.Observed = r.observations(p.pid, r.opts.Show|r.drain)
	}
	e.Handled = len(r.res.Handled)
	r.res.Elems = append(r.res.Elems, e)
	r.res.Bytes = append(r.res.Bytes, e.Value)
	return nil
}

// spanBytes are the n bytes of a value: a string's, a pattern's, or a number's, lowest first.
func (r *Runner) spanBytes(x script.Expr, n int) ([]byte, error) {
	switch x.(type) {
	case script.Str, script.Pattern:
		return r.wholeSpan(x, n)
	}
	v, err := script.Eval(x, r.names)
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	for i := 0; i < min(8, n); i++ {
		b[i] = byte(v >> (8 * i))
	}
	return b, nil
}

// wholeSpan are the bytes of a string or a pattern, which has to fill the span.
func (r *Runner) wholeSpan(x script.Expr, n int) ([]byte, error) {
	b, err := r.bytesOf(x, n)
	if err != nil {
		return nil, err
	}
	if len(b) != n {
		return nil, fmt.Errorf("the string has %s, and the span %d: p[0:%d] takes the whole of it",
			plural.Bytes(len(b)), n, len(b))
	}
	return b, nil
}

// touch runs an access of which only the kind is known.
func (r *Runner) touch(s *step, p *proc) error {
	v, err := r.value(&s.addr)
	if err != nil {
		return err
	}
	e, kind := Element{Addr: vm.Addr(v)}, s.op.Do.(*script.Touch).Kind
	if err = r.touchOnce(p, e.Addr, kind); err != nil {
		_, e.Signal, err = r.respond(p, attempt{addr: e.Addr, touch: true, kind: kind}, err)
		if err != nil {
			return err
		}
	}
	r.res.Signal, e.Handled = e.Signal, len(r.res.Handled)
	r.res.Elems = append(r.res.Elems, e)
	return nil
}

// touchAt is touchOnce for the kernel's own accesses: no handler answers them.
func (r *Runner) touchAt(p *proc, a vm.Addr, kind script.TouchKind) (*fault.Signal, error) {
	err := r.touchOnce(p, a, kind)
	if err == nil {
		return nil, nil
	}
	return asSignal(err)
}

// touchOnce touches one byte; a store puts back what is there. The error may be a signal.
func (r *Runner) touchOnce(p *proc, a vm.Addr, kind script.TouchKind) error {
	var err error
	switch {
	case p.toucher != nil:
		err = p.toucher.Touch(a, kind)
	case kind == script.TouchWrite || kind == script.TouchKernelWrite:
		r.buf[0] = 0
		_ = p.caller.Peek(a, r.buf[:]) // where there is nothing to see, the store will be refused too
		err = p.caller.Store(a, r.buf[0])
	default:
		_, err = p.caller.Load(a)
	}
	if _, refused := err.(syscall.Errno); refused {
		return nil // the kernel's own access is answered by the call's error, not by a signal
	}
	return err
}
