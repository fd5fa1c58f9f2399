//go:build linux && amd64

package host

import (
	"testing"

	"vmsim/syscalls/script"
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
