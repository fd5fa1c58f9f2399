package pagecache

import (
	"testing"

	"vmsim/vm"
)

func TestDevicesOfZerosFillPipesAndNeverEnd(t *testing.T) {
	b := newBench(t, 100)
	for _, c := range []struct {
		m     *Mapping
		zeros bool
		takes bool
		full  uint64 // bytes that a pipe gets of it
	}{
		{b.c.NewZero(), true, true, 100},
		{b.c.NewFull(), true, false, 100},
		{b.c.NewNullAt("/dev/null"), false, true, 0},
	} {
		f := c.m.Open(c.m.Label, ModeRead|ModeWrite)
		if f.Zeros() != c.zeros || f.Takes() != c.takes {
			t.Errorf("%s: zeros %v, takes %v", c.m.Label, f.Zeros(), f.Takes())
		}
		if f.Passed(5); (f.Pos == 0) != c.zeros {
			t.Errorf("%s: a read has moved its offset to %d", c.m.Label, f.Pos)
		}
		if !c.zeros {
			continue
		}
		read, _ := b.c.NewPipe()
		if got, err := read.Pipe().Fill(f, c.full, 7); got != c.full || err != nil {
			t.Errorf("%s: a pipe got %d bytes of it (%v)", c.m.Label, got, err)
		}
	}
	if traits := b.c.NewZero().Open("/dev/zero", ModeRead).Traits(); !traits.Has(vm.GivesAnonymous | vm.HugeAligned) {
		t.Errorf("what mmap makes of /dev/zero has the traits %#x", traits)
	}
}
