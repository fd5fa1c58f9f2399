//go:build linux && amd64

package host

import (
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// The image that the scribe runs has no name any more, and takes up room all the same.
func TestAProgramThatIsCountedHasItsWholeTmpfs(t *testing.T) {
	m, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.KeepCounted(); err != nil {
		t.Skip(err)
	}
	c := run.Config{
		Settings: []script.Setting{{Name: "tmpfs_size", Value: "12K"}},
		Files:    []script.FileSpec{{Path: "/data/a"}},
	}
	if err := m.Setup(c); err != nil {
		t.Skipf("no puppets here: %v", err)
	}
	p, _ := m.Process(1)
	if err := p.Poke(script.ScratchAddr, []byte("/data/a\x00")); err != nil {
		t.Fatal(err)
	}
	fd, err := p.Call(syscalls.SysOpen, syscalls.Args{uint64(script.ScratchAddr), 2})
	if err != nil {
		t.Fatal(err)
	}
	const want = 3 * vm.PageSize
	n, err := p.Call(syscalls.SysWrite, syscalls.Args{fd, uint64(script.ScratchAddr), want + 1})
	if err != nil || n != want {
		t.Errorf("%d bytes of %d find room: %v", n, want, err)
	}
}
