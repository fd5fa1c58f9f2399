// Package trace is the machine's one account of what happened.
//
// Linux tells what it does through tracepoints, counters in /proc and statistics in each process; they overlap and can
// disagree. Here every step of the model goes through Log.Step, which numbers it, charges its cost to the clock, adds to
// the counters and hands it to whoever listens. A copy of bytes is a step with Bytes set, so copies are counted from
// steps and never a second time. With nobody listening a step costs a few nanoseconds.
package trace

import "vmsim/vm/clock"

// Event is one step of the machine.
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

// Observer hears every step, in order.
// Linux: none; a probe of a tracepoint.
type Observer func(Event)

// Log numbers, charges and counts the steps of one machine.
// Linux: none; tracepoints, vm_event_states and task accounting together.
type Log struct {
	Clock *clock.Clock
	PID   int // the process that is running

	seq       uint64
	counts    [NumKinds]uint64
	bytes     [NumKinds]uint64
	observers []*Observer
}

// NewLog makes a log that charges c.
func NewLog(c *clock.Clock) *Log { return &Log{Clock: c} }

// Step records that a step of kind k was taken.
func (l *Log) Step(k Kind, a, b, c uint64) {
	l.seq++
	l.counts[k]++
	l.Clock.Charge(costs[k])
	if len(l.observers) != 0 {
		l.tell(Event{Kind: k, Args: [3]uint64{a, b, c}})
	}
}

// Note is Step with a constant text that says why.
func (l *Log) Note(k Kind, a, b, c uint64, why string) {
	l.seq++
	l.counts[k]++
	l.Clock.Charge(costs[k])
	if len(l.observers) != 0 {
		l.tell(Event{Kind: k, Args: [3]uint64{a, b, c}, Note: why})
	}
}

// Copy records that n bytes were moved; a and b say from and to in the terms of the kind's row.
func (l *Log) Copy(k Kind, n int, a, b uint64) {
	l.seq++
	l.counts[k]++
	l.bytes[k] += uint64(n)
	l.Clock.Charge(costs[k] + int64(n)*nanosPerByteNum/nanosPerByteDen)
	if len(l.observers) != 0 {
		l.tell(Event{Kind: k, Args: [3]uint64{a, b, 0}, Bytes: uint64(n)})
	}
}

func (l *Log) tell(e Event) {
	e.Seq, e.Time, e.PID = l.seq, l.Clock.Now(), l.PID
	for _, o := range l.observers {
		(*o)(e)
	}
}

// Observe lets o hear every further step; the function that it returns ends that.
func (l *Log) Observe(o Observer) (stop func()) {
	p := &o
	l.observers = append(l.observers, p)
	return func() {
		for i, q := range l.observers {
			if q == p {
				l.observers = append(l.observers[:i:i], l.observers[i+1:]...)
				return
			}
		}
	}
}

// Seq is the number of the last step.
func (l *Log) Seq() uint64 { return l.seq }

// Count is how many steps of kind k there were.
func (l *Log) Count(k Kind) uint64 { return l.counts[k] }

// Bytes is how many bytes the steps of kind k moved.
func (l *Log) Bytes(k Kind) uint64 { return l.bytes[k] }
