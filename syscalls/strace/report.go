package strace

import (
	"cmp"
	"slices"

	"vmsim/syscalls/script/run"
)

// Fate is what has become of a line of a log.
type Fate uint8

// The fates.
const (
	Ran           Fate = iota // it is a statement that the model runs
	Outside                   // the model has nothing like it: it takes the log's answer, or is left out
	Talk                      // the tracer's own words, or a remark of a person's
	NotUnderstood             // nothing is known of it
	fates
)

var fateNames = [...]string{"run", "outside the model", "no call", "not understood"}

// String is the fate in words.
func (f Fate) String() string { return fateNames[f] }

// Reason is why lines have the fate that they have.
type Reason struct {
	Fate  Fate
	Why   string // empty for lines that run
	Lines int
	First int    // the first of them in the log
	Text  string // the beginning of it
}

// Report accounts for every line of a log.
type Report struct {
	Lines      int
	By         [fates]int // by fate
	Reasons    []Reason   // sorted by fate, then by number
	Statements int        // of the program
	Made       []Reason   // statements that the log leaves out: why, and how many
	Faults     int        // lines of page faults
	Compat     int        // calls of 32-bit programs or old kernels, run as their counterparts
	Checked    bool       // the program was run in the model
	// Differing is how many statements do not give in the model what the log says, Differences the first of them.
	Differing   int
	Differences []Difference
}

// Difference is a statement that does not give in the model what the log says.
type Difference struct {
	LogLine int // the last one of the log that had been read
	run.Difference
}

// Understood reports whether any line of the log has become a statement.
func (r *Report) Understood() bool { return r.By[Ran]+r.By[Outside] > 0 }

// account counts lines by fate and reason.
type account struct {
	by      [fates]int
	reasons map[reasonKey]*Reason
	made    map[string]*Reason
	last    reasonKey // of the last lines
}

type reasonKey struct {
	fate Fate
	why  string
}

// mostReasons bounds how many reasons are kept apart.
const mostReasons = 1 << 10

// count takes n lines to the account, of which the last is the log's line no.
func (a *account) count(f Fate, why string, n, no int, text string) {
	a.by[f] += n
	a.last = reasonKey{f, why}
	if f == Ran {
		return
	}
	k := reasonKey{f, why}
	r := a.reasons[k]
	if r == nil {
		if len(a.reasons) >= mostReasons {
			k.why = "other reasons"
			r = a.reasons[k]
		}
		if r == nil {
			r = &Reason{Fate: f, Why: k.why, First: no, Text: beginning(text)}
			a.reasons[k] = r
		}
	}
	r.Lines += n
}

func (a *account) madeFor(why string, no int, text string) {
	r := a.made[why]
	if r == nil {
		r = &Reason{Why: why, First: no, Text: beginning(text)}
		a.made[why] = r
	}
	r.Lines++
}

func beginning(text string) string {
	if len(text) > 80 {
		text = text[:80]
	}
	return string([]byte(text)) // no part of a block is kept for it
}

func (a *account) into(r *Report) {
	r.By = a.by
	for _, x := range a.reasons {
		r.Reasons = append(r.Reasons, *x)
	}
	for _, x := range a.made {
		r.Made = append(r.Made, *x)
	}
	order := func(x, y Reason) int {
		return cmp.Or(cmp.Compare(x.Fate, y.Fate), cmp.Compare(y.Lines, x.Lines), cmp.Compare(x.Why, y.Why))
	}
	slices.SortFunc(r.Reasons, order)
	slices.SortFunc(r.Made, order)
}
