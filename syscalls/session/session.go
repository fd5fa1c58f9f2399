package session

import (
	"errors"
	"slices"
	"sync/atomic"

	"vmsim/pagecache"
	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/vm/trace"
)

// Session is a program under observation: its branches, and a machine that is at one moment of one of them.
type Session struct {
	taking   *model.Costs // how long things take; nil for the defaults
	branches []*Branch
	live     *machine
	scan     *machine // while stops are looked for in the past
	stops    []*Stop
	lastStop int
	marks    map[string]Moment

	interrupted atomic.Bool
}

// New begins a session on a program, none of whose statements has run. Things take as long as costs say; nil for the
// defaults.
func New(prog *script.Program, costs *model.Costs) (*Session, error) {
	s := &Session{taking: costs}
	n := headLength(prog)
	first := &Branch{session: s, head: &script.Program{Name: prog.Name, Ops: prog.Ops[:n:n], Files: prog.Files},
		names: map[uint64]string{}}
	for i := n; i < len(prog.Ops); i++ {
		if prog.Ops[i].Do != nil {
			first.ops = append(first.ops, prog.Ops[i])
		}
	}
	s.branches = []*Branch{first}
	first.foresee()
	var err error
	s.live, err = newMachine(first)
	return s, err
}

// costs are how long things take on the session's machines.
func (s *Session) costs() *model.Costs {
	if s.taking == nil {
		return model.DefaultCosts()
	}
	return s.taking
}

// headLength is how many operations at the program's start describe the machine and are no statements.
func headLength(prog *script.Program) int {
	layout := false
	for i := range prog.Ops {
		switch a := prog.Ops[i].Do.(type) {
		case nil:
			continue
		case *script.Layout:
			if !layout {
				layout = true
				continue
			}
		case *script.Directive:
			if a.Name == "machine" || a.Name == "sysctl" || a.Name == "file" {
				continue
			}
		}
		return i
	}
	return len(prog.Ops)
}

// Close ends the session's machine.
func (s *Session) Close() { s.live.discard() }

// Branch is the branch that the session is on.
func (s *Session) Branch() *Branch { return s.live.branch }

// Branches are all of them, in the order of birth.
func (s *Session) Branches() []*Branch { return s.branches }

// At is the session's current moment.
func (s *Session) At() Moment { return s.live.at }

// Inside reports whether the session is inside a statement, in the middle of a system call or a page fault.
func (s *Session) Inside() bool { return s.live.inside() }

// Done is how many statements are done at this moment.
func (s *Session) Done() int { return s.live.done }

// AtEnd reports whether there is nothing left to run.
func (s *Session) AtEnd() bool { return !s.Inside() && s.live.done == len(s.live.branch.ops) }

// Kernel is the machine as it is at this moment. Looking at it must not change it.
func (s *Session) Kernel() *syscalls.Kernel { return s.live.model.Kernel }

// Value is what a name is bound to at this moment.
func (s *Session) Value(name string) (uint64, bool) { return s.live.runner.Value(name) }

// Interrupt makes a motion that is under way, or else the next one, stop after its next step. It may be called from
// another goroutine.
func (s *Session) Interrupt() { s.interrupted.Store(true) }

// Uninterrupt takes back an interrupt that no motion has met.
func (s *Session) Uninterrupt() { s.interrupted.Store(false) }

// parser is a parser that knows the names bound so far.
func (s *Session) parser() *script.Parser {
	p := script.NewParser("prompt")
	for i := range s.live.branch.ops[:s.live.done] {
		p.Bind(bound(&s.live.branch.ops[i])...)
	}
	return p
}

// bound is the name that a statement binds, if it binds one.
func bound(op *script.Op) []string {
	switch a := op.Do.(type) {
	case *script.Call:
		if a.Bind != "" {
			return []string{a.Bind}
		}
	case *script.Let:
		return []string{a.Name}
	}
	return nil
}

// Names are the names that are bound at this moment.
func (s *Session) Names() []string { return s.parser().Names() }

// Parse reads a statement as it would be typed here. The error is a *script.Error.
func (s *Session) Parse(text string) (*script.Op, error) { return s.parser().Line(text) }

// errNothing is a line that says nothing.
var errNothing = errors.New("no statement")

// Typed is what became of a statement that was typed.
type Typed struct {
	Statement *Statement // nil where a stop or an interrupt left the session inside it
	Forked    bool       // it began a new branch
	Motion    Motion
}

// Do runs a statement that was typed at this moment, up to the first stop that it meets. Inside a statement, that one
// is brought to its end first. In the past it begins a new branch. The past is wherever steps follow, be they of a
// statement that was left half-way. A statement that cannot run at all leaves no trace.
func (s *Session) Do(op *script.Op) (t Typed, err error) {
	if op == nil || op.Do == nil {
		return t, errNothing
	}
	if s.Inside() {
		if _, err := s.Next(); err != nil {
			return t, err
		}
	}
	t.Forked = s.insert(op)
	if t.Motion, err = s.nextOrStop(); err != nil || s.Inside() {
		return t, err
	}
	stmts := s.Branch().stmts
	t.Statement = &stmts[len(stmts)-1]
	if t.Statement.Err != nil && t.Statement.End == t.Statement.Begin+1 {
		if t.Forked {
			return Typed{}, s.unfork()
		}
		return Typed{}, s.forget()
	}
	return t, nil
}

// insert makes op the next statement; forked says that it begins a branch.
func (s *Session) insert(op *script.Op) (forked bool) {
	m := s.live
	b := m.branch
	if m.done < len(b.stmts) || m.at < b.End() {
		b.tip = m.at
		b = b.fork(m.done, m.at)
		s.branches = append(s.branches, b)
		m.branch, forked = b, true
	}
	rest := b.ops[m.done:]
	b.ops = append(b.ops[:m.done:m.done], append([]script.Op{*op}, rest...)...)
	return forked
}

// unfork takes back a branch whose only statement of its own could not run.
func (s *Session) unfork() error {
	b := s.live.branch
	err := b.stmts[len(b.stmts)-1].Err
	s.branches = s.branches[:b.ID]
	s.live.branch = b.Parent
	if broken := s.restart(b.From); broken != nil {
		return broken
	}
	return err
}

// forget takes back the last statement, which could not run.
func (s *Session) forget() error {
	b := s.live.branch
	n := len(b.stmts) - 1
	st := b.stmts[n]
	b.ops = append(b.ops[:n:n], b.ops[n+1:]...)
	b.stmts, b.events = b.stmts[:n], b.events[:st.Begin]
	if err := s.restart(st.Begin); err != nil {
		return err
	}
	return st.Err
}

// restart puts a new machine at moment t of the branch.
func (s *Session) restart(t Moment) error {
	m, err := newMachine(s.live.branch)
	if err != nil {
		return err
	}
	s.live.discard()
	s.live = m
	return m.run(t, nil)
}

// Switch goes to another branch, to where the user left it.
func (s *Session) Switch(b *Branch) error {
	s.live.branch.tip = s.live.at
	m, err := newMachine(b)
	if err != nil {
		return err
	}
	s.live.discard()
	s.live = m
	return m.run(min(b.tip, b.End()), nil)
}

// stopper is a stop function that an interrupt ends, too.
func (s *Session) stopper(stop func(trace.Event) bool) func(trace.Event) bool {
	return func(e trace.Event) bool { return s.interrupted.Load() || stop != nil && stop(e) }
}

// Eval is what an expression is worth at this moment.
func (s *Session) Eval(text string) (uint64, error) {
	x, err := s.parser().Expr(text)
	if err != nil {
		return 0, err
	}
	return script.Eval(x, s.Value)
}

// Head are the lines that describe the machine, before the first statement.
func (s *Session) Head() []string { return s.Branch().Head() }

// Head are the lines that describe the branch's machine.
func (b *Branch) Head() (lines []string) {
	ops := b.head.Ops
	for i := range ops {
		if ops[i].Do != nil {
			lines = append(lines, ops[i].Head())
		}
	}
	return lines
}

// References are the pages that what has run has used, one for each use, on a machine with plenty of memory.
func (s *Session) References() []pagecache.Page {
	b := s.Branch()
	ops := slices.Concat(b.head.Ops, b.ops[:s.live.done])
	return model.References(&script.Program{Ops: ops, Files: b.head.Files})
}
