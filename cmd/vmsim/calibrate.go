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

const eightMiB = "p = mmap(NULL, 8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"

// trials come in the order in which their costs are found out: each takes those before it for granted.
var trials = []trial{
	{"a system call", "syscall-enter", "fd = openat(AT_FDCWD, \"/data\", O_RDONLY)\n" +
		strings.Repeat("lseek(fd, 0, SEEK_SET)\n", 500)},
	{"a minor fault", "fault", eightMiB + "p[0..8M step PAGE]\n"},
	{"clearing memory", "zero-byte", eightMiB + "p[0..8M step PAGE] = 1\n"},
	{"a TLB miss", "tlb-miss", eightMiB + "madvise(p, 8M, MADV_POPULATE_WRITE)\n" +
		strings.Repeat("p[0..8M step PAGE]\n", 10)},
	{"copying to the user", "copy-byte", reading("256K cached", 64) + strings.Repeat("pread64(fd, p, 64K, 0)\n", 200)},
	{"copying what is in no cache", "cold-byte", reading("16M cached", 64) + all(16<<20, 64<<10)},
	{"copy-on-write", "cow", eightMiB + "p[0..8M step PAGE] = 1\nfork()\np[0..8M step PAGE] = 2\n"},
	{"mapping around a fault", "fault-around", ".machine fs=ext4\n.file /data/a 8M cached\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDONLY)\n" +
		"p = mmap(NULL, 8M, PROT_READ, MAP_SHARED, fd, 0)\np[0..8M step PAGE]\n"},
	{"a store to a file's page", "page-mkwrite", ".machine fs=ext4\n.file /data/a 2M cached\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, 2M, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\np[0..2M step PAGE] = 1\n"},
	{"unmapping a page", "entry-clear", strings.Repeat(eightMiB+"p[0..8M step PAGE] = 1\nmunmap(p, 8M)\n", 2)},
	{"mmap and munmap", "area-insert", strings.Repeat(eightMiB+"munmap(p, 8M)\n", 200)},
	{"a request to the disk", "disk-command", ".machine fs=ext4\n.file /data/a 8M cold\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDONLY|O_DIRECT)\n" +
		"p = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n" + scattered},
	{"a block of the disk", "disk-block", ".machine fs=ext4\n.file /data/a 8M cold\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDONLY|O_DIRECT)\n" +
		"p = mmap(NULL, 1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n" +
		"pread64(fd, p, 1M, 0)\npread64(fd, p, 1M, 2M)\npread64(fd, p, 1M, 4M)\npread64(fd, p, 1M, 6M)\n"},
	{"writing a page back", "writeback", ".machine fs=ext4\n.file /data/a 2M cached\n" +
		"fd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, 2M, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\np[0..2M step PAGE] = 1\n" +
		"msync(p, 2M, MS_SYNC)\n"},
}

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
	virtual, units, err := compare.CostIn(prog, c, t.cost)
	if err != nil {
		return err
	}
	here := took[len(took)/2]
	before := c.Of(t.cost)
	c.Add(t.cost, float64(here.Nanoseconds()-virtual)/float64(max(1, units)))
	fmt.Fprintf(a.out, "# %-27s %10v (%v to %v), %10v before; %s %d, not %d\n", t.what, here, took[0],
		took[len(took)-1], time.Duration(virtual), t.cost, c.Of(t.cost), before)
	return nil
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
