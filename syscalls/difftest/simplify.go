package difftest

import (
	"math/bits"
	"slices"

	"vmsim/syscalls/script"
)

// change is a step towards a plainer statement; ok is false where it would change nothing.
type change func(op script.Op) (next script.Op, ok bool)

// changes are those worth trying for a statement.
func changes(op *script.Op) []change {
	var out []change
	if op.PID > 1 {
		out = append(out, func(op script.Op) (script.Op, bool) { op.PID = 1; return op, true })
	}
	c, ok := op.Do.(*script.Call)
	if !ok {
		return out
	}
	for i := range c.Args {
		n, isNum := c.Args[i].X.(script.Num)
		if !isNum {
			continue
		}
		for _, v := range plainer(c.Name, i, n.Val) {
			out = append(out, setArg(i, v))
		}
	}
	return out
}

// setArg replaces one argument by a number that is simpler.
func setArg(i int, v uint64) change {
	return func(op script.Op) (script.Op, bool) {
		c, ok := op.Do.(*script.Call)
		if !ok || i >= len(c.Args) {
			return op, false
		}
		old, ok := c.Args[i].X.(script.Num)
		if !ok || cost(old.Val) <= cost(v) {
			return op, false
		}
		next := *c
		next.Args = slices.Clone(c.Args)
		next.Args[i].X = num(v)
		op.Do = &next
		return op, true
	}
}

// plainer are values that may do as well as v: nothing, a page, whole pages, fewer flags.
func plainer(name string, arg int, v uint64) []uint64 {
	if isFlags(name, arg) {
		var out []uint64
		for rest := v; rest != 0; rest &= rest - 1 {
			out = append(out, v&^(rest&-rest))
		}
		return out
	}
	if v > 1<<40 {
		return []uint64{0, 4096}
	}
	return []uint64{0, 4096, 8192, 12288, v / 2 &^ 4095, v &^ 4095, (v + 4095) &^ 4095}
}

// isFlags reports whether the argument is a set of bits.
func isFlags(name string, arg int) bool {
	switch name {
	case "mmap":
		return arg == 2 || arg == 3
	case "mprotect", "msync":
		return arg == 2
	case "mremap":
		return arg == 3
	case "mlockall":
		return arg == 0
	}
	return false
}

// cost is how hard a number is to read.
func cost(v uint64) int {
	n := bits.Len64(v)
	if v%4096 != 0 {
		n += 20 + bits.OnesCount64(v%4096)
	}
	return n + bits.OnesCount64(v)
}

// argumentSize is the cost of all that a statement says.
func argumentSize(op *script.Op) int {
	n := 0
	if c, ok := op.Do.(*script.Call); ok {
		for _, a := range c.Args {
			if x, ok := a.X.(script.Num); ok {
				n += min(cost(x.Val), 60)
			}
		}
	}
	return n
}
