//go:build linux && amd64

package host

import (
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

func BenchmarkLoad(b *testing.B) {
	m, err := New()
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	m.Run(func() {
		if err := m.Setup(run.Config{}); err != nil {
			b.Fatal(err)
		}
		c, _ := m.Process(1)
		for b.Loop() {
			if _, err := c.Load(script.ScratchAddr + vm.PageSize); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSetup(b *testing.B) {
	m, err := New()
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	m.Run(func() {
		for b.Loop() {
			if err := m.Setup(run.Config{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
