package difftest

import "slices"

// settledWhole is the outcome of a whole program that has just run. Where it differed and something disturbed the
// kernel's side, it is run again, as a random program is: see settled and amongRuns.
func (l *Lab) settledWhole(w Whole, run func() (Whole, error)) (Whole, error) {
	if limited(w.Ops) {
		return amongWholeRuns(w, run)
	}
	d, ok := l.Kernel.(disturbed)
	if !ok || len(w.Unexplained()) == 0 {
		return l.unlookedWhole(w, run)
	}
	causes := d.Disturbances()
	if done := l.watchDisk(w.Ops); done != nil {
		defer done()
		causes = append(causes, unwatched)
	}
	for runs := 0; len(causes) > 0 && len(w.Unexplained()) > 0; runs++ {
		all := slices.Compact(slices.Sorted(slices.Values(append(w.Disturbed, causes...))))
		if w.Disturbed = all; runs == disturbedRuns {
			w.Undecided = true
			return w, nil
		}
		again, err := run()
		if err != nil {
			return w, err
		}
		again.Disturbed = all
		w, causes = again, d.Disturbances()
	}
	return l.unlookedWhole(w, run)
}

// amongWholeRuns is amongRuns for a whole program.
func amongWholeRuns(w Whole, run func() (Whole, error)) (Whole, error) {
	if len(w.Unexplained()) == 0 {
		return w, nil
	}
	first, same := w.Unexplained()[0], true
	for range pressureRuns {
		again, err := run()
		if err != nil {
			return w, err
		}
		if len(again.Unexplained()) == 0 {
			again.Disturbed = []string{apartRuns}
			return again, nil
		}
		d := again.Unexplained()[0]
		same = same && d.What == first.What && d.Want == first.Want && d.Op.Line == first.Op.Line
	}
	if !same {
		w.Undecided, w.Disturbed = true, []string{apartRuns}
	}
	return w, nil
}

// heldBack passes on the lines of a program as it runs, up to the first that differs: what follows waits until it is
// known whether that run counts.
type heldBack struct {
	watch func(Line) // nil for none
	told  int        // lines that were passed on
	seen  int        // lines of this run
	held  []Line     // the rest of this run
}

// again begins another run.
func (h *heldBack) again() { h.seen, h.held = 0, nil }

func (h *heldBack) line(l Line) {
	if h.watch == nil {
		return
	}
	h.seen++
	switch {
	case h.seen <= h.told:
	case len(h.held) > 0 || slices.ContainsFunc(l.Differences, func(d Judged) bool { return d.Rule == nil }):
		h.held = append(h.held, l)
	default:
		h.told++
		h.watch(l)
	}
}

// tell passes on what was held back of the run that counts.
func (h *heldBack) tell() {
	for _, l := range h.held {
		h.watch(l)
	}
}
