package session

import (
	"runtime"
	"testing"

	"vmsim/syscalls/script/scripttest"
)

func TestTwoHundredThousandStepsFitInHalfAGigabyte(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes two hundred thousand steps, and some of them twice")
	}
	s := newSession(t, scripttest.Long())
	runOut(t, s)
	end := s.Branch().End()
	if end < 200_000 {
		t.Fatalf("only %d steps", end)
	}
	for _, to := range []Moment{end - 1, end / 2, end - 2, 1, end} {
		if must(t)(s.Goto(to)); s.At() != to {
			t.Fatalf("goto %d leads to %d", to, s.At())
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.Sys > 500<<20 {
		t.Errorf("%d MB", m.Sys>>20)
	}
}
