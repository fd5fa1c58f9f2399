package main

import (
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/trace"
)

// tour is a machine that runs statements one by one and keeps, of each, its steps and what it added to the counters.
type tour struct {
	model  *model.Machine
	parser *script.Parser
	runner *run.Runner
	seen   []seen
}

// seen is one statement as the machine's log tells it.
type seen struct {
	text   string
	value  uint64 // what a call returned, or a load read
	events []trace.Event
	tally  trace.Tally
	nanos  int64 // of virtual time
}

// newTour sets up the machine that setup describes.
func newTour(name, setup string) (*tour, error) {
	prog, err := script.Parse(name, setup)
	if err != nil {
		return nil, err
	}
	t := &tour{model: model.New(), parser: script.NewParser(name)}
	if t.runner, err = run.NewRunner(prog, t.model, run.Options{}); err != nil {
		return nil, err
	}
	for t.runner.Next() {
		if c, ok := t.runner.Result().Op.Do.(*script.Call); ok && c.Bind != "" {
			t.parser.Bind(c.Bind)
		}
	}
	t.model.Kernel.Log.Observe(func(e trace.Event) {
		if n := len(t.seen); n > 0 {
			t.seen[n-1].events = append(t.seen[n-1].events, e)
		}
	})
	return t, t.runner.Err()
}

// do runs a statement of ours; one that cannot run is our own mistake.
func (t *tour) do(text string) *seen {
	k := t.model.Kernel
	op, err := t.parser.Line(text)
	if err != nil {
		panic(err)
	}
	before, then := k.Log.Tally(), k.Clock.Now()
	t.seen = append(t.seen, seen{text: text})
	r, err := t.runner.Do(op)
	if err != nil {
		panic(err)
	}
	if c, ok := op.Do.(*script.Call); ok && c.Bind != "" {
		t.parser.Bind(c.Bind)
	}
	s := &t.seen[len(t.seen)-1]
	if s.value = r.Value; len(r.Elems) > 0 {
		s.value = uint64(r.Elems[0].Value)
	}
	s.tally, s.nanos = k.Log.Tally().Since(before), int64(k.Clock.Now()-then)
	return s
}

// first is the statement's first step of kind k; the zero Event where there is none.
func (s *seen) first(k trace.Kind) trace.Event {
	for _, e := range s.events {
		if e.Kind == k {
			return e
		}
	}
	return trace.Event{}
}

// count is how many steps of kind k the statement took.
func (s *seen) count(k trace.Kind) uint64 { return s.tally.Counts[k] }

// plus is both statements together.
func (s seen) plus(u seen) seen {
	s.tally, s.nanos = s.tally.Plus(u.tally), s.nanos+u.nanos
	return s
}
