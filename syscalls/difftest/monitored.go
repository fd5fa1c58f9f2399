package difftest

import "slices"

// monitored is a machine that knows whether something else looked, while the last program ran, at which pages are used.
type monitored interface{ UseLookedAt() bool }

const useLooked = "others looked at which pages are used"

// lookedRuns is how often a program that differed is run again for that.
const lookedRuns = 4

// unlooked is the outcome of a program that has run. Where it differed while something looked at which pages are used,
// it is run again. Who looks takes the accessed bit from a page here and there, and next time from others: a
// difference that comes twice in a row has another cause.
func (l *Lab) unlooked(out Outcome) (Outcome, error) {
	k, ok := l.Kernel.(monitored)
	ops := out.Ops
	for runs := 0; ok && len(out.Unexplained) > 0 && k.UseLookedAt() && runs < lookedRuns; runs++ {
		again, err := l.replay(ops, nil)
		if err != nil {
			return out, err
		}
		again.Disturbed = withLooked(out.Disturbed)
		same := sameDifference(out.Unexplained, again.Unexplained)
		if out = again; same {
			break
		}
	}
	return out, nil
}

// unlookedWhole is unlooked for a whole program.
func (l *Lab) unlookedWhole(w Whole, run func() (Whole, error)) (Whole, error) {
	k, ok := l.Kernel.(monitored)
	for runs := 0; ok && len(w.Unexplained()) > 0 && k.UseLookedAt() && runs < lookedRuns; runs++ {
		again, err := run()
		if err != nil {
			return w, err
		}
		again.Disturbed = withLooked(w.Disturbed)
		same := sameDifference(w.Unexplained(), again.Unexplained())
		if w = again; same {
			break
		}
	}
	return w, nil
}

func withLooked(causes []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(causes), useLooked))))
}

// sameDifference reports whether two runs of a program differ first in the same.
func sameDifference(a, b []Difference) bool {
	return len(a) > 0 && len(b) > 0 && a[0].Signature() == b[0].Signature()
}
