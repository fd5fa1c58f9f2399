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
	l := &loop{}
	if err := l.show(image); err != nil {
		t.Fatal(err)
	}
	if err := l.lock(); err != nil {
		t.Skip(err) // RLIMIT_MEMLOCK
	}
	_, area, _ := strings.Cut(ofSelf(t, "smaps"), swapImage)
	area, _, _ = strings.Cut(area, "VmFlags:")
	if !strings.Contains(strings.Join(strings.Fields(area), " "), " Locked: 256 kB ") {
		t.Errorf("the image is not locked: %s", area)
	}
	if l.close(); strings.Contains(ofSelf(t, "maps"), swapImage) {
		t.Error("the image is still mapped")
	}
}

func ofSelf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
