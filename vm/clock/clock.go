// Package clock keeps virtual time: the model's only clock.
//
// The kernel reads hardware clocks. Here time is a number that moves when a step is charged to it or when a program
// sleeps, so that the same program always sees the same times. Nothing in the model reads the wall clock.
package clock

import "time"

// Time is virtual time since the machine was started, in nanoseconds.
// Linux: ktime_t (include/linux/ktime.h).
type Time int64

// Clock is a machine's virtual clock. The zero value is at time 0.
// Linux: the timekeeper (kernel/time/timekeeping.c).
type Clock struct {
	now  Time
	owed func() int64 // nil, or what has been spent since it was asked last
}

// Owe makes the clock ask for what has been spent meanwhile, in nanoseconds, whenever it is to tell the time: adding up
// what steps cost is cheaper done seldom.
func (c *Clock) Owe(ask func() int64) { c.owed = ask }

// Now is the present virtual time.
func (c *Clock) Now() Time {
	if c.owed != nil {
		c.now += Time(c.owed())
	}
	return c.now
}

// Charge moves the clock on by what a step cost, in nanoseconds.
func (c *Clock) Charge(cost int64) { c.now += Time(cost) }

// WaitFor moves the clock to t where that lies ahead: the processor waits for a device.
func (c *Clock) WaitFor(t Time) {
	if t > c.Now() {
		c.now = t
	}
}

// Duration is the time since the machine was started, for printing.
func (t Time) Duration() time.Duration { return time.Duration(t) }
