package syscalls_test

import (
	"strings"
	"testing"

	"vmsim/syscalls/script/model"
	"vmsim/syscalls/script/run"
	"vmsim/syscalls/script/scripttest"
)

// holds runs a program, whose assertions it holds, and checks the machine after each statement.
func holds(t *testing.T, text string) *model.Machine {
	t.Helper()
	prog := scripttest.Parse(t, "test", text)
	m := model.New()
	if v := run.Test(prog, m, run.Testing{Check: m.Check}); !v.Passed() {
		t.Fatal(v.Err, v.Differences)
	}
	return m
}

const swapped = `.machine memcg=128K swap=1M
p = mmap(NULL, 256K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)
p[0..256K step PAGE] = 'x'
q = mmap(NULL, 64K, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)
q[0..64K step PAGE] = 'y'
`

// The order of the errors is that of Linux 6.18.44, asked with a loop device (the flags come before the capability, and
// that before the path).
func TestSwaponAndSwapoffFailAsLinuxDoes(t *testing.T) {
	holds(t, `.machine swap=1M
.file /data/a 8192
swapon("/data/none", 0x100000) = -1 EINVAL (Invalid argument)
swapon("/data/none", 0) = -1 ENOENT (No such file or directory)
swapon("/data", 0) = -1 EISDIR (Is a directory)
swapon("/data/a", 0) = -1 EINVAL (Invalid argument)
swapon("/dev/swap", 0) = -1 EBUSY (Device or resource busy)
swapoff("/data/none") = -1 ENOENT (No such file or directory)
swapoff("/data/a") = -1 EINVAL (Invalid argument)
swapoff("/dev/swap") = 0
swapoff("/dev/swap") = -1 EINVAL (Invalid argument)
swapon("/dev/swap", 0x8005) = 0
`)
	holds(t, `.machine swap=1M user=nobody
swapon("/data/none", 0x100000) = -1 EINVAL (Invalid argument)
swapon("/data/none", 0) = -1 EPERM (Operation not permitted)
swapoff("/data/none") = -1 EPERM (Operation not permitted)
`)
}

func TestSwapoffBringsThePagesBackOfProcessesAndFiles(t *testing.T) {
	m := holds(t, ".machine swap=1M\n"+strings.TrimPrefix(swapped, ".machine memcg=128K swap=1M\n")+`c = fork()
madvise(p, 256K, MADV_DONTFORK)
madvise(q, 64K, MADV_PAGEOUT)
[2] p[0] = 'z'
[2] madvise(p, 4096, MADV_PAGEOUT) = 0
swapoff("/dev/swap") = 0
[2] p[0] == 'z'
p[0..256K step PAGE] == 'x'
q[0..64K step PAGE] == 'y'
`)
	if m.Kernel.Swap() != nil {
		t.Error("a swap area is still in use")
	}
}

func TestSharedMemoryGoesToSwapAndComesBack(t *testing.T) {
	m := holds(t, swapped+`p[0..256K step PAGE] == 'x'
q[0..64K step PAGE] == 'y'
p[0..256K step PAGE] == 'x'
`)
	p, _ := m.Kernel.Process(1)
	text, err := p.ProcFile("smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, area, _ := strings.Cut(text, "rw-s")
	if _, swap, _ := strings.Cut(area, "Swap:"); strings.HasPrefix(strings.TrimSpace(swap), "0 kB") {
		t.Errorf("smaps shows no page of the shared area in the swap area:\n%s", area[:400])
	}
}

func TestBlocksOfATmpfsFileCountItsPagesInTheSwapArea(t *testing.T) {
	m := holds(t, `.machine swap=1M
.file /data/a 16K
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
p = mmap(NULL, 16K, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
p[0..16K step PAGE] = 'x'
madvise(p, 16K, MADV_PAGEOUT) = 0
`)
	if used := m.Kernel.Swap().Used(); used != 4 {
		t.Fatalf("%d pages are in the swap area; want 4", used)
	}
	if n := m.Kernel.FileAt("/data/a").Allocated(); n != 32 {
		t.Errorf("%d blocks of 512 bytes; want 32", n)
	}
}
