package main

import (
	"fmt"
	"time"

	"vmsim/syscalls/plural"
	"vmsim/vm/trace"
)

// demoPressure shows what leaves memory when it is short, and what comes back.
var demoPressure = demoScenes{
	intro: "A program may have 64 pages of memory and 256 places in a swap area. It reads a file of 128 pages, then " +
		"needs memory of its own. Which page has to leave, why that one, and what does it cost when it is wanted " +
		"again? All numbers are counted from the steps of a run that happens now.",
	setup: ".machine memcg=256K swap=1M fs=ext4 disk=nvme\n.file /data/a 524288 cold\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\nfadvise64(fd, 0, 0, POSIX_FADV_RANDOM)\n" +
		"buf = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n" +
		"a = mmap(NULL, 128*PAGE, PROT_READ, MAP_SHARED, fd, 0)\nmadvise(a, 128*PAGE, MADV_RANDOM)\n" +
		"m = mmap(NULL, 96*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n" +
		"big = mmap(NULL, 400*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
	scenes: []demoLine{
		{"a[0..56*PAGE step PAGE]", func(s *seen) string {
			return fmt.Sprintf("56 pages of the file: %s. They fit, and nothing has to leave.", demoFaults(s))
		}},
		{"pread64(fd, buf, 1, 0)", func(*seen) string {
			return "Page 0 is used by read(): it is marked as referenced, and stays on the inactive list."
		}},
		{"pread64(fd, buf, 1, PAGE)", func(*seen) string { return "So is page 1." }},
		{"pread64(fd, buf, 1, 0)", func(*seen) string {
			return "Page 0 is used a second time: it goes to the active list."
		}},
		{"a[56*PAGE..128*PAGE step PAGE]", func(s *seen) string {
			return fmt.Sprintf("The rest of the file. At the limit reclaim looks at the end of the inactive list, %s: "+
				"%s evicted, the first of them page %d. Page 0 is %samong them.",
				plural.Count(s.count(trace.ReclaimStarted), "time", "times"), demoPageCount(s.count(trace.PageEvicted)),
				s.first(trace.PageEvicted).Args[0], map[bool]string{false: "not "}[evicts(s, 0)])
		}},
		{"a[PAGE]", func(s *seen) string {
			return fmt.Sprintf("Page 1 is wanted again: %s, %v of waiting. Its shadow says that %s used or "+
				"taken since it left.", demoFaults(s), time.Duration(s.nanos).Round(time.Microsecond),
				plural.Count(s.first(trace.Refaulted).Args[0], "other page was", "other pages were"))
		}},
		{"m[0..96*PAGE step PAGE] = 'x'", func(s *seen) string {
			return fmt.Sprintf("96 pages of its own: %s. Pages of the file leave first, since the disk has them: %s. "+
				"Private pages have to be written to the swap area before they go: %s.", demoFaults(s),
				demoPageCount(s.count(trace.PageEvicted)), demoPageCount(s.count(trace.PageSwapped)))
		}},
		{"m[0..96*PAGE step PAGE]", func(s *seen) string {
			return fmt.Sprintf("The same pages again: %s. %s back from the swap area, and %s for them: %v in all.",
				demoFaults(s), demoCame(s.count(trace.SwapIn)), demoLeft(s.count(trace.PageSwapped)),
				time.Duration(s.nanos).Round(time.Microsecond))
		}},
		{"big[0..400*PAGE step PAGE] = 'y'", func(s *seen) string {
			return fmt.Sprintf("More than memory and swap area hold: %s written to the swap area, and "+
				"then nothing can be freed. The OOM killer ends the process that has most. The kernel's log: %q",
				demoPageCount(s.count(trace.PageSwapped)), s.first(trace.Killed).Note)
		}},
	},
	next: "  vmsim -i docs/examples/pressure.vms    then: break evict, info lru\n" +
		"  vmsim sim --help                       other policies on the same requests\n",
}

func demoPageCount(n uint64) string { return plural.Count(n, "page", "pages") }
func demoCame(n uint64) string      { return plural.Count(n, "page comes", "pages come") }
func demoLeft(n uint64) string      { return plural.Count(n, "page leaves", "pages leave") }

// evicts reports whether a statement made a page of the file leave memory.
func evicts(s *seen, page uint64) bool {
	for _, e := range s.events {
		if e.Kind == trace.PageEvicted && e.Args[0] == page {
			return true
		}
	}
	return false
}
