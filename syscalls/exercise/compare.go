package exercise

import (
	"fmt"
	"strings"

	"vmsim/syscalls/plural"
	"vmsim/syscalls/session"
)

// Difference is the first thing in which two runs of a program differ.
type Difference struct {
	Line      int    // of the program; 0 at its end
	Want, Got string // the statement with its answers: the reference's and the student's
	// Step is the moment of the first step that differs, for goto in a session of the program; WantStep and GotStep are
	// what the two did there.
	Step              session.Moment
	WantStep, GotStep string
	Invariant         string // the machine's invariant that the student's run breaks; empty for none
}

// Compare finds the first statement that differs, or else a difference at the end; nil where there is none.
func Compare(want, got Transcript) *Difference {
	d := compare(want, got)
	if d != nil {
		d.Invariant = got.Invariant
	}
	return d
}

func compare(want, got Transcript) *Difference {
	if d := compareStatements(want, got); d != nil {
		return d
	}
	if got.Invariant != "" && want.Invariant == "" {
		return &Difference{Want: "every invariant holds\n", Got: "one does not\n"}
	}
	if want.End != got.End {
		w, g := firstLines(want.End, got.End)
		return &Difference{Want: w, Got: g}
	}
	return nil
}

// compareStatements finds the first statement whose text is another one, or that did not come to its end.
func compareStatements(want, got Transcript) *Difference {
	for i, w := range want.Statements {
		if i >= len(got.Statements) {
			return &Difference{Line: w.Line, Want: w.Text, Step: w.Start,
				Got: "the run has ended before: " + got.Broken + "\n"}
		}
		g := got.Statements[i]
		broke := i == len(got.Statements)-1 && got.Broken != "" && want.Broken == ""
		if w.Text == g.Text && !broke {
			continue
		}
		d := &Difference{Line: w.Line, Want: w.Text, Got: g.Text}
		if broke {
			d.Got += "the run ends here: " + got.Broken + "\n"
		}
		d.firstStep(w, g)
		return d
	}
	return nil
}

// firstStep finds the first step that differs.
func (d *Difference) firstStep(w, g Statement) {
	for k := range max(len(w.Steps), len(g.Steps)) {
		a, b := "nothing more", "nothing more"
		if k < len(w.Steps) {
			a = w.Steps[k]
		}
		if k < len(g.Steps) {
			b = g.Steps[k]
		}
		if a != b {
			d.Step, d.WantStep, d.GotStep = w.Start+session.Moment(k)+1, a, b
			return
		}
	}
	d.Step = w.Start + session.Moment(len(w.Steps))
}

// firstLines are the first lines in which two texts differ.
func firstLines(a, b string) (string, string) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n", y[i] + "\n"
		}
	}
	return plural.Count(len(x), "line\n", "lines\n"), plural.Count(len(y), "line\n", "lines\n")
}

// Explain says what differs, what that means for the program, and where to look. file is the program's.
func (d *Difference) Explain(file string) string {
	var b strings.Builder
	if d.WantStep != d.GotStep {
		fmt.Fprintf(&b, "the first step that differs is step %d:\n    reference  %s\n    yours      %s\n", d.Step,
			d.WantStep, d.GotStep)
	}
	if d.Line > 0 {
		fmt.Fprintf(&b, "so line %d of %s has another answer:\n", d.Line, file)
	} else {
		b.WriteString("at the end of the program the state is another:\n")
	}
	fmt.Fprintf(&b, "    reference  %s    yours      %s", indented(d.Want), indented(d.Got))
	if d.Invariant != "" {
		fmt.Fprintf(&b, "yours breaks a rule that has to hold after every statement, %s\n", d.Invariant)
	}
	if d.Step > 0 {
		fmt.Fprintf(&b, "look there with the reference: vmsim -i %s, then: goto %d\n", file, d.Step)
	}
	return b.String()
}

// indented is a statement with its observations, under a column of labels.
func indented(s string) string {
	return strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n               ") + "\n"
}
