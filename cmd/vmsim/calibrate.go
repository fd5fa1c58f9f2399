package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vmsim/syscalls/compare"
	"vmsim/syscalls/host"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/model"
)

// trial is a program whose time on this machine says what one of the model's costs should be.
type trial struct {
	what string // for people
	cost string // the name of the cost, in a file of costs
	text string
}

const (
	eightMiB  = "p = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"
	populated = "p = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n"
	storeAll  = eightMiB + "p[0..8M step PAGE] = 1\n"

	// sharedMiB loads and stores the pages of a shared mapping, so that each store finds its page mapped read-only.
	sharedMiB = ".machine fs=ext4\n.file /data/a 1M cached\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n" +
		"p[0..1M step PAGE]\np[0..1M step PAGE] = 1\n"
)

// trials come in the order in which their costs are found out: each takes those before it for granted. Three trials
// share the costs of a fault on anonymous memory: a populated page has no exception, a load clears nothing. Three share
// those of the disk: a reader of one page after the other does not go idle, and one that reads much has large requests.
// So these are found out twice.
var trials = []trial{
	{"a system call", "syscall-enter", "fd = openat(AT_FDCWD, \"/data\", O_RDONLY)\n" +
		strings.Repeat("lseek(fd, 0, SEEK_SET)\n", 500)},
	{"opening a file", "open", strings.Repeat("fd = openat(AT_FDCWD, \"/data\", O_RDONLY)\nclose(fd)\n", 50)},
	{"a TLB miss", "tlb-miss", eightMiB + "madvise(p, 8M, MADV_POPULATE_WRITE)\n" +
		strings.Repeat("p[0..8M step PAGE]\n", 10)},
	{"clearing memory", "zero-byte", populated},
	{"a minor fault", "fault", storeAll},
	{"a fault on anonymous memory", "anon-fault", eightMiB + "p[0..8M step PAGE]\n"},
	{"clearing memory, again", "zero-byte", populated},
	{"copying to the user", "copy-byte", reading("256K cached", 64) + strings.Repeat("pread64(fd, p, 64K, 0)\n", 200)},
	{"reading a page", "cache-hit", reading("256K cached", 64) + strings.Repeat("pread64(fd, p, 4096, 8192)\n", 500)},
	{"copying what is in no cache", "cold-byte", reading("16M cached", 64) + all(16<<20, 64<<10)},
	{"reading pages at random", "scattered-copy", reading("8M cached", 4) + scattered},
	{"copy-on-write", "cow", storeAll + "fork()\np[0..8M step PAGE] = 2\n"},
	{"a private store to a file's page", "file-fault", ".machine fs=ext4\n.file /data/a 2M cached\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n" +
		"p = mmap(NULL, 2M, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)\np[0..2M step PAGE] = 1\n"},
	{"mapping around a fault", "fault-around", ".machine fs=ext4\n.file /data/a 8M cached\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n" +
		"p = mmap(NULL, 8M, PROT_READ, MAP_SHARED, fd, 0)\np[0..8M step PAGE]\n"},
	{"writing a page again", "write-page", writing + strings.Repeat("pwrite64(fd, p, 4096, 8192)\n", 500)},
	{"dirtying a page", "dirty", writing + writes},
	{"a store to a file's page", "page-mkwrite", sharedMiB},
	{"unmapping a page", "entry-clear", strings.Repeat(storeAll+"munmap(p, 8M)\n", 2)},
	{"mmap and munmap", "area-insert", strings.Repeat(eightMiB+"munmap(p, 8M)\n", 200)},
	{"a request to the disk", "disk-command", reading("16M cold", 4) + all(16<<20, 4<<10)},
	{"being woken by the disk", "wake-up", reading("8M cold", 4) + scattered},
	{"a block of the disk", "disk-block", direct},
	{"a request to the disk, again", "disk-command", reading("16M cold", 4) + all(16<<20, 4<<10)},
	{"being woken by the disk, again", "wake-up", reading("8M cold", 4) + scattered},
	{"writing a page back", "writeback", sharedMiB + "msync(p, 1M, MS_SYNC)\n"},
}

// direct reads without the page cache, so that a request is large.
const direct = ".machine fs=ext4\n.file /data/a 8M cold\nfd = openat(AT_FDCWD, \"/data/a\", O_RDONLY|O_DIRECT)\n" +
	"p = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n" +
	"pread64(fd, p, 1M, 0)\npread64(fd, p, 1M, 2M)\npread64(fd, p, 1M, 4M)\npread64(fd, p, 1M, 6M)\n"

// writing opens a file of 1 MiB to be written, and a buffer of a page.
const writing = ".machine fs=ext4\n.file /data/a 1M cached\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
	"p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n"

// writes writes each page of a file of 1 MiB.
var writes = func() string {
	var b strings.Builder
	for at := 0; at < 1<<20; at += 4096 {
		fmt.Fprintf(&b, "pwrite64(fd, p, 4096, %d)\n", at)
	}
	return b.String()
}()

// reading opens a file of that size, and a buffer of so many KiB.
func reading(size string, buffer int) string {
	return fmt.Sprintf(".machine fs=ext4\n.file /data/a %s\nfd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n"+
		"p = mmap(NULL, %dK, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n", size, buffer)
}

// all reads a whole file in pieces.
func all(size, piece int) string {
	var b strings.Builder
	for at := 0; at < size; at += piece {
		fmt.Fprintf(&b, "pread64(fd, p, %d, %d)\n", piece, at)
	}
	return b.String()
}

var scattered = func() string {
	var b strings.Builder
	for i := range 64 {
		fmt.Fprintf(&b, "pread64(fd, p, 4096, %d)\n", (i*37%64)*131072)
	}
	return b.String()
}()

// calibrationRuns is how often each trial runs; the median counts.
const calibrationRuns = 15

// calibrate finds out what things cost on this machine, and prints the costs.
func (a *app) calibrate() int {
	m, err := host.New()
	if err != nil {
		return a.noKernel(err)
	}
	defer m.Close()
	c := model.DefaultCosts()
	fmt.Fprintf(a.out, "# What steps cost on this machine, Linux %s: for vmsim compare --costs FILE.\n", host.Kernel())
	for _, t := range trials {
		if err := a.try(m, t, c); err != nil {
			fmt.Fprintf(a.out, "# %s: not measured: %v\n", t.what, err)
		}
	}
	if err := c.Write(a.out); err != nil {
		return a.fail(err)
	}
	return exitFine
}

// try sets the cost that a trial is for.
func (a *app) try(m *host.Machine, t trial, c *model.Costs) error {
	prog, err := script.Parse(t.what, t.text)
	if err != nil {
		return err
	}
	took, err := timesHere(m, prog, calibrationRuns)
	if err != nil {
		return err
	}
	here, before := took[len(took)/2], c.Of(t.cost)
	virtual, err := fit(prog, c, t.cost, here)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "# %-32s %10v (%v to %v), %10v before; %s %d, not %d\n", t.what, here, took[0],
		took[len(took)-1], virtual, t.cost, c.Of(t.cost), before)
	return nil
}

// fit sets one cost so that the program takes that long in virtual time, and returns how long it took before.
//
// How often the program has the cost is not counted but seen by making the cost higher: a wait that the work beside it
// hides counts only as far as it is not hidden. So a second step follows from where the first has led.
func fit(prog *script.Program, c *model.Costs, cost string, here time.Duration) (before time.Duration, err error) {
	for step := range 2 {
		at := c.Of(cost)
		now, err := compare.VirtualTime(prog, c)
		if err != nil {
			return 0, err
		}
		if step == 0 {
			before = time.Duration(now)
		}
		more := max(100, at/10)
		c.Set(cost, at+more)
		higher, err := compare.VirtualTime(prog, c)
		if err != nil {
			return 0, err
		}
		if higher == now {
			c.Set(cost, at)
			return before, fmt.Errorf("the program does not have it")
		}
		c.Set(cost, at+int64(float64(more)*float64(here.Nanoseconds()-now)/float64(higher-now)))
	}
	return before, nil
}

// timesHere are the times that a program takes on this Linux, from the shortest to the longest.
func timesHere(m *host.Machine, prog *script.Program, runs int) (took []time.Duration, err error) {
	list, err := m.Time(prog, runs)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		took = append(took, t.Took)
	}
	slices.Sort(took)
	return took, nil
}
