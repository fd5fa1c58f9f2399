package syscalls

import "vmsim/vm"

// Doubts reports whether any byte of the machine is undetermined.
// Linux: none.
func (p *Process) Doubts() bool { return p.kernel.Memory.HasUndetermined() || p.kernel.guessed }

// Undetermined calls fn with the index of each of n bytes at a that may differ on another processor, if the page is
// mapped.
// Linux: none.
func (p *Process) Undetermined(a vm.Addr, n int, fn func(i int)) {
	memory := p.kernel.Memory
	if !memory.HasUndetermined() {
		return
	}
	for done := 0; done < n; {
		x := a + vm.Addr(done)
		k := min(n-done, vm.PageSize-int(x.Offset()))
		if e := p.Space.Entry(x); e.Present() {
			mask := memory.MaskOf(memory.Frame(e.PFN()))
			for i := range k {
				if mask.Has(int(x.Offset()) + i) {
					fn(done + i)
				}
			}
		}
		done += k
	}
}

// Guessed reports whether a call has used an undetermined byte as part of its arguments. On another processor the call
// would have had other arguments, so later results cannot be compared.
// Linux: none.
func (p *Process) Guessed() bool { return p.kernel.guessed }

// relyOn notes that a call's result depends on n bytes at a.
func (p *Process) relyOn(a vm.Addr, n int) {
	p.Undetermined(a, n, func(int) { p.kernel.guessed = true })
}
