package run

import (
	"encoding/binary"
	"fmt"
	"slices"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// make builds the arguments that are bytes in the program's text: they go into scratch, as a debugger would put them
// there, and the registers point at them.
func (r *Runner) make(s *step, p *proc) error {
	r.at, r.res.Scratch = r.scratch, true
	if s.scratch {
		r.at += script.ScratchSize / 2 // the lower half is the program's
	}
	for _, m := range s.made {
		x := m.expr
		if _, isStruct := outStructs[s.row.KindOf(m.arg)]; isStruct {
			x = script.Str{Val: "\x00", Times: script.Num{Val: outStructs[s.row.KindOf(m.arg)].size}}
		}
		if part := partStructs[s.row.KindOf(m.arg)]; part.size != 0 {
			if err := r.makePart(s, p, m, part.size); err != nil {
				return err
			}
			continue
		}
		if c, ok := x.(script.Composite); ok && s.row.KindOf(m.arg) == script.StringsParam {
			c.Items = append(slices.Clone(c.Items), script.Field{X: script.Num{Base: 'd'}}) // NULL ends the array
			x = c
		}
		a, err := r.put(p, x, r.countOf(s, m.arg))
		if err != nil {
			return err
		}
		r.res.Args[m.arg] = uint64(a)
	}
	return nil
}

// makePart builds a structure of so many bytes, of which the program's text may leave the last members out.
func (r *Runner) makePart(s *step, p *proc, m made, size uint64) error {
	c, ok := m.expr.(script.Composite)
	if !ok {
		return fmt.Errorf("%s is no structure", m.expr)
	}
	b, err := r.words(nil, p, c)
	if err != nil {
		return err
	}
	if uint64(len(b)) > size {
		return fmt.Errorf("the structure has %s, not %d", plural.Count(size/8, "number", "numbers"),
			len(b)/8)
	}
	b = append(b, make([]byte, size-uint64(len(b)))...)
	_ = p.caller.Poke(r.at, b)
	r.res.Args[m.arg] = uint64(r.at)
	r.at += vm.Addr(len(b)+15) &^ 15
	return nil
}

// countOf is the length that the call gives for the buffer at arg: the next argument that is a size.
func (r *Runner) countOf(s *step, arg int) int {
	for i := arg + 1; i < len(s.row.Params); i++ {
		if s.row.Params[i].Kind == script.SizeParam {
			return int(min(r.res.Args[i], script.ScratchSize+1))
		}
	}
	return 0
}

// put stores the value of x and returns its address.
func (r *Runner) put(p *proc, x script.Expr, count int) (vm.Addr, error) {
	b, err := r.madeBytes(p, x, count)
	if err != nil {
		return 0, err
	}
	a := r.at
	if int(a-r.scratch)+len(b) > script.ScratchSize {
		return 0, fmt.Errorf("the strings and buffers of one call have 1 MiB; %s needs more", describeExpr(x))
	}
	// Where the program has unmapped its scratch, the call finds nothing there, and says so itself.
	_ = p.caller.Poke(a, b)
	r.at += vm.Addr(len(b)+15) &^ 15
	return a, nil
}

func describeExpr(x script.Expr) string {
	if s := x.String(); len(s) < 40 {
		return s
	}
	return x.String()[:36] + "…"
}

func (r *Runner) madeBytes(p *proc, x script.Expr, count int) ([]byte, error) {
	if c, ok := x.(script.Composite); ok {
		return r.words(nil, p, c)
	}
	b, err := r.bytesOf(x, count)
	if _, ok := x.(script.Str); ok && err == nil {
		b = append(b, 0) // C's strings end with one
	}
	return b, err
}

// bytesOf are the bytes of a string or a pattern.
func (r *Runner) bytesOf(x script.Expr, count int) ([]byte, error) {
	switch x := x.(type) {
	case script.Str:
		return r.repeat(x)
	case script.Pattern:
		k, err := script.Eval(x.K, r.names)
		if err != nil {
			return nil, err
		}
		if count > script.ScratchSize {
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

func (r *Runner) repeat(s script.Str) ([]byte, error) {
	times := uint64(1)
	if s.Times != nil {
		var err error
		if times, err = script.Eval(s.Times, r.names); err != nil {
			return nil, err
		}
	}
	if len(s.Val) > 0 && times > script.ScratchSize/uint64(len(s.Val)) {
		return nil, fmt.Errorf("a string of over 1 MiB does not fit scratch")
	}
	b := make([]byte, 0, len(s.Val)*int(min(times, script.ScratchSize))+1)
	for range min(times, script.ScratchSize) {
		b = append(b, s.Val...)
	}
	return b, nil
}

// words lays a structure or an array out as 64-bit words; strings in it go to scratch first and leave their addresses.
func (r *Runner) words(out []byte, p *proc, c script.Composite) ([]byte, error) {
	for i, f := range c.Items {
		switch x := f.X.(type) {
		case script.Composite:
			var err error
			if out, err = r.words(out, p, x); err != nil {
				return nil, err
			}
		case script.Str, script.Pattern:
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
func (r *Runner) lengthAfter(c script.Composite, i int) int {
	if i+1 >= len(c.Items) {
		return 0
	}
	n, err := r.word(c.Items[i+1].X)
	if err != nil {
		return 0
	}
	return int(min(n, script.ScratchSize+1))
}

func (r *Runner) word(x script.Expr) (uint64, error) {
	if _, ok := x.(script.Scratch); ok {
		return uint64(r.scratch), nil
	}
	return script.Eval(x, r.names)
}
