//go:build linux && amd64

package host

import (
	"os"
	"strings"
	"testing"

	"vmsim/syscalls"
	"vmsim/syscalls/script"
	"vmsim/syscalls/script/run"
	"vmsim/vm"
)

// withPool is a machine whose program has a pool of two huge pages. All processes of the machine see it, the tests of
// other packages among them, which run at the same time: so only a campaign sets it.
func withPool(t *testing.T) *Machine {
	t.Helper()
	if os.Getenv("VMSIM_CAMPAIGN") == "" {
		t.Skip("it sets what other tests would see; VMSIM_CAMPAIGN=1m go test ./syscalls/host runs it")
	}
	m, err := New()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(m.Close)
	p, err := newHugePool()
	if err != nil {
		t.Skip(err)
	}
	p.close()
	if err := m.Setup(run.Config{Settings: twoHuge}); err != nil {
		t.Fatal(err)
	}
	return m
}

var twoHuge = []script.Setting{{Name: poolSize, Value: "2"}}

// mapHuge maps huge pages in the first process and stores to the first.
func mapHuge(t *testing.T, m *Machine, pages uint64) error {
	t.Helper()
	const private, anonymous, huge = 2, 0x20, 0x40000
	c, _ := m.Process(1)
	at, err := c.Call(syscalls.SysMmap, syscalls.Args{0, pages << 21, 3, private | anonymous | huge, ^uint64(0), 0})
	if err != nil {
		return err
	}
	return c.Store(vm.Addr(at), 1)
}

func TestPoolIsWhatTheProgramAsksForAndEmptyAfterwards(t *testing.T) {
	m := withPool(t)
	if err := mapHuge(t, m, 2); err != nil {
		t.Fatal(err)
	}
	text, err := m.HugePool()
	if want := "HugePages_Total 2\nHugePages_Free 1\nHugePages_Rsvd 1\nHugePages_Surp 0\n"; err != nil || text != want {
		t.Errorf("the pool has\n%s(%v) and should have\n%s", text, err, want)
	}
	if err := m.Setup(run.Config{Settings: twoHuge}); err != nil {
		t.Fatalf("a second program: %v", err)
	}
	if text, _ := m.HugePool(); !strings.Contains(text, "HugePages_Free 2\n") {
		t.Errorf("a second program begins with\n%s", text)
	}
	if err := m.Setup(run.Config{}); err != nil {
		t.Fatal(err)
	}
	if text, _ := m.HugePool(); text != "" || m.pool != nil {
		t.Errorf("a program that asks for no pool has\n%s", text)
	}
	if err := mapHuge(t, m, 1); err == nil && len(poolLeft()) > 0 {
		t.Error("a program that asks for no pool has huge pages")
	}
}

func TestPoolOfAnImpossibleSizeIsRefusedByName(t *testing.T) {
	for _, value := range []string{"x", "-1", "1000000"} {
		_, err := settings([]script.Setting{{Name: poolSize, Value: value}})
		if err == nil || !strings.Contains(err.Error(), poolSize) {
			t.Errorf("%s=%s: %v", poolSize, value, err)
		}
	}
}
