package difftest

import "slices"

// disturbed is a machine that knows what else was going on while a program ran, such that its answers say nothing.
type disturbed interface{ Disturbances() []string }

// renewed is a machine that can put aside what its next programs would share with the last ones.
type renewed interface{ Renew() }

// disturbedRuns is how often a program that differed is run again to have a run that nothing disturbs.
const disturbedRuns = 16

// renew lets a program that has differed be run again on files of its own.
func (l *Lab) renew(out Outcome) {
	if r, ok := l.Kernel.(renewed); ok && len(out.Unexplained) > 0 {
		r.Renew()
	}
}

// settled is the outcome of a program that has just run. Where it differed and something disturbed the kernel's side,
// it is run again: until nothing does, or the kernel answers as the model. The disk is watched then in any case.
func (l *Lab) settled(out Outcome) (Outcome, error) {
	if limited(out.Ops) {
		return l.amongRuns(out)
	}
	d, ok := l.Kernel.(disturbed)
	if !ok || len(out.Unexplained) == 0 {
		return l.unlooked(out)
	}
	causes, ops := d.Disturbances(), out.Ops
	if done := l.watchDisk(ops); done != nil {
		defer done()
		causes = append(causes, unwatched)
	}
	for runs := 0; len(causes) > 0 && len(out.Unexplained) > 0; runs++ {
		all := slices.Compact(slices.Sorted(slices.Values(append(out.Disturbed, causes...))))
		if runs == disturbedRuns {
			out.Unexplained, out.Undecided, out.Disturbed = nil, true, all
			return out, nil
		}
		again, err := l.replay(ops, nil)
		if err != nil {
			return out, err
		}
		again.Disturbed = all
		out, causes = again, d.Disturbances()
	}
	return l.unlooked(out)
}
