package model

import (
	"strconv"
	"strings"
	"testing"
)

// Each program's last statement adds so much to counters of /proc/vmstat; what comes before it is not counted. The
// real kernel adds the same: vmsim diff --evidence vmstat shows it.
var counterFacts = []struct {
	name, program, want string
}{
	{"a fault that fails is counted", `p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
madvise(p, PAGE, MADV_GUARD_INSTALL)
p[0]`, "pgfault 1"},
	{"an access that no area allows is not", `p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
p[0] = 1`, "pgfault 0"},
	{"a store to a page that is the process's alone again reuses the entry",
		`p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
p[0] = 1
fork()
[2] munmap(p, PAGE)
p[0] = 2`, "pgreuse 1, pgfault 1"},
	{"a copy to the user that breaks off is tried again", `.file /data/a 8192
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
p[0] = 1
ftruncate(fd, PAGE)
pread64(fd, p+0xff0, 256, 0)`, "pgfault 2"},
	{"a page that is truncated, and that a pipe still holds, is in no cache", `fd = memfd_create("m", 0)
write(fd, "x", 1)
pipe2([4, 5], 0)
splice(fd, [0], 5, NULL, 1, 0)
ftruncate(fd, 0)`, "nr_file_pages -1, nr_shmem -1"},
	{"a receive does not try again after a fault", `socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4])
q = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
madvise(q + PAGE, PAGE, MADV_GUARD_INSTALL)
write(4, pattern(0x8c), 3000)
read(3, q + 4000, 3000)`, "pgfault 2"},
	{"mlock takes pages off the lists", `p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
p[0] = 1
mlock(p, 2*PAGE)`,
		"pgfault 1, nr_anon_pages 1, nr_unevictable 2, nr_inactive_anon -1, nr_mlock 2, " +
			"unevictable_pgs_mlocked 2, unevictable_pgs_culled 2"},
	{"a locked page that is unmapped is unlocked, and comes back for a moment",
		`p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED, -1, 0)
munmap(p, PAGE)`,
		"nr_unevictable -1, nr_inactive_anon 0, unevictable_pgs_munlocked 1, " +
			"unevictable_pgs_rescued 1, unevictable_pgs_cleared 0"},
	{"what munlock has let go is still off the lists when its uses are counted", `.file /data/a 0
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
ftruncate(fd, PAGE)
p = mmap(0x10000000, PAGE, PROT_READ, MAP_PRIVATE|MAP_LOCKED|MAP_FIXED, fd, 0)
mmap(0x10001000, PAGE, PROT_READ, MAP_SHARED|MAP_POPULATE|MAP_FIXED, fd, 0)
munmap(p, 2*PAGE)`,
		"nr_inactive_anon 1, nr_active_anon 0, nr_unevictable -1, nr_mapped -1, nr_shmem 0"},
	{"huge pages of a pool are no anonymous pages", `.sysctl vm.nr_hugepages=1
p = mmap(NULL, 2M, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB, -1, 0)
*p`, "nr_anon_pages 0"},
	{"MADV_FREE puts pages on the inactive list of files",
		`p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)
madvise(p, 2*PAGE, MADV_FREE)`,
		"pglazyfree 2, nr_inactive_anon -2, nr_inactive_file 2, nr_anon_pages 0"},
	{"MADV_PAGEOUT takes what was given up",
		`p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)
madvise(p, 2*PAGE, MADV_FREE)
madvise(p, 2*PAGE, MADV_PAGEOUT)`, "pglazyfreed 2, nr_inactive_file -2, nr_anon_pages -2"},
	{"MADV_PAGEOUT of droppable memory that was written to drops it without a word",
		`p = mmap(NULL, PAGE, PROT_READ|PROT_WRITE, MAP_DROPPABLE|MAP_ANONYMOUS, -1, 0)
p[0] = 1
madvise(p, PAGE, MADV_PAGEOUT)`, "pglazyfreed 0, nr_inactive_file -1, nr_anon_pages -1"},
	{"a read of nothing uses the page that it would begin with", `.file /data/a 4096
fd = openat(AT_FDCWD, "/data/a", O_RDONLY)
pread64(fd, NULL, 0, 0)`, "nr_inactive_anon -1, nr_active_anon 1"},
	{"sendfile uses the pages that it sends", `.file /data/a 4096
.file /data/b 0
a = openat(AT_FDCWD, "/data/a", O_RDONLY)
b = openat(AT_FDCWD, "/data/b", O_RDWR)
sendfile(b, a, NULL, 4096)`, "nr_inactive_anon 0, nr_active_anon 1, nr_shmem 1"},
	{"a locked segment's new pages are on no list", `id = shmget(IPC_PRIVATE, PAGE, 0600)
shmctl(id, SHM_LOCK, NULL)
p = shmat(id, NULL, 0)
p[0] = 1`,
		"nr_unevictable 1, nr_inactive_anon 0, nr_mlock 0, unevictable_pgs_culled 1"},
	{"unlocking a segment puts them back", `id = shmget(IPC_PRIVATE, PAGE, 0600)
shmctl(id, SHM_LOCK, NULL)
p = shmat(id, NULL, 0)
p[0] = 1
shmctl(id, SHM_UNLOCK, NULL)`,
		"nr_unevictable -1, nr_inactive_anon 1, unevictable_pgs_rescued 1"},
	{"what MADV_PAGEOUT has put back has lost count of its locks",
		`p = mmap(NULL, 2*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED, -1, 0)
mremap(p, PAGE, PAGE, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, NULL)
madvise(p, 2*PAGE, MADV_PAGEOUT)
mlock(p, 2*PAGE)
munmap(p+PAGE, PAGE)`,
		"unevictable_pgs_munlocked 1, unevictable_pgs_rescued 1, unevictable_pgs_cleared 0"},
	{"a page that is mapped anew before it is known to be unlocked stays unlocked",
		`p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED|MAP_ANONYMOUS|MAP_LOCKED, -1, 0)
remap_file_pages(p, PAGE, 0, 0, 0)`, "nr_mlock -1, nr_unevictable -1, nr_inactive_anon 1"},
}

func TestCountersOfVmstatFollowTheKernelsRules(t *testing.T) {
	for _, fact := range counterFacts {
		t.Run(fact.name, func(t *testing.T) {
			lines := strings.Split(fact.program, "\n")
			names, want := countersOf(t, fact.want)
			before, now := make([]uint64, len(names)), make([]uint64, len(names))
			for n, out := range [][]uint64{before, now} {
				m, _ := after(t, strings.Join(lines[:len(lines)-1+n], "\n"))
				if err := m.Counters(names, out); err != nil {
					t.Fatal(err)
				}
			}
			for i, name := range names {
				if got := int64(now[i] - before[i]); got != want[i] {
					t.Errorf("%s grows by %d, not by %d", name, got, want[i])
				}
			}
		})
	}
}

// countersOf reads a list such as pgfault 1, nr_unevictable -1.
func countersOf(t *testing.T, text string) (names []string, want []int64) {
	t.Helper()
	for part := range strings.SplitSeq(text, ", ") {
		name, number, _ := strings.Cut(part, " ")
		v, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		names, want = append(names, name), append(want, v)
	}
	return names, want
}
