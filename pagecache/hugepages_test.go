package pagecache

import (
	"errors"
	"syscall"
	"testing"

	"vmsim/vm"
)

// hugeBench is a file of huge pages, and a pool of four.
func hugeBench(t *testing.T) (*bench, *Mapping, *hugeFile) {
	t.Helper()
	b := newBench(t, 8192)
	b.c.Huge.Resize(4)
	m := b.c.NewHuge("/memfd:h", vm.PMDSize)
	return b, m, m.ops.(*hugeFile)
}

// pool holds how many pages are free, and how many of those are reserved.
func (b *bench) pool(t *testing.T, free, reserved uint64) {
	t.Helper()
	if h := b.c.Huge; h.Free != free || h.Reserved != reserved {
		t.Errorf("%d pages are free and %d reserved, not %d and %d", h.Free, h.Reserved, free, reserved)
	}
}

func TestAllocationTakesHugePagesFromThePoolAndTruncateGivesThemBack(t *testing.T) {
	b, m, h := hugeBench(t)
	if err := h.allocate(m, 0, 3*vm.PMDSize, 3*vm.PMDSize); err != nil {
		t.Fatal(err)
	}
	b.pool(t, 1, 0)
	if err := h.allocate(m, 0, 5*vm.PMDSize, 5*vm.PMDSize); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("five pages of a pool of four: %v", err)
	}
	b.pool(t, 0, 0)
	if err := h.resize(m, vm.PMDSize+vm.PageSize); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a size that is no multiple of 2 MiB: %v", err)
	}
	if err := h.resize(m, vm.PMDSize); err != nil || m.Size() != vm.PMDSize {
		t.Errorf("%d bytes, %v", m.Size(), err)
	}
	b.pool(t, 3, 0)
	h.deleted(m)
	b.pool(t, 4, 0)
}

func TestPunchFreesWholeHugePagesAndZeroesParts(t *testing.T) {
	b, m, h := hugeBench(t)
	if err := h.allocate(m, 0, 2*vm.PMDSize, 2*vm.PMDSize); err != nil {
		t.Fatal(err)
	}
	page := b.c.Memory.Frame(h.pages[0].PFN() + 511)
	b.c.Memory.Bytes(page)[10], b.c.Memory.Bytes(page)[4000] = 'x', 'y'
	if err := h.punch(m, vm.PMDSize-100, 2*vm.PMDSize); err != nil {
		t.Fatal(err)
	}
	if p := b.c.Memory.Bytes(page); p[10] != 'x' || p[4000] != 0 || h.pages[1] != nil {
		t.Errorf("%d, %d, and page 1 is %v", p[10], p[4000], h.pages[1])
	}
	b.pool(t, 3, 0)
	h.deleted(m)
}

func TestReservationOfASharedAreaIsTheFiles(t *testing.T) {
	b, m, h := hugeBench(t)
	if _, err := m.ReserveHuge(0, 3, SharedArea); err != nil {
		t.Fatal(err)
	}
	if _, err := m.ReserveHuge(1, 3, SharedArea); err != nil {
		t.Errorf("what the file has reserved is reserved again: %v", err)
	}
	b.pool(t, 4, 3)
	if _, err := m.ReserveHuge(0, 2, PrivateArea); !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("a private area gets what is reserved: %v", err)
	}
	if err := h.allocate(m, 0, vm.PMDSize, 3*vm.PMDSize); err != nil {
		t.Fatal(err)
	}
	b.pool(t, 3, 2)
	h.deleted(m)
	b.pool(t, 4, 0)
}
