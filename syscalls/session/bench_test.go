package session

import (
	"runtime"
	"testing"

	"vmsim/syscalls/script/scripttest"
)

func longSession(b *testing.B) *Session {
	s := newSession(b, scripttest.Long())
	runOut(b, s)
	if n := s.Branch().End(); n < 200_000 {
		b.Fatalf("only %d steps", n)
	}
	return s
}

func BenchmarkRunOut(b *testing.B) {
	for b.Loop() {
		s := longSession(b)
		b.ReportMetric(float64(s.Branch().End()), "steps")
		s.Close()
	}
}

func BenchmarkStepBackAtTheEnd(b *testing.B) {
	s := longSession(b)
	for b.Loop() {
		if _, err := s.BackI(1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStepForward(b *testing.B) {
	s := longSession(b)
	if _, err := s.Goto(100_000); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if s.AtEnd() {
			if _, err := s.Goto(100_000); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := s.StepI(1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGoto(b *testing.B) {
	s := longSession(b)
	end := int(s.Branch().End())
	for i := 0; b.Loop(); i++ {
		if _, err := s.Goto(Moment(i * 7919 % end)); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB-sys")
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-heap")
}
