package difftest

import (
	"slices"
	"time"

	"vmsim/syscalls/script"
)

// shrinker looks for the shortest program that still differs in the same way.
type shrinker struct {
	lab        *Lab
	signature  string
	best       []script.Op
	diffs      []Difference
	runs, most int  // tries so far, and how many there may be
	sure       int  // a program has to differ so many times in a row
	cut        bool // the time was up
}

// maxRuns bounds the work on one difference. A program with a limit is run nine times in each try that differs, and a
// campaign would spend most of its time on the shortest form of a few programs.
const (
	maxRuns     = 1500
	limitedRuns = 60
)

// diskRuns is how often a program with a disk has to differ. What the disk has done by the time that a call looks,
// while it works for that very call, is up to the kernel's scheduler: it may answer otherwise, one time in ten.
const diskRuns = 8

// timesFor is how often a program has to differ to be sure of it.
func timesFor(ops []script.Op) int {
	if limited(ops) {
		return 1 // each time is several: see amongRuns
	}
	if slices.ContainsFunc(ops, onDisk) {
		return diskRuns
	}
	return 1
}

// Shrink is the shortest program found that differs as ops does, with its first difference. Where ops does not differ
// each time that it is run again, or the kernel says something else each time, ok is false: then the difference depends
// on what ran before it, on time, or on what else is going on.
func (l *Lab) Shrink(ops []script.Op, d Difference) (short []script.Op, at Difference, ok bool) {
	l.cut = false
	s := &shrinker{lab: l, signature: d.Signature(), sure: timesFor(ops), most: maxRuns}
	if limited(ops) {
		s.most = limitedRuns
	}
	if !s.try(ops) {
		return ops, d, false
	}
	whole := *s
	if named := nameAddresses(l, s.best); named != nil {
		s.try(named)
	}
	s.reduce()
	if plain := resolve(l, s.best); plain != nil {
		s.try(plain)
	}
	s.runs = 0
	s.reduce() // what is left of the addresses may do without the areas that gave them their names
	if !s.steady() {
		// What is left may depend on the pace of the disk where the whole program does not.
		if s = &whole; !s.steady() {
			return ops, d, false
		}
	}
	l.cut = s.cut
	return s.best, s.diffs[0], true
}

// steadyRuns is how often the kernel is asked whether it answers the same: something else on the machine that looks for
// unused pages meets one of a thousand while a program runs.
const steadyRuns = 6

// steady reports whether the kernel gives the same answer each time that the short program is run.
func (s *shrinker) steady() bool {
	for range steadyRuns {
		out, err := s.lab.Replay(s.best)
		if err != nil || len(out.Unexplained) == 0 || out.Unexplained[0].Want != s.diffs[0].Want {
			return false
		}
	}
	return true
}

// reduce goes on until nothing more can go.
func (s *shrinker) reduce() {
	for before := -1; before != s.size() && s.runs < s.most; {
		before = s.size()
		s.dropChunks()
		s.simplify()
	}
}

func (s *shrinker) size() int {
	n := 0
	for i := range s.best {
		n += 1000 + argumentSize(&s.best[i])
	}
	return n
}

// try runs a program; where it differs as wanted, what follows the difference is cut off and it is the new best.
func (s *shrinker) try(ops []script.Op) bool {
	if s.late() {
		s.runs, s.cut = s.most, true
		return false
	}
	var out Outcome
	for range s.sure {
		s.runs++
		var err error
		out, err = s.lab.Replay(ops)
		if err != nil || len(out.Unexplained) == 0 || out.Unexplained[0].Signature() != s.signature {
			return false
		}
	}
	s.best, s.diffs = slices.Clone(out.Ops), out.Unexplained
	return true
}

// late reports whether the time is up. That the program differs again is found out in any case.
func (s *shrinker) late() bool {
	return s.best != nil && !s.lab.Until.IsZero() && time.Now().After(s.lab.Until)
}

// dropChunks leaves statements out, many at once first.
func (s *shrinker) dropChunks() {
	for n := max(1, len(s.best)/2); n >= 1; n /= 2 {
		for at := len(s.best) - n; at > -n && s.runs < s.most; at -= n {
			from, to := max(0, at), at+n
			if to > len(s.best) {
				continue
			}
			kept := kernelNames(s.best[from:to])
			if len(kept) < to-from {
				s.try(slices.Concat(s.best[:from], kept, s.best[to:]))
			}
		}
	}
}

// kernelNames are those of ops that say which kernel the model answers as. Without them the model is another kernel,
// which differs where the program does not matter.
func kernelNames(ops []script.Op) (kept []script.Op) {
	for _, op := range ops {
		d, ok := op.Do.(*script.Directive)
		if ok && d.Sets("kernel") {
			kept = append(kept, op)
		}
	}
	return kept
}

// simplify makes arguments plainer, one at a time.
func (s *shrinker) simplify() {
	for i := 0; i < len(s.best); i++ {
		for _, change := range changes(&s.best[i]) {
			if s.runs >= s.most || i >= len(s.best) {
				return
			}
			ops := slices.Clone(s.best)
			if next, ok := change(ops[i]); ok {
				ops[i] = next
				s.try(ops)
			}
		}
	}
}
