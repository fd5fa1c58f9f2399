package main

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"vmsim/vm/trace"
)

// demoQuestion is asked before a scene of the tour is shown.
type demoQuestion struct {
	text   string
	answer func(trace.Tally) uint64 // of what the scene made the machine count
	why    string
}

// demoQuestions are those of mmap, of the first load, and of the stores.
var demoQuestions = []demoQuestion{
	{"How many bytes of the file will mmap() read from the disk?",
		func(t trace.Tally) uint64 { return t.Bytes[trace.DMAIn] },
		"mmap() makes an area and nothing else: pages come when they are touched."},
	{"How many page faults will the first load take?", func(t trace.Tally) uint64 { return t.Counts[trace.Faulted] },
		"One: it reads the page and its neighbours, maps those that are there, and the load runs again."},
	{"How many bytes will the processor copy to or from the program for the stores and msync()?",
		func(t trace.Tally) uint64 { return t.Bytes[trace.CopyToUser] + t.Bytes[trace.CopyFromUser] },
		"The mapping shows the page cache's own frame: a store is there at once, and the device takes it from there."},
}

// askDemo asks question n and tells whether the answer was right; counted is what its scene has counted.
func (a *app) askDemo(in *bufio.Reader, n int, counted trace.Tally) (right bool) {
	q := demoQuestions[n]
	fmt.Fprintf(a.out, "\n? %s ", q.text)
	line, _ := in.ReadString('\n')
	got := q.answer(counted)
	guess, err := strconv.ParseUint(strings.TrimSpace(line), 0, 64)
	if right = err == nil && guess == got; right {
		fmt.Fprintf(a.out, "\n  Right: %d.\n\n", got)
		return true
	}
	fmt.Fprintf(a.out, "\n  No, %d. %s\n\n", got, q.why)
	return false
}
