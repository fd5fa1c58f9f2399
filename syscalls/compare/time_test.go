package compare

import (
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/scripttest"
)

const coldRead = `.machine fs=ext4
.file /data/a 65536 cold
fd = openat(AT_FDCWD, "/data/a", O_RDONLY)
pread64(fd, scratch, 4096, 0)
pread64(fd, scratch, 4096, 0)
*0x10
fork()
`

func virtual(t *testing.T, prog *script.Program, c *model.Costs) int64 {
	t.Helper()
	n, err := VirtualTime(prog, c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestVirtualTimeFollowsTheCosts(t *testing.T) {
	prog := scripttest.Parse(t, "cold", coldRead)
	usual := virtual(t, prog, nil)
	for name, more := range map[string]int64{"disk-command": 1000, "syscall-enter": 3 * 1000, "signal": 0, "fork": 0,
		"open": 1000, "scattered-copy": 1000, "write-page": 0} {
		c := model.DefaultCosts()
		c.Add(name, 1000)
		if got := virtual(t, prog, c) - usual; got != more {
			t.Errorf("%s costs 1000 ns more: the program takes %d ns more, not %d", name, got, more)
		}
	}
}

func TestCachedProgramWaitsForNoDisk(t *testing.T) {
	prog := scripttest.Parse(t, "cold", coldRead)
	cached := Cached(prog)
	if _, requests, err := CostIn(cached, model.DefaultCosts(), "disk-command"); err != nil || requests != 0 {
		t.Errorf("%d requests (%v)", requests, err)
	}
	if _, requests, err := CostIn(prog, model.DefaultCosts(), "disk-command"); err != nil || requests != 1 {
		t.Errorf("the program itself: %d requests (%v)", requests, err)
	}
}

// TestCopyOfWhatWasCopiedLatelyIsCheaper reads one page twice, and two pages that are far apart.
func TestCopyOfWhatWasCopiedLatelyIsCheaper(t *testing.T) {
	const open = ".machine fs=ext4\n.file /data/a 65536 cached\nfd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n" +
		"pread64(fd, scratch, 4096, 0)\n"
	var times [2]int64
	for i, again := range []string{"pread64(fd, scratch, 4096, 0)\n", "pread64(fd, scratch, 4096, 8192)\n"} {
		prog := scripttest.Parse(t, "again", open+again)
		times[i] = virtual(t, prog, nil)
	}
	if times[0] >= times[1] {
		t.Errorf("the same page: %d ns, another: %d ns", times[0], times[1])
	}
}
