package model

import (
	"fmt"
	"testing"

	"vmsim/pagecache"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
	"vmsim/vm"
)

// leftAtLimit maps pages of a file, loads from each so many times, with a limit of 256 pages, and says which are left:
// all from the first up to the last.
func leftAtLimit(t *testing.T, pages, times int) (first, n int) {
	t.Helper()
	text := fmt.Sprintf(`.machine memcg=1M fs=ext4
.file /data/a 3M cold
fd = openat(AT_FDCWD, "/data/a", O_RDONLY) = 3
p = mmap(NULL, %d*PAGE, PROT_READ, MAP_SHARED, fd, 0)
madvise(p, %d*PAGE, MADV_RANDOM) = 0
`, pages, pages)
	for range times {
		text += fmt.Sprintf("p[0..%d*PAGE step PAGE]\n", pages)
	}
	prog := scripttest.Parse(t, "scan.vms", text)
	m := New()
	if v := run.Test(prog, m, run.Testing{Check: m.Check}); !v.Passed() {
		t.Fatalf("%v %v", v.Err, v.Differences)
	}
	m.Kernel.Files(func(path string, f *pagecache.Mapping) {
		if path != "/data/a" {
			return
		}
		first = -1
		for i := range pages {
			if f.InCore(vm.PageIndex(i)) {
				if n++; first < 0 {
					first = i
				}
			}
		}
	})
	return first, n
}

// Measured on Linux 6.18.44: the same loads by a process in a control group with memory.limit_in_bytes=1M, its file on
// ext4, on one processor, most of them once; the double scan of 512 pages gave the same pages in six runs.
func TestPagesLeftAfterScansAtALimitAreThoseOfLinux618(t *testing.T) {
	for _, c := range []struct{ pages, times, first, left int }{
		{300, 1, 54, 246}, {300, 2, 78, 222}, {512, 1, 270, 242}, {512, 2, 298, 214}, {700, 1, 486, 214},
		{700, 2, 488, 212},
	} {
		if first, n := leftAtLimit(t, c.pages, c.times); first != c.first || n != c.left {
			t.Errorf("%d pages %d times: %d are left from %d on; Linux leaves %d from %d on",
				c.pages, c.times, n, first, c.left, c.first)
		}
	}
}

// The child has most, and is killed unless it may not be.
func TestScoreOfAProcessDecidesWhomTheOOMKillerEnds(t *testing.T) {
	for adjust, survivor := range map[string]int{"": 1, ".oom_score_adj 2 -1000\n": 2} {
		prog, err := script.Parse("oom.vms", `.machine memcg=256K
m = mmap(NULL, 100*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
child = fork()
`+adjust+`child: m[0..40*PAGE step PAGE] = 'x'
m[0..30*PAGE step PAGE] = 'y'
`)
		if err != nil {
			t.Fatal(err)
		}
		m := New()
		if v := run.Test(prog, m, run.Testing{Check: m.Check}); v.Err != nil {
			t.Fatal(v.Err)
		}
		for pid := 1; pid <= 2; pid++ {
			if _, lives := m.Kernel.Process(pid); lives != (pid == survivor) {
				t.Errorf("with %q process %d lives: %v", adjust, pid, lives)
			}
		}
	}
}

// The numbers are those of Linux 6.18.15 (memory.events and memory.pressure of a group of version 2 without a swap
// area): a batch of 64 pages over memory.high is tried 17 times and paid with 2 s.
func TestEachBatchOverMemoryHighCostsTheProgramTwoSeconds(t *testing.T) {
	for _, c := range []struct{ pages, tries, delays int }{{100, 0, 0}, {160, 17, 1}, {224, 34, 2}} {
		prog, err := script.Parse("high.vms", fmt.Sprintf(`.machine memcg_high=512K
p = mmap(NULL, 2M, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)
p[0..%d*PAGE step PAGE] = 1
`, c.pages))
		if err != nil {
			t.Fatal(err)
		}
		m := New()
		if v := run.Test(prog, m, run.Testing{Check: m.Check}); !v.Passed() {
			t.Fatalf("%v %v", v.Err, v.Differences)
		}
		e, waited := &m.Kernel.Cache.Reclaim.Events, m.Kernel.Log.Clock.Now()
		if int(e.OverHigh) != c.tries || int(e.HighDelays) != c.delays {
			t.Errorf("%d pages: %d reclaims, %d delays", c.pages, e.OverHigh, e.HighDelays)
		}
		if whole := int(waited.Duration().Seconds()); whole != 2*c.delays {
			t.Errorf("%d pages: the program took %v", c.pages, waited.Duration())
		}
	}
}
