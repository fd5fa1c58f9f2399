// Package clock keeps virtual time: the model's only clock.
//
// The kernel reads hardware clocks. Here time is a number that moves when a step is charged to it or when a program
// sleeps, so that the same program always sees the same times. Nothing in the model reads the wall clock.
package clock

import "time"

// Time is virtual time since the machine was started, in nanoseconds.
// Linux: ktime_t (include/linux/ktime.h).
type Time int64

// Jiffies are ticks of the kernel's timer. What Linux computes in jiffies is rounded to them.
// Linux: jiffies (include/linux/jiffies.h) with CONFIG_HZ=250.
type Jiffies int64

// HZ is how many ticks a second has; a Tick is one.
const (
	HZ   = 250
	Tick = Time(1e9 / HZ)
)

// Jiffies is t in whole ticks.
func (t Time) Jiffies() Jiffies { return Jiffies(t / Tick) }

// Time is how long the ticks take.
func (j Jiffies) Time() Time { return Time(j) * Tick }

// Clock is a machine's virtual clock. The zero value is at time 0.
// Linux: the timekeeper (kernel/time/timekeeping.c).
type Clock struct {
	now  Time
	owed func() int64 // returns what has been spent since it was last called; nil for none
}

// Owe makes the clock call owed, which returns the nanoseconds spent since its last call, whenever the time is read.
// Adding up costs only then is cheaper than doing so at every step.
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
