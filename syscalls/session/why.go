package session

import (
	"fmt"

	"vmsim/vm/trace"
)

// Link is one cause in a chain: what happened, and the step at which it did. Goto leads there.
type Link struct {
	At   Moment `json:"t,omitempty"` // 0 where it is no step but the state of things
	Text string `json:"text"`
}

// String is the link with its step.
func (l Link) String() string {
	if l.At == 0 {
		return l.Text
	}
	return fmt.Sprintf("  t=%-5d %s", l.At, l.Text)
}

// opens says which steps begin something that lasts until a later one of the same statement, and what ends it: whatever
// happens in between is done for it.
var opens = map[trace.Kind][]trace.Kind{
	trace.SyscallEnter:   nil, // until the statement is over
	trace.Faulted:        {trace.FaultMinor, trace.FaultMajor, trace.SignalRaised},
	trace.FlusherRan:     nil,
	trace.ReclaimStarted: {trace.ReclaimEnded},
	trace.KswapdRan:      {trace.ReclaimEnded},
	trace.FileFault:      {trace.FaultMinor, trace.FaultMajor, trace.SignalRaised},
	trace.WriteFault:     {trace.FaultMinor, trace.FaultMajor, trace.SignalRaised},
	trace.MkWrite:        {trace.FaultMinor, trace.FaultMajor, trace.SignalRaised},
	trace.CacheMiss:      {trace.FaultMinor, trace.FaultMajor, trace.SignalRaised, trace.CopyToUser},
	trace.ReadaheadPlanned: {
		trace.FaultMinor, trace.FaultMajor, trace.SignalRaised, trace.CopyToUser, trace.IoCompleted,
	},
}

// causes are the steps under whose work step t was done, the outermost first, and before them the statement.
func (s *Session) causes(t Moment) []Link {
	b := s.Branch()
	n := b.StatementAt(t)
	begin := s.live.begun
	if n < len(b.stmts) {
		begin = b.stmts[n].Begin
	}
	chain := []Link{{begin + 1, fmt.Sprintf("statement %d:  %s", n+1, s.statementText(n))}}
	for x := begin + 1; x < t; x++ {
		e := b.Event(x)
		ends, ok := opens[e.Kind]
		if e.Kind == trace.FlusherRan && b.Event(t).PID != 0 {
			continue // what a process does itself is not the flusher's work
		}
		if ok && (x > begin+1 || e.Kind != trace.SyscallEnter) && !b.closed(x, t, ends) {
			chain = append(chain, Link{x, s.Tell(e)})
		}
	}
	return append(collapse(append(chain, Link{t, s.Tell(b.Event(t))})), before(t))
}

// collapse makes one of links that follow each other and say the same: the last, with their number.
func collapse(chain []Link) (out []Link) {
	for i := 0; i < len(chain); {
		n := 1
		for i+n < len(chain) && chain[i+n].Text == chain[i].Text {
			n++
		}
		l := chain[i+n-1]
		if n > 1 {
			l.Text += fmt.Sprintf(" (×%d, this is the last)", n)
		}
		out = append(out, l)
		i += n
	}
	return out
}

// closed reports whether one of the kinds comes after step x and before step t.
func (b *Branch) closed(x, t Moment, ends []trace.Kind) bool {
	for y := x + 1; y < t; y++ {
		for _, k := range ends {
			if b.Event(y).Kind == k {
				return true
			}
		}
	}
	return false
}

// last is the last step up to now that fits; 0 where there is none.
func (s *Session) last(fits func(trace.Event) bool) Moment {
	b := s.Branch()
	for t := s.At(); t > 0; t-- {
		if fits(b.Event(t)) {
			return t
		}
	}
	return 0
}
