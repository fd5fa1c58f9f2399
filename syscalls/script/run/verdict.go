package run

import "vmsim/syscalls/script"

// Verdict is what a test of one program found.
type Verdict struct {
	Differences []Difference
	Statements  int // that were run
	Outside     int // that took their answer from the program
	Unheld      int // that followed a call with an undetermined byte for an argument
	// Err is what stopped the run: a *RunError, or what the machine's Setup gave.
	Err error
}

// Passed reports whether everything the program holds was met.
func (v *Verdict) Passed() bool { return v.Err == nil && len(v.Differences) == 0 }

// Testing says how a program is tested.
type Testing struct {
	Only Kinds // the kinds that are held; 0 for all
	All  bool  // go on after the first difference
	// Check, if set, runs after every statement.
	Check func() error
}

// Test runs a program on a machine and holds every statement against what the text says.
func Test(prog *script.Program, m Machine, how Testing) *Verdict {
	v := &Verdict{}
	if how.Only == 0 {
		how.Only = AllKinds
	}
	r, err := NewRunner(prog, m, Options{Hold: how.Only})
	if err != nil {
		v.Err = err
		return v
	}
	for r.Next() {
		v.Statements++
		if r.Result().Taken {
			v.Outside++
		}
		if r.Guessed() {
			v.Unheld++
		}
		v.Differences = append(v.Differences, r.Differences(how.Only)...)
		if len(v.Differences) > 0 && !how.All {
			v.Differences = v.Differences[:1]
			return v
		}
		if how.Check == nil {
			continue
		}
		if v.Err = how.Check(); v.Err != nil {
			v.Err = &RunError{File: prog.Name, Line: r.cur.op.Line, Op: r.cur.op, Err: v.Err}
			return v
		}
	}
	v.Err = r.Err()
	return v
}
