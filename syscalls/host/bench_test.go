//go:build linux && amd64

package host

import (
	"testing"

	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// onMachine runs fn with a machine of its own.
func onMachine(b *testing.B, fn func(m *Machine)) {
	b.Helper()
	m, err := New()
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	m.Run(func() { fn(m) })
}

func setUp(b *testing.B, m *Machine) {
	b.Helper()
	if err := m.Setup(run.Config{}); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkLoad(b *testing.B) {
	onMachine(b, func(m *Machine) {
		setUp(b, m)
		c, _ := m.Process(1)
		for b.Loop() {
			if _, err := c.Load(script.ScratchAddr + vm.PageSize); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSetup(b *testing.B) {
	onMachine(b, func(m *Machine) {
		for b.Loop() {
			setUp(b, m)
		}
	})
}
