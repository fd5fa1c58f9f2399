package model

import (
	"vmsim/pagecache"
	"vmsim/pagecache/policy"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// Foresee runs the program a first time where .machine reclaim=opt wants to know what it uses.
func (m *Machine) Foresee(prog *script.Program, settings []script.Setting) {
	if name, _ := script.ValueOf(settings, "reclaim"); m.Policies == nil && m.Future == nil && name == policy.Optimum {
		first := &Machine{Profile: m.Profile, Costs: m.Costs}
		m.Future = first.uses(prog)
	}
}

// References are the pages that a program uses, one for each load, store and call that uses one: on a machine whose
// memory is not short, whatever .machine says of it.
func References(prog *script.Program) []pagecache.Page {
	return (&Machine{ample: true}).uses(prog)
}

// uses runs a program, as far as it runs, and returns the pages that it uses.
func (m *Machine) uses(prog *script.Program) []pagecache.Page {
	record := &policy.Recorder{Uses: []pagecache.Page{}}
	m.Policies = func() syscalls.Policies { return syscalls.Policies{Replacement: record} }
	r, err := run.NewRunner(prog, m, run.Options{})
	if err != nil {
		return record.Uses
	}
	record.Uses = record.Uses[:0] // what execve has used is in memory before the program begins
	for r.Next() {
	}
	return record.Uses
}
