package prompt

import (
	"strings"
	"testing"
)

// asked is a program, what is asked after it, and what the answer has and has not.
type asked struct{ name, program, ask, want, not string }

const (
	anon     = "p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0] = 1\n"
	unmap    = "munmap(p, 2*PAGE)\n"
	dontNeed = "fadvise64(fd, 0, 0, POSIX_FADV_DONTNEED)\n"
)

var decided = []asked{
	{"MADV_FREE", anon + "madvise(p, PAGE, MADV_FREE)\n", "why pte p", "MADV_FREE has given its bytes up",
		"keeps it"},
	{"MADV_FREE, then a store", anon + "madvise(p, PAGE, MADV_FREE)\np[1] = 2\n", "why pte p",
		"it has been stored to since: reclaim keeps it", "zeros"},
	{"dropped after MADV_FREE", anon + "madvise(p, PAGE, MADV_FREE)\nmadvise(p, PAGE, MADV_PAGEOUT)\np[0]\n",
		"why fault",
		"MADV_FREE gave it up, and nothing was stored to it since", "nobody has written"},
	{"rescued after MADV_FREE", anon + "madvise(p, PAGE, MADV_FREE)\np[1] = 2\nmadvise(p, PAGE, MADV_PAGEOUT)\n",
		"why pte p",
		"it was stored to since MADV_FREE", "zeros"},
	{"dropped by MADV_DONTNEED", anon + "madvise(p, PAGE, MADV_DONTNEED)\np[0]\n", "why fault",
		"statement 3:  madvise(p, PAGE, MADV_DONTNEED)", "nobody"},
	{"never there", anon + "p[PAGE]\n", "why fault", "the one frame of zeros", "given up"},
	{"pageout without swap", anon + "madvise(p, PAGE, MADV_PAGEOUT)\n", "why pte p", "the machine has no swap area",
		"full"},
	{"pageout, swap full", ".machine swap=4K\n" + anon +
		"p[PAGE] = 1\np[2*PAGE] = 1\nmadvise(p, 3*PAGE, MADV_PAGEOUT)\n", "why pte p+2*PAGE",
		"the swap area is full", "no swap"},
	{"pageout of a shared page", anon + "c = fork()\nmadvise(p, PAGE, MADV_PAGEOUT)\n", "why pte p",
		"another process shows it, too", "swap area"},
	{"fadvise of a mapped page", onDisk + "p[0]\n" + dontNeed, "why page a:0", "a page table shows it", "dirty"},
	{"fadvise of a dirty page", onDisk + "p[0] = 1\n" + unmap + dontNeed, "why page a:0",
		"its writeback has only just begun", "shows it"},
	{"drop_caches of a dirty page", onDisk + "p[0] = 1\n" + unmap + ".drop_caches 1\n", "why page a:0",
		"it is dirty", "shows it"},
	{"drop_caches of a mapped page", onDisk + "p[0]\n.drop_caches 1\n", "why page a:0", "a page table shows it",
		"dirty"},
	{"drop_caches on tmpfs", ".file /data/a 8192\n.drop_caches 1\n", "why page a:0", "shared memory", "is dirty"},
	{"fadvise of a part of a page", onDisk + "p[0]\n" + unmap + "fadvise64(fd, 100, 8092, POSIX_FADV_DONTNEED)\n",
		"why page a:0",
		"the range covers only a part of the page", "shows it"},
	{"reclaim of a locked page", anon + "mlock(p, PAGE)\nmadvise(p, PAGE, MADV_PAGEOUT)\n", "why errno", "locked",
		" or "},
	{"a hint inside the stack's gap",
		"h = mmap(0x7ffffffd0000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", "why address h",
		"it is free, but nearer to the stack above it than the stack's guard gap", "not free"},
	{"a hint that is taken", anon + "h = mmap(p, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
		"why address h",
		"something is mapped there", "is free"},
	{"a hint that is free", "h = mmap(0x10000000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
		"why address h", "the hint is free", "not taken"},
	{"a hint below mmap_min_addr", "h = mmap(0x1000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n",
		"why address h",
		"it lies below vm.mmap_min_addr", "0x1000 is free"},
	{"a hint at the end of all addresses",
		"h = mmap(0x7ffffffff000, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n", "why address h",
		"the range would pass the end of the address space", "is free"},
	{"EFAULT: nothing mapped", anon + "fd = memfd_create(\"m\", 0)\nmunmap(p, 4*PAGE)\npwrite64(fd, p, 10, 0)\n",
		"why errno",
		"no area holds it", "not allow"},
	{"EFAULT: who unmapped", anon + "fd = memfd_create(\"m\", 0)\nmunmap(p, 4*PAGE)\npwrite64(fd, p, 10, 0)\n",
		"why errno", "since statement 4:  munmap", "not allow"},
	{"EFAULT: read-only", anon + "fd = memfd_create(\"m\", 0)\nftruncate(fd, 100)\nmprotect(p, PAGE, " +
		"PROT_READ)\npread64(fd, p, 10, 0)\n", "why errno",
		"does not allow that", "no area"},
	{"lseek", onDisk + "lseek(fd, 9000, SEEK_DATA)\n", "why errno", "at the end of the file or beyond", "no data"},
	{"lseek in a hole", onDisk + "ftruncate(fd, 0)\nftruncate(fd, 8192)\nlseek(fd, 0, SEEK_DATA)\n", "why errno",
		"no data follows", "at the end"},
	{"O_DIRECT", onDisk + "g = openat(AT_FDCWD, \"/data/a\", O_RDWR|O_DIRECT)\npwrite64(g, scratch, 512, 100)\n",
		"why errno", "the offset has to be a multiple of 512", "length"},
	{"EFBIG", onDisk + "setrlimit(RLIMIT_FSIZE, {rlim_cur=8192, rlim_max=8192})\nftruncate(fd, 16384)\n",
		"why errno", "RLIMIT_FSIZE", "largest"},
}

// TestWhyNamesTheStepThatDecided asks why a page stayed in memory or left it, why a hint was not taken, and what a call
// could not reach.
func TestWhyNamesTheStepThatDecided(t *testing.T) { answered(t, decided) }

// answered runs programs and asks.
func answered(t *testing.T, list []asked) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			talking := talk(t, c.program)
			talking.say("next 100")
			got := talking.say(c.ask)
			if talking.wants(got, c.want); strings.Contains(got, c.not) {
				t.Errorf("the answer speaks of %q:\n%s", c.not, got)
			}
		})
	}
}
