package model

import (
	"testing"

	"vmsim/syscalls/procfs"
	"vmsim/vm"
)

func TestALockedPageThatADebuggerReadsTwiceStaysReferenced(t *testing.T) {
	_, p := after(t, "mlockall(MCL_FUTURE|MCL_ONFAULT)\n"+threePages+"p[0] = 1\n")
	var buf [1]byte
	for range 2 {
		if err := p.Peek(0x7ffff7ff4000, buf[:]); err != nil {
			t.Fatal(err)
		}
	}
	if got := pageFlags(t, p,
		1); got != "referenced,uptodate,lru,mmap,anonymous,swapbacked,unevictable,mlocked,anon_exclusive" {
		t.Errorf("flags are %s", got)
	}
}

// A page that one munmap takes from two locked areas counts as locked until all of it is gone: being used twice does
// not make it active, which would take the mark of having been used away.
func TestAPageTakenFromTwoLockedAreasInOneGoStaysReferenced(t *testing.T) {
	const program = `memfd_create("m", 0)
p = mmap(0x20000000, 2*PAGE, PROT_WRITE, MAP_PRIVATE|MAP_POPULATE, 3, 0)
ftruncate(3, PAGE)
*p
fork()
mlockall(MCL_CURRENT|MCL_ONFAULT)
mmap(p+2*PAGE, PAGE, PROT_READ, MAP_SHARED|MAP_POPULATE, 3, 0)
munmap(p, 3*PAGE)
`
	m, _ := after(t, program)
	child, _ := m.Kernel.Process(2)
	if got := smapOf(t, child, "20000000")["Referenced"]; got != "4 kB" {
		t.Errorf("Referenced: %s, wanted 4 kB", got)
	}
}

// What locking queues is done at the end of each area that is populated. Were it not, a batch would be full in the
// middle of the area of nine pages, of which five were there before.
func TestPopulateSettlesLocksAtTheEndOfEachArea(t *testing.T) {
	const program = `.file /data/b 409650
fd = openat(AT_FDCWD, "/data/b", O_RDONLY)
p = mmap(NULL, 33*PAGE, PROT_WRITE, MAP_PRIVATE, fd, 0)
p[31*PAGE] = 1
*p
mremap(p, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_FIXED, p+20*PAGE)
mprotect(p+11*PAGE, 16*PAGE, PROT_READ|PROT_EXEC)
mlockall(MCL_CURRENT)
fork()
`
	m, _ := after(t, program)
	child, _ := m.Kernel.Process(2)
	if got := smapOf(t, child, "7ffff7fe1000")["Referenced"]; got != "20 kB" {
		t.Errorf("Referenced: %s, wanted 20 kB", got)
	}
}

// Every second use of a page that is not active takes the mark of the first away; a page is active only when its batch
// is dealt with, which is after the call. Where a copy meets a page that is not there, the page of the file is used
// once more.
func TestUsesOfAPageOfSharedMemoryAreCountedAsLinuxCounts(t *testing.T) {
	const head = ".file /data/a 32768\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(0x20000000, 2*PAGE, PROT_READ, MAP_SHARED, fd, 0)\nq = mmap(NULL, 8*PAGE, PROT_READ, " +
		"MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n"
	const referenced, active = procfs.KPFReferenced, procfs.KPFActive
	for call, want := range map[string]procfs.PageFlags{
		"":                                       referenced,
		"read(fd, q, 0)\n":                       active,
		"pwrite64(fd, pattern(1), PAGE, 0)\n":    active,
		"pwrite64(fd, q, PAGE, 0)\n":             active | referenced,
		"pwrite64(fd, q+0xfa0, PAGE, 0)\n":       active | referenced,
		"q[0]\npwrite64(fd, q+0xfa0, PAGE, 0)\n": active,
		"m = memfd_create(\"m\", 0)\nsendfile(m, fd, NULL, PAGE)\n": active,
	} {
		_, p := after(t, head+call+"*p\n")
		var flags [1]procfs.PageFlags
		if err := p.PageFlags(vm.Addr(0x20000000).Page(), flags[:]); err != nil {
			t.Fatal(err)
		}
		if got := flags[0] & (referenced | active); got != want {
			t.Errorf("after %q the page is %v, wanted %v", call, got, want)
		}
	}
}

// Frames that are locked before they are on a list are set aside without a count. The first unlock lets them go, and
// the second use in the same call makes them active.
func TestNewFramesThatAreLockedAtOnceAreCountedOnceTooFew(t *testing.T) {
	const program = `.file /data/b 32768
fd = openat(AT_FDCWD, "/data/b", O_RDWR)
mmap(0x20021000, 16*PAGE, PROT_READ, MAP_PRIVATE, fd, 0)
p = mmap(0x20000000, 33*PAGE, PROT_READ, MAP_SHARED, fd, 0)
pwrite64(fd, pattern(97), PAGE, 39*PAGE)
fork()
[2] mlockall(MCL_CURRENT)
[2] exit_group(0)
[1] p[0..33*PAGE step PAGE]
`
	_, p := after(t, program)
	var flags [33]procfs.PageFlags
	if err := p.PageFlags(vm.Addr(0x20000000).Page(), flags[:]); err != nil {
		t.Fatal(err)
	}
	for i, f := range flags {
		if active := f&procfs.KPFActive != 0; active != (i >= 8 && i < 16) {
			t.Errorf("page %d is %v", i, f)
		}
	}
}
