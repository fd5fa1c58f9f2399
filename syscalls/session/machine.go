package session

import (
	"fmt"
	"iter"
	"runtime/debug"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/vm/trace"
)

// Moment is a point in time: the number of steps taken since the program's first statement began.
type Moment uint64

// machine is one run of a branch's statements, standing after step at.
type machine struct {
	branch *Branch
	model  *model.Machine
	runner *run.Runner
	at     Moment
	done   int    // statements that are done
	begun  Moment // where the statement under way, or else the next one, begins

	target Moment                 // where to stop
	stop   func(trace.Event) bool // asked after every step before target: true stops; nil for no more than target
	yield  func(struct{}) bool
	resume func() (struct{}, bool)
	drop   func()
	over   bool
	broken error // the model broke an invariant of its own
}

// looks are the observations made after a statement that runs for the first time. When it runs again it is known what
// it does, and not to print the maps a thousand times is what makes going back fast.
const looks = run.Maps | run.Faults | run.Bytes | run.Mincore

// discarded unwinds a machine that is no longer wanted, out of whatever function it is in.
type discarded struct{}

// newMachine makes a machine that is at step 0 of a branch.
func newMachine(b *Branch) (*machine, error) {
	m := &machine{branch: b, model: model.New()}
	m.model.Costs = b.session.taking
	m.model.Future = b.future
	var err error
	if m.runner, err = run.NewRunner(b.head, m.model, run.Options{Show: looks}); err != nil {
		return nil, err
	}
	for m.runner.Next() {
	}
	if err := m.runner.Err(); err != nil {
		return nil, err
	}
	m.model.Kernel.Log.Observe(m.hear)
	m.resume, m.drop = iter.Pull(m.play)
	return m, nil
}

// inside reports whether the machine is inside a statement.
func (m *machine) inside() bool { return m.at > m.begun }

// run runs on until step target, or until stop says so, or until the statements are over.
func (m *machine) run(target Moment, stop func(trace.Event) bool) error {
	if m.broken != nil {
		return m.broken
	}
	if target <= m.at || !m.inside() && m.done == len(m.branch.ops) {
		return nil
	}
	m.target, m.stop = target, stop
	m.resume()
	return m.broken
}

// discard ends the machine.
func (m *machine) discard() { m.drop() }

// play is the coroutine: it does the branch's statements one after the other, and rests when there is none left.
func (m *machine) play(yield func(struct{}) bool) {
	m.yield = yield
	defer m.caught()
	for {
		for m.done == len(m.branch.ops) {
			if !yield(struct{}{}) {
				return
			}
		}
		m.statement()
	}
}

// caught ends the coroutine quietly where it was discarded. Any other panic is the model's own mistake, and is kept.
func (m *machine) caught() {
	r := recover()
	if _, ok := r.(discarded); r == nil || ok {
		return
	}
	m.broken = &Broken{At: m.at, What: fmt.Sprint(r), Stack: debug.Stack()}
}

func (m *machine) statement() {
	op := &m.branch.ops[m.done]
	if m.done < len(m.branch.stmts) {
		m.runner.Look(0)
	} else {
		m.runner.Look(looks)
	}
	res, err := m.runner.Do(op)
	if m.done == len(m.branch.stmts) {
		m.branch.stmts = append(m.branch.stmts, m.outcome(op, res, err))
		if _, access := op.Do.(*script.Access); !access {
			m.keepNames()
		}
	}
	m.done++
	m.begun = m.at + 1
	m.model.Kernel.Log.Step(trace.StatementDone, uint64(m.done), 0, 0)
}

// hear notes a step, and suspends the machine after it where that is wanted.
func (m *machine) hear(e trace.Event) {
	if m.over || m.model.Poked() {
		return // deferred functions of a discarded run; the harness's own steps, which belong to no process
	}
	m.at++
	e.Seq = uint64(m.at)
	if m.branch.record(e) {
		m.keepName(e)
	}
	if stop := m.stop != nil && m.stop(e); stop || m.at >= m.target {
		if !m.yield(struct{}{}) {
			m.over = true
			panic(discarded{})
		}
	}
}
