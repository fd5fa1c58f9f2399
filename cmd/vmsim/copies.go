package main

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/vm/trace"
)

// copyColumns are the columns of moved bytes: 64 columns of the screen, after a name of 16. Copies by the processor,
// zeroing and the device must never be mixed.
var copyColumns = []struct {
	kind  trace.Kind
	title string
	width int
}{
	{trace.CopyToUser, "to user", 9}, {trace.CopyFromUser, "from user", 10}, {trace.CopyKernel, "in kernel", 10},
	{trace.CopyCow, "cow", 8}, {trace.CopyZero, "zeroed", 9}, {trace.DMAIn, "DMA in", 9}, {trace.DMAOut, "DMA out", 9},
}

// copyHeader is the line above the rows of copyRow: 80 columns. mark begins it, where it is part of a program.
func copyHeader(mark string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-16s", mark+"bytes moved")
	for _, c := range copyColumns {
		fmt.Fprintf(&b, "%*s", c.width, c.title)
	}
	return b.String()
}

// copyRow is what was moved, each kind in a column of its own.
func copyRow(name string, t trace.Tally) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-16s", name)
	for _, c := range copyColumns {
		n := "-"
		if t.Bytes[c.kind] != 0 {
			n = fmt.Sprint(t.Bytes[c.kind])
		}
		fmt.Fprintf(&b, "%*s", c.width, n)
	}
	return b.String()
}

// workHeader and workRow are the columns of what it took.
func workHeader(mark string) string {
	return fmt.Sprintf("%-16s%9s%10s%10s%10s%10s%15s", mark+"work", "calls", "minor", "major", "entries",
		"requests", "time")
}

func workRow(name string, s seen) string {
	return fmt.Sprintf("%-16s%9d%10d%10d%10d%10d%15s", name, s.count(trace.SyscallEnter), s.count(trace.FaultMinor),
		s.count(trace.FaultMajor),
		s.count(trace.EntrySet), s.count(trace.IoSubmitted), micros(s.nanos))
}

// inOneUnit prints times that are compared with each other: all in microseconds, or all in milliseconds where one of
// them is long.
func inOneUnit(times ...int64) func(nanos int64) string {
	if slices.Max(append(times, 0)) < longTime {
		return micros
	}
	return func(nanos int64) string { return fmt.Sprintf("%.3f ms", float64(nanos)/1e6) }
}

// longTime is the time, in nanoseconds, from which on milliseconds are easier to read.
const longTime = 10_000_000

// micros is a time in microseconds, for people.
func micros(nanos int64) string {
	if nanos < longTime {
		return fmt.Sprintf("%.1f us", float64(nanos)/1e3)
	}
	return fmt.Sprintf("%.1f ms", float64(nanos)/1e6)
}
