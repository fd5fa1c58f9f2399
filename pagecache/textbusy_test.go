package pagecache

import (
	"testing"

	"vmsim/vm/clock"
	"vmsim/vm/lru"
	"vmsim/vm/phys"
	"vmsim/vm/trace"
)

// A program cannot be opened for writing while it runs, and cannot run while it is open for writing.
func TestProgramIsEitherRunOrWritten(t *testing.T) {
	m := NewCache(lru.New(phys.NewMemory(64)), trace.NewLog(new(clock.Clock))).NewNullAt("/a")
	w := m.Open("/a", ModeRead|ModeWrite)
	if m.DenyWrites() || m.Runs() {
		t.Error("a file that is open for writing may run")
	}
	w.Put()
	r := m.Open("/a", ModeRead)
	if !m.DenyWrites() || !m.Runs() {
		t.Error("a file that is open for reading may not run")
	}
	if m.AllowWrites(); m.Runs() {
		t.Error("a file still runs")
	}
	r.Put()
}
