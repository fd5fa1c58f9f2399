package run

import (
	"vmsim/syscalls/script"
	"vmsim/vm"
)

// Doubter is a Caller that knows which bytes are undetermined: other processors may leave others there.
type Doubter interface {
	// Doubts reports whether any byte of the machine is undetermined. It is asked after every load.
	Doubts() bool
	// Undetermined calls fn with the number of each such byte among the n at a, as far as they are in memory.
	Undetermined(a vm.Addr, n int, fn func(i int))
	// Guessed reports whether such a byte has been an argument of a call.
	Guessed() bool
}

// undetermined adds those of n bytes at a that are undetermined to the ranges; they are bytes from first on of what
// these are of.
func (p *proc) undetermined(g script.ByteRanges, first int, a vm.Addr, n int) script.ByteRanges {
	if p.doubter != nil && p.doubter.Doubts() {
		p.doubter.Undetermined(a, n, func(i int) { g = g.With(first + i) })
	}
	return g
}

// doubts reports whether the byte at a is undetermined.
func (p *proc) doubts(a vm.Addr) bool {
	return p.doubter != nil && p.doubter.Doubts() && p.isDoubted(a)
}

// isDoubted asks the machine; apart, so that doubts takes no memory.
func (p *proc) isDoubted(a vm.Addr) (is bool) {
	p.doubter.Undetermined(a, 1, func(int) { is = true })
	return is
}

// Guessed reports whether an undetermined byte has been an argument of a call of the last statement's process, or of
// one before it: from there on nothing that the program holds says anything of Linux.
func (r *Runner) Guessed() bool {
	if r.lastPID < 0 || r.lastPID >= len(r.procs) || r.procs[r.lastPID] == nil {
		return false
	}
	d := r.procs[r.lastPID].doubter
	return d != nil && d.Doubts() && d.Guessed()
}
