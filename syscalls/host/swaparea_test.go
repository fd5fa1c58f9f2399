//go:build linux && amd64

package host

import (
	"os"
	"strings"
	"testing"

	"vmsim/syscalls/script"
	"vmsim/vm"
)

func TestPageClusterIsSetOnlyForProgramsWithASwapArea(t *testing.T) {
	list := []script.Setting{{Name: "memcg", Value: "1M"}, {Name: "swap", Value: "2M"}, {Name: pageCluster, Value: "0"}}
	if limit, swap, err := pressureOf(list); limit != 1<<20 || swap != (swapUse{2 << 20, "0"}) || err != nil {
		t.Errorf("a program with a swap area has the limit %d, %+v, %v", limit, swap, err)
	}
	if _, swap, err := pressureOf([]script.Setting{list[0], list[2]}); swap != (swapUse{}) || err != nil {
		t.Errorf("a program without a swap area has %+v, %v", swap, err)
	}
	if _, swap, err := pressureOf(list[1:]); swap != (swapUse{}) || err != nil {
		t.Errorf("a program without a limit has %+v, %v", swap, err)
	}
}

// An image that is swapped out to the area that it is has its loop device wait for itself.
func TestTheImageOfASwapAreaIsLockedIntoMemory(t *testing.T) {
	image, err := swapFile(63 * vm.PageSize)
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	s := &swapArea{}
	if err := s.hold(image); err != nil {
		t.Skip(err) // RLIMIT_MEMLOCK
	}
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, area, _ := strings.Cut(string(smaps), swapImage)
	area, _, _ = strings.Cut(area, "VmFlags:")
	if !strings.Contains(strings.Join(strings.Fields(area), " "), " Locked: 256 kB ") {
		t.Errorf("the image is not locked: %s", area)
	}
	if s.close(); strings.Contains(mapsOfSelf(t), swapImage) {
		t.Error("the image is still mapped")
	}
}

func mapsOfSelf(t *testing.T) string {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return string(maps)
}
