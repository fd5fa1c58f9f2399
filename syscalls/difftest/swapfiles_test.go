package difftest

import (
	"testing"

	"vmsim/syscalls/procfs"
	"vmsim/syscalls/script/scripttest"
)

// Only a program that has all swap areas to itself finds its pages in the same places on both sides.
func TestPlacesOfSwapAreasAreComparedWhereTheyAreTheProgramsOwn(t *testing.T) {
	const swapped = procfs.PagemapSwap | 5<<5 | 1
	for _, x := range []struct {
		head   string
		places bool
	}{
		{".machine fs=ext4 memcg=4M\n.file /data/s 64K swap\n", true},
		{".machine fs=ext4 memcg=4M swap=1M\n.file /data/s 64K swap\n", false},
		{".machine fs=ext4\n.file /data/s 64K swap\n", false},
		{".machine fs=ext4 memcg=4M\n.file /data/s 64K\n", false},
	} {
		p := &Pair{ownSwap: swapsToFiles(scripttest.Parse(t, "p", x.head).Ops)}
		if got := p.comparable(swapped) == swapped; got != x.places {
			t.Errorf("%q: places are compared: %v", x.head, got)
		}
		if e := procfs.PagemapPresent | 77; p.comparable(e) == e {
			t.Errorf("%q: a frame is compared", x.head)
		}
	}
	if area, place := swapped.Place(); area != 1 || place != 5 {
		t.Errorf("place %d of area %d", place, area)
	}
}
