package difftest

import (
	"cmp"
	"slices"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls/script"
)

// pressured is a machine that can have programs in a control group with a limit (.machine memcg=).
type pressured interface {
	// Pressure is what the group has, a line for each counter, and which pages of the files are in memory; nothing for
	// a program without a limit.
	Pressure(files []string) (string, error)
}

// filesOf are the paths of a program's files.
func filesOf(ops []script.Op) (paths []string) {
	for i := range ops {
		if d, ok := ops[i].Do.(*script.Directive); ok && d.File != nil {
			paths = append(paths, d.File.Path)
		}
	}
	return paths
}

// pressed compares what the control groups have.
func (p *Pair) pressed(op *script.Op) ([]Difference, error) {
	k, ok := p.kernel.m.(pressured)
	m, also := p.model.m.(pressured)
	if !ok || !also || !p.limited || p.kinds&Pressure == 0 {
		return nil, nil
	}
	want, err := k.Pressure(p.files)
	if err != nil {
		return nil, err
	}
	got, err := m.Pressure(p.files)
	if err != nil || want == got {
		return nil, err
	}
	d := Difference{Op: op, Kind: Pressure, What: "pressure"}
	d.Want, d.Got = linesApart(want, got)
	return []Difference{d}, nil
}

// unsure is why the last statement says nothing of reclaim; empty where it does. It may have left other pages on the
// lists, or the same in another order, which shows only when they are reclaimed.
func (p *Pair) unsure() string {
	if !p.limited {
		return ""
	}
	why := ""
	if k, ok := p.kernel.m.(interface{ Unsure() string }); ok {
		why = k.Unsure()
	}
	if p.headsApart() {
		why = cmp.Or(why, "the kernel has charged or freed memory of its own in the group, which was at its limit")
	}
	return why
}

// headsApart reports whether the kernel has charged buffer heads at the limit otherwise than the model. What is cached
// of a program at its limit depends on which charge came first.
func (p *Pair) headsApart() bool {
	k, ok := p.kernel.m.(interface {
		HeadMoves() ([]pagecache.HeadMove, bool)
	})
	m, also := p.model.m.(interface{ HeadMoves() []pagecache.HeadMove })
	if !ok || !also {
		return false
	}
	want, met := k.HeadMoves()
	got := m.HeadMoves()
	return met && !slices.Equal(want, got)
}

// linesApart are the lines of two texts that differ.
func linesApart(want, got string) (w, g string) {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var apart [2][]string
	for i := range max(len(a), len(b)) {
		if x, y := lineAt(a, i), lineAt(b, i); x != y {
			apart[0], apart[1] = append(apart[0], x), append(apart[1], y)
		}
	}
	return strings.Join(apart[0], "; "), strings.Join(apart[1], "; ")
}

// limited reports whether a program has a limit.
func limited(ops []script.Op) bool { return sets(ops, "memcg") }

// swapsToFiles reports whether a program with a limit has swap files, and no device as its swap area.
func swapsToFiles(ops []script.Op) bool {
	return limited(ops) && !sets(ops, "swap") && slices.ContainsFunc(ops, func(op script.Op) bool {
		d, ok := op.Do.(*script.Directive)
		return ok && d.File != nil && d.File.Swap
	})
}

// sets reports whether a program says what a setting is.
func sets(ops []script.Op, name string) bool {
	return slices.ContainsFunc(ops, func(op script.Op) bool {
		d, ok := op.Do.(*script.Directive)
		return ok && d.Sets(name)
	})
}

// pressureRuns is how often a program with a limit is run again that differed.
const pressureRuns = 8

// apartRuns is the cause of differences that only some runs of a program show.
const apartRuns = "runs of this kernel differ among themselves"

// amongRuns is the outcome of a program with a limit that has just run. What a disk has read when reclaim looks, the
// kernel's scheduler decides, so a program that differs is run again: where one run of the kernel answers as the model
// does, the model is right; where each answers otherwise, that is left undecided.
func (l *Lab) amongRuns(out Outcome) (Outcome, error) {
	if len(out.Unexplained) == 0 && out.Undecided {
		return l.withoutDoubt(out)
	}
	if len(out.Unexplained) == 0 {
		return out, nil
	}
	first, ops, same := out.Unexplained[0], out.Ops, true
	for run := range pressureRuns {
		again, err := l.replay(ops, nil)
		if err != nil {
			return out, err
		}
		if len(again.Unexplained) == 0 {
			again.Disturbed = []string{apartRuns}
			return again, nil
		}
		d := again.Unexplained[0]
		if run == 0 {
			first.At = d.At // a run again leaves out what processes that had ended were to do
		}
		same = same && d.At == first.At && d.What == first.What && d.Want == first.Want
	}
	if !same {
		out.Unexplained, out.Undecided, out.Disturbed = nil, true, []string{apartRuns}
	}
	return out, nil
}

// doubtRuns is how often a program is run again that has differed after a doubtful statement.
const doubtRuns = 2

// withoutDoubt is the outcome of a run of such a program in which nothing was doubtful, if there is one.
func (l *Lab) withoutDoubt(out Outcome) (Outcome, error) {
	for range doubtRuns {
		again, err := l.replay(out.Ops, nil)
		if err != nil {
			return out, err
		}
		if again.Undecided {
			continue
		}
		again.Disturbed = out.Disturbed
		return l.amongRuns(again)
	}
	return out, nil
}
