package session

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
	"vmsim/vm/trace"
)

// limitName is the limit of a process, or the knob of the kernel, that a refusal names; empty for none.
func limitName(refusal string) string {
	for word := range strings.FieldsSeq(refusal) {
		name := strings.Trim(word, "(),.:;")
		if strings.HasPrefix(name, "RLIMIT_") || strings.HasPrefix(name, "vm.") {
			return name
		}
	}
	return ""
}

// limitSet tells which statement before step t set the limit that a refusal names; nil where none did.
func (s *Session) limitSet(refusal string, t Moment) []Link {
	name := limitName(refusal)
	if name == "" {
		return nil
	}
	stmts := s.Branch().stmts
	for n := min(s.Branch().StatementAt(t), len(stmts)) - 1; n >= 0; n-- {
		if setsLimit(&stmts[n], name) {
			return []Link{{stmts[n].Begin + 1, fmt.Sprintf("%s is what it is since statement %d:  %s", name, n+1,
				s.statementText(n))}}
		}
	}
	return nil
}

// setsLimit reports whether a statement has set a limit or a knob.
func setsLimit(st *Statement, name string) bool {
	switch do := st.Op.Do.(type) {
	case *script.Directive:
		return do.Sets(name)
	case *script.Call:
		if do.Name != "setrlimit" && do.Name != "prlimit64" || st.Errno != 0 {
			return false
		}
		at := 0
		if do.Name == "prlimit64" {
			at = 1
		}
		return len(do.Args) > at+1 && namesLimit(do.Args[at].X, name) && do.Args[at+1].X.String() != "NULL"
	}
	return false
}

// namesLimit reports whether an argument is a limit, by its name or its number.
func namesLimit(x script.Expr, name string) bool {
	number, ok := script.NamedConstant(name)
	v, folded := script.Fold(x)
	return ok && folded && v == number
}

// failedBase tells of the call that failed where the access at step t goes by its result, -1.
func (s *Session) failedBase(t Moment) []Link {
	stmts := s.Branch().stmts
	n := s.Branch().StatementAt(t)
	if n >= len(stmts) {
		return nil
	}
	a, ok := stmts[n].Op.Do.(*script.Access)
	if !ok {
		return nil
	}
	name, ok := a.Base.(script.Name)
	if !ok {
		return nil
	}
	for i := n - 1; i >= 0; i-- {
		c, ok := stmts[i].Op.Do.(*script.Call)
		if !ok || c.Bind != name.ID {
			continue
		}
		if stmts[i].Errno == 0 {
			return nil
		}
		return []Link{{stmts[i].Begin + 1, fmt.Sprintf("%s is -1, no address (C: MAP_FAILED): statement %d failed "+
			"with %s:  %s", name.ID, i+1, script.ErrnoName(stmts[i].Errno), s.statementText(i))}}
	}
	return nil
}

// hugeTaken tells of the store that took a huge page out of an area, which an access finds lost between two steps.
func (s *Session) hugeTaken(first, end Moment) []Link {
	b := s.Branch()
	for t := first; t <= end; t++ {
		lost := b.Event(t)
		if lost.Kind != trace.HugeLost {
			continue
		}
		at := s.lastBefore(t, func(e trace.Event) bool {
			return e.Kind == trace.EntryCleared && e.Args[0] == lost.Args[0]&^(vm.PMDSize-1)
		})
		if at > 0 {
			return s.causes(at)
		}
	}
	return nil
}

// outOfMemory says what was full when the OOM killer chose the process that an access of it ends.
func outOfMemory(m *machine, steps []trace.Event) string {
	k := m.model.Kernel
	full := fmt.Sprintf("all of the machine's memory, %s, is in use", memorySize(k.Memory.Total()))
	atLimit := func(e trace.Event) bool { return e.Kind == trace.Killed && strings.HasPrefix(e.Note, "Memory cgroup") }
	if slices.ContainsFunc(steps, atLimit) {
		full = fmt.Sprintf("the program's control group is at its limit, %s", memorySize(k.Cache.Reclaim.Limit))
	}
	swap := "there is no swap area"
	if area := k.Swap(); area != nil {
		swap = fmt.Sprintf("of the swap area's %s are %s free", memorySize(area.Total()),
			memorySize(area.Total()-area.Used()))
	}
	return fmt.Sprintf("%s, %s, and reclaim found no page to free: the OOM killer chose this process.", full, swap)
}

// memorySize is a number of pages in the largest unit that divides it.
func memorySize(pages uint64) string {
	if kb := pages << (vm.PageShift - 10); kb%1024 != 0 || kb == 0 {
		return fmt.Sprintf("%d KiB", kb)
	}
	return fmt.Sprintf("%d MiB", pages>>(20-vm.PageShift))
}
