package trace

// Tally is what a log has counted up to some moment: steps and moved bytes, by kind. What a statement did is the tally
// after it less that before it.
// Linux: none; the counters of /proc/vmstat and of the tasks together.
type Tally struct {
	Counts, Bytes [NumKinds]uint64
}

// Tally is what the log has counted so far.
func (l *Log) Tally() Tally { return Tally{l.counts, l.bytes} }

// Since is the difference to an earlier tally u.
func (t Tally) Since(u Tally) Tally {
	for k := range t.Counts {
		t.Counts[k] -= u.Counts[k]
		t.Bytes[k] -= u.Bytes[k]
	}
	return t
}

// Plus is the sum of two tallies.
func (t Tally) Plus(u Tally) Tally {
	for k := range t.Counts {
		t.Counts[k] += u.Counts[k]
		t.Bytes[k] += u.Bytes[k]
	}
	return t
}

// copyNames are the movements of bytes as the language names them, in the order in which they are shown.
var copyNames = [...]struct {
	kind Kind
	name string
}{{CopyToUser, "to-user"}, {CopyFromUser, "from-user"}, {CopyKernel, "in-kernel"}, {CopyCow, "cow"}, {CopyZero,
	"zero"}, {DMAIn, "dma-in"}, {DMAOut, "dma-out"}}

// EachCopy calls fn for every kind of step that moves bytes, with the language's name for it.
func EachCopy(fn func(k Kind, name string)) {
	for _, c := range copyNames {
		fn(c.kind, c.name)
	}
}
