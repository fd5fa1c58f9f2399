package recording

import (
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/session"
	"vmsim/vm/trace"
)

// Recording is a run of a program. Slices that end in a step have one element for each, step 1 first.
type Recording struct {
	Name    string   `json:"name"`
	Program string   `json:"program"` // the text that has run
	Head    []string `json:"head"`    // what describes the machine, before the first statement
	Kinds   []Kind   `json:"kinds"`

	Costs *model.Costs `json:"-"` // how long things took; nil for the defaults

	Statements []Statement `json:"statements"`

	StepKinds []int    `json:"stepKinds"`
	StepPIDs  []int    `json:"stepPids"`
	StepTimes []int64  `json:"stepTimes"` // virtual time at the end, in nanoseconds
	StepTexts []string `json:"stepTexts"`

	Keys    []string `json:"keys"`
	Values  []string `json:"values"`
	First   []int    `json:"first"`   // the value of each key before step 1
	Offsets []int    `json:"offsets"` // the changes of step t are those from Offsets[t-1] to Offsets[t]
	Changes []int    `json:"changes"` // key, value before, value after, and again

	Reasons map[string][]Reason `json:"why"` // by key, the oldest first
	Faults  []Reason            `json:"whyFault"`
	// WhyUntil is the step up to which all reasons are known: a long program has too many.
	WhyUntil int `json:"whyUntil"`
}

// Kind is a kind of step as the page shows it.
type Kind struct {
	Name  string `json:"name"`
	Linux string `json:"linux"`
	Sign  string `json:"sign"`
	Mark  string `json:"mark,omitempty"` // its lane on the timeline; empty for none
}

// Statement is a statement that has run, or, where it could not, the error.
type Statement struct {
	Line   int    `json:"line,omitempty"` // in the file
	Text   string `json:"text"`           // as it was written
	Answer string `json:"answer"`         // as a run prints it
	PID    int    `json:"pid"`
	Begin  int    `json:"begin"`
	End    int    `json:"end"`
	Minor  uint64 `json:"minor"`
	Major  uint64 `json:"major"`
	Cow    uint64 `json:"cow"`  // bytes copied for copy-on-write
	User   uint64 `json:"user"` // bytes copied to and from the user
	Asks   []Ask  `json:"asks,omitempty"`
	Signal string `json:"signal,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Ask is a question that the program puts before a statement, with what the statement then did.
type Ask struct {
	Counter string `json:"counter"`
	Answer  int64  `json:"answer"`
}

// Reason is a chain of causes that holds from step At on.
type Reason struct {
	At    int            `json:"t"`
	Chain []session.Link `json:"chain"`
}

// The lanes of the timeline.
const (
	markCall    = "call"
	markMinor   = "minor"
	markMajor   = "major"
	markCopy    = "copy"
	markIO      = "io"
	markReclaim = "reclaim"
)

// marks are the kinds that the timeline shows.
var marks = map[trace.Kind]string{
	trace.SyscallEnter: markCall, trace.FaultMinor: markMinor, trace.FaultMajor: markMajor,
	trace.CopyToUser: markCopy, trace.CopyFromUser: markCopy, trace.CopyKernel: markCopy, trace.CopyCow: markCopy,
	trace.IoSubmitted: markIO, trace.SwapOut: markReclaim, trace.LazyDropped: markReclaim,
	trace.PageEvicted: markReclaim, trace.PageSwapped: markReclaim,
}

// kinds is the table of steps as the page needs it.
func kinds() []Kind {
	out := make([]Kind, trace.NumKinds)
	for k := range trace.NumKinds {
		i := k.Info()
		out[k] = Kind{i.Name, i.Linux, strings.TrimSpace(string(session.Symbol(k))), marks[k]}
	}
	return out
}

// Of runs a program to its end and records it. A mistake of the model's own is an error; a statement that cannot run
// ends the recording and is part of it. Things take as long as costs say; nil for the defaults.
func Of(prog *script.Program, text string, costs *model.Costs) (*Recording, error) {
	s, err := session.New(prog, costs)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r, err := record(s, prog.Name, text, exactLooks)
	if r != nil {
		r.Costs = costs
	}
	return r, err
}

// empty is a recording without a step. Its lists are empty and not nil: in JSON that makes a difference.
func empty(name, text string) *Recording {
	return &Recording{
		Name: name, Program: text, Kinds: kinds(), Head: []string{}, Statements: []Statement{},
		StepKinds: []int{}, StepPIDs: []int{}, StepTimes: []int64{}, StepTexts: []string{},
		Offsets: []int{0}, Changes: []int{}, Reasons: map[string][]Reason{}, Faults: []Reason{},
	}
}

func record(s *session.Session, name, text string, exact int) (*Recording, error) {
	r := empty(name, text)
	r.Head = append(r.Head, s.Head()...)
	w := newWatcher(s, exact)
	w.sweep()
	r.First = w.begin()
	why := newReasons(s, r, w.keys)
	asked, err := newAsked(s)
	for !s.AtEnd() && err == nil {
		if _, err = s.StepI(1); err != nil {
			break
		}
		t := s.At()
		e := s.Branch().Event(t)
		changed := w.step(e)
		r.StepKinds = append(r.StepKinds, int(e.Kind))
		r.StepPIDs = append(r.StepPIDs, e.PID)
		r.StepTimes = append(r.StepTimes, int64(e.Time))
		r.StepTexts = append(r.StepTexts, s.Tell(e))
		r.Changes = append(r.Changes, changed...)
		r.Offsets = append(r.Offsets, len(r.Changes)/3)
		why.stepDone(e, changed, w.keys)
		if e.Kind != trace.StatementDone {
			continue
		}
		why.statementDone()
		if r.statement(s, asked); r.Statements[len(r.Statements)-1].Error != "" {
			break
		}
		asked, err = newAsked(s)
	}
	if err != nil {
		return nil, err
	}
	r.WhyUntil = why.until()
	r.pending(s)
	r.number(w)
	return r, nil
}

// statement adds the statement that has just ended.
func (r *Recording) statement(s *session.Session, q *asked) {
	b := s.Branch()
	st := b.Statements()[s.Done()-1]
	out := Statement{
		Line: st.Op.Line, Text: head(st.Op), Answer: strings.TrimRight(st.Text, "\n"), PID: st.PID,
		Begin: int(st.Begin), End: int(st.End), Minor: st.Minor, Major: st.Major, Asks: q.answers(s),
	}
	if st.Err != nil {
		out.Error = st.Err.Error()
	}
	if st.Signal != nil {
		out.Signal = st.Signal.Error()
	}
	out.countCopies(b.Events(st.Begin, st.End))
	r.Statements = append(r.Statements, out)
}

// countCopies adds up the bytes that the processor copied in the steps.
func (st *Statement) countCopies(steps []trace.Event) {
	for _, e := range steps {
		switch e.Kind {
		case trace.CopyCow:
			st.Cow += e.Bytes
		case trace.CopyToUser, trace.CopyFromUser:
			st.User += e.Bytes
		}
	}
}

// pending adds the statements that never ran, after one that cannot.
func (r *Recording) pending(s *session.Session) {
	end := int(s.Branch().End())
	ops := s.Branch().Ops()
	for i := s.Done(); i < len(ops); i++ {
		r.Statements = append(r.Statements, Statement{
			Line: ops[i].Line, Text: head(&ops[i]), PID: 1, Begin: end, End: end, Error: "it has not run",
		})
	}
}

// head is a statement's first line.
func head(op *script.Op) string {
	line, _, _ := strings.Cut(op.Head(), "\n")
	return line
}
