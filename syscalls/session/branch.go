package session

import (
	"fmt"
	"maps"
	"sort"
	"strings"
	"syscall"
	"time"

	"vmsim/fault"
	"vmsim/pagecache"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm/trace"
)

// Branch is one history: statements, and the steps that those which have run have taken.
type Branch struct {
	ID     int     // from 0, in the order of birth
	Parent *Branch // nil for the first
	From   Moment  // where it left its parent

	session *Session
	head    *script.Program  // what comes before the first statement
	future  []pagecache.Page // what the machine is to know of the program
	ops     []script.Op
	events  []trace.Event     // by step, from 1: events[t-1] is step t
	stmts   []Statement       // those that are done
	names   map[uint64]string // of files, by inode number: the last that a file had
	tip     Moment            // the user's position when the branch was left
}

// Statement is a statement that has run.
type Statement struct {
	Op         *script.Op
	Begin, End Moment // it began after step Begin; step End said that it was done
	PID        int
	Text       string // with its answer and what it changed, as a run prints it
	Test       string // the same in full: a program that holds it
	Value      uint64
	Errno      syscall.Errno
	Signal     *fault.Signal
	Minor      uint64
	Major      uint64
	Unmet      bool  // something that it asserts does not hold
	Err        error // it could not run at all
}

// record keeps a step that is new. A step that was there already has to be the same one.
func (b *Branch) record(e trace.Event) (isNew bool) {
	if n := uint64(len(b.events)); e.Seq <= n {
		if b.events[e.Seq-1] != e {
			panic(fmt.Sprintf("session: step %d is %+v, and was %+v: the model is not deterministic", e.Seq, e,
				b.events[e.Seq-1]))
		}
		return false
	}
	b.events = append(b.events, e)
	return true
}

// outcome is what a statement has done, kept.
func (m *machine) outcome(op *script.Op, res *run.Result, err error) Statement {
	st := Statement{Op: op, Begin: m.begun, End: m.at + 1, PID: 1}
	if err != nil {
		st.Err, st.Text = err, op.Head()+"\n"
		return st
	}
	st.PID, st.Value, st.Errno, st.Signal, st.Minor, st.Major = res.PID, res.Value, res.Errno, res.Signal, res.Minor,
		res.Major
	missed := m.runner.Missed()
	st.Unmet = len(res.Unmet)+len(missed) > 0
	st.Text = m.runner.Text(run.Style{Show: run.Maps | run.Mincore | run.Bytes, Remarks: true})
	st.Test = m.runner.Text(run.Style{Show: looks})
	a, ok := op.Do.(*script.Access)
	switch {
	case !ok:
	case signalled(a, res):
		st.Text = rangeText(op, a, res.Elems) + otherNotes(st.Text)
	case len(res.Elems) == 1 && res.Signal == nil && len(res.Handled) == 0 && a.Form != script.Span:
		st.Text = accessed(op, a, res.Elems[0]) + "\n" + otherNotes(st.Text)
	default:
		st.Text = shortened(a, st.Text, len(res.Elems))
	}
	for _, d := range missed {
		st.Text = strings.Replace(st.Text, "\n", "  # asserted: "+d.Want+"\n", 1)
	}
	return st
}

// accessed is a load or store of one byte as it was typed, with what was there.
func accessed(op *script.Op, a *script.Access, e run.Element) string {
	bare, line := *a, *op
	line.Do, line.Comment = &bare, ""
	if a.Store {
		return line.Head()
	}
	bare.Value, bare.Any = nil, false
	return line.Head() + " == " + e.ByteText()
}

// End is the last step that is known.
func (b *Branch) End() Moment { return Moment(len(b.events)) }

// Events are the steps after a up to b; they are not to be changed.
func (b *Branch) Events(after, to Moment) []trace.Event {
	to = min(to, b.End())
	if after >= to {
		return nil
	}
	return b.events[after:to]
}

// Event is step t, which must be known.
func (b *Branch) Event(t Moment) trace.Event { return b.events[t-1] }

// waitedAt is for how long the program waited for the request that step t says is done; 0 for another step.
func (b *Branch) waitedAt(t Moment) time.Duration {
	if t < 2 || b.Event(t).Kind != trace.IoCompleted {
		return 0
	}
	cost := time.Duration(b.session.costs().Step[trace.IoCompleted])
	return max(0, (b.Event(t).Time-b.Event(t-1).Time).Duration()-cost)
}

// Statements are those that have run.
func (b *Branch) Statements() []Statement { return b.stmts }

// Pending are the statements that are still to come.
func (b *Branch) Pending() []script.Op { return b.ops[len(b.stmts):] }

// Ops are all statements, those that have run first.
func (b *Branch) Ops() []script.Op { return b.ops }

// StatementAt is the number, from 0, of the statement that step t belongs to: the one under way where it has not ended.
func (b *Branch) StatementAt(t Moment) int {
	return sort.Search(len(b.stmts), func(i int) bool { return b.stmts[i].End >= t })
}

// fork is a branch that shares the history of b up to the end of statement n.
func (b *Branch) fork(n int, at Moment) *Branch {
	return &Branch{
		ID: len(b.session.branches), Parent: b, From: at, session: b.session, head: b.head, future: b.future,
		ops: b.ops[:n:n], events: b.events[:at:at], stmts: b.stmts[:n:n],
		names: maps.Clone(b.names),
	}
}
