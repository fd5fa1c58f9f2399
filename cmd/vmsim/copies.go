package main

import (
	"fmt"

	"vmsim/vm/trace"
)

// copyKinds are the movements of bytes, in the columns that must never be mixed.
var copyKinds = []struct {
	kind  trace.Kind
	title string
}{
	{trace.CopyToUser, "to user"}, {trace.CopyFromUser, "from user"}, {trace.CopyCow, "cow"},
	{trace.CopyZero, "zeroed"}, {trace.DMAIn, "DMA in"}, {trace.DMAOut, "DMA out"},
}

// tally is a log's counters at one time.
type tally struct {
	counts, bytes [trace.NumKinds]uint64
	now           int64
}

func takeTally(l *trace.Log) (t tally) {
	for k := range trace.NumKinds {
		t.counts[k], t.bytes[k] = l.Count(k), l.Bytes(k)
	}
	t.now = int64(l.Clock.Now())
	return t
}

// since is what was added since u.
func (t tally) since(u tally) tally {
	for k := range t.counts {
		t.counts[k] -= u.counts[k]
		t.bytes[k] -= u.bytes[k]
	}
	t.now -= u.now
	return t
}

// copyHeader and copyRow print the columns.
func copyHeader() string {
	s := fmt.Sprintf("%-20s", "bytes moved")
	for _, c := range copyKinds {
		s += fmt.Sprintf("%10s", c.title)
	}
	return s
}

func copyRow(name string, t tally) string {
	s := fmt.Sprintf("%-20s", name)
	for _, c := range copyKinds {
		if t.bytes[c.kind] == 0 {
			s += fmt.Sprintf("%10s", "-")
			continue
		}
		s += fmt.Sprintf("%10d", t.bytes[c.kind])
	}
	return s
}
