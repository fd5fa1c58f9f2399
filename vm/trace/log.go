// Package trace is the machine's one account of what happened.
//
// Linux tells what it does through tracepoints, counters in /proc and statistics in each process; they overlap and can
// disagree. Here every step of the model goes through Log.Step, which numbers it, charges its cost to the clock, adds
// to the counters and hands it to the observers. A copy of bytes is a step with Bytes set, so copies are counted from
// steps and never a second time. Without observers a step costs a few nanoseconds.
//
// # What Linux does
//
// A tracepoint is a place in the kernel's code that reports when it is passed, with a few numbers: mm_filemap_fault
// with the page. Counters in /proc/vmstat count the same events without saying which page. Functions between two
// tracepoints can be seen by ftrace only, under names that change from release to release.
//
// # What is kept
//
// A step of the model is at about the granularity of a kernel function: an area is split, an entry is set, a request is
// submitted. Each has a row in the table of kinds: a name that does not change, a sentence, what it costs, and where
// Linux does the same. From that one table come the texts of the log, the help, the documents, and the comparison with
// tracepoints of a real kernel.
//
//	code             step in the log                          counters        time
//	stepEntrySet     12  entry-set  0x7ffff7ff4000, frame 81  entry-set 1     + its cost
//	stepCopyToUser   13  copy-to-user  4096 bytes             copies 4096     + its cost and that of the bytes
//
// # The path of one operation
//
//	stepCacheMiss(log, ...)     a typed function of the package that takes the step
//	Log.Step                    counts it
//	observers                   if there are any: an Event with number, time and process
//	                            the session keeps it, break compares it, the trace observation prints it
//
// An observer that does not return suspends the machine at that step: this is how a program is stepped.
//
// # What is left out
//
// Steps of the scheduler and of interrupts. A step has a fixed cost and one per byte, whatever the state of the caches
// was, but for copies: see Costs.
package trace

import (
	"slices"

	"vmsim/vm/clock"
)

// Event is one step of the machine. Events are made only for observers: a run without any makes none, and so is fast.
// Linux: none; a record of the tracing ring buffer.
type Event struct {
	Seq   uint64     // number of the step, from 1
	Time  clock.Time // when it ended
	PID   int        // the process it was done for; 0 for the machine itself
	Kind  Kind
	Args  [3]uint64 // addresses, indexes, frames: what they are is said by the kind's row in the table
	Bytes uint64    // how many bytes the step copied, zeroed or moved; 0 for most
	Note  string    // a constant text: the check that refused, the reason of a decision
}

// Observer is called with every step, in order.
// Linux: none; a probe of a tracepoint.
type Observer func(Event)

// Log numbers, charges and counts the steps of one machine.
//
// Without observers a step adds one to a counter and no more: what the steps have cost is the sum of the counters times
// the costs, which the clock asks for when its time is read, and the number of the last step is the sum of the
// counters. Updating number, counter and clock at every step took a fifth of a fault's time; this takes a fiftieth.
// Linux: none; tracepoints, vm_event_states and task accounting together.
type Log struct {
	Clock *clock.Clock
	PID   int // the process that is running

	costs  *Costs
	recent recent
	copied uint64 // the frame that was copied last
	counts [NumKinds]uint64
	bytes  [NumKinds]uint64
	paid   int64  // how much of the steps' cost the clock has
	seq    uint64 // the last step's number; kept while there are observers
	// there are observers; a flag of its own, so that the compiler still inlines Step in the functions of steps.go
	observed  bool
	observers []*Observer
}

// NewLog makes a log that charges c.
func NewLog(c *clock.Clock) *Log {
	l := &Log{Clock: c, costs: DefaultCosts()}
	c.Owe(l.owed)
	return l
}

// Charge replaces the default costs. It must be called before the first step.
func (l *Log) Charge(c *Costs) { l.costs = c }

// Step records that a step of kind k was taken.
func (l *Log) Step(k Kind, a, b, c uint64) {
	l.counts[k]++
	if l.observed {
		l.notify(k, a, b, c)
	}
}

// Note is Step with a constant text that says why.
func (l *Log) Note(k Kind, a, b, c uint64, why string) {
	l.counts[k]++
	if l.observers != nil {
		l.notifyAll(Event{Kind: k, Args: [3]uint64{a, b, c}, Note: why})
	}
}

// Copy records that n bytes were moved; a and b say from and to in the terms of the kind's row.
func (l *Log) Copy(k Kind, n int, a, b uint64) {
	l.counts[k]++
	l.bytes[k] += uint64(n)
	l.Clock.Charge(l.moving(k, n, a, b))
	if l.observers != nil {
		l.notifyAll(Event{Kind: k, Args: [3]uint64{a, b, 0}, Bytes: uint64(n)})
	}
}

// notify is a function of its own, so that Step is inlined into its callers.
//
//go:noinline
func (l *Log) notify(k Kind, a, b, c uint64) { l.notifyAll(Event{Kind: k, Args: [3]uint64{a, b, c}}) }

// notifyAll gives an event to each observer. Without observers steps are only counted, and their time is computed from
// the counts; an observer wants the time of each step.
func (l *Log) notifyAll(e Event) {
	l.seq++
	l.Clock.Charge(l.costs.Step[e.Kind])
	e.Seq, e.Time, e.PID = l.seq, l.Clock.Now(), l.PID
	for _, o := range l.observers {
		(*o)(e)
	}
}

// owed is what steps have cost since it was last called. While there are observers the clock is charged at every step.
func (l *Log) owed() int64 {
	if l.observers != nil {
		return 0
	}
	before := l.paid
	l.paid = l.cost()
	return l.paid - before
}

// cost is the time of all steps that are counted, in nanoseconds.
func (l *Log) cost() (sum int64) {
	for k, n := range l.counts {
		sum += int64(n) * l.costs.Step[k]
	}
	return sum
}

// steps is how many steps are counted, of all kinds.
func (l *Log) steps() (sum uint64) {
	for _, n := range l.counts {
		sum += n
	}
	return sum
}

// Observe calls o for every further step; the function that it returns ends that.
func (l *Log) Observe(o Observer) (stop func()) {
	if l.observers == nil {
		l.seq = l.steps()
		l.Clock.Now() // charges the clock with what the steps so far have cost
	}
	p := &o
	l.observers, l.observed = append(l.observers, p), true
	return func() { l.forget(p) }
}

// forget takes an observer off the list. The list is copied: an observer may leave while it is called.
func (l *Log) forget(p *Observer) {
	i := slices.Index(l.observers, p)
	if i < 0 {
		return
	}
	l.observers = append(l.observers[:i:i], l.observers[i+1:]...)
	if len(l.observers) == 0 {
		l.observers, l.observed, l.paid = nil, false, l.cost()
	}
}

// Seq is the number of the last step.
func (l *Log) Seq() uint64 {
	if l.observers != nil {
		return l.seq
	}
	return l.steps()
}

// Count is the number of steps of kind k so far.
func (l *Log) Count(k Kind) uint64 { return l.counts[k] }

// Bytes is how many bytes the steps of kind k moved.
func (l *Log) Bytes(k Kind) uint64 { return l.bytes[k] }
