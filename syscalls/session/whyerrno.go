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
		t := s.refusalIn(st)
		switch {
		case st.Errno != 0:
			text := fmt.Sprintf("failed with %s: %s", script.ErrnoName(st.Errno), script.ErrnoText(st.Errno))
			return s.refusedChain(st, t, text), nil
		case t != 0 && isBrk(st.Op):
			return s.refusedChain(st, t, "left the heap as it was: brk returns where the heap ends, and no errno"), nil
		}
	}
	return nil, fmt.Errorf("no call has failed yet")
}

// refusalIn is the last step of a statement at which a check refused with the statement's errno; 0 where the log has none.
func (s *Session) refusalIn(st *Statement) Moment {
	for t := st.End; t > st.Begin; t-- {
		e := s.Branch().Event(t)
		if e.Kind == trace.Refused && (st.Errno == 0 || syscall.Errno(e.Args[0]) == st.Errno) {
			return t
		}
	}
	return 0
}

// refusedChain is a statement, what became of it, and the check at step t that refused it; t is 0 where that is not known.
func (s *Session) refusedChain(st *Statement, t Moment, text string) []Link {
	chain := []Link{s.statementLink(st.End), {0, text}}
	if t == 0 {
		return append(chain, Link{0, "  the log does not say which check it was"})
	}
	return append(chain, Link{t, s.Tell(s.Branch().Event(t))}, before(t))
}

func isBrk(op *script.Op) bool {
	c, ok := op.Do.(*script.Call)
	return ok && c.Name == "brk"
}
