package bench

import (
	"fmt"
	"strconv"
)

// Row is a line of the table: a piece of work, its two sides, and what is reserved of it.
type Row struct {
	Name string // one word, for --only and the kernel's side
	What string
	Unit Unit
	Goal Goal

	model  func() Work                    // how the model does it; nil for a row that is measured whole
	figure func(Options) (float64, error) // measures a row that has no kernel side and is not made of repetitions
	kernel bool                           // the kernel can be asked to do it too
	slow   bool                           // left out of a quick run
}

// Work is a piece of work made ready to be done any number of times.
type Work struct {
	// Do does it n times. The watch runs meanwhile; it is stopped for what does not count.
	Do   func(w Watch, n int)
	Done func() // gives back what was made ready; may be nil
	// Batch is the least n that makes sense: the number of pages that are made ready at once.
	Batch int
}

// Watch measures time that counts; *testing.B is one.
type Watch interface {
	StartTimer()
	StopTimer()
}

// Unit is what a row's figures are in.
type Unit string

// The units.
const (
	Nanoseconds  Unit = "ns"
	Milliseconds Unit = "ms"
	PerSecond    Unit = "/s"
	Bytes        Unit = "bytes"
	Percent      Unit = "%"
)

// format prints a figure with as many digits as mean something.
func (u Unit) format(v float64) string {
	digits := 0
	switch {
	case v < 10:
		digits = 2
	case v < 100:
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + string(u)
}

// Goal is what is reserved of a row's figure.
type Goal struct {
	Kind  GoalKind
	Limit float64
	Row   string // whose figure is the measure, for TimesRow
}

// GoalKind is how a goal is measured.
type GoalKind uint8

// The kinds of goal.
const (
	TimesKernel GoalKind = iota // at most so many times what the kernel takes
	TimesRow                    // at most so many times what another row's model side takes
	AtMost                      // an absolute figure
	AtLeast                     // a rate
)

// String is the goal as the table has it.
func (g Goal) String() string {
	limit := strconv.FormatFloat(g.Limit, 'f', -1, 64)
	switch g.Kind {
	case TimesKernel:
		return "≤ " + limit + " × kernel"
	case TimesRow:
		return "≤ " + limit + " × " + g.Row
	case AtLeast:
		return "≥ " + limit
	}
	return "≤ " + limit
}

// Figure is a row as it was measured.
type Figure struct {
	Row    Row
	Model  float64
	Kernel float64 // 0 where there is none
	Why    string  // what could not be measured, and why
	judged bool
	met    bool
}

// Ratio is the model's figure over the kernel's, 0 where there is none.
func (f Figure) Ratio() float64 {
	if f.Kernel == 0 {
		return 0
	}
	return f.Model / f.Kernel
}

// Verdict is "met", "MISSED", or "?" where the machine could not tell.
func (f Figure) Verdict() string {
	switch {
	case !f.judged:
		return "?"
	case f.met:
		return "met"
	}
	return "MISSED"
}

// judge holds a figure against its goal. of finds the model's figure of another row.
func (f *Figure) judge(of func(name string) (float64, bool)) {
	g := f.Row.Goal
	if f.Model == 0 {
		return
	}
	switch g.Kind {
	case TimesKernel:
		f.judged, f.met = f.Kernel > 0, f.Ratio() <= g.Limit
	case TimesRow:
		other, ok := of(g.Row)
		f.judged, f.met = ok, f.Model <= g.Limit*other
		if !ok && f.Why == "" {
			f.Why = fmt.Sprintf("%s was not measured", g.Row)
		}
	case AtMost:
		f.judged, f.met = true, f.Model <= g.Limit
	case AtLeast:
		f.judged, f.met = true, f.Model >= g.Limit
	}
}
