package model

import (
	"vmsim/syscalls"
	"vmsim/vm/clock"
	"vmsim/vm/trace"
)

// account is where a program's own counts begin: what the machine had counted before the first statement, and what the
// harness has added since.
type account struct {
	tally trace.Tally
	time  clock.Time
}

func newAccount(k *syscalls.Kernel) account { return account{k.Log.Tally(), k.Clock.Now()} }

// aside begins an access of the harness's; the function that it returns ends it. What the machine counts in between is
// not of the program's doing.
func (m *Machine) aside() (end func()) {
	seq := m.Kernel.Log.Seq()
	before := newAccount(m.Kernel)
	m.poked = true
	if m.watch != nil {
		m.watch.muted = true
	}
	return func() {
		m.poked = false
		if m.watch != nil {
			m.watch.muted = false
		}
		if m.Kernel.Log.Seq() == seq {
			return
		}
		m.start.tally = m.start.tally.Plus(m.Kernel.Log.Tally().Since(before.tally))
		m.start.time += m.Kernel.Clock.Now() - before.time
	}
}

// counted is what the program has made the machine count so far.
func (m *Machine) counted() trace.Tally { return m.Kernel.Log.Tally().Since(m.start.tally) }

// Counted is what the program, and not the harness, has made the machine count so far.
func (m *Machine) Counted() trace.Tally { return m.counted() }

// Elapsed is the virtual time, in nanoseconds, that the program and not the harness has taken so far.
func (m *Machine) Elapsed() int64 { return int64(m.Kernel.Clock.Now() - m.start.time) }
