package main

import (
	"fmt"

	"vmsim/syscalls/plural"
	"vmsim/vm/trace"
)

// demoCow shows what fork() copies.
var demoCow = demoScenes{
	intro: "A process stores a byte in memory of its own, and forks. Who copies what, and when? " +
		"All numbers are counted from the steps of a run that happens now.",
	scenes: []demoLine{
		{"h = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)", func(s *seen) string {
			return fmt.Sprintf("An area of two pages at %#x. Frames taken: %d.", s.value, s.count(trace.FrameAllocated))
		}},
		{"h[0] = 'A'", func(s *seen) string {
			return fmt.Sprintf("The first store faults: %s, and a frame of zeros is filled in: %d bytes zeroed.",
				demoFaults(s), s.tally.Bytes[trace.CopyZero])
		}},
		{"c = fork()", func(s *seen) string {
			return fmt.Sprintf("A second process. Copied for it: %s of the page table, and %d bytes of memory. Both "+
				"processes show the same frame, and both entries are write-protected now.",
				plural.Count(s.count(trace.EntryCopied), "entry", "entries"), s.tally.Bytes[trace.CopyCow])
		}},
		{"c: h[0]", func(s *seen) string {
			return fmt.Sprintf("The child loads %q: %s, nothing copied.", rune(s.value), demoFaults(s))
		}},
		{"c: h[0] = 'B'", func(s *seen) string {
			cow := s.first(trace.CowBroken)
			return fmt.Sprintf("The child stores: %s. Its entry forbids that, so it gets a copy: %d bytes, from frame "+
				"%#x to frame %#x.", demoFaults(s), s.tally.Bytes[trace.CopyCow], cow.Args[1], cow.Args[2])
		}},
		{"c: h[1] = 'C'", func(s *seen) string {
			return fmt.Sprintf("Its second store to the page: %s, %d bytes copied. The page is its own.", demoFaults(s),
				s.tally.Bytes[trace.CopyCow])
		}},
		{"h[0]", func(s *seen) string { return fmt.Sprintf("The parent still has %q.", rune(s.value)) }},
		{"h[0] = 'D'", func(s *seen) string {
			return fmt.Sprintf("The parent stores: %s, %d bytes copied. No other entry maps the frame now, so the "+
				"kernel only makes it writable (%s).", demoFaults(s), s.tally.Bytes[trace.CopyCow],
				plural.Count(s.count(trace.CowReused), "frame reused", "frames reused"))
		}},
	},
	next: "  vmsim web docs/examples/cow.vms    the same in a browser: both page tables\n" +
		"  vmsim -i docs/examples/cow.vms     step into it: break cow, continue\n",
}

// demoFaults are the faults of a statement in words.
func demoFaults(s *seen) string {
	minor, major := s.count(trace.FaultMinor), s.count(trace.FaultMajor)
	switch {
	case minor+major == 0:
		return "no fault"
	case major == 0:
		return plural.Count(minor, "minor fault", "minor faults")
	case minor == 0:
		return plural.Count(major, "major fault", "major faults")
	}
	return plural.Count(minor, "minor", "minor") + " and " + plural.Count(major, "major fault", "major faults")
}
