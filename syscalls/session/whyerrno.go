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
		steps := s.refusals(st)
		switch {
		case st.Errno != 0:
			text := fmt.Sprintf("failed with %s: %s", script.ErrnoName(st.Errno), script.ErrnoText(st.Errno))
			return s.refusedChain(st, steps, text), nil
		case len(steps) > 0 && callOf(st) == "brk":
			return s.refusedChain(st, steps, "left the heap as it was: brk returns where the heap ends, and no errno"),
				nil
		}
	}
	return nil, fmt.Errorf("no call has failed yet")
}

// refusals are the steps of a statement at which a check refused with the statement's errno, or the disk did.
func (s *Session) refusals(st *Statement) (steps []Moment) {
	for t := st.Begin + 1; t <= st.End; t++ {
		if e := s.Branch().Event(t); isRefusal(e, st.Errno) {
			steps = append(steps, t)
		}
	}
	return steps
}

// isRefusal reports whether a step refused with errno, with any where that is 0.
func isRefusal(e trace.Event, errno syscall.Errno) bool {
	switch e.Kind {
	case trace.Refused:
		return errno == 0 || syscall.Errno(e.Args[0]) == errno
	case trace.WritebackFailed:
		return errno == 0 || syscall.Errno(e.Args[1]) == errno
	}
	return false
}

// refusedChain is a statement, what became of it, and the checks that refused it.
func (s *Session) refusedChain(st *Statement, steps []Moment, text string) []Link {
	chain := []Link{s.statementLink(st.End), {0, text}}
	chain = append(chain, collapse(s.linksOf(steps))...)
	if len(steps) < 2 && reportsWriteback[callOf(st)] {
		chain = append(chain, s.reported(st)...)
	}
	if st.Errno == syscall.EFAULT {
		chain = append(chain, s.unreached(st)...)
	}
	for _, t := range steps {
		chain = append(chain, s.limitSet(s.Branch().Event(t).Note, t)...)
	}
	if len(chain) == 2 {
		return append(chain, Link{0, "  the log does not say which check it was"})
	}
	return append(chain, before(chain[2].At))
}

// reportsWriteback are the calls that fail with what an earlier writeback failed with.
var reportsWriteback = map[string]bool{"fsync": true, "fdatasync": true, "msync": true, "sync_file_range": true,
	"syncfs": true}

// reported is the writeback before a statement that failed with the errno that the statement reports.
func (s *Session) reported(st *Statement) []Link {
	b := s.Branch()
	for t := st.Begin; t > 0; t-- {
		if e := b.Event(t); e.Kind == trace.WritebackFailed && syscall.Errno(e.Args[1]) == st.Errno {
			return []Link{{t, s.Tell(e)}, {0,
				fmt.Sprintf("  it was this earlier writeback that failed, in statement %d:  %s; each open file "+
					"reports that once",
					b.StatementAt(t)+1, s.statementText(b.StatementAt(t)))}}
		}
	}
	return nil
}

// callOf is the name of the call that a statement makes; empty for none.
func callOf(st *Statement) string {
	if c, ok := st.Op.Do.(*script.Call); ok {
		return c.Name
	}
	return ""
}
