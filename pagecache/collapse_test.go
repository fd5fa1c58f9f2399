package pagecache

import (
	"testing"

	"vmsim/vm"
)

// Measured on Linux 6.18: of pages 1 to 5, all dirty, a collapse of pages 2 and 3 writes back the first of these and
// what lies behind them. Page 1 does not move, and page 3 is dropped as it is.
func TestCollapseWritesBackTheFirstPageThatGoesAndWhatMoves(t *testing.T) {
	b := newBench(t, 100)
	b.cold(10)
	for i := range int64(5) {
		b.write((1+i)*vm.PageSize, "x")
	}
	before := b.fs.Device.Volatile()
	if err := b.m.Fallocate(AllocateCollapse, 2*vm.PageSize, 4*vm.PageSize); err != nil {
		t.Fatal(err)
	}
	if n := b.fs.Device.Volatile() - before; n != 3 {
		t.Errorf("%d pages were written back, not pages 2, 4 and 5", n)
	}
}
