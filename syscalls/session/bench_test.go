package session

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// long is a program of some 200,000 steps: faults of every kind, in 20 processes' worth of areas.
func long() string {
	var b strings.Builder
	b.WriteString(".machine fs=ext4 disk=nvme\n.file /data/a 4194304 cold\nfd = openat(AT_FDCWD, \"/data/a\", " +
		"O_RDWR)\n")
	for i := range 45 {
		fmt.Fprintf(&b, "p%d = mmap(NULL, 256*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n", i)
		fmt.Fprintf(&b, "p%d[0..256*PAGE step PAGE] = %d\n", i, i)
		fmt.Fprintf(&b, "h%d = mmap(NULL, 256*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", i)
		fmt.Fprintf(&b, "h%d[0..256*PAGE step PAGE] = 1\nmunmap(h%d, 256*PAGE)\n", i, i)
		for j := range 20 {
			fmt.Fprintf(&b, "mprotect(p%d + %d*PAGE, PAGE, PROT_READ)\n", i, j*2)
		}
		b.WriteString("msync(p0, 256*PAGE, MS_SYNC)\n")
	}
	return b.String()
}

func longSession(b *testing.B) *Session {
	s := newSession(b, long())
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
