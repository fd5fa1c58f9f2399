package main

import (
	"fmt"

	"vmsim/syscalls/plural"
	"vmsim/vm/trace"
)

// demoReadahead shows how many pages are read for one that is wanted.
var demoReadahead = demoScenes{
	intro: "Two files of 256 pages lie on a disk, not in memory. One is read from its beginning on, the other " +
		"here and there. How many pages does the kernel read for each byte that is wanted?",
	setup: ".machine fs=ext4 disk=nvme\n.file /data/a 1048576 cold\n.file /data/b 1048576 cold\n" +
		"a = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\nb = openat(AT_FDCWD, \"/data/b\", O_RDONLY)\n" +
		"buf = mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n",
	scenes: []demoLine{
		{"pread64(a, buf, 1, 0)", func(s *seen) string {
			return fmt.Sprintf("One byte is asked for. %s", demoWindow(s))
		}},
		{"pread64(a, buf, 65536, 4096)", func(s *seen) string {
			return fmt.Sprintf("The pages that follow. %s The reader goes on in order, so the window grows.",
				demoWindow(s))
		}},
		{"pread64(a, buf, 65536, 69632)", func(s *seen) string { return demoWindow(s) }},
		{"pread64(a, buf, 65536, 135168)", func(s *seen) string { return demoWindow(s) }},
		{"pread64(b, buf, 1, 400000)", func(s *seen) string {
			return fmt.Sprintf("The other file, somewhere in the middle. %s", demoWindow(s))
		}},
		{"pread64(b, buf, 1, 900000)", func(s *seen) string {
			return fmt.Sprintf("And somewhere else. %s There is no order to see, so nothing is guessed.", demoWindow(s))
		}},
		{"fadvise64(b, 0, 0, POSIX_FADV_RANDOM)", func(*seen) string {
			return "The program says that it will read in no order at all."
		}},
		{"pread64(b, buf, 1, 0)", func(s *seen) string {
			return fmt.Sprintf("%s The same call on the first file read more: there, a window was planned.",
				demoWindow(s))
		}},
	},
	next: "  vmsim plot readahead docs/examples/readahead.vms    pages read, and used\n" +
		"  vmsim web docs/examples/readahead.vms               step by step, in a browser\n",
}

// demoWindow is what a statement has read from the disk.
func demoWindow(s *seen) string {
	pages, requests := s.tally.Bytes[trace.DMAIn]/4096, s.count(trace.IoSubmitted)
	if requests == 0 {
		return "All of it is in memory already: no request."
	}
	text := fmt.Sprintf("The disk reads %s in %s.", plural.Pages(pages),
		plural.Count(requests, "request", "requests"))
	if ahead := s.first(trace.ReadaheadPlanned); ahead.Seq > 0 {
		text += fmt.Sprintf(" The plan: pages %d to %d; a read that reaches page %d starts the next one.",
			ahead.Args[0], ahead.Args[0]+ahead.Args[1]-1, ahead.Args[2])
	}
	return text
}
