package trace

import "vmsim/vm/clock"

// Costs are what steps cost in virtual time: a fixed time for each kind, and a time for each byte moved. They do not
// include the device's own time: it works while the processor does something else, or waits. An example: a copy of 4096
// bytes to a program costs 4096*(40+185)/1000 = 921 ns if the page was not copied recently, 700 more if it is not next
// to the one before, and 163 ns if it was.
// Linux: none; the processor.
type Costs struct {
	Step [NumKinds]int64 // nanoseconds
	Copy int64           // picoseconds for each byte that the processor copies
	Cold int64           // picoseconds more for each byte whose page is not in the processor's cache
	Zero int64           // picoseconds for each byte that is cleared
	// nanoseconds for a copy that is neither of a recently copied page nor of the next frame: the page cache's tree and
	// the struct page are not in the processor's cache either
	Scattered int64
	Written   int64 // nanoseconds for each page that the kernel prepares to be written to by a call
	Opened    int64 // nanoseconds for a path that is looked up, and its file opened
	WakeUp    int64 // nanoseconds more for a wait for the disk in which the processor goes idle
}

// DefaultCosts are those of the table of kinds, of a machine on which Linux 6.18 was measured (docs/time.md).
func DefaultCosts() *Costs {
	c := &Costs{Copy: 40, Cold: 185, Zero: 135, Scattered: 700, Written: 1000, Opened: 4300}
	for k, i := range table {
		c.Step[k] = i.Cost
	}
	return c
}

// recent are the pages that the processor has copied recently, which its cache still holds. Each slot holds one page.
// It is the model of a cache of 1 MiB: 256 pages, each in the slot of its number modulo 256.
type recent [256]uint64

// touch adds a page, and reports whether it was there.
func (r *recent) touch(frame uint64) bool {
	at := &r[frame%uint64(len(r))]
	known := *at == frame
	*at = frame
	return known
}

// Open charges for a path that was looked up and opened.
func (l *Log) Open() { l.Clock.Charge(l.costs.Opened) }

// WakeUp is how much longer a wait takes in which the processor goes idle.
func (l *Log) WakeUp() clock.Time { return clock.Time(l.costs.WakeUp) }

// moving is the cost in nanoseconds of a step of kind k that moves n bytes between a and b.
func (l *Log) moving(k Kind, n int, a, b uint64) int64 {
	frame, more := a, int64(0)
	switch k {
	case DMAIn, DMAOut:
		return 0
	case CopyZero:
		return int64(n) * l.costs.Zero / 1000
	case CopyFromUser:
		frame, more = b, l.costs.Written
	}
	each := l.costs.Copy
	if !l.recent.touch(frame) {
		each += l.costs.Cold
		if frame+1 != l.copied && frame-1 != l.copied {
			more += l.costs.Scattered
		}
	}
	l.copied = frame
	return int64(n)*each/1000 + more
}
