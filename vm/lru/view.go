package lru

import (
	"slices"

	"vmsim/vm/phys"
)

// View shows the lists as they will be once the batches are drained, which is how /proc shows them: the kernel drains
// before it counts. Taking one changes nothing. It is valid until the next step of the machine.
// Linux: none; what /proc/kpageflags and /proc/vmstat show after lru_add_drain_all (mm/swap.c).
type View struct {
	Events Events
	copies map[phys.PFN]*phys.Frame // the frames that draining would change, as they would be
}

// View looks at the lists. It drains copies of the batches and of the frames in them, so the rules of draining are
// written only once. An example: 5 activations are queued. The view counts them in PGACTIVATE and shows the frames as
// active, while the lists still have them as inactive.
func (l *Lists) View() View {
	if !l.pending() {
		return View{Events: l.Events}
	}
	c := Lists{Events: l.Events, memory: l.memory, adding: l.adding, added: l.added}
	c.locks, c.copies = map[phys.PFN]int{}, map[phys.PFN]*phys.Frame{}
	for _, n := range l.adding[:l.added] {
		if f := l.memory.Frame(phys.PFN(n)); f.Has(phys.Mlocked) {
			c.copyOf(l, f)
		}
	}
	for _, f := range l.activating {
		c.activating = append(c.activating, c.copyOf(l, f))
	}
	for _, x := range l.locking {
		c.locking = append(c.locking, lockChange{c.copyOf(l, x.frame), x.to})
	}
	c.Drain()
	return View{Events: c.Events, copies: c.copies}
}

// pending reports whether a drain would change anything. A frame that only waits to be added does not change by it,
// unless it is mlocked: then it becomes unevictable.
func (l *Lists) pending() bool {
	for _, n := range l.adding[:l.added] {
		if l.memory.Frame(phys.PFN(n)).Has(phys.Mlocked) {
			return true
		}
	}
	return len(l.activating)+len(l.locking) > 0
}

// copyOf is c's own copy of a frame of l, nil for nil.
func (c *Lists) copyOf(l *Lists, f *phys.Frame) *phys.Frame {
	if f == nil {
		return nil
	}
	n := f.PFN()
	if own := c.copies[n]; own != nil {
		return own
	}
	own := *f
	c.copies[n] = &own
	if locks, ok := l.locks[n]; ok {
		c.locks[n] = locks
	}
	return &own
}

// Flags are the frame's flags.
func (v View) Flags(f *phys.Frame) phys.Flags {
	if c := v.copies[f.PFN()]; c != nil {
		return c.Flags
	}
	return f.Flags
}

// Flags are the frame's flags as View shows them.
func (l *Lists) Flags(f *phys.Frame) phys.Flags {
	if !l.waits(f) {
		return f.Flags
	}
	return l.View().Flags(f)
}

// waits reports whether a batch holds the frame.
func (l *Lists) waits(f *phys.Frame) bool {
	return l.isNew(f) || slices.Contains(l.activating, f) ||
		slices.ContainsFunc(l.locking, func(c lockChange) bool { return c.frame == f })
}
