package difftest

import (
	"fmt"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// A program with literal addresses falls apart when a statement in its middle goes: whatever comes after lands
// somewhere else. So addresses are named first: p1 is what the first mmap returned, and p1 + 0x3000 follows it wherever
// it goes.

// named is a range of addresses that a call has returned.
type named struct {
	name       string
	start, end uint64
}

// namer rewrites a program while it runs on the model.
type namer struct {
	ranges []named
	binds  int
}

// nameAddresses is the program with names for the addresses that its calls return; nil where it does not run.
func nameAddresses(l *Lab, ops []script.Op) []script.Op {
	n := &namer{}
	return rewritten(l, ops, func(op script.Op, res *run.Result, err error) (script.Op, bool) {
		if err != nil {
			return op, true
		}
		return n.rewrite(op, res), true
	})
}

// rewritten runs a program on the model and has each statement rewritten with its result; nil where the program cannot
// run, or where rewrite gives up.
func rewritten(l *Lab, ops []script.Op, rewrite func(script.Op, *run.Result, error) (script.Op, bool)) []script.Op {
	prog, rest := setup(ops)
	out := append([]script.Op(nil), prog.Ops...)
	s, err := newSide(laidOut(prog, l.layout), l.Model, run.Results)
	if err != nil {
		return nil
	}
	for _, op := range rest {
		res, err := s.do(&op)
		next, ok := rewrite(op, res, err)
		if !ok {
			return nil
		}
		out = append(out, next)
	}
	return out
}

// rewrite names the addresses among a statement's arguments, and what it returns.
func (n *namer) rewrite(op script.Op, res *run.Result) script.Op {
	switch do := op.Do.(type) {
	case *script.Access:
		next := *do
		next.Base = n.express(do.Base)
		op.Do = &next
	case *script.Call:
		next := *do
		next.Args = make([]script.Arg, len(do.Args))
		for i, a := range do.Args {
			next.Args[i] = script.Arg{X: n.express(a.X)}
		}
		n.learn(&next, res)
		op.Do = &next
	}
	return op
}

// express is an address as a distance from a name, where it lies in or next to a named range.
func (n *namer) express(x script.Expr) script.Expr {
	v, ok := x.(script.Num)
	if !ok {
		return x
	}
	for i := len(n.ranges) - 1; i >= 0; i-- {
		r := n.ranges[i]
		if v.Val >= r.start-4096 && v.Val <= r.end {
			if v.Val == r.start {
				return script.Name{ID: r.name}
			}
			return script.Binary{Op: "+", X: script.Name{ID: r.name}, Y: num(v.Val - r.start)}
		}
	}
	return x
}

func (n *namer) learn(c *script.Call, res *run.Result) {
	if res.Errno != 0 || res.Taken || res.Nr != syscalls.SysMmap && res.Nr != syscalls.SysMremap {
		return
	}
	length := res.Args[1]
	if res.Nr == syscalls.SysMremap {
		length = res.Args[2]
	}
	n.binds++
	c.Bind = fmt.Sprintf("p%d", n.binds)
	n.ranges = append(n.ranges, named{c.Bind, res.Value, res.Value + length})
}

// resolve is the program with numbers in the place of names; nil where it does not run.
func resolve(l *Lab, ops []script.Op) []script.Op {
	return rewritten(l, ops, func(op script.Op, res *run.Result, err error) (script.Op, bool) {
		if err != nil {
			return op, false
		}
		return plain(op, res), true
	})
}

// plain is the statement with the numbers that it ran with.
func plain(op script.Op, res *run.Result) script.Op {
	switch do := op.Do.(type) {
	case *script.Access:
		if len(res.Elems) == 1 {
			next := *do
			next.Base = num(uint64(res.Elems[0].Addr))
			op.Do = &next
		}
	case *script.Call:
		next := *do
		next.Bind, next.Args = "", make([]script.Arg, len(do.Args))
		for i, a := range do.Args {
			next.Args[i] = a
			switch a.X.(type) {
			case script.Name, script.Binary:
				next.Args[i].X = num(res.Args[i])
			}
		}
		op.Do = &next
	}
	return op
}
