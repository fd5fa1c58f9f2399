//go:build linux && amd64

package host

import (
	"syscall"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// TestEachStatementOnADiskHasATimeOfItsOwn reads a file twice as fast as can be: each time is later than the one before
// it, though the clock that files are stamped with moves some milliseconds at a time.
func TestEachStatementOnADiskHasATimeOfItsOwn(t *testing.T) {
	m, err := New()
	if err != nil {
		t.Skipf("no real kernel to ask: %v", err)
	}
	defer m.Close()
	err = m.Setup(run.Config{Settings: []script.Setting{{Name: "fs", Value: "ext4"}},
		Files: []script.FileSpec{{Path: "/data/a", Size: 4096}}})
	if err != nil {
		t.Skipf("no disk for ext4: %v", err)
	}
	c, _ := m.Process(1)
	var after syscall.Stat_t
	at := m.tree.path("/data/a")
	fd, err := syscall.Open(at, syscall.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	for range 20 {
		if _, err := syscall.Pwrite(fd, []byte("x"), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Call(syscalls.SysGetpid, syscalls.Args{}); err != nil {
			t.Fatal(err)
		}
		var b [1]byte
		if _, err := syscall.Pread(fd, b[:], 0); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Fstat(fd, &after); err != nil {
			t.Fatal(err)
		}
		if after.Mtim.Nano() >= after.Atim.Nano() {
			t.Fatalf("changed at %d, and read not later, at %d", after.Mtim.Nano(), after.Atim.Nano())
		}
	}
}
