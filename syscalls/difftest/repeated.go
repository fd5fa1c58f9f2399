package difftest

import "slices"

// suspect is a difference in a counter that the whole machine shares. Another process may have caused it: it counts
// only if the same statement makes the same difference whenever the program is run again.
type suspect struct {
	at        int // the statement, by the number of those before it
	op        int // the same in the program with its head; -1 until that is known
	name      string
	want, got int64
	diff      Difference
}

// same reports whether two runs of a program differ in the same.
func (s suspect) same(t suspect) bool {
	return s.at == t.at && s.name == t.name && s.want == t.want && s.got == t.got
}

// confirmations is how often a program has to differ in the same before the kernel is believed to be the reason.
const confirmations = 6

// whatRepeats are the suspects, of those that are known from a first run or nil for none, that each further run has
// too.
func whatRepeats(first []suspect, run func() ([]suspect, error)) (left []suspect, err error) {
	left, runs := first, 1
	if first == nil {
		runs = 0
	}
	for ; runs < confirmations && (len(left) > 0 || runs == 0); runs++ {
		again, err := run()
		if err != nil {
			return nil, err
		}
		if runs == 0 {
			left = again
			continue
		}
		left = slices.DeleteFunc(slices.Clone(left),
			func(s suspect) bool { return !slices.ContainsFunc(again, s.same) })
	}
	return left, nil
}

// confirmed is the outcome of a program with the first of its suspects that repeats, where nothing else differs.
func (l *Lab) confirmed(out Outcome) (Outcome, error) {
	if len(out.Unexplained) > 0 || len(out.suspects) == 0 {
		return out, nil
	}
	left, err := whatRepeats(out.suspects, func() ([]suspect, error) {
		again, err := l.replay(out.Ops, nil)
		return again.suspects, err
	})
	if err != nil || len(left) == 0 {
		return out, err
	}
	d := left[0].diff
	d.At = left[0].op
	out.Unexplained = []Difference{d}
	out.Ops = out.Ops[:left[0].op+1]
	return out, nil
}

// suspect takes note of a difference that another process may have caused, or reports it.
func (p *Pair) suspect(s suspect, out *[]Difference) {
	switch {
	case slices.ContainsFunc(p.tally.sure, s.same):
		*out = append(*out, s.diff)
	case !p.huge: // otherwise an entry of the list of differences would explain it
		p.tally.suspects = append(p.tally.suspects, s)
	}
}
