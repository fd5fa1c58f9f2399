package session

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/fault"
	"vmsim/syscalls/plural"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// mostParts is how many parts of a range are shown one by one.
const mostParts = 8

// part is a run of accesses in a range that were answered alike.
type part struct {
	first, last run.Element
	n           int
}

// rangeText is a range of accesses as it was typed, with a line for each run of accesses that signals answered alike.
func rangeText(op *script.Op, a *script.Access, elems []run.Element) string {
	parts := partsOf(elems)
	line := *op
	line.Comment = ""
	var b strings.Builder
	fmt.Fprintln(&b, line.Head())
	for i, x := range parts {
		if i == mostParts-1 && len(parts) > mostParts {
			fmt.Fprintf(&b, "    … and %s of accesses with other answers\n", plural.Count(len(parts)-i, "more run",
				"more runs"))
			break
		}
		b.WriteString("    " + x.text(a) + "\n")
	}
	return b.String()
}

// partsOf are runs of accesses with the same answer.
func partsOf(elems []run.Element) (parts []part) {
	for _, e := range elems {
		if k := len(parts) - 1; k >= 0 && answered(parts[k].last) == answered(e) {
			parts[k].last = e
			parts[k].n++
			continue
		}
		parts = append(parts, part{e, e, 1})
	}
	return parts
}

// text is the part in a sentence.
func (x part) text(a *script.Access) string {
	what := "load"
	if a.Store {
		what = "store"
	}
	if x.n == 1 {
		return fmt.Sprintf("1 %s, of %v: %s", what, x.first.Addr, answered(x.first))
	}
	return fmt.Sprintf("%d %ss, of %v to %v: %s", x.n, what, x.first.Addr, x.last.Addr, answered(x.first))
}

// answered is what answered an access: a signal and its code, or nothing.
func answered(e run.Element) string {
	if e.Signal == nil {
		return "no signal"
	}
	return fmt.Sprintf("%v, %s", e.Signal.Number, e.Signal.CodeName())
}

// signalled reports whether a signal has answered an access of a range.
func signalled(a *script.Access, res *run.Result) bool {
	return a.Form == script.Range && len(res.Elems) > 1 && len(res.Handled) == 0 && !res.Ended &&
		slices.ContainsFunc(res.Elems, func(e run.Element) bool {
			return e.Signal != nil && e.Signal.Number != fault.SIGKILL
		})
}

// otherNotes are the lines under the accesses of a statement that are no signals.
func otherNotes(text string) (notes string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "    ") && !strings.HasPrefix(line, "    ---") {
			notes += line
		}
	}
	return notes
}

// mostAccesses is how many accesses of a range are shown one by one.
const mostAccesses = 16

// shortened is the text of a range whose accesses have found many values: the first, and how many follow.
func shortened(a *script.Access, text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	if a.Form != script.Range || n <= mostAccesses || len(lines) <= n {
		return text
	}
	what := "loads"
	if a.Store {
		what = "stores"
	}
	return strings.Join(lines[:mostAccesses], "") + fmt.Sprintf("    … %d more %s; print p[N] shows a byte\n",
		n-mostAccesses, what) + otherNotes(text)
}
