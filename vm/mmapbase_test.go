package vm

import "testing"

// With a stack without limit the mapping area ends at the first page boundary above a sixth of the address space.
func TestMmapBaseIsRoundedUp(t *testing.T) {
	for limit, want := range map[uint64]Addr{
		8 << 20: 0x7ffff7fff000, 1 << 30: 0x7fffbfeff000, Infinity: 0x155555556000,
	} {
		if got := MmapBase(limit); got != want {
			t.Errorf("a limit of %#x puts the base at %v, not at %v", limit, got, want)
		}
	}
}

func TestSpaceThatSucceedsAnotherHasALaterVersion(t *testing.T) {
	var old, next Space
	old.version = 7
	if next.Succeed(&old); next.Version() <= old.Version() {
		t.Errorf("version %d comes after %d", next.Version(), old.Version())
	}
}
