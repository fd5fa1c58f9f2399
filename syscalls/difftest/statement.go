package difftest

import (
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// num is a number as an argument.
func num(v uint64) script.Expr { return script.Num{Val: v, Base: 'x'} }

// call is a system call with numbers for arguments.
func call(name string, args ...uint64) script.Action {
	c := &script.Call{Name: name, Args: make([]script.Arg, len(args))}
	for i, a := range args {
		c.Args[i].X = num(a)
	}
	return c
}

// callWith is a system call whose arguments are expressions.
func callWith(name string, args ...script.Expr) script.Action {
	c := &script.Call{Name: name, Args: make([]script.Arg, len(args))}
	for i, a := range args {
		c.Args[i].X = a
	}
	return c
}

// load and store are accesses of one byte.
func load(a vm.Addr) script.Action { return &script.Access{Base: num(uint64(a)), Form: script.Deref} }

func store(a vm.Addr, v byte) script.Action {
	return &script.Access{Base: num(uint64(a)), Form: script.Deref, Store: true, Value: num(uint64(v))}
}

// signed is a number that may be negative, as a register holds it.
func signed(v int) uint64 { return uint64(int64(v)) }
