package session

import (
	"fmt"
	"syscall"

	"vmsim/syscalls/script"
	"vmsim/vm/trace"
)

// WhyError is which check refused the last call that failed, in the words of the man page.
func (s *Session) WhyError() ([]Link, error) {
	b := s.Branch()
	for n := s.live.done - 1; n >= 0; n-- {
		st := &b.stmts[n]
		if st.Errno == 0 {
			continue
		}
		chain := []Link{s.statementLink(st.End), {0, fmt.Sprintf("failed with %s: %s", script.ErrnoName(st.Errno), script.ErrnoText(st.Errno))}}
		for t := st.End; t > st.Begin; t-- {
			if e := b.Event(t); e.Kind == trace.Refused && syscall.Errno(e.Args[0]) == st.Errno {
				return append(chain, Link{t, s.Tell(e)}, before(t)), nil
			}
		}
		return append(chain, Link{0, "  the log does not say which check it was"}), nil
	}
	return nil, fmt.Errorf("no call has failed yet")
}
