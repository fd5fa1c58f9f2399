//go:build linux && amd64

package host

import (
	"os"
	"testing"

	"vmsim/syscalls/script"
)

// TestTimedProgramDoesTheSameInOneGo times a program of calls, loads, stores and processes.
func TestTimedProgramDoesTheSameInOneGo(t *testing.T) {
	m, err := New()
	if err != nil {
		t.Skip(err)
	}
	defer m.Close()
	prog, err := script.Parse("timed", `.file /data/a 65536
fd = openat(AT_FDCWD, "/data/a", O_RDWR)
p = mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0)
p[0..65536 step PAGE] = 'x'
p[0]
*0x10
child = fork()
[2] p[5] = 'y'
pwrite64(fd, "hello", 5, 100)
munmap(p, 65536)
close(fd)
`)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := m.Time(prog, 3)
	if err != nil {
		t.Skip(err)
	}
	for _, r := range runs {
		if r.Took <= 0 || r.Left != 2 { // the signal and the fork
			t.Errorf("%+v", r)
		}
	}
	b, err := os.ReadFile(m.tree.path("/data/a"))
	if err != nil || b[0] != 'x' || b[4096] != 'x' || b[5] != 'y' ||
		string(b[100:105]) != "hello" {
		t.Errorf("the file holds %q (%v)", b[:110], err)
	}
}
