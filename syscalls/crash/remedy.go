package crash

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"vmsim/syscalls/script"
)

// mostTrials bounds the programs that are run in search of remedies.
const mostTrials = 400

// change is a program with a line added or replaced.
type change struct {
	at    int // the operation that it comes behind, or takes the place of
	line  string
	takes bool
}

// Remedies finds what removes a finding: one change of the program, or two, after which the invariant holds. There may
// be none. Changes are msync and fsync behind a statement, MS_SYNC for MS_ASYNC and MAP_SHARED for MAP_PRIVATE.
func Remedies(prog *script.Program, f Finding, how Options) []string {
	how.Budget = max(how.Budget, 2000)
	changes, trials := changesOf(prog, f), 0
	works := func(set ...change) bool {
		trials++
		return trials <= mostTrials && mends(prog, set, f.Invariant, how)
	}
	for _, c := range changes {
		if works(c) {
			return []string{c.said(prog)}
		}
	}
	for i, c := range changes {
		for _, d := range changes[i+1:] {
			if works(c, d) {
				return saidInOrder(prog, c, d)
			}
		}
	}
	return nil
}

// saidInOrder are two changes in the order of the statements that they change.
func saidInOrder(prog *script.Program, c, d change) []string {
	if d.at < c.at {
		c, d = d, c
	}
	return []string{c.said(prog), d.said(prog)}
}

func (c change) said(prog *script.Program) string {
	line := prog.Ops[c.at].Line
	if c.takes {
		return fmt.Sprintf("line %d:  %s", line, c.line)
	}
	return fmt.Sprintf("after line %d:  %s", line, c.line)
}

// changesOf are the changes that may help, the latest ones first: those cost least.
func changesOf(prog *script.Program, f Finding) (out []change) {
	last := len(prog.Ops) - 1
	if f.During != nil {
		last = slices.IndexFunc(prog.Ops, func(op script.Op) bool { return op.Line == f.During.Line })
	}
	for at := last; at >= 0; at-- {
		op := &prog.Ops[at]
		head := op.Head()
		for _, flag := range [][2]string{{"MS_ASYNC", "MS_SYNC"}, {"MAP_PRIVATE", "MAP_SHARED"}} {
			if _, isCall := op.Do.(*script.Call); isCall && strings.Contains(head, flag[0]) {
				out = append(out, change{at, strings.Replace(head, flag[0], flag[1], 1), true})
			}
		}
		if op.Do == nil || !statement(op) {
			continue
		}
		for _, line := range syncsAt(prog, at) {
			out = append(out, change{at: at, line: line})
		}
	}
	return out
}

// statement reports whether an operation does something that a power cut may undo.
func statement(op *script.Op) bool {
	switch op.Do.(type) {
	case *script.Call, *script.Access:
		return true
	}
	return false
}

// syncsAt are the lines that bring to the disk what is mapped and open behind an operation.
func syncsAt(prog *script.Program, at int) (lines []string) {
	for _, i := range mapsFirst(prog, at) {
		c, ok := prog.Ops[i].Do.(*script.Call)
		if !ok || c.Bind == "" {
			continue
		}
		prefix := ""
		if pid := prog.Ops[i].PID; pid > 1 {
			prefix = fmt.Sprintf("[%d] ", pid)
		}
		switch c.Name {
		case "mmap":
			if len(c.Args) > 1 {
				lines = append(lines, fmt.Sprintf("%smsync(%s, %v, MS_SYNC)", prefix, c.Bind, c.Args[1].X))
			}
		case "open", "openat", "creat":
			lines = append(lines, fmt.Sprintf("%sfsync(%s)", prefix, c.Bind))
		}
	}
	return lines
}

// mapsFirst are the operations up to at, those that map before all others: msync says which range it is about.
func mapsFirst(prog *script.Program, at int) (order []int) {
	for i := range at + 1 {
		order = append(order, i)
	}
	maps := func(i int) int {
		if c, ok := prog.Ops[i].Do.(*script.Call); ok && c.Name == "mmap" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(order, func(i, j int) int { return maps(i) - maps(j) })
	return order
}

// mends reports whether the program with the changes keeps an invariant.
func mends(prog *script.Program, set []change, v *script.Invariant, how Options) bool {
	changed, err := script.Parse(prog.Name, changedText(prog, set))
	if err != nil {
		return false
	}
	rep, err := Try(changed, how)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(rep.Findings, func(f Finding) bool { return f.Invariant.String() == v.String() })
}

// changedText is the program with the changes made: a line is replaced, or one is put in behind it.
func changedText(prog *script.Program, set []change) string {
	var b strings.Builder
	for i := range prog.Ops {
		text := prog.Ops[i].String()
		for _, c := range set {
			if c.at == i && c.takes {
				text = c.line
			}
		}
		b.WriteString(text + "\n")
		for _, c := range set {
			if c.at == i && !c.takes {
				b.WriteString(c.line + "\n")
			}
		}
	}
	return b.String() + string(txtar.Format(&txtar.Archive{Files: prog.Files}))
}
