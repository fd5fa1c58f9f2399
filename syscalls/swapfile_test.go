package syscalls_test

import (
	"strings"
	"testing"
)

// The answers are those of Linux 6.18.44 to the same calls on ext4 with blocks of 4 KiB on a loop device.

func TestSwapFileKeepsItsNameItsSizeAndItsBytes(t *testing.T) {
	holds(t, `.machine fs=ext4
.file /data/a 1M swap
.file /data/b 8192
a = openat(AT_FDCWD, "/data/a", O_RDWR)
b = openat(AT_FDCWD, "/data/b", O_RDWR)
p = mmap(0x10000000, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, a, 0)
*p == 0
swapon("/data/a", 0x8005) = 0
swapon("/data/a", 0) = -1 EBUSY (Device or resource busy)
pwrite64(a, "x", 1, 0) = -1 ETXTBSY (Text file busy)
pwrite64(a, "x", 0, 0) = -1 ETXTBSY (Text file busy)
ftruncate(a, 1M) = -1 ETXTBSY (Text file busy)
ftruncate(a, 0) = -1 ETXTBSY (Text file busy)
ftruncate(a, 1048577) = 0
fallocate(a, 0, 0, 4096) = -1 ETXTBSY (Text file busy)
unlink("/data/a") = -1 EPERM (Operation not permitted)
rename("/data/a", "/data/z") = -1 EPERM (Operation not permitted)
rename("/data/b", "/data/a") = -1 EPERM (Operation not permitted)
openat(AT_FDCWD, "/data/a", O_RDWR|O_TRUNC) = -1 ETXTBSY (Text file busy)
mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_SHARED, a, 0) = -1 ETXTBSY (Text file busy)
mmap(NULL, 8192, PROT_READ, MAP_SHARED, a, 0)
mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE, a, 0)
copy_file_range(a, NULL, b, NULL, 100, 0) = -1 ETXTBSY (Text file busy)
copy_file_range(b, NULL, a, NULL, 100, 0) = -1 ETXTBSY (Text file busy)
sendfile(a, b, NULL, 100) = -1 ETXTBSY (Text file busy)
sendfile(b, a, NULL, 100) = 100
*p = 'x'
    --- SIGBUS {si_code=BUS_ADRERR, si_addr=0x10000000} ---
link("/data/a", "/data/l") = 0
swapoff("/data/l") = 0
pwrite64(a, "x", 1, 0) = 1
unlink("/data/a") = 0
`)
}

func TestSwapFileNeedsAHeaderAndAllItsBlocks(t *testing.T) {
	const einval = " = -1 EINVAL (Invalid argument)\n"
	holds(t, `.machine fs=ext4
.file /data/none 64K
.file /data/hole 64K swap
.file /data/short 64K swap
.file /data/grown 64K swap
swapon("/data/none", 0)`+einval+`
f = openat(AT_FDCWD, "/data/hole", O_RDWR)
fallocate(f, FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE, 20K, 4096) = 0
swapon("/data/hole", 0)`+einval+`
fallocate(f, 0, 20K, 4096) = 0
swapon("/data/hole", 0) = 0
truncate("/data/short", 60K) = 0
swapon("/data/short", 0)`+einval+`
truncate("/data/grown", 80K) = 0
swapon("/data/grown", 0)`+einval)
	holds(t, `.machine fs=tmpfs
.file /data/a 64K swap
swapon("/data/a", 0)`+einval)
}

// used runs statements and is how many places of each area are in use then.
func used(t *testing.T, disk, rest string) (out []uint64) {
	t.Helper()
	m := holds(t, strings.ReplaceAll(`.machine fs=ext4 ram=64M disk=DISK
.file /data/a 4M swap
.file /data/b 4M swap
.file /data/c 256K swap
swapon("/data/a", 0x8005) = 0
swapon("/data/b", 0x8005) = 0
p = mmap(NULL, 1500*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
p[0..1500*PAGE step PAGE] = 'x'
madvise(p, 1500*PAGE, MADV_PAGEOUT) = 0
`, "DISK", disk)+rest)
	for _, a := range m.Kernel.Swap().Areas() {
		out = append(out, a.Used)
	}
	return out
}

func TestAreasOfOnePriorityTakeTurnsByClusters(t *testing.T) {
	if n := used(t, "nvme", ""); n[0] != 989 || n[1] != 511 {
		t.Errorf("the areas have %d; want 511 places of each first cluster, and the rest from the first area", n)
	}
}

func TestAreasOnARotatingDiskTakeTurnsByPages(t *testing.T) {
	if n := used(t, "hdd", ""); n[0] != 750 || n[1] != 750 {
		t.Errorf("the areas have %d; want 750 each", n)
	}
}

func TestAreaOfHigherPriorityWaitsUntilTheClusterIsFull(t *testing.T) {
	const more = `swapon("/data/c", 0x8009) = 0
q = mmap(NULL, 100*PAGE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
q[0..100*PAGE step PAGE] = 'x'
madvise(q, 100*PAGE, MADV_PAGEOUT) = 0
`
	if n := used(t, "nvme", more); n[0] != 1023 || n[1] != 514 || n[2] != 63 {
		t.Errorf("the areas have %d; want the rest of the cluster, then all of the third, then the second", n)
	}
	if n := used(t, "nvme", "munmap(p, 1500*PAGE)\n"+more); n[0] != 0 || n[1] != 37 || n[2] != 63 {
		t.Errorf("the areas have %d; want all of the third, and the rest from the second", n)
	}
}
