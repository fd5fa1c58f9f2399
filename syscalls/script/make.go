package script

import (
	"encoding/binary"
	"fmt"

	"vmsim/vm"
)

// make builds the arguments that are bytes in the program's text: they go into scratch, as a debugger would put them
// there, and the registers point at them.
func (r *Runner) make(s *step, p *proc) error {
	r.at, r.res.Scratch = r.scratch, true
	if s.scratch {
		r.at += ScratchSize / 2 // the lower half is the program's
	}
	for _, m := range s.made {
		x := m.expr
		if _, isStruct := outStructs[s.row.kindOf(m.arg)]; isStruct {
			x = Str{Val: "\x00", Times: Num{Val: outStructs[s.row.kindOf(m.arg)].size}}
		}
		a, err := r.put(p, x, r.countOf(s, m.arg))
		if err != nil {
			return err
		}
		r.res.Args[m.arg] = uint64(a)
	}
	return nil
}

// countOf is the length that the call gives for the buffer at arg: the next argument that is a size.
func (r *Runner) countOf(s *step, arg int) int {
	for i := arg + 1; i < len(s.row.params); i++ {
		if s.row.params[i].kind == kindSize {
			return int(min(r.res.Args[i], ScratchSize+1))
		}
	}
	return 0
}

// put stores what x stands for and gives its address.
func (r *Runner) put(p *proc, x Expr, count int) (vm.Addr, error) {
	b, err := r.madeBytes(p, x, count)
	if err != nil {
		return 0, err
	}
	a := r.at
	if int(a-r.scratch)+len(b) > ScratchSize {
		return 0, fmt.Errorf("the strings and buffers of one call have 1 MiB; %s needs more", describeExpr(x))
	}
	// Where the program has unmapped its scratch, the call finds nothing there, and says so itself.
	_ = p.caller.Poke(a, b)
	r.at += vm.Addr(len(b)+15) &^ 15
	return a, nil
}

func describeExpr(x Expr) string {
	if s := x.String(); len(s) < 40 {
		return s
	}
	return x.String()[:36] + "…"
}

func (r *Runner) madeBytes(p *proc, x Expr, count int) ([]byte, error) {
	if c, ok := x.(Composite); ok {
		return r.words(nil, p, c)
	}
	b, err := r.bytesOf(x, count)
	if _, ok := x.(Str); ok && err == nil {
		b = append(b, 0) // C's strings end with one
	}
	return b, err
}

// bytesOf are the bytes of a string or a pattern.
func (r *Runner) bytesOf(x Expr, count int) ([]byte, error) {
	switch x := x.(type) {
	case Str:
		return r.repeat(x)
	case Pattern:
		k, err := eval(x.K, r.names)
		if err != nil {
			return nil, err
		}
		if count > ScratchSize {
			return nil, fmt.Errorf("a pattern of over 1 MiB does not fit scratch")
		}
		b := make([]byte, count)
		for j := range b {
			b[j] = byte(7*j + int(k))
		}
		return b, nil
	}
	return nil, fmt.Errorf("%s is no string", x)
}

func (r *Runner) repeat(s Str) ([]byte, error) {
	times := uint64(1)
	if s.Times != nil {
		var err error
		if times, err = eval(s.Times, r.names); err != nil {
			return nil, err
		}
	}
	if len(s.Val) > 0 && times > ScratchSize/uint64(len(s.Val)) {
		return nil, fmt.Errorf("a string of over 1 MiB does not fit scratch")
	}
	b := make([]byte, 0, len(s.Val)*int(min(times, ScratchSize))+1)
	for range min(times, ScratchSize) {
		b = append(b, s.Val...)
	}
	return b, nil
}

// words lays a structure or an array out as 64-bit words; strings in it go to scratch first and leave their addresses.
func (r *Runner) words(out []byte, p *proc, c Composite) ([]byte, error) {
	for i, f := range c.Items {
		switch x := f.X.(type) {
		case Composite:
			var err error
			if out, err = r.words(out, p, x); err != nil {
				return nil, err
			}
		case Str, Pattern:
			a, err := r.put(p, x, r.lengthAfter(c, i))
			if err != nil {
				return nil, err
			}
			out = binary.LittleEndian.AppendUint64(out, uint64(a))
		default:
			v, err := r.word(x)
			if err != nil {
				return nil, err
			}
			out = binary.LittleEndian.AppendUint64(out, v)
		}
	}
	return out, nil
}

// lengthAfter is the element after the i-th: the length of the buffer that the i-th is.
func (r *Runner) lengthAfter(c Composite, i int) int {
	if i+1 >= len(c.Items) {
		return 0
	}
	n, err := r.word(c.Items[i+1].X)
	if err != nil {
		return 0
	}
	return int(min(n, ScratchSize+1))
}

func (r *Runner) word(x Expr) (uint64, error) {
	if _, ok := x.(Scratch); ok {
		return uint64(r.scratch), nil
	}
	return eval(x, r.names)
}
