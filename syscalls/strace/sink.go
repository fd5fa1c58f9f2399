package strace

import (
	"bufio"
	"errors"
	"strings"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
)

// sink writes the program, a statement at a time, each through the parser, so that what comes out is a program. Where
// it checks, it runs each statement in the model as well.
type sink struct {
	out     *bufio.Writer
	name    string
	parser  *script.Parser
	parsed  int // lines that the parser has read
	lines   int // of the program
	one     script.Program
	head    *script.Program // what comes before the first statement; nil afterwards
	checks  Checking
	model   *model.Machine
	runner  *run.Runner
	stopped error // why nothing is run any more
}

// parserLines is how many lines one parser reads: a program may have so many.
const parserLines = 1 << 20

func newSink(name string, out *bufio.Writer, checks Checking) *sink {
	s := &sink{out: out, name: name, parser: script.NewParser(name), head: &script.Program{Name: name}, checks: checks}
	s.one.Ops = make([]script.Op, 0, 8) // one is enough; the parser expects that it need not grow
	return s
}

// parse reads a statement with the lines that belong to it. The operation is valid until the next call.
func (s *sink) parse(text string) (*script.Op, error) {
	if opensComment(text) {
		return nil, errors.New("a comment that does not end") // it would go on over the statements after it
	}
	if s.parsed > parserLines {
		s.parser, s.parsed = script.NewParser(s.name), 0
	}
	prog := &s.one
	if s.head != nil {
		prog = s.head
	} else {
		clear(prog.Ops)
		prog.Ops = prog.Ops[:0]
	}
	for line := range strings.Lines(text) {
		s.parsed++
		if err := s.parser.Append(prog, strings.TrimRight(line, "\n")); err != nil {
			return nil, err
		}
	}
	if len(prog.Ops) == 0 {
		return nil, errors.New("no statement")
	}
	return &prog.Ops[len(prog.Ops)-1], nil
}

// write puts the text into the program.
func (s *sink) write(text string) {
	s.lines += strings.Count(text, "\n") + 1
	s.out.WriteString(text)
	s.out.WriteByte('\n')
}

// start ends the head: from here on statements run.
func (s *sink) start() {
	head := s.head
	s.head = nil
	if s.checks == Unchecked {
		return
	}
	s.model = model.New()
	s.runner, s.stopped = run.NewRunner(head, s.model, run.Options{Hold: run.Mincore})
	if s.stopped != nil {
		s.runner = nil
	}
}

// run runs a statement of the program in the model and gives what differs.
func (s *sink) run(op *script.Op) ([]run.Difference, error) {
	if s.runner == nil {
		return nil, nil
	}
	if _, err := s.runner.Do(op); err != nil {
		return nil, err
	}
	return s.runner.Differences(run.AllKinds), nil
}

// aside runs a statement that is not of the program.
func (s *sink) aside(text string) {
	if op, err := s.parse(text); err == nil {
		_, _ = s.runner.Do(op)
	}
}

func short(err error) string {
	var e *script.Error
	if errors.As(err, &e) {
		return e.Short()
	}
	var r *run.RunError
	if errors.As(err, &r) {
		return r.Err.Error()
	}
	return err.Error()
}
