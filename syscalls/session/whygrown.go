package session

import (
	"fmt"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

// notGrown tells of the last call before step t, by the process, that was to make memory at x and was refused: brk and
// mremap leave what there was.
func (s *Session) notGrown(t Moment, pid int, x vm.Addr) []Link {
	stmts := s.Branch().stmts
	for n := min(s.Branch().StatementAt(t), len(stmts)) - 1; n >= 0; n-- {
		st := &stmts[n]
		steps := s.refusals(st)
		if st.PID != pid || len(steps) == 0 {
			continue
		}
		var start, end uint64
		switch args := numbersOf(st.Text); {
		case callOf(st) == "brk" && len(args) > 0:
			start, end = st.Value, args[0]
		case callOf(st) == "mremap" && st.Errno != 0 && len(args) > 2:
			start, end = args[0], args[0]+args[2]
		}
		if uint64(x) < start || uint64(x) >= end {
			continue
		}
		chain := []Link{{st.Begin + 1, fmt.Sprintf("statement %d was to make memory there, and was refused:  %s", n+1,
			s.statementText(n))}}
		return append(chain, s.linksOf(steps)...)
	}
	return nil
}

// numbersOf are the arguments of a call that has run, as far as they are numbers.
func numbersOf(text string) (args []uint64) {
	_, list, _ := strings.Cut(text, "(")
	list, _, _ = strings.Cut(list, ")")
	for arg := range strings.SplitSeq(list, ", ") {
		v, ok := script.Number(arg)
		if !ok {
			break
		}
		args = append(args, v)
	}
	return args
}
