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

// limitedMachine is a machine whose program has a limit.
func limitedMachine(t *testing.T, limit string) *Machine {
	t.Helper()
	if err := canLimit(); err != nil {
		t.Skip(err)
	}
	m, err := New()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(m.Close)
	if err := m.Setup(run.Config{Settings: []script.Setting{{Name: "memcg", Value: limit}}}); err != nil {
		t.Fatal(err)
	}
	return m
}

// mapped is an area of the first process's own.
func mapped(t *testing.T, m *Machine, pages uint64) (*Process, vm.Addr) {
	t.Helper()
	c, _ := m.Process(1)
	at, err := c.Call(syscalls.SysMmap, syscalls.Args{0, pages * vm.PageSize, 3, 0x4022, ^uint64(0), 0})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*Process), vm.Addr(at)
}

func groupNumber(t *testing.T, dir, name string) uint64 {
	t.Helper()
	text, err := os.ReadFile(dir + "/memory." + name)
	if err != nil {
		t.Fatal(err)
	}
	return number([]byte("n "+string(text)), "n")
}

// A store to each of twenty areas of a page table costs a page table: it counts aside, and only the pages of the
// program count to the limit.
func TestOnlyPagesOfTheProgramCountToItsLimit(t *testing.T) {
	m := limitedMachine(t, "1M")
	const tables = 20
	p, at := mapped(t, m, (tables+1)*512)
	for i := range vm.Addr(tables) {
		if err := p.Store(at+i*vm.PMDSize, 1); err != nil {
			t.Fatal(err)
		}
	}
	if n := groupNumber(t, m.limits.limited, "usage_in_bytes"); n != tables*vm.PageSize {
		t.Errorf("%d bytes count to the limit; want %d pages", n, tables)
	}
	if n := groupNumber(t, m.limits.limited, "kmem.usage_in_bytes"); n != 0 {
		t.Errorf("%d bytes of the kernel's own count to the limit", n)
	}
	if n := groupNumber(t, m.limits.aside, "kmem.usage_in_bytes"); n < tables*vm.PageSize {
		t.Errorf("%d bytes of the kernel's own count aside; want those of %d page tables at least", n, tables)
	}
}

func TestChildOfALimitedProgramCountsToTheSameLimit(t *testing.T) {
	m := limitedMachine(t, "1M")
	p, at := mapped(t, m, 8)
	child, err := p.Call(syscalls.SysFork, syscalls.Args{})
	if err != nil {
		t.Fatal(err)
	}
	c, _ := m.Process(int(child))
	for i := range vm.Addr(8) {
		if err := c.(*Process).Store(at+i*vm.PageSize, 1); err != nil {
			t.Fatal(err)
		}
	}
	text, err := m.Pressure(nil)
	if err != nil || !strings.HasPrefix(text, "rss 8\n") {
		t.Errorf("%v: the group has\n%s", err, text)
	}
	if _, err := c.Call(syscalls.SysExitGroup, syscalls.Args{}); err != nil {
		t.Fatal(err)
	}
	if text, _ = m.Pressure(nil); !strings.HasPrefix(text, "rss 0\n") {
		t.Errorf("after its end the group has\n%s", text)
	}
}

func TestProcessThatTheGroupHasNoRoomForIsKilled(t *testing.T) {
	if swaps, _ := os.ReadFile("/proc/swaps"); strings.Count(string(swaps), "\n") > 1 {
		t.Skip("swap is in use here: the group's pages go there, and nothing is killed")
	}
	m := limitedMachine(t, "256K")
	p, at := mapped(t, m, 100)
	var killed []syscalls.Killed
	for i := vm.Addr(0); i < 100 && killed == nil; i++ {
		_ = p.Store(at+i*vm.PageSize, 1)
		if killed = m.TakeKilled(); killed != nil && i != 64 {
			t.Errorf("page %d was one too many; want 64", i)
		}
	}
	if len(killed) != 1 || killed[0].PID != 1 {
		t.Errorf("killed %v", killed)
	}
}
