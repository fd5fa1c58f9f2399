package main

import (
	"fmt"
	"strings"

	"vmsim/vm/trace"
)

// copyTitles are the columns of moved bytes, in trace.EachCopy's order. What sendfile and its like copy inside the kernel has
// no column: nothing that is shown side by side does so.
var copyTitles = map[trace.Kind]string{
	trace.CopyToUser: "to user", trace.CopyFromUser: "from user", trace.CopyCow: "cow", trace.CopyZero: "zeroed",
	trace.DMAIn: "DMA in", trace.DMAOut: "DMA out",
}

// copyHeader is the line above the rows of copyRow: 80 columns.
func copyHeader() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s", "bytes moved")
	trace.EachCopy(func(k trace.Kind, _ string) {
		if copyTitles[k] != "" {
			fmt.Fprintf(&b, "%10s", copyTitles[k])
		}
	})
	return b.String()
}

// copyRow is what was moved, each kind in a column of its own: copies by the processor, zeroing and the device must never
// be mixed.
func copyRow(name string, t trace.Tally) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s", name)
	trace.EachCopy(func(k trace.Kind, _ string) {
		switch {
		case copyTitles[k] == "":
			return
		case t.Bytes[k] == 0:
			fmt.Fprintf(&b, "%10s", "-")
			return
		}
		fmt.Fprintf(&b, "%10d", t.Bytes[k])
	})
	return b.String()
}

// workHeader and workRow are the columns of what it took.
func workHeader() string {
	return fmt.Sprintf("%-20s%10s%10s%10s%10s%10s%10s", "work", "calls", "minor", "major", "entries", "requests", "time")
}

func workRow(name string, s seen) string {
	return fmt.Sprintf("%-20s%10d%10d%10d%10d%10d%10s", name, s.count(trace.SyscallEnter), s.count(trace.FaultMinor), s.count(trace.FaultMajor),
		s.count(trace.EntrySet), s.count(trace.IoSubmitted), micros(s.nanos))
}

// micros is a time in microseconds, for people.
func micros(nanos int64) string {
	if nanos < 10_000_000 {
		return fmt.Sprintf("%.1f us", float64(nanos)/1e3)
	}
	return fmt.Sprintf("%.1f ms", float64(nanos)/1e6)
}
