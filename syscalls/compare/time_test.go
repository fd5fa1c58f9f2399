package compare

import (
	"strings"
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
		"open": 1000, "wake-up": 1000, "scattered-copy": 1000, "write-page": 0} {
		c := model.DefaultCosts()
		c.Set(name, c.Of(name)+1000)
		if got := virtual(t, prog, c) - usual; got != more {
			t.Errorf("%s costs 1000 ns more: the program takes %d ns more, not %d", name, got, more)
		}
	}
}

// TestReaderOfOnePageAfterTheOtherDoesNotGoIdleForEachWindow reads 4 MiB: 33 windows or so, of which only the first
// ones, which are small, leave the processor without work.
func TestReaderOfOnePageAfterTheOtherDoesNotGoIdleForEachWindow(t *testing.T) {
	text := ".machine fs=ext4\n.file /data/a 4M cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n" +
		strings.Repeat("read(fd, scratch, 4096)\n", 1024)
	prog := scripttest.Parse(t, "sequential", text)
	slow := model.DefaultCosts()
	slow.Set("wake-up", 1000)
	if more := virtual(t, prog, slow) - virtual(t, prog, nil); more <= 0 || more > 4000 {
		t.Errorf("with 1000 ns for being woken the program takes %d ns more", more)
	}
}

func TestCachedProgramWaitsForNoDisk(t *testing.T) {
	prog := scripttest.Parse(t, "cold", coldRead)
	slow := model.DefaultCosts()
	slow.Set("disk-command", slow.Of("disk-command")+1000)
	for want, p := range map[int64]*script.Program{0: Cached(prog), 1000: prog} {
		if got := virtual(t, p, slow) - virtual(t, p, nil); got != want {
			t.Errorf("%s: a slower disk makes a difference of %d ns, not of %d", p.Name, got, want)
		}
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
