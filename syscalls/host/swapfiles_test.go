//go:build linux && amd64

package host

import (
	"os"
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
)

// machineWithALimit runs a program in a control group with a limit, and perhaps with a swap file.
func machineWithALimit(t *testing.T, files ...script.FileSpec) *Machine {
	t.Helper()
	m, err := New()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(m.Close)
	list := []script.Setting{{Name: "fs", Value: "ext4"}, {Name: "memcg", Value: "1M"}}
	if err := m.Setup(run.Config{Settings: list, Files: files}); err != nil {
		t.Skip(err)
	}
	return m
}

// A swap area is the whole machine's: a program that has none is not alone with its memory any more.
func TestProgramWithoutASwapAreaSeesThatAnotherHasOne(t *testing.T) {
	if os.Getenv("VMSIM_KILLS") == "" {
		t.Skip("a swap area is the whole machine's; VMSIM_KILLS=20 go test ./syscalls/host runs it")
	}
	file := script.FileSpec{Path: "/data/s", Size: 64 << 10, Swap: true}
	alone, other := machineWithALimit(t), machineWithALimit(t, file)
	if alone.Implements(syscalls.SysSwapon) || !other.Implements(syscalls.SysSwapon) {
		t.Error("a program may call swapon where it brings a swap file, and nowhere else")
	}
	look := func(m *Machine) string {
		text, err := m.Pressure(nil)
		if err != nil {
			t.Fatal(err)
		}
		return m.Unsure() + text
	}
	if why := look(alone); strings.Contains(why, "swap area") {
		t.Errorf("before: %s", why)
	}
	p, _ := other.Process(1)
	if err := p.Poke(script.ScratchAddr, []byte("/data/s\x00")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call(syscalls.SysSwapon, syscalls.Args{uint64(script.ScratchAddr)}); err != nil {
		t.Fatal(err)
	}
	if why := look(alone); !strings.Contains(why, "another process has put a swap area into use") {
		t.Errorf("afterwards: %q", why)
	}
	text := look(other)
	if !strings.Contains(text, "swap /data/s 60 0 -2") || strings.Contains(text, "another process") {
		t.Errorf("the program with the area: %q", text)
	}
	other.Close()
	if swap() == "in use" {
		t.Error("the area outlives its program")
	}
}
