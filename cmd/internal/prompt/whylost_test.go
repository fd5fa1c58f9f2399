package prompt

import "testing"

// lost are programs whose pages went in ways that programs are often surprised by.
var lost = []asked{
	{"MADV_DONTFORK", anon + "madvise(p, PAGE, MADV_DONTFORK)\nc = fork()\nc: p[0] = 1\n", "why fault",
		"not copied by fork: MADV_DONTFORK", "it is so since statement 1"},
	{"an area that the parent lacks, too", "c = fork()\nc: *0x10000\n", "why fault", "no area holds", "MADV_DONTFORK"},
	{"MADV_WIPEONFORK", anon + "madvise(p, PAGE, MADV_WIPEONFORK)\nc = fork()\nc: p[0]\n", "why fault",
		"without its pages: MADV_WIPEONFORK", "given up"},
	{"a fork without it", anon + "c = fork()\nc: p[PAGE]\n", "why fault", "the one frame of zeros", "MADV_WIPEONFORK"},
	{"a hole that was punched", shmFile + "p[PAGE] = 1\nmadvise(p+PAGE, PAGE, MADV_REMOVE)\np[PAGE]\n", "why fault",
		"statement 4:  madvise", "in the page cache already"},
	{"what was stored before the hole", shmFile + "p[PAGE] = 1\nmadvise(p+PAGE, PAGE, MADV_REMOVE)\np[PAGE]\n",
		"why page a:1", "is lost: the page was cut out of the file", "the last statement that stored"},
	{"what was stored after it", shmFile + "madvise(p+PAGE, PAGE, MADV_REMOVE)\np[PAGE] = 1\n", "why page a:1",
		"the last statement that stored", "is lost"},
	{"a private store to a cached page", ".file /data/a 8192\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
		"p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0)\np[0] = 1\n", "why fault",
		"the store got a copy of it", "was there, but shared"},
	{"a load that PROT_WRITE allowed", "p = mmap(NULL, PAGE, PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\np[0]\n" +
		"mprotect(p, PAGE, PROT_NONE)\np[0]\n", "why fault", "since statement 3:  mprotect", "since statement 1"},
	{"a dirty page of a file that is gone", onDisk + "close(fd)\nunlink(\"/data/a\")\np[0] = 1\nmunmap(p, 2*PAGE)\n",
		"why dirty", "it was dropped, and never written", "on tmpfs"},
	{"a file that was written back before it went",
		onDisk + "p[0] = 1\nfsync(fd)\nclose(fd)\nunlink(\"/data/a\")\nmunmap(p, 2*PAGE)\n", "why dirty",
		"no page is dirty", "never written"},
	{"a memfd by its name alone", "m = memfd_create(\"buf\", 0)\nftruncate(m, 100)\npwrite64(m, \"x\", 1, 0)\n",
		"why page memfd:buf:0", "page 0 of memfd:buf#", "no file is called"},
	{"the address of a mapped file", onDisk, "why evicted p:1",
		"an address where /data/a is mapped: call its pages a:0", "there are:"},
	{"huge pages without any",
		"p = mmap(NULL, 2M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_NORESERVE, -1, 0)\np[0]\n",
		"why fault", "the pool has no free huge page", "beyond"},
}

const shmFile = ".file /data/a 16384\nfd = openat(AT_FDCWD, \"/data/a\", O_RDWR)\n" +
	"p = mmap(NULL, 4*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)\n"

func TestWhyNamesWhatHasBecomeOfAPage(t *testing.T) { answered(t, lost) }
